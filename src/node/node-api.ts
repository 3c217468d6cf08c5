/**
 * What the faces (gRPC, HTTP) may ask of a node. Everything that can be refused rejects with SextonError.
 */
import type {
  CatalogSummary,
  Command,
  SessionRecord,
  StreamEvent,
  StreamRecord,
  StreamState,
} from '../catalog/types.js';
import type { PrefixOwnership } from '../catalog/prefix-queries.js';
import type { Configuration, CoreStatus, Member, MemberId } from '../raft/types.js';
import type { PurgeStatus } from '../purge/purge-status.js';
import type { AlarmView } from './alarm.js';
import type { LeaderSessions } from './session-api.js';
import type { ClockMeasurement } from './transport/transport.js';

export type { AlarmView };
export type {
  LeaderSessions,
  SessionLease,
  SessionReport,
  SessionView,
  TakenUpStream,
  WaitingSessions,
} from './session-api.js';

export interface CallContext {
  /** Fires when the caller hung up, its deadline passed, or the node stops. */
  readonly signal: AbortSignal;
  /** Milliseconds the caller still waits; Infinity = no deadline (bounded by proposalTimeoutMs). */
  readonly deadlineMs: number;
}

export type Consistency = 'linearizable' | 'local';

export interface ProposeOptions extends CallContext {
  /** '' = none. */
  readonly requestId: string;
}

/** Answers with the refusals of the catalog already turned into SextonError. */
export interface ProposeResult {
  readonly stream: StreamRecord | undefined;
  /** Of session commands. */
  readonly session?: SessionRecord | undefined;
  readonly changed: boolean;
  /** Index of the entry. */
  readonly index: number;
}

export interface StreamSelector {
  readonly tenant: string;
  readonly name: string;
  /** 0 = current. */
  readonly incarnation: number;
}

export interface ListStreamsQuery {
  /** Undefined = every tenant. */
  readonly tenant: string | undefined;
  readonly namePrefix: string;
  /** Empty = no filter. */
  readonly states: readonly StreamState[];
  readonly pageSize: number;
  /** Key after which to go on; undefined = from the start. Opaque: made by this API. */
  readonly after: Uint8Array | undefined;
}

export interface StreamPage {
  readonly streams: readonly StreamRecord[];
  readonly next: Uint8Array | undefined;
  /** The revision that the page reflects; a watch started after it misses nothing. */
  readonly revision: number;
}

/** Whose a prefix of the bucket is. */
export interface PrefixLookup extends PrefixOwnership {
  readonly revision: number;
  /** Some prefix below this one is owned, or was by a stream that is not forgotten. */
  readonly anyBelow: boolean;
}

/** One entry that moved a purge without moving its stream. Not kept: see `WatchOptions.includePurgeProgress`. */
export interface PurgeProgressed {
  /** The entry's index. */
  readonly revision: number;
  readonly stream: StreamRecord;
}

export type WatchItem =
  /** Always first. `oldestRevision`: the oldest one a watch may start after here. */
  | { readonly kind: 'header'; readonly revision: number; readonly oldestRevision: number }
  | { readonly kind: 'event'; readonly event: StreamEvent }
  /** Only with `includePurgeProgress`. */
  | { readonly kind: 'purgeProgress'; readonly progress: PurgeProgressed }
  /** Everything up to `revision` has been delivered. */
  | { readonly kind: 'progress'; readonly revision: number };

export interface WatchOptions {
  /** Events after this revision; undefined = from now on. REVISION_COMPACTED when no longer kept. */
  readonly startRevision: number | undefined;
  readonly tenant: string | undefined;
  readonly namePrefix: string;
  /** 0 = the default, 10 s. */
  readonly progressIntervalMs: number;
  /** Also what purges make known of themselves, while the watch keeps up: it is told once and not kept. */
  readonly includePurgeProgress?: boolean;
  readonly signal: AbortSignal;
}

export interface MemberView {
  readonly id: MemberId;
  readonly address: string;
  readonly role: 'voter' | 'learner';
}

/** Peers as the leader sees them. */
export interface PeerView extends MemberView {
  readonly progress: 'leader' | 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: number;
  readonly trailingEntries: number;
  /** undefined = never in this term. 0 for the leader itself. */
  readonly lastContactMs: number | undefined;
  readonly reachable: boolean;
  readonly directoryId: string;
  /** Why it cannot be promoted now, as a clause; '' = it can be, or is a voter. */
  readonly promotionObstacle: string;
  /** Its state was seen to be the leader's at this index (S7); 0 = not compared in this term. */
  readonly digestEqualIndex: number;
  /** Its clock, against the leader's; undefined = not measured yet, or the leader itself. */
  readonly clock: ClockMeasurement | undefined;
  /** The state is being sent to it: how much has left, in this stream and those that it goes on from. */
  readonly snapshot?: { readonly sentBytes: number; readonly approximateBytes: number };
}

/** Who hears whom: one direction between two members. */
export interface LinkView {
  /** The one that hears, or not. */
  readonly from: MemberId;
  /** The one that is heard, or not. */
  readonly to: MemberId;
  /** unknown: `from` has not told lately. */
  readonly state: 'heard' | 'silent' | 'unknown';
  /** As `from` counts; undefined = never, or unknown. */
  readonly lastHeardMs: number | undefined;
  /** What `from` measured of the clock of `to`. */
  readonly clock: ClockMeasurement | undefined;
}

export interface LeaderView {
  readonly clusterId: string;
  readonly leaderId: MemberId;
  readonly leaderAddress: string;
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly leaderSinceMs: number;
  readonly peers: readonly PeerView[];
  /** The whole matrix, as far as the members have told. */
  readonly links: readonly LinkView[];
  readonly summary: CatalogSummary;
  readonly purge: PurgeStatus;
  /** Purges that are drained but for nodes that take the stream up again. */
  readonly clientsStillSending: number;
  readonly objectStore: string;
  /** The configuration in force is not committed yet. */
  readonly membershipChangePending: boolean;
  /** What needs an operator, worst first. */
  readonly alarms: readonly AlarmView[];
}

export interface NodeView {
  /** The cluster has removed this member; it takes part no more. */
  readonly removed: boolean;
  /** Not in a cluster yet: in its first start, or waiting to be added. */
  readonly joining: boolean;
  readonly clusterId: string;
  readonly memberId: MemberId;
  readonly directoryId: string;
  readonly address: string;
  readonly version: string;
  readonly startedMs: number;
  readonly core: CoreStatus;
  readonly firstLogIndex: number;
  readonly snapshotIndex: number;
  readonly storageSizeBytes: number;
  /** Left for this process where the data directory lies; 0 = not known. */
  readonly diskFreeBytes: number;
  readonly eventLoopLagMs: number;
  readonly diskSyncP50Ms: number;
  readonly diskSyncP99Ms: number;
  readonly residentBytes: number;
  readonly openWatches: number;
  readonly pendingProposals: number;
  readonly digest: string;
  /** Index of the last entry that changed something, as applied here. */
  readonly revision: number;
  /** This node's own row of the matrix. */
  readonly links: readonly LinkView[];
  /** What this node knows about itself that needs an operator. */
  readonly alarms: readonly AlarmView[];
}

export interface NewMember {
  /** 0 = the next id that was never used. */
  readonly id: MemberId;
  readonly address: string;
  /** '' = that of the first node that answers at the address under the id. */
  readonly directoryId: string;
}

export interface MembershipAnswer {
  /** False: it was so already. */
  readonly changed: boolean;
  /** The member it was about, as it is now; undefined when it is none any more. */
  readonly member: Member | undefined;
  /** All members, after the change. */
  readonly configuration: Configuration;
}

export interface NodeApi {
  readonly memberId: MemberId;
  readonly clusterId: string;
  /** The highest log index applied on this node; 0 before it belongs to a cluster. */
  appliedIndex(): number;
  /** Proposes here or through the leader; resolves once applied on this node. */
  propose(command: Command, options: ProposeOptions): Promise<ProposeResult>;
  /** Validates against applied state without proposing (AIP-163): what `propose` would answer now. */
  validate(command: Command, context: CallContext): Promise<StreamRecord | undefined>;
  getStream(selector: StreamSelector, consistency: Consistency, context: CallContext): Promise<StreamRecord>;
  listStreams(query: ListStreamsQuery, consistency: Consistency, context: CallContext): Promise<StreamPage>;
  /** Streams in DELETED or PURGING, oldest deadline first. */
  listPurges(
    query: { readonly pageSize: number; readonly after: Uint8Array | undefined },
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamPage>;
  /** Linearizable. `prefix` ends in `/`; whether a stream could own it does not matter. */
  lookUpPrefix(prefix: string, context: CallContext): Promise<PrefixLookup>;
  watchStreams(options: WatchOptions): AsyncIterable<WatchItem>;
  /** Resolves after a real linearizable read (quorum round trip and apply). */
  linearizableRead(context: CallContext): Promise<{ readonly readIndex: number }>;
  /** Undefined when this node does not lead. */
  leaderView(): Promise<LeaderView | undefined>;
  nodeView(): Promise<NodeView>;
  /** Undefined when this node does not lead, or has only begun to. */
  sessions(): LeaderSessions | undefined;
  /** The leader as this node knows it; undefined = none. */
  leaderHint(): { readonly id: MemberId; readonly address: string } | undefined;
  transferLeadership(
    target: MemberId,
    context: CallContext,
  ): Promise<{ readonly leaderId: MemberId; readonly term: number }>;
  /**
   * Changes of membership, on the leader: resolve once committed by a majority and applied here. Repeating
   * one is a success that changes nothing. NOT_LEADER, NO_LEADER, OUTCOME_UNKNOWN, and as each says.
   */
  addMember(member: NewMember, context: CallContext): Promise<MembershipAnswer>;
  promoteMember(id: MemberId, context: CallContext): Promise<MembershipAnswer>;
  removeMember(id: MemberId, context: CallContext): Promise<MembershipAnswer>;
  /** Fires when leadership or the known leader changes; for health and streams. Returns unsubscribe. */
  onLeaderChanged(listener: () => void): () => void;
}
