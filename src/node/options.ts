/**
 * Everything that can be set about a node, resolved once: required, frozen, checked together. Where a
 * flag sets a field, `cli/serve-options.ts` says so; the rest are the defaults below.
 */
import { assert } from '../shared/assert.js';
import type { Member, MemberId } from '../raft/types.js';

export interface NodeOptions {
  /** Names this cluster among all that share networks and buckets; part of every handshake. */
  readonly clusterId: string;
  readonly memberId: MemberId;
  /** `host:port` at which members and clients reach this node; what leader hints carry. */
  readonly address: string;
  /** The members of the first start, this one too. Ignored once the directory is initialised. */
  readonly initialMembers: readonly Member[];
  /** This directory waits until a running cluster has added it. */
  readonly join: boolean;

  /** One core tick. Default 50 ms. Election timeout and heartbeat are multiples of it. */
  readonly tickMs: number;
  /** Ticks without a leader before an election; drawn from [n, 2n). Default 20 (1 to 2 s). */
  readonly electionTicks: number;
  /** Ticks between heartbeats. Default 2 (100 ms). */
  readonly heartbeatTicks: number;

  /** What a proposal may take at most, whatever the caller's deadline. Default 10 s. */
  readonly proposalTimeoutMs: number;
  /** Calls that may wait for their entry at once; beyond it TOO_MANY_REQUESTS. Default 10,000. */
  readonly maxPendingProposals: number;
  /** Bytes that a leader holds and has not committed; beyond it TOO_MANY_REQUESTS. Default 64 MiB. */
  readonly maxUncommittedBytes: number;
  /** Entries in one message to a member; one entry always fits. At most 64 MiB, default 1 MiB. */
  readonly maxMessageBytes: number;
  /** Linearizable reads that may wait at once; beyond it TOO_MANY_REQUESTS. Default 50,000. */
  readonly maxPendingReads: number;
  /** Watches open at once on this node; beyond it TOO_MANY_REQUESTS. Default 1,000. */
  readonly maxWatches: number;
  /** One encoded command. Default 1 MiB. */
  readonly maxCommandBytes: number;

  /** A clock that is certainly further off than this is an alarm; nothing is ordered by clocks. Default 500 ms. */
  readonly clockOffsetAlarmMs: number;

  /** The log is cut when it holds this many entries more than `keepEntries`. Default 50,000. */
  readonly snapshotEntries: number;
  /** Entries kept behind the applied index for slow followers. Default 10,000. */
  readonly keepEntries: number;
}

export const NODE_DEFAULTS = {
  join: false,
  tickMs: 50,
  electionTicks: 20,
  heartbeatTicks: 2,
  proposalTimeoutMs: 10_000,
  maxPendingProposals: 10_000,
  maxUncommittedBytes: 64 * 1024 * 1024,
  maxMessageBytes: 1024 * 1024,
  maxPendingReads: 50_000,
  maxWatches: 1_000,
  maxCommandBytes: 1024 * 1024,
  clockOffsetAlarmMs: 500,
  snapshotEntries: 50_000,
  keepEntries: 10_000,
} as const;

export type NodeSettings = Omit<NodeOptions, keyof typeof NODE_DEFAULTS> & Partial<NodeOptions>;

/** Fills in defaults and checks what concerns more than one field; flags were checked by the CLI. */
export function resolveNodeOptions(settings: NodeSettings): NodeOptions {
  const options: NodeOptions = Object.freeze({ ...NODE_DEFAULTS, ...settings });
  assert(options.heartbeatTicks < options.electionTicks, 'heartbeatTicks must be below electionTicks');
  assert(options.maxCommandBytes <= 1024 * 1024, 'maxCommandBytes must fit one message (1 MiB)');
  assert(
    options.join || options.initialMembers.some((member) => member.id === options.memberId),
    `member ${options.memberId} is not among the initial members`,
  );
  return options;
}

/** The shortest election timeout: the unit in which the watchdog and failover are measured. */
export function electionTimeoutMs(options: NodeOptions): number {
  return options.tickMs * options.electionTicks;
}
