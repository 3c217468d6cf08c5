/**
 * What the client speaks in: plain objects, string literals for enums, and numbers for time.
 *
 * Times are milliseconds since the epoch by the leader's clock (`…TimeMs`), durations are
 * milliseconds (`…Ms`), sizes are bytes (`…Bytes`), revisions and incarnations are log indexes. All of
 * them are safe integers. A field that the server left out is `undefined`, never 0 or ''.
 *
 * 'UNKNOWN' stands for an enum value that is newer than this client: show it, and take nothing for
 * granted. A stream whose state is UNKNOWN is not one to write to.
 */

/** See the lifecycle in the README: forward only, and back once, from DELETED to ACTIVE. */
export type StreamState = 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED' | 'UNKNOWN';

/** Where the removal of a deleted stream's objects stands. */
export type PurgePhase =
  | 'WAITING'
  | 'DRAINING'
  | 'QUEUED'
  | 'RUNNING'
  | 'VERIFYING'
  | 'RETRYING'
  | 'BLOCKED'
  | 'PAUSED'
  | 'DONE'
  | 'HELD'
  | 'UNKNOWN';

/** What an operator has to mend before a BLOCKED purge can go on. */
export type BlockedReason =
  | 'ACCESS_DENIED'
  | 'OBJECT_LOCKED'
  | 'BUCKET_MISSING'
  | 'FOREIGN_MARKER'
  | 'STORE_UNSUITABLE'
  | 'NO_PROGRESS'
  | 'BAD_CREDENTIALS'
  | 'LISTING_UNTRUSTED'
  | 'STREAM_REBORN'
  | 'METADATA_UNCLEAR'
  | 'UNKNOWN';

/** What a purge in DRAINING waits for: sessions that have not drained, or clients that still send to the stream. */
export type DrainWait = 'SESSIONS' | 'CLIENTS_STILL_SENDING' | 'UNKNOWN';

export interface PurgeStatus {
  readonly phase: PurgePhase;
  /** Objects, old versions and delete markers that the store confirmed as deleted. */
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  readonly uploadsAborted: number;
  readonly attempts: number;
  /** Of the latest failure; '' = none since the last progress. In DONE: of a sweep that is tried again, from the leader. */
  readonly lastError: string;
  readonly lastErrorTimeMs: number | undefined;
  readonly nextAttemptTimeMs: number | undefined;
  /** Only in BLOCKED. */
  readonly blockedReason: BlockedReason | undefined;
  readonly beginTimeMs: number | undefined;
  /** Set when this stream's purge was paused by name. */
  readonly pauseTimeMs: number | undefined;
  /** Objects, versions and unfinished uploads that sweeps found after PURGED and removed. */
  readonly lateObjectsDeleted: number;
  /** Sessions that have not drained the stream, while DRAINING. */
  readonly waitingSessions: number;
  /** When the point of no return was committed. */
  readonly drainTimeMs: number | undefined;
  /** Only in DRAINING, and only from the leader. */
  readonly drainWait: DrainWait | undefined;
  /** An operator said that what nodes write after the tombstone is removed too. */
  readonly discardNewWrites: boolean;
}

/** One life of a log stream; `incarnation` tells two lives of one name apart. */
export interface Stream {
  /** '' = no tenant. */
  readonly tenant: string;
  readonly name: string;
  /** 0 only in the answer to a `validateOnly` create. */
  readonly incarnation: number;
  readonly state: StreamState;
  /** The keys that this life owns in the bucket; ends in `/`. */
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The log index of the last entry that changed this stream. */
  readonly revision: number;
  /** Send it back to make a change conditional. */
  readonly etag: string;
  /** The log index of its tombstone. Absent while ACTIVE, and from older servers. */
  readonly tombstoneRevision: number | undefined;
  /** The log index of the point of no return, which drained revisions are compared with. Absent before it. */
  readonly drainRevision: number | undefined;
  readonly createTimeMs: number | undefined;
  /** When it was marked deleted. */
  readonly deleteTimeMs: number | undefined;
  /** The end of the grace period: until then it can be undeleted, and nothing is removed. */
  readonly purgeAfterMs: number | undefined;
  /** When its prefix had been proved empty. */
  readonly purgeTimeMs: number | undefined;
  /** From when the same prefix may be owned again. */
  readonly reusableAfterMs: number | undefined;
  /** Absent while ACTIVE. */
  readonly purge: PurgeStatus | undefined;
}

/** A stream and how fresh the answer is. */
export interface StreamAnswer {
  readonly stream: Stream;
  /** What the answering node had applied: a watch from here misses nothing. */
  readonly revision: number;
}

export interface StreamPage {
  readonly streams: readonly Stream[];
  /** '' = the last page. */
  readonly nextPageToken: string;
  /** Where to start a watch; the same on every page of one listing. */
  readonly revision: number;
}

/** What a read may miss: 'linearizable': nothing acknowledged before it began; 'local': anything, but it needs no leader. */
export type Consistency = 'linearizable' | 'local';

// ------------------------------------------------------------------------------------------- watch

export type StreamEventType =
  | 'CREATED'
  | 'DELETED'
  | 'UNDELETED'
  | 'PURGE_STARTED'
  | 'PURGE_PROGRESSED'
  | 'DRAINED'
  | 'PURGED'
  | 'RESIDUE_SWEPT'
  | 'FORGOTTEN';

/** One change of one stream. */
export interface StreamEvent {
  readonly kind: 'event';
  readonly type: StreamEventType;
  /** The log index of the entry that made the change. */
  readonly revision: number;
  /** As it was right after the change; for FORGOTTEN, right before it. */
  readonly stream: Stream;
}

/** A bookmark: all that matches, up to and including `revision`, has been yielded. Repeated while nothing happens. */
export interface WatchProgress {
  readonly kind: 'progress';
  readonly revision: number;
}

/**
 * One page of everything that matches as of `revision`. Pages from `first` to `last` together replace
 * all that was known before: a stream that none of them holds is gone. Later events may repeat what a
 * page already showed; take the one with the higher `Stream.revision`.
 */
export interface WatchSnapshot {
  readonly kind: 'snapshot';
  readonly streams: readonly Stream[];
  readonly revision: number;
  readonly first: boolean;
  readonly last: boolean;
}

export type WatchItem = StreamEvent | WatchProgress | WatchSnapshot;

// ------------------------------------------------------------------------------------------- purge

export interface Purge {
  /** With `purge` as the leader knows it now, not as last committed. */
  readonly stream: Stream;
  /** While DRAINING: nodes that hold it up, at most 20; of them, those whose lease is over. */
  readonly waitingNodeIds: readonly string[];
  readonly silentNodeIds: readonly string[];
  /** Over the last ten seconds. */
  readonly objectsPerSecond: number;
  readonly bytesPerSecond: number;
  /** What is left, while RUNNING; undefined where nothing is known. */
  readonly estimate: PurgeEstimate | undefined;
  /** While DRAINING: nodes that have let the stream go and taken it up again, the latest first, at most 20. */
  readonly takenUp: readonly NodeTakenUp[];
}

/** A node that holds a deleted stream again: clients still send to it. */
export interface NodeTakenUp {
  readonly nodeId: string;
  /** By the clock of the session's holder. */
  readonly lastSeenTimeMs: number | undefined;
}

/**
 * AT_LEAST: the listing goes on, nobody knows how much more. FOLDERS: by the folders passed so far, as good as they
 * are alike. LISTED: the listing has ended; exact unless somebody still writes.
 */
export interface PurgeEstimate {
  readonly basis: 'AT_LEAST' | 'FOLDERS' | 'LISTED' | 'UNKNOWN';
  readonly objectsLeft: number;
  /** At the present rate; undefined = there is none. */
  readonly timeLeftMs: number | undefined;
}

/** The requests that purging makes of the object store, and what bounds them. */
export interface StoreLoad {
  readonly requestsInFlight: number;
  /** Allowed at once now; falls when the store says slow down. */
  readonly concurrencyLimit: number;
  readonly concurrencyMax: number;
  /** 0 = no cap. */
  readonly requestsPerSecondMax: number;
  readonly requestsPerSecond: number;
  readonly requestsWaiting: number;
  readonly throttledTotal: number;
  /** Nothing is sent for so long, since the store said slow down; undefined = it is not so. */
  readonly quietMs: number | undefined;
}

export type StopReason =
  | 'PAUSED'
  | 'RESTORED'
  | 'STATE_IN_DOUBT'
  | 'STORAGE_NOT_READY'
  | 'LEADER_STARTING'
  | 'FOREIGN_MARKER'
  | 'UNKNOWN';

/** All purges in a few numbers; each stream counts once, by its phase. */
export interface PurgeSummary {
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly blocked: number;
  /** By name; counted by their phase as well. */
  readonly paused: number;
  /** The whole cluster's purges are paused, whatever the numbers say. */
  readonly clusterPaused: boolean;
  readonly pauseReason: 'OPERATOR' | 'RESTORED' | 'UNKNOWN' | undefined;
  /** How long ago the oldest grace period ended among streams not purged; undefined = none is due. */
  readonly oldestPendingAgeMs: number | undefined;
  readonly objectsDeletedTotal: number;
  readonly bytesDeletedTotal: number;
  /** Removed by sweeps after PURGED, unfinished uploads included. Above 0: some node writes past every barrier. */
  readonly lateObjectsTotal: number;
  /** Why nothing at all is purged; undefined = it is. */
  readonly stopReason: StopReason | undefined;
  /** The same for people; '' when purging goes on. */
  readonly stopMessage: string;
  /** Purged streams whose sweep failed and is tried again; why: `lastError` of those in phase DONE. */
  readonly sweepsRetrying: number;
  /** Past the point of no return, and waiting for sessions. */
  readonly draining: number;
  /** Of those, purges that wait because clients still send. */
  readonly clientsStillSending: number;
  /** Streams that a writer created again below a purged prefix, as this leader knows them. */
  readonly rebornStreams: number;
}

export interface PurgePage {
  readonly purges: readonly Purge[];
  /** '' = the last page. */
  readonly nextPageToken: string;
  readonly summary: PurgeSummary;
  readonly revision: number;
  readonly storeLoad: StoreLoad;
}

/** After a pause or a resume. `stream` is undefined when the whole cluster was meant. */
export interface PauseAnswer {
  readonly stream: Stream | undefined;
  readonly summary: PurgeSummary;
}

// ---------------------------------------------------------------------------------------- sessions

/** EXPIRED: its lease ran out; it counts as drained one upload deadline after the lease. CLOSED: it holds up nothing. */
export type SessionState = 'OPEN' | 'EXPIRED' | 'CLOSED' | 'UNKNOWN';

/** The lease of one node that purges wait for. */
export interface Session {
  readonly sessionId: string;
  /** The node's own name for itself; two sessions may share it. */
  readonly nodeId: string;
  readonly state: SessionState;
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
  /** Streams tombstoned at or before it do not wait for this session. */
  readonly openedRevision: number;
  /** Everything tombstoned at or before it has settled; undefined: not reported to the present leader. */
  readonly drainedRevision: number | undefined;
  /** By the leader's clock. EXPIRED: until its last upload is past its deadline. Undefined when CLOSED. */
  readonly leaseRemainingMs: number | undefined;
  readonly openTimeMs: number | undefined;
  /** Purges that are draining and wait for it. */
  readonly waitingPurges: number;
  /** Streams that its node has taken up again, as last reported. */
  readonly takenUpStreams: number;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** '' = the last page. */
  readonly nextPageToken: string;
  readonly revision: number;
}

// ----------------------------------------------------------------------------------------- cluster

export type MemberRole = 'VOTER' | 'LEARNER' | 'UNKNOWN';

export interface Member {
  readonly memberId: number;
  /** `host:port` for clients and members alike. */
  readonly address: string;
  /** '' = not told. */
  readonly httpAddress: string;
  readonly role: MemberRole;
  readonly directoryId: string;
}

/** How the leader replicates to a member; undefined for the leader itself. */
export type ReplicationState = 'PROBE' | 'REPLICATE' | 'SNAPSHOT' | 'UNKNOWN';

export interface MemberProgress {
  readonly member: Member;
  /** The highest log index known to be on its disk. */
  readonly matchIndex: number;
  /** The leader's last log index less `matchIndex`. */
  readonly trailingEntries: number;
  /** Since the leader last heard from it; undefined = not since it leads. */
  readonly lastContactMs: number | undefined;
  readonly reachable: boolean;
  readonly state: ReplicationState | undefined;
  /** 0 = not told yet. */
  readonly appliedIndex: number;
  readonly snapshotBytesSent: number;
  readonly snapshotBytesApproximate: number;
  /** A learner that could be promoted now. */
  readonly promotable: boolean;
  /** Of a learner that could not: why. */
  readonly promotionObstacle: string;
  /** Its state was seen to be the leader's up to here; 0 = not compared since this leader leads. */
  readonly digestEqualIndex: number;
  /** Its clock, against the leader's; undefined = not measured, or the leader itself. */
  readonly clock: ClockMeasurement | undefined;
}

/** Wrong by `errorMs` at most. */
export interface ClockMeasurement {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** What one member hears of one other. */
export interface MemberLink {
  /** The one that hears, or not. */
  readonly from: number;
  /** The one that is heard, or not. */
  readonly to: number;
  /** UNKNOWN: `from` has not told lately. */
  readonly state: 'HEARD' | 'SILENT' | 'UNKNOWN';
  readonly lastHeardMs: number | undefined;
  /** What `from` measured of the clock of `to`. */
  readonly clock: ClockMeasurement | undefined;
}

export interface AddMemberInput {
  /** `host:port` at which clients and members will reach it. */
  readonly address: string;
  /** Default: the next id that was never used. */
  readonly memberId?: number;
  /** Only this data directory may be the member. Default: the first that answers there under the id. */
  readonly directoryId?: string;
}

export interface AddMemberAnswer {
  readonly member: Member;
  /** All of them, the new one too: what its node is started with. */
  readonly members: readonly Member[];
  readonly clusterId: string;
}

export interface PromoteMemberAnswer {
  readonly member: Member;
  readonly members: readonly Member[];
}

export interface RemoveMemberAnswer {
  /** Those that are left. */
  readonly members: readonly Member[];
}

export interface ObjectStoreStatus {
  /** For people, without credentials. */
  readonly description: string;
  /** False: nothing is purged, see `problem`. */
  readonly ready: boolean;
  readonly problem: string;
  readonly versioned: boolean;
  readonly enforcesExpiry: boolean;
  readonly conditionalDelete: boolean;
  readonly deleteBatchLimit: number;
  /** The store's clock, against the leader's; undefined = it has none, or was not asked yet. */
  readonly clock: ClockMeasurement | undefined;
  readonly load: StoreLoad;
  /** Undefined: not probed yet, and what it can do is not known. */
  readonly probeTimeMs: number | undefined;
}

export interface Alarm {
  /** UPPER_SNAKE, e.g. `DIGEST_MISMATCH`; 'UNKNOWN' when newer than this client. */
  readonly kind: string;
  /** 0 = the whole cluster. */
  readonly memberId: number;
  /** What was seen and what to do. */
  readonly message: string;
  readonly raiseTimeMs: number | undefined;
}

/** The leader's own view, confirmed by a majority. */
export interface LeaderStatus {
  readonly clusterId: string;
  readonly leader: Member;
  readonly term: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly leaderSinceMs: number | undefined;
  readonly members: readonly MemberProgress[];
  /** A state without a stream has no entry. */
  readonly streamCounts: Readonly<Partial<Record<StreamState, number>>>;
  readonly purges: PurgeSummary;
  readonly objectStore: ObjectStoreStatus;
  /** Hexadecimal; equal on every member at the same `digestIndex`. */
  readonly appliedDigest: string;
  readonly digestIndex: number;
  /** Worst first. */
  readonly alarms: readonly Alarm[];
  readonly openSessions: number;
  readonly membershipChangePending: boolean;
  /** Who hears whom. */
  readonly links: readonly MemberLink[];
}

export type NodeRole =
  'FOLLOWER' | 'PRE_CANDIDATE' | 'CANDIDATE' | 'LEADER' | 'LEARNER' | 'JOINING' | 'REMOVED' | 'UNKNOWN';

/** What one node says about itself alone. */
export interface NodeStatus {
  /** '' = it belongs to no cluster yet. */
  readonly clusterId: string;
  readonly memberId: number;
  readonly directoryId: string;
  readonly role: NodeRole;
  readonly term: number;
  /** 0 = nobody. */
  readonly votedFor: number;
  /** 0 = nobody. */
  readonly leaderId: number;
  /** '' = it knows none. */
  readonly leaderAddress: string;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly firstLogIndex: number;
  readonly lastLogIndex: number;
  readonly snapshotIndex: number;
  readonly revision: number;
  readonly dataBytes: number;
  readonly diskFreeBytes: number;
  readonly version: string;
  readonly startTimeMs: number | undefined;
  readonly eventLoopLagMs: number | undefined;
  readonly diskSyncP50Ms: number | undefined;
  readonly diskSyncP99Ms: number | undefined;
  readonly residentMemoryBytes: number;
  readonly openWatches: number;
  readonly pendingProposals: number;
  readonly members: readonly Member[];
  readonly appliedDigest: string;
  readonly digestIndex: number;
  /** What the node knows about itself that needs an operator. */
  readonly alarms: readonly Alarm[];
  /** What this node hears of the others. */
  readonly links: readonly MemberLink[];
}

export interface TransferAnswer {
  readonly leader: Member;
  readonly term: number;
}

/** One endpoint's answer to a real linearizable read. */
export type HealthAnswer =
  | { readonly endpoint: string; readonly healthy: true; readonly tookMs: number }
  | {
      readonly endpoint: string;
      readonly healthy: false;
      readonly tookMs: number;
      /** Why not, as the call failed: UNREACHABLE, NO_LEADER, … */
      readonly error: Error;
    };
