/** `sexton stream ...`. A stream is written `name`, or `tenant/name`. */
import { type Command, Option } from 'commander';
import type { SextonClient, Stream, WatchItem } from '../../client/index.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import { tableColumns, type CliIo } from '../io.js';
import { qualifiedName, STREAM_COLUMNS, streamDetails, streamRow, time } from '../render.js';
import { paintFor } from '../style.js';
import { printable, TableWriter } from '../table.js';
import { labelFlag, listFlag, parseStreamName, watchStartFlag, wholeNumberFlag } from './parse.js';
import { waitOption, waitProblem, whenPrefixIsFree } from './wait-for-prefix.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const MAX_INDEX = Number.MAX_SAFE_INTEGER;
const STATES = ['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const;

interface StreamFlags extends ClientFlags {
  readonly incarnation?: number;
  readonly requestId?: string;
  readonly etag?: string;
  readonly validateOnly: boolean;
}

interface CreateFlags extends StreamFlags {
  readonly prefix?: string;
  readonly prefixPerLife: boolean;
  readonly wait?: number;
  readonly label: Readonly<Record<string, string>>;
}

interface DeleteFlags extends StreamFlags {
  readonly gracePeriod?: number;
  readonly allowMissing: boolean;
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly namePrefix: string;
  readonly state: readonly (typeof STATES)[number][];
  readonly all: boolean;
  readonly local: boolean;
}

interface WatchFlags extends ClientFlags {
  readonly from: number | 'now' | 'list';
  readonly tenant?: string;
  readonly namePrefix: string;
  readonly purgeProgress: boolean;
  readonly relist: boolean;
}

const incarnation = (): Option =>
  new Option('--incarnation <number>', 'that life of the name; default: the current one').argParser(
    wholeNumberFlag(1, MAX_INDEX),
  );
const requestId = (): Option =>
  new Option('--request-id <uuid>', 'makes a repetition of this very command harmless; default: a new one');
const etag = (): Option => new Option('--etag <etag>', 'only if the stream is still as it was seen');
const validateOnly = (): Option =>
  new Option('--validate-only', 'check everything, change nothing').default(false);

function print(io: CliIo, flags: ClientFlags, stream: Stream): void {
  io.stdout(flags.output === 'json' ? `${JSON.stringify(stream, undefined, 2)}\n` : streamDetails(stream));
}

function written({ requestId: id, validateOnly: only }: StreamFlags) {
  return { validateOnly: only, ...(id === undefined ? {} : { requestId: id }) };
}

function selected(text: string, { incarnation: life, etag: tag }: Partial<StreamFlags>) {
  return {
    ...parseStreamName(text),
    ...(life === undefined ? {} : { incarnation: life }),
    ...(tag === undefined ? {} : { etag: tag }),
  };
}

export function addStream(program: Command, io: CliIo, exit: (status: number) => void): void {
  const stream = program.command('stream').description('create, look at and delete streams');

  addClientOptions(stream.command('create <stream>').description('start a new life of a name'))
    .option(
      '--prefix <prefix>',
      "keys to own, ending in '/'; default: NAME/INCARNATION/, and where Parseable uses the bucket NAME/, as it does",
    )
    .addOption(
      new Option('--prefix-per-life', 'NAME/INCARNATION/ also where Parseable uses the bucket')
        .default(false)
        .conflicts('prefix'),
    )
    .addOption(
      new Option('--label <key=value>', 'as often as needed').argParser(labelFlag).default({}, 'none'),
    )
    .addOption(waitOption())
    .addOption(requestId())
    .addOption(validateOnly())
    .addHelpText(
      'after',
      '\nExamples:\n  sexton stream create web --label team=shop\n  sexton stream create acme/web --prefix acme/web/' +
        '\n  sexton stream create web --prefix web/ --wait=2m    # also right after the purge of its former life',
    )
    .action(async (name: string, flags: CreateFlags) => {
      const { prefix, prefixPerLife, label: labels, wait } = flags;
      const problem = waitProblem(flags);
      if (problem !== '') {
        io.stderr(`error: ${problem}\n`);
        exit(EXIT_STATUS.INVALID_INPUT);
        return;
      }
      exit(
        await withClient(io, flags, async (client) => {
          const input = {
            ...parseStreamName(name),
            labels,
            prefixPerLife,
            ...(prefix === undefined ? {} : { prefix }),
          };
          const onNote = (note: string): void => io.stderr(`${printable(note)}\n`);
          const create = (): Promise<Stream> => client.createStream(input, { ...written(flags), onNote });
          print(io, flags, await whenPrefixIsFree(io, wait, create));
        }),
      );
    });

  addClientOptions(stream.command('get <stream>').description('show one stream, deleted ones too'))
    .addOption(incarnation())
    .option('--local', 'as the node that answers has it, without asking the leader', false)
    .addHelpText('after', '\nExample:\n  sexton stream get web -o json')
    .action(async (name: string, flags: StreamFlags & { readonly local: boolean }) => {
      exit(
        await withClient(io, flags, async (client) => {
          const consistency = flags.local ? 'local' : 'linearizable';
          const answer = await client.getStream(selected(name, flags), { consistency });
          print(io, flags, answer.stream);
        }),
      );
    });

  addClientOptions(stream.command('list').description('list streams, by tenant and name'))
    .option('--tenant <tenant>', "only this one; '' = streams without a tenant; default: all")
    .option('--name-prefix <text>', 'only names that start with this', '')
    .addOption(
      new Option('--state <list>', `only these, with commas: ${STATES.join(', ')}`)
        .argParser(listFlag(STATES))
        .default([], 'ACTIVE'),
    )
    .option('-a, --all', 'also those that are not ACTIVE', false)
    .option('--local', 'as the node that answers has it, without asking the leader', false)
    .addHelpText('after', '\nExample:\n  sexton stream list --all -o json | jq .name')
    .action(async (flags: ListFlags) => {
      exit(await withClient(io, flags, (client) => list(io, flags, client)));
    });

  addClientOptions(
    stream
      .command('delete <stream>')
      .description('mark a stream deleted; its objects go when the grace period is over'),
  )
    .addOption(incarnation())
    .addOption(
      new Option(
        '--grace-period <duration>',
        "until then it can be undeleted; default: the cluster's",
      ).argParser((text) => parseDuration(text, { minMs: 0, maxMs: TEN_YEARS_MS })),
    )
    .addOption(etag())
    .option('--allow-missing', 'a stream that does not exist is a success', false)
    .addOption(requestId())
    .addOption(validateOnly())
    .addHelpText(
      'after',
      '\nExamples:\n  sexton stream delete web --grace-period 7d\n  sexton stream delete web --grace-period 0s',
    )
    .action(async (name: string, flags: DeleteFlags) => {
      const { gracePeriod, allowMissing } = flags;
      exit(
        await withClient(io, flags, async (client) => {
          const input = {
            ...selected(name, flags),
            allowMissing,
            ...(gracePeriod === undefined ? {} : { gracePeriodMs: gracePeriod }),
          };
          const deleted = await client.deleteStream(input, written(flags));
          if (deleted !== undefined) print(io, flags, deleted);
          else io.stdout(flags.output === 'json' ? 'null\n' : `there is no stream '${name}'\n`);
        }),
      );
    });

  addClientOptions(
    stream
      .command('undelete <stream>')
      .description('take a tombstone back, as long as the purge has not begun'),
  )
    .addOption(incarnation())
    .addOption(etag())
    .addOption(requestId())
    .addOption(validateOnly())
    .action(async (name: string, flags: StreamFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          print(io, flags, await client.undeleteStream(selected(name, flags), written(flags)));
        }),
      );
    });

  addClientOptions(stream.command('watch').description('print every change as it happens, until interrupted'))
    .addOption(
      new Option(
        '--from <revision>',
        "changes after this revision, 'now', or 'list': what exists, then its changes",
      )
        .argParser(watchStartFlag)
        .default('now'),
    )
    .option('--tenant <tenant>', "only this one; '' = streams without a tenant; default: all")
    .option('--name-prefix <text>', 'only names that start with this', '')
    .option('--purge-progress', 'also each step of a purge', false)
    .option('--relist', 'go on with a new listing when the revision is no longer kept', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sexton stream watch --from list\n  sexton stream watch --from 0 -o json',
    )
    .action(async (flags: WatchFlags) => {
      exit(await withClient(io, flags, (client) => watch(io, flags, client)));
    });
}

/** Pages are printed as they come: a million streams need no memory here. JSON: one object a line. */
async function list(io: CliIo, flags: ListFlags, client: SextonClient): Promise<void> {
  const input = {
    namePrefix: flags.namePrefix,
    showDeleted: flags.all,
    states: flags.state,
    pageSize: 500,
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
  };
  const consistency = flags.local ? 'local' : 'linearizable';
  const table = new TableWriter(STREAM_COLUMNS, { columns: tableColumns(io), paint: paintFor(io) });
  let pageToken = '';
  do {
    const page = await client.listStreamsPage({ ...input, pageToken }, { consistency });
    if (flags.output === 'json') for (const each of page.streams) io.stdout(`${JSON.stringify(each)}\n`);
    else io.stdout(table.add(page.streams.map(streamRow)));
    await io.drained();
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

async function watch(io: CliIo, flags: WatchFlags, client: SextonClient): Promise<void> {
  const paint = paintFor(io);
  const options = {
    from: flags.from,
    namePrefix: flags.namePrefix,
    includePurgeProgress: flags.purgeProgress,
    onCompacted: flags.relist ? ('relist' as const) : ('throw' as const),
    onDisconnect: (error: Error) => io.stderr(`${printable(error.message)}; going on elsewhere\n`),
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
  };
  for await (const item of client.watchStreams(options)) {
    if (flags.output === 'json') io.stdout(`${JSON.stringify(item)}\n`);
    else
      io.stdout(
        watchLines(item)
          .map((words) => `${words.map(paint).join('  ')}\n`)
          .join(''),
      );
    await io.drained();
  }
}

/** Bookmarks are for programs: `-o json` has them. */
function watchLines(item: WatchItem): readonly (readonly string[])[] {
  switch (item.kind) {
    case 'progress':
      return [];
    case 'snapshot':
      return item.streams.map((stream) => watchWords(stream.revision, 'EXISTS', stream));
    case 'event':
      return [watchWords(item.revision, item.type, item.stream)];
  }
}

function watchWords(revision: number, what: string, stream: Stream): readonly string[] {
  const words = [
    String(revision).padStart(8),
    what.padEnd(13),
    qualifiedName(stream),
    stream.state,
    stream.prefix,
  ];
  return stream.purgeAfterMs === undefined ? words : [...words, `purge after ${time(stream.purgeAfterMs)}`];
}
