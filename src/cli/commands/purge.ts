/** `sexton purge ...`: what is being removed, what holds it up, and the operator's word on it. */
import { type Command, Option } from 'commander';
import type { PauseAnswer, Purge, SextonClient } from '../../client/index.js';
import { delay, systemClock } from '../../shared/clock.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import type { CliIo } from '../io.js';
import { purgeTable, streamDetails } from '../render.js';
import { parseStreamName, wholeNumberFlag } from './parse.js';

interface TargetFlags extends ClientFlags {
  readonly incarnation?: number;
}

interface ListFlags extends ClientFlags {
  readonly limit: number;
  readonly watch: boolean;
  readonly interval: number;
}

const incarnation = (): Option =>
  new Option('--incarnation <number>', 'that life of the name; default: the current one').argParser(
    wholeNumberFlag(1, Number.MAX_SAFE_INTEGER),
  );

function selected(name: string, { incarnation: life }: TargetFlags) {
  return { ...parseStreamName(name), ...(life === undefined ? {} : { incarnation: life }) };
}

export function addPurge(program: Command, io: CliIo, exit: (status: number) => void): void {
  const purge = program.command('purge').description('look at purges, retry, pause and resume them');

  addClientOptions(purge.command('list').description('streams that are being purged or wait for it, the longest due first'))
    .addOption(new Option('--limit <number>', 'at most so many').default(100).argParser(wholeNumberFlag(1, 100_000)))
    .option('-w, --watch', 'again and again, until interrupted', false)
    .addOption(
      new Option('--interval <duration>', 'with --watch')
        .default(1_000, '1s')
        .argParser((text) => parseDuration(text, { minMs: 100, maxMs: 3_600_000 })),
    )
    .addHelpText('after', '\nExamples:\n  sexton purge list --watch\n  sexton purge list -o json')
    .action(async (flags: ListFlags) => {
      exit(await withClient(io, flags, (client) => (flags.watch ? follow(io, flags, client) : list(io, flags, client))));
    });

  addClientOptions(purge.command('retry <stream>').description('try a blocked or retrying purge now'))
    .addOption(incarnation())
    .action(async (name: string, flags: TargetFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          const stream = await client.retryPurge(selected(name, flags));
          io.stdout(flags.output === 'json' ? `${JSON.stringify(stream, undefined, 2)}\n` : streamDetails(stream));
        }),
      );
    });

  for (const verb of ['pause', 'resume'] as const) {
    const description =
      verb === 'pause' ? "stop purging one stream, or with --all every one" : 'go on purging one stream, or with --all the cluster';
    addClientOptions(purge.command(`${verb} [stream]`).description(description))
      .addOption(incarnation())
      .option('--all', 'the whole cluster', false)
      .action(async (name: string | undefined, flags: TargetFlags & { readonly all: boolean }) => {
        if ((name === undefined) !== flags.all) {
          io.stderr(`error: name one stream, or say --all to ${verb} the whole cluster\n`);
          exit(3);
          return;
        }
        exit(
          await withClient(io, flags, async (client) => {
            const target = name === undefined ? 'cluster' : selected(name, flags);
            const answer = verb === 'pause' ? await client.pausePurges(target) : await client.resumePurges(target);
            io.stdout(flags.output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : told(verb, answer));
          }),
        );
      });
  }
}

function told(verb: 'pause' | 'resume', { stream, summary }: PauseAnswer): string {
  if (stream !== undefined) return streamDetails(stream);
  const now = summary.clusterPaused ? 'paused' : 'running';
  return `${verb === 'pause' ? 'paused' : 'resumed'}: purges of the cluster are now ${now}\n`;
}

async function read(flags: ListFlags, client: SextonClient): Promise<readonly Purge[]> {
  const purges: Purge[] = [];
  for await (const purge of client.listPurges({ pageSize: Math.min(flags.limit, 1_000) })) {
    purges.push(purge);
    if (purges.length === flags.limit) break;
  }
  return purges;
}

async function list(io: CliIo, flags: ListFlags, client: SextonClient): Promise<void> {
  const purges = await read(flags, client);
  if (flags.output === 'json') for (const purge of purges) io.stdout(`${JSON.stringify(purge)}\n`);
  else io.stdout(purgeTable(purges, Date.now(), io.isTerminal ? io.columns : 0));
}

async function follow(io: CliIo, flags: ListFlags, client: SextonClient): Promise<number> {
  while (!io.interrupt.aborted) {
    if (io.isTerminal && flags.output === 'table') io.stdout('\x1b[H\x1b[2J');
    await list(io, flags, client);
    await delay(systemClock, flags.interval, io.interrupt).catch(() => undefined);
  }
  return 0;
}
