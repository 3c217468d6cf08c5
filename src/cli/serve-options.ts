/**
 * The settings of `sexton serve`: one table of flags, each also a variable, and the way from what was said
 * to checked settings. What a single value must look like is checked with the flag; what concerns two, here.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ServeSettings } from '../server/serve.js';
import { SextonError } from '../shared/errors.js';
import { isHostPort } from '../shared/host-port.js';
import { parseDuration, type DurationBounds } from './duration.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

export interface FlagRow {
  readonly flags: string;
  readonly env: string;
  readonly description: string;
  /** As a person would say it; undefined = required, or off. */
  readonly defaultText: string | undefined;
  readonly parse: (text: string) => unknown;
  readonly default?: unknown;
}

function text(pattern: RegExp, description: string): (value: string) => string {
  return (value) => {
    if (!pattern.test(value)) throw new InvalidArgumentError(description);
    return value;
  };
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

function oneOf(...choices: readonly string[]): (value: string) => string {
  return (value) => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`);
    return value;
  };
}

const duration =
  (bounds: DurationBounds) =>
  (value: string): number =>
    parseDuration(value, bounds);

export function hostPort(value: string): string {
  if (!isHostPort(value)) throw new InvalidArgumentError('It must be host:port, like 127.0.0.1:7401.');
  return value;
}

export interface MemberAddress {
  readonly id: number;
  readonly address: string;
}

export function parseMembers(value: string): readonly MemberAddress[] {
  const members = value.split(',').map((part): MemberAddress => {
    const [, id = '', address = ''] = /^(\d{1,9})=(.*)$/.exec(part.trim()) ?? [];
    if (Number(id) < 1 || !isHostPort(address)) {
      throw new InvalidArgumentError(
        `'${part}' is not ID=host:port; say 1=host:7401,2=host:7401,3=host:7401.`,
      );
    }
    return { id: Number(id), address };
  });
  if (new Set(members.map(({ id }) => id)).size !== members.length)
    throw new InvalidArgumentError('It names a member id twice.');
  if (new Set(members.map(({ address }) => address)).size !== members.length) {
    throw new InvalidArgumentError('It names an address twice.');
  }
  return [...members].sort((a, b) => a.id - b.id);
}

const clusterName = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'It must be 1 to 64 letters, digits, dots, dashes or underscores.',
);
const sweepDuration = duration({ minMs: 1_000, maxMs: 365 * 86_400_000 });

/** In the order of --help and of the README's table. */
export const SERVE_FLAGS: readonly FlagRow[] = [
  row(
    '--cluster-id <name>',
    'names the cluster; part of every data directory and handshake, never changed',
    undefined,
    clusterName,
  ),
  row(
    '--member-id <number>',
    "this node's id; never used twice in the life of a cluster",
    undefined,
    wholeNumber(1, 0xffff_ffff),
  ),
  row(
    '--data-dir <path>',
    'where the node keeps its log and state; for this node alone',
    undefined,
    text(/./, 'It must not be empty.'),
  ),
  row(
    '--members <list>',
    'the initial members, ID=host:port with commas, the same on each of them; with --join, some that live',
    undefined,
    parseMembers,
  ),
  row('--listen <host:port>', 'gRPC, for clients and members', '0.0.0.0:7401', hostPort, '0.0.0.0:7401'),
  row(
    '--advertise <host:port>',
    'where clients and members reach this node',
    "this member's in --members",
    hostPort,
  ),
  row(
    '--http-listen <host:port>',
    "metrics and probes; 'off' for none",
    '0.0.0.0:7411',
    (value) => (value === 'off' ? 'off' : hostPort(value)),
    '0.0.0.0:7411',
  ),
  row(
    '--join',
    'a new member: wait until the running cluster has added it; changes nothing afterwards',
    'false',
    String,
    false,
  ),
  row(
    '--object-store <url>',
    's3://BUCKET?endpoint=URL&region=NAME&path-style=true, or local:/path',
    'P_S3_* of the environment',
    String,
  ),
  row(
    '--default-grace-period <duration>',
    'between a delete and its purge, when the call does not say',
    '24h',
    duration({ minMs: 0, maxMs: TEN_YEARS_MS }),
    86_400_000,
  ),
  row(
    '--tick-interval <duration>',
    'one step of the consensus clock',
    '50ms',
    duration({ minMs: 1, maxMs: 10_000 }),
    50,
  ),
  row(
    '--election-ticks <number>',
    'ticks without a leader before an election (to twice as many)',
    '20',
    wholeNumber(2, 100_000),
    20,
  ),
  row(
    '--heartbeat-ticks <number>',
    'ticks between heartbeats; at most half of --election-ticks',
    '2',
    wholeNumber(1, 50_000),
    2,
  ),
  row(
    '--snapshot-entries <number>',
    'log entries after which the log is cut',
    '50000',
    wholeNumber(100, 100_000_000),
    50_000,
  ),
  row(
    '--proposal-timeout <duration>',
    'what a write may take at most',
    '10s',
    duration({ minMs: 100, maxMs: 600_000 }),
    10_000,
  ),
  row(
    '--max-pending-proposals <number>',
    'writes that may wait on this node at once',
    '10000',
    wholeNumber(1, 1_000_000),
    10_000,
  ),
  row(
    '--clock-offset-alarm <duration>',
    'a clock of a member or of the store that is certainly further off is an alarm; nothing is ordered by it',
    '500ms',
    duration({ minMs: 1, maxMs: 3_600_000 }),
    500,
  ),
  row('--purge-stream-concurrency <number>', 'streams purged side by side', '4', wholeNumber(1, 64), 4),
  row(
    '--purge-request-concurrency <number>',
    'requests to the store at once, at most',
    '16',
    wholeNumber(1, 256),
    16,
  ),
  row(
    '--purge-requests-per-second <number>',
    'requests to the store a second; 0 = no cap',
    '0',
    wholeNumber(0, 100_000),
    0,
  ),
  row(
    '--sweep-after <list>',
    "when a purged prefix is looked at again for what came late, after its purge; 'off' for never",
    '1h,24h',
    (value) => (value === 'off' ? [] : value.split(',').map((part) => sweepDuration(part.trim()))),
    [3_600_000, 86_400_000],
  ),
  row(
    '--reborn-streams <policy>',
    "what becomes of a stream that its writer creates again below a purged prefix: 'adopt' or 'alarm'; it is never deleted",
    'adopt',
    oneOf('adopt', 'alarm'),
    'adopt',
  ),
  row(
    '--take-over-bucket-from <name>',
    'the id of a cluster that is gone for good: its ownership marker on the bucket is replaced by ours',
    'off',
    clusterName,
  ),
  row(
    '--log-level <level>',
    'debug, info, warn, error or silent',
    'info',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
  ),
  row(
    '--log-format <format>',
    'json, pretty, or auto: pretty on a terminal',
    'auto',
    oneOf('auto', 'json', 'pretty'),
    'auto',
  ),
];

function row(
  flags: string,
  description: string,
  defaultText: string | undefined,
  parse: (text: string) => unknown,
  byDefault?: unknown,
): FlagRow {
  const name = flags.slice(2).split(' ')[0] ?? '';
  const env = `SEXTON_${name.toUpperCase().replaceAll('-', '_')}`;
  return {
    flags,
    env,
    description,
    defaultText,
    parse,
    ...(byDefault === undefined ? {} : { default: byDefault }),
  };
}

export function addServeOptions(command: Command): Command {
  for (const { flags, description, parse, default: byDefault, defaultText } of SERVE_FLAGS) {
    const option = new Option(flags, description);
    if (flags.includes('<')) option.argParser(parse);
    if (byDefault !== undefined) option.default(byDefault, defaultText);
    command.addOption(option);
  }
  return command;
}

/** As commander hands them over: camel-cased, parsed. */
export interface ServeFlags {
  readonly clusterId?: string;
  readonly memberId?: number;
  readonly dataDir?: string;
  readonly members?: readonly MemberAddress[];
  readonly listen: string;
  readonly advertise?: string;
  readonly httpListen: string;
  readonly join: boolean;
  readonly objectStore?: string;
  readonly defaultGracePeriod: number;
  readonly tickInterval: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly snapshotEntries: number;
  readonly proposalTimeout: number;
  readonly maxPendingProposals: number;
  readonly clockOffsetAlarm: number;
  readonly purgeStreamConcurrency: number;
  readonly purgeRequestConcurrency: number;
  readonly purgeRequestsPerSecond: number;
  readonly sweepAfter: readonly number[];
  readonly rebornStreams: 'adopt' | 'alarm';
  readonly takeOverBucketFrom?: string;
  readonly logLevel: ServeSettings['logLevel'];
  readonly logFormat: ServeSettings['logFormat'];
}

/** Throws SextonError INVALID_ARGUMENT that names flag and variable. */
export function serveSettings(flags: ServeFlags): ServeSettings {
  const clusterId = required(flags.clusterId, 'cluster-id');
  const memberId = required(flags.memberId, 'member-id');
  const dataDirectory = required(flags.dataDir, 'data-dir');
  const members = required(flags.members, 'members');
  const own = members.find(({ id }) => id === memberId);
  if (!flags.join && own === undefined) {
    throw invalid(
      'members',
      `does not name member ${memberId}, which is this node by --member-id; a member that was added later keeps --join`,
    );
  }
  const address = flags.advertise ?? own?.address;
  if (address === undefined)
    throw invalid(
      'advertise',
      'is required where --members does not name this node: where the others reach it',
    );
  if (flags.join && members.every((member) => member.id === memberId || member.address === address)) {
    throw invalid('members', 'names nobody but this node; with --join it says whom to ask');
  }
  if (own !== undefined && own.address !== address) {
    throw invalid('advertise', `says ${address}, but --members has this node at ${own.address}`);
  }
  if (2 * flags.heartbeatTicks > flags.electionTicks) {
    throw invalid(
      'heartbeat-ticks',
      `${flags.heartbeatTicks} is more than half of --election-ticks, ${flags.electionTicks}`,
    );
  }
  return {
    node: {
      clusterId,
      memberId,
      address,
      initialMembers: members.map((member) => ({ ...member, directoryId: '' })),
      join: flags.join,
      tickMs: flags.tickInterval,
      electionTicks: flags.electionTicks,
      heartbeatTicks: flags.heartbeatTicks,
      proposalTimeoutMs: flags.proposalTimeout,
      maxPendingProposals: flags.maxPendingProposals,
      clockOffsetAlarmMs: flags.clockOffsetAlarm,
      snapshotEntries: flags.snapshotEntries,
    },
    dataDirectory,
    listen: flags.listen,
    httpListen: flags.httpListen === 'off' ? undefined : flags.httpListen,
    objectStore: flags.objectStore,
    defaultGracePeriodMs: flags.defaultGracePeriod,
    purge: {
      streamConcurrency: flags.purgeStreamConcurrency,
      requestConcurrencyMax: flags.purgeRequestConcurrency,
      requestsPerSecondMax: flags.purgeRequestsPerSecond,
    },
    sweepAfterMs: flags.sweepAfter,
    rebornPolicy: flags.rebornStreams,
    takeOverBucketFrom: flags.takeOverBucketFrom,
    logLevel: flags.logLevel,
    logFormat: flags.logFormat,
  };
}

function required<T>(value: T | undefined, flag: string): T {
  if (value === undefined) throw invalid(flag, 'is required');
  return value;
}

function invalid(flag: string, description: string): SextonError {
  const env = `SEXTON_${flag.toUpperCase().replaceAll('-', '_')}`;
  const field = `--${flag}`;
  return new SextonError('INVALID_ARGUMENT', `${field} (or ${env}) ${description}`, {
    violations: [{ field, description }],
  });
}
