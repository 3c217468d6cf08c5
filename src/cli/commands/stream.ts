/** `sexton stream ...`. A stream is written `name`, or `tenant/name`. */
import { type Command, Option } from 'commander';
import type { Stream, WatchItem } from '../../client/index.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { parseDuration } from '../duration.js';
import type { CliIo } from '../io.js';
import { qualifiedName, streamDetails, streamTable, time } from '../render.js';
import { labelFlag, parseStreamName, wholeNumberFlag } from './parse.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const MAX_INDEX = Number.MAX_SAFE_INTEGER;

interface StreamFlags extends ClientFlags {
  readonly incarnation?: number;
  readonly requestId?: string;
  readonly etag?: string;
  readonly validateOnly: boolean;
}

interface CreateFlags extends StreamFlags {
  readonly prefix?: string;
  readonly label: Readonly<Record<string, string>>;
}

interface DeleteFlags extends StreamFlags {
  readonly gracePeriod?: number;
  readonly allowMissing: boolean;
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly namePrefix: string;
  readonly all: boolean;
  readonly local: boolean;
}

interface WatchFlags extends ClientFlags {
  readonly from?: number;
  readonly tenant?: string;
  readonly namePrefix: string;
}

const incarnation = (): Option =>
  new Option('--incarnation <number>', 'that life of the name; default: the current one').argParser(wholeNumberFlag(1, MAX_INDEX));
const requestId = (): Option =>
  new Option('--request-id <uuid>', 'makes a repetition of this very command harmless; default: a new one');
const etag = (): Option => new Option('--etag <etag>', 'only if the stream is still as it was seen');
const validateOnly = (): Option => new Option('--validate-only', 'check everything, change nothing').default(false);

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
    .option('--prefix <prefix>', "keys to own, ending in '/'; default: name/INCARNATION/")
    .addOption(new Option('--label <key=value>', 'as often as needed').argParser(labelFlag).default({}, 'none'))
    .addOption(requestId())
    .addOption(validateOnly())
    .addHelpText('after', '\nExamples:\n  sexton stream create web --label team=shop\n  sexton stream create acme/web --prefix acme/web/')
    .action(async (name: string, flags: CreateFlags) => {
      const { prefix, label: labels } = flags;
      exit(
        await withClient(io, flags, async (client) => {
          const input = { ...parseStreamName(name), labels, ...(prefix === undefined ? {} : { prefix }) };
          print(io, flags, await client.createStream(input, written(flags)));
        }),
      );
    });

  addClientOptions(stream.command('get <stream>').description('show one stream, deleted ones too'))
    .addOption(incarnation())
    .option('--local', "as the node that answers has it, without asking the leader", false)
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
    .option('-a, --all', 'also those that are not ACTIVE', false)
    .option('--local', 'as the node that answers has it, without asking the leader', false)
    .addHelpText('after', '\nExample:\n  sexton stream list --all -o json | jq .name')
    .action(async (flags: ListFlags) => {
      exit(await withClient(io, flags, (client) => list(io, flags, client)));
    });

  addClientOptions(stream.command('delete <stream>').description('mark a stream deleted; its objects go when the grace period is over'))
    .addOption(incarnation())
    .addOption(
      new Option('--grace-period <duration>', "until then it can be undeleted; default: the cluster's").argParser((text) =>
        parseDuration(text, { minMs: 0, maxMs: TEN_YEARS_MS }),
      ),
    )
    .addOption(etag())
    .option('--allow-missing', 'a stream that does not exist is a success', false)
    .addOption(requestId())
    .addOption(validateOnly())
    .addHelpText('after', '\nExamples:\n  sexton stream delete web --grace-period 7d\n  sexton stream delete web --grace-period 0s')
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

  addClientOptions(stream.command('undelete <stream>').description('take a tombstone back, as long as the purge has not begun'))
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
    .addOption(new Option('--from <revision>', 'changes after this revision; default: from now on').argParser(wholeNumberFlag(0, MAX_INDEX)))
    .option('--tenant <tenant>', "only this one; '' = streams without a tenant; default: all")
    .option('--name-prefix <text>', 'only names that start with this', '')
    .addHelpText('after', '\nExample:\n  sexton stream watch --from 0 -o json')
    .action(async (flags: WatchFlags) => {
      exit(await withClient(io, flags, (client) => watch(io, flags, client)));
    });
}

type Client = Parameters<Parameters<typeof withClient>[2]>[0];

/** Pages are printed as they come: a million streams need no memory here. JSON: one object a line. */
async function list(io: CliIo, flags: ListFlags, client: Client): Promise<void> {
  const input = {
    namePrefix: flags.namePrefix,
    showDeleted: flags.all,
    pageSize: 500,
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
  };
  const consistency = flags.local ? 'local' : 'linearizable';
  let pageToken = '';
  let first = true;
  do {
    const page = await client.listStreamsPage({ ...input, pageToken }, { consistency });
    if (flags.output === 'json') for (const each of page.streams) io.stdout(`${JSON.stringify(each)}\n`);
    else if (first || page.streams.length > 0) io.stdout(streamTable(page.streams, io.isTerminal ? io.columns : 0));
    first = false;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

async function watch(io: CliIo, flags: WatchFlags, client: Client): Promise<number> {
  const options = {
    namePrefix: flags.namePrefix,
    signal: io.interrupt,
    ...(flags.from === undefined ? {} : { startRevision: flags.from }),
    ...(flags.tenant === undefined ? {} : { tenant: flags.tenant }),
  };
  try {
    for await (const item of client.watchStreams(options)) io.stdout(watchLine(flags, item));
  } catch (error) {
    if (!io.interrupt.aborted) throw error;
  }
  return 0;
}

function watchLine(flags: ClientFlags, item: WatchItem): string {
  if (flags.output === 'json') return `${JSON.stringify(item)}\n`;
  if (item.kind !== 'event') return '';
  const { revision, type, stream } = item;
  return `${String(revision).padStart(8)}  ${type.padEnd(13)}  ${qualifiedName(stream)}  ${stream.state}  ${stream.prefix}  ${time(stream.purgeAfterMs)}\n`;
}
