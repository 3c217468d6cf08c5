/**
 * What goes into and comes out of the consensus core. Pure data; the core (`core.ts`) is a function
 * of the inputs it was fed, and nothing else.
 *
 *   driver                      core
 *     | step(tick|message|...)   |
 *     | ------------------------>|   any number of inputs ...
 *     | drain()                  |
 *     | ------------------------>|
 *     |            Effects       |   ... one record of everything to be done
 *     | <------------------------|
 *     | persisted / applied      |   and later, what has been done
 *     | ------------------------>|
 *
 * Terms are those of Ongaro's thesis. Indexes and terms are safe integers; 0 means "before the first".
 * `upTo` is inclusive, `from` is inclusive, `after` and `end` are exclusive.
 */

/** A position in the log; the first entry has index 1. */
export type LogIndex = number;
export type Term = number;
/** Positive integer, never reused within a cluster: a member whose disk was wiped is a new member (S6). */
export type MemberId = number;

/** A member as the configuration records it. Only `id` means something to the core. */
export interface Member {
  readonly id: MemberId;
  /** `host:port` of its gRPC listener, as peers and clients reach it. Opaque here. */
  readonly address: string;
  /** Random id made when its data directory was initialised; '' until known (S6). Opaque here. */
  readonly directoryId: string;
}

/** Who votes and who only listens. Both lists sorted by id, disjoint, voters not empty. */
export interface Configuration {
  readonly voters: readonly Member[];
  readonly learners: readonly Member[];
  /**
   * The highest id that ever was a member's, set only where it is above all those listed. New members
   * take higher ones, so that the id of a removed member never comes back on another disk (S6).
   */
  readonly highestId?: MemberId;
}

export type EntryPayload =
  | { readonly kind: 'noop' }
  | { readonly kind: 'command'; readonly data: Uint8Array }
  | { readonly kind: 'configuration'; readonly configuration: Configuration };

export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: EntryPayload;
}

/** What must be durable before any message that depends on it leaves (thesis §3.8). */
export interface HardState {
  readonly term: Term;
  /** 0 = no vote in this term. */
  readonly votedFor: MemberId;
  /** A hint that survives restarts; may lag what was really committed. */
  readonly commitIndex: LogIndex;
}

/** The last entry that a snapshot covers, and the configuration as of that entry. */
export interface SnapshotMeta {
  readonly index: LogIndex;
  readonly term: Term;
  readonly configuration: Configuration;
}

/**
 * The durable log as the core reads it. Synchronous: implementations answer from memory or by point
 * reads. An entry handed out in `Effects.entries` need not be readable here until it was reported
 * `persisted`; until then the core reads its own unstable tail.
 */
export interface LogReader {
  /** Index and term of the entry before the first readable one: the snapshot's. {0,0} for a new log. */
  readonly start: { readonly index: LogIndex; readonly term: Term };
  readonly lastIndex: LogIndex;
  /** Term of the entry at `index`, for start.index <= index <= lastIndex; undefined outside. */
  termAt(index: LogIndex): Term | undefined;
  /** Entries from `from` while index < `end` and the sum of sizes stays within `maxBytes`; at least one. */
  entries(from: LogIndex, end: LogIndex, maxBytes: number): readonly Entry[];
}

// ---------------------------------------------------------------------------------------- messages

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's term; pre-vote requests and granted pre-votes carry the term asked for (thesis §9.6). */
  readonly term: Term;
}

export interface PreVoteRequest extends Envelope {
  readonly kind: 'preVoteRequest';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}
export interface PreVoteResponse extends Envelope {
  readonly kind: 'preVoteResponse';
  readonly granted: boolean;
}
export interface VoteRequest extends Envelope {
  readonly kind: 'voteRequest';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /** Set by a candidate that the leader itself asked to take over: skips the fresh-leader refusal. */
  readonly leadershipTransfer: boolean;
}
export interface VoteResponse extends Envelope {
  readonly kind: 'voteResponse';
  readonly granted: boolean;
}
export interface AppendRequest extends Envelope {
  readonly kind: 'appendRequest';
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
}
export interface AppendResponse extends Envelope {
  readonly kind: 'appendResponse';
  readonly rejected: boolean;
  /** Accepted: everything up to here matches the leader's log and is durable on the sender. */
  readonly matchIndex: LogIndex;
  /** Rejected: the prevLogIndex that did not match. */
  readonly conflictIndex: LogIndex;
  /** Rejected: where the leader should look next, and the sender's term there (fast backtracking). */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
}
export interface HeartbeatRequest extends Envelope {
  readonly kind: 'heartbeatRequest';
  /** Never beyond what the receiver is known to have. */
  readonly commitIndex: LogIndex;
  /** Highest read round that this heartbeat confirms when answered (thesis §6.4). */
  readonly readSequence: number;
}
export interface HeartbeatResponse extends Envelope {
  readonly kind: 'heartbeatResponse';
  readonly readSequence: number;
}
/** A follower asks the leader for a read index on behalf of its own callers. */
export interface ReadIndexRequest extends Envelope {
  readonly kind: 'readIndexRequest';
  readonly context: number;
}
export interface ReadIndexResponse extends Envelope {
  readonly kind: 'readIndexResponse';
  readonly context: number;
  /** Meaningless when refused. */
  readonly index: LogIndex;
  /** The receiver is not a leader that may serve reads; ask again elsewhere. */
  readonly refused: boolean;
}
/** The leader tells its chosen successor to campaign at once (thesis §3.10). */
export interface TimeoutNow extends Envelope {
  readonly kind: 'timeoutNow';
}

export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | AppendRequest
  | AppendResponse
  | HeartbeatRequest
  | HeartbeatResponse
  | ReadIndexRequest
  | ReadIndexResponse
  | TimeoutNow;

// ------------------------------------------------------------------------------------------ inputs

export type Input =
  /** One tick of the driver's clock has passed. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly message: Message }
  /** Appends when leader. Refused (see {@link ProposeOutcome}) otherwise; the core never queues. */
  | { readonly kind: 'propose'; readonly payloads: readonly EntryPayload[] }
  /**
   * Everything in `Effects.entries` up to `index` is durable. Carries the term of the entry at `index`:
   * by the time a write completes the log may have been truncated and rewritten, and index alone
   * would then acknowledge other entries than those written (etcd-io/raft rawnode.go, the ABA story).
   */
  | { readonly kind: 'persisted'; readonly index: LogIndex; readonly term: Term }
  | { readonly kind: 'applied'; readonly index: LogIndex }
  /** Ask for a linearizable read point; answered by a {@link ReadState} with the same context. */
  | { readonly kind: 'readIndex'; readonly context: number }
  /** 0 = the voter with the most of the log. */
  | { readonly kind: 'transferLeadership'; readonly target: MemberId }
  | { readonly kind: 'changeMembership'; readonly change: MembershipChange }
  /** The connection to a peer broke and reconnecting is refused: a hint, never a proof (fast failover). */
  | { readonly kind: 'peerUnreachable'; readonly member: MemberId }
  /** A snapshot was received and is durable: adopt it. `from`/`term` are the sending leader's. */
  | {
      readonly kind: 'snapshotInstalled';
      readonly from: MemberId;
      readonly term: Term;
      readonly meta: SnapshotMeta;
    }
  /** How the snapshot stream of an earlier `Effects.snapshotsToSend` ended. */
  | { readonly kind: 'snapshotSent'; readonly to: MemberId; readonly index: LogIndex; readonly ok: boolean }
  /** Entries up to `upTo` are in the durable snapshot and gone from the LogReader. */
  | { readonly kind: 'compacted'; readonly upTo: LogIndex }
  /** The driver saw its own tick come too late or its disk stall: a leader steps down. */
  | { readonly kind: 'stepDown'; readonly cause: string };

export type MembershipChange =
  | { readonly kind: 'addLearner'; readonly member: Member }
  | { readonly kind: 'promote'; readonly id: MemberId }
  /** Records which data directory a member that was added without one has (S6). Never changed afterwards. */
  | { readonly kind: 'bindDirectory'; readonly id: MemberId; readonly directoryId: string }
  | { readonly kind: 'remove'; readonly id: MemberId };

/** What became of a `propose`, `transferLeadership` or `changeMembership` input, told at once. */
export type StepOutcome =
  | { readonly kind: 'done' }
  /** Entries were appended at firstIndex.. in `term`; whether they commit is told by `committed`. */
  | { readonly kind: 'appended'; readonly firstIndex: LogIndex; readonly term: Term }
  | { readonly kind: 'notLeader'; readonly leader: MemberId }
  /** Uncommitted bytes are at their limit; nothing was appended. */
  | { readonly kind: 'overloaded' }
  /** The leader is handing over and takes no proposals. */
  | { readonly kind: 'transferring'; readonly target: MemberId }
  | {
      readonly kind: 'refused';
      /** What stands in the way, as a clause, with the numbers. */
      readonly cause: string;
      /** Set by the core, for a program to act on. */
      readonly reason?: RefusalReason;
    };

/** Why a transfer, a membership change or a malformed proposal is refused; names as in shared/errors.ts. */
export type RefusalReason =
  | 'MEMBER_EXISTS'
  | 'MEMBER_NOT_FOUND'
  | 'MEMBERSHIP_CHANGE_PENDING'
  | 'LEARNER_NOT_READY'
  | 'QUORUM_AT_RISK'
  | 'NOT_A_VOTER'
  | 'TRANSFER_FAILED'
  | 'INVALID_ARGUMENT';

/**
 * What to do with a snapshot that a leader offers; see `RaftCore.judgeSnapshot`.
 *
 * - `install`: it brings what is missing.
 * - `stale`: its sender no longer leads, or never did: no leader makes such an offer.
 * - `present`: the log already agrees with the leader's up to `matchIndex`, and may hold acknowledged
 *   entries beyond the snapshot: installing would lose them.
 */
export type SnapshotVerdict =
  | { readonly kind: 'install' }
  | { readonly kind: 'stale'; readonly term: Term }
  | { readonly kind: 'present'; readonly matchIndex: LogIndex };

// ----------------------------------------------------------------------------------------- effects

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader' | 'learner';

export interface RoleChange {
  readonly role: Role;
  readonly term: Term;
  /** 0 = unknown. */
  readonly leader: MemberId;
}

export interface ReadState {
  readonly context: number;
  /** Serve the read once applied >= index. Undefined: refused (no leader, or it changed); ask again. */
  readonly index: LogIndex | undefined;
}

/**
 * Everything to be done since the last drain. The names carry the order:
 *
 * 1. `sendNow` may leave at once, beside the write (the leader's disk write runs beside replication).
 * 2. `truncateFrom`, then `entries`, then `hardState`: one durable batch (S: sync). Drains are
 *    persisted in the order in which they were drained.
 * 3. `sendAfterPersist` leaves only when this drain's batch, and all before it, are durable.
 *    Empty batch: as soon as all earlier ones are durable.
 * 4. `committed` is applied in order; it never reaches beyond what is durable here.
 * 5. Then, as inputs: `persisted`, `applied`.
 */
export interface Effects {
  readonly hardState: HardState | undefined;
  /** Drop entries from here on before appending. */
  readonly truncateFrom: LogIndex | undefined;
  readonly entries: readonly Entry[];
  readonly sendNow: readonly Message[];
  readonly sendAfterPersist: readonly Message[];
  /** Entries now known to be committed and durable here, never handed out before. Bounded in bytes. */
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** Start streaming a snapshot to these members; report with `snapshotSent`. */
  readonly snapshotsToSend: readonly { readonly to: MemberId; readonly term: Term }[];
  /** Set when role, term or known leader changed. Only the last change since the last drain. */
  readonly roleChange: RoleChange | undefined;
}

// ------------------------------------------------------------------------------------------ status

export interface PeerStatus {
  readonly id: MemberId;
  readonly progress: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  /** Heard from within the last election timeout. */
  readonly recentlyActive: boolean;
  /** Ticks since the peer last answered anything. */
  readonly lastContactTicks: number;
}

export interface CoreStatus {
  readonly id: MemberId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: MemberId;
  readonly leader: MemberId;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly persistedIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly configuration: Configuration;
  /** 0 = none in progress. */
  readonly transferTarget: MemberId;
  readonly uncommittedBytes: number;
  /** Leader only; empty elsewhere. Sorted by id, without the leader itself. */
  readonly peers: readonly PeerStatus[];
}
