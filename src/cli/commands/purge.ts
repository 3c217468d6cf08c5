/** `sexton purge ...`: what is being removed, what holds it up, and the operator's word on it. */
import { type Command, Option } from 'commander';
import type { PauseAnswer, Purge, PurgePage, SextonClient } from '../../client/index.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import { tableColumns, type CliIo } from '../io.js';
import { LiveView } from '../live.js';
import { streamDetails } from '../render.js';
import { purgeHeader, purgeTable } from '../render-purge.js';
import { paintFor } from '../style.js';
import { listFlag, parseStreamName, wholeNumberFlag } from './parse.js';

const PHASES = [
  'WAITING',
  'DRAINING',
  'QUEUED',
  'RUNNING',
  'VERIFYING',
  'RETRYING',
  'BLOCKED',
  'PAUSED',
  'DONE',
  'HELD',
] as const;

interface TargetFlags extends ClientFlags {
  readonly incarnation?: number;
  readonly requestId?: string;
}

interface ListFlags extends ClientFlags {
  readonly limit: number;
  readonly tenant?: string;
  readonly phase: readonly (typeof PHASES)[number][];
  readonly watch: boolean;
  readonly interval: number;
}

const incarnation = (): Option =>
  new Option('--incarnation <number>', 'that life of the name; default: the current one').argParser(
    wholeNumberFlag(1, Number.MAX_SAFE_INTEGER),
  );

const requestId = (): Option =>
  new Option('--request-id <uuid>', 'makes a repetition of this very command harmless; default: a new one');

function repeated({ requestId: id }: TargetFlags) {
  return id === undefined ? {} : { requestId: id };
}

function selected(name: string, { incarnation: life }: TargetFlags) {
  return { ...parseStreamName(name), ...(life === undefined ? {} : { incarnation: life }) };
}

const RETRY_HELP = `
--discard-new-writes is for a purge that waits because clients still send to the stream, or that is BLOCKED because
its writer has created the stream again. It holds for this purge to its end and cannot be taken back: events that
nodes accept meanwhile are removed with the rest.

Examples:
  sexton purge retry acme/web
  sexton purge retry web --discard-new-writes`;

export function addPurge(program: Command, io: CliIo, exit: (status: number) => void): void {
  const purge = program.command('purge').description('look at purges, retry, pause and resume them');

  addClientOptions(
    purge.command('list').description('streams that are being purged or wait for it, the longest due first'),
  )
    .addOption(
      new Option('--limit <number>', 'at most so many').default(100).argParser(wholeNumberFlag(1, 100_000)),
    )
    .option('--tenant <tenant>', "only this one; '' = streams without a tenant; default: all")
    .addOption(
      new Option('--phase <list>', `only these, with commas: ${PHASES.join(', ')}`)
        .argParser(listFlag(PHASES))
        .default([], 'all but DONE'),
    )
    .option(
      '-w, --watch',
      'again and again, until interrupted: in place on a terminal, else a JSON document a line for each change',
      false,
    )
    .addOption(
      new Option('--interval <duration>', 'with --watch')
        .default(1_000, '1s')
        .argParser((text) => parseDuration(text, { minMs: 100, maxMs: 3_600_000 })),
    )
    .addHelpText('after', '\nExamples:\n  sexton purge list --watch\n  sexton purge list -o json')
    .action(async (flags: ListFlags) => {
      exit(await withClient(io, flags, (client) => (flags.watch ? follow : list)(io, flags, client)));
    });

  addClientOptions(purge.command('retry <stream>').description('try a blocked or retrying purge now'))
    .addOption(incarnation())
    .addOption(requestId())
    .option(
      '--discard-new-writes',
      'also remove what was written after the delete: wait for no client that still sends, and for no new life',
      false,
    )
    .addHelpText('after', RETRY_HELP)
    .action(async (name: string, flags: TargetFlags & { readonly discardNewWrites: boolean }) => {
      exit(
        await withClient(io, flags, async (client) => {
          const { discardNewWrites } = flags;
          const stream = await client.retryPurge(
            { ...selected(name, flags), discardNewWrites },
            repeated(flags),
          );
          io.stdout(
            flags.output === 'json' ? `${JSON.stringify(stream, undefined, 2)}\n` : streamDetails(stream),
          );
        }),
      );
    });

  for (const verb of ['pause', 'resume'] as const) {
    const description =
      verb === 'pause'
        ? 'stop purging one stream, or with --all every one'
        : 'go on purging one stream, or with --all the cluster';
    addClientOptions(purge.command(`${verb} [stream]`).description(description))
      .addOption(incarnation())
      .addOption(requestId())
      .option('--all', 'the whole cluster', false)
      .addHelpText('after', `\nExamples:\n  sexton purge ${verb} web\n  sexton purge ${verb} --all`)
      .action(async (name: string | undefined, flags: TargetFlags & { readonly all: boolean }) => {
        if ((name === undefined) !== flags.all) {
          io.stderr(`error: name one stream, or say --all to ${verb} the whole cluster\n`);
          exit(EXIT_STATUS.INVALID_INPUT);
          return;
        }
        exit(
          await withClient(io, flags, async (client) => {
            const target = name === undefined ? 'cluster' : selected(name, flags);
            const answer = await (verb === 'pause'
              ? client.pausePurges(target, repeated(flags))
              : client.resumePurges(target, repeated(flags)));
            io.stdout(
              flags.output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : told(verb, answer),
            );
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

type Listed = Pick<PurgePage, 'purges' | 'summary' | 'storeLoad'>;

/** As many pages as it takes; what concerns all purges is of the latest page. */
async function read(flags: ListFlags, client: SextonClient): Promise<Listed> {
  const purges: Purge[] = [];
  for (let pageToken = ''; ;) {
    const page = await client.listPurgesPage({
      phases: flags.phase,
      pageSize: Math.min(flags.limit - purges.length, 1_000),
      pageToken,
      ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
    });
    purges.push(...page.purges);
    if (page.nextPageToken === '' || purges.length >= flags.limit) return { ...page, purges };
    pageToken = page.nextPageToken;
  }
}

async function list(io: CliIo, flags: ListFlags, client: SextonClient): Promise<void> {
  const { purges } = await read(flags, client);
  if (flags.output === 'json') for (const purge of purges) io.stdout(`${JSON.stringify(purge)}\n`);
  else io.stdout(purgeTable(purges, Date.now(), { columns: tableColumns(io), paint: paintFor(io) }));
  await io.drained();
}

/** A terminal gets the whole picture anew each time, anything else one document for each purge that changed. */
async function follow(io: CliIo, flags: ListFlags, client: SextonClient): Promise<void> {
  const view = new LiveView(io);
  const shown = new Map<number, string>();
  while (!io.interrupt.aborted) {
    const listed = await read(flags, client);
    if (io.isTerminal && flags.output === 'table') {
      const look = { columns: tableColumns(io), paint: paintFor(io) };
      view.show(purgeHeader(listed) + purgeTable(listed.purges, Date.now(), look));
    } else {
      printChanged(io, listed.purges, shown);
    }
    await io.drained();
    await pause(flags.interval, io.interrupt);
  }
}

function printChanged(io: CliIo, purges: readonly Purge[], shown: Map<number, string>): void {
  const listed = new Set(purges.map(({ stream }) => stream.incarnation));
  for (const incarnation of shown.keys()) if (!listed.has(incarnation)) shown.delete(incarnation);
  for (const purge of purges) {
    const line = `${JSON.stringify(purge)}\n`;
    if (shown.get(purge.stream.incarnation) === line) continue;
    shown.set(purge.stream.incarnation, line);
    io.stdout(line);
  }
}

/** Ends early with the interrupt. Unlike the shared clock's, this timer keeps the program alive. */
function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
