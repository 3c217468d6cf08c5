/** What the faces may ask about sessions of the node that leads. Kept by `session-service.ts`. */
import type { Incarnation, Revision, SessionId, SessionRecord, StreamRecord } from '../catalog/types.js';

/** A stream that a node holds again after it had let it go. */
export interface TakenUpStream {
  readonly incarnation: Incarnation;
  /** When the node was last seen to hold it, by the clock of the session's holder. */
  readonly lastSeenTimeMs: number;
}

export interface SessionReport {
  readonly sessionId: SessionId;
  /** Everything that began to drain up to here has drained on the node, but for {@link takenUp}. */
  readonly drainedRevision: Revision;
  /** At most `TAKEN_UP_MAX` (`catalog/limits.ts`), all that there are at the moment. */
  readonly takenUp: readonly TakenUpStream[];
  /** The holder cannot say yet what has drained: the lease alone is renewed. */
  readonly renewOnly: boolean;
}

export interface SessionLease {
  /** Sure for so long, from when the holder sent what this answers. */
  readonly leaseMs: number;
  readonly drainedRevision: Revision;
  /** Some purge waits for the session to drain up to here. 0: none does. */
  readonly awaitedRevision: Revision;
  /** The leader's. */
  readonly revision: Revision;
}

export interface SessionView {
  readonly record: SessionRecord;
  /** Undefined: not reported to this leader. */
  readonly drainedRevision: Revision | undefined;
  /** OPEN: of its lease. EXPIRED: until its last upload is past its deadline. */
  readonly leaseRemainingMs: number;
  /** Purges that are draining and wait for it. */
  readonly waitingPurges: number;
  /** Streams that it names as taken up again. */
  readonly takenUpStreams: number;
}

export interface SessionTotals {
  /** Of the OPEN one that is furthest behind: the catalog's revision less what it has drained. 0 without any. */
  readonly lagMax: number;
  /** Sessions that some purge waits for. */
  readonly awaited: number;
  /** Purges that are draining and wait for sessions. */
  readonly waitingPurges: number;
  /** Of them, those that only wait because clients still send. */
  readonly stillSentTo: number;
}

export interface WaitingSessions {
  /** Sessions that have not drained the stream. */
  readonly count: number;
  /** Their nodes, furthest behind first, each once; at most 20. */
  readonly nodeIds: readonly string[];
  /** Of {@link nodeIds}, those whose lease is over: down, cut off, or without their helper. */
  readonly silentNodeIds: readonly string[];
  /** Nodes that have let the stream go and taken it up again, the latest first; at most 20. */
  readonly takenUp: readonly { readonly nodeId: string; readonly lastSeenTimeMs: number }[];
}

export interface LeaderSessions {
  /**
   * Takes a report, and grants another TTL once a majority has confirmed that this node leads. SESSION_EXPIRED,
   * INVALID_ARGUMENT for the revision; NOT_LEADER or NO_LEADER when it is not confirmed.
   */
  keepAlive(report: SessionReport): Promise<SessionLease>;
  /** Grants a TTL to a holder that reports nothing, and says what is known of the session. Rejects likewise. */
  renew(sessionId: SessionId): Promise<SessionRecord>;
  /** Ordered by node id, then session id. */
  list(): readonly SessionView[];
  totals(): SessionTotals;
  /** Whom the purge of a stream that is DRAINING waits for. */
  waitingFor(stream: StreamRecord): WaitingSessions;
}

/** The order of lists. */
export function compareSessions(
  a: Pick<SessionRecord, 'nodeId' | 'id'>,
  b: Pick<SessionRecord, 'nodeId' | 'id'>,
): number {
  return a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : a.id - b.id;
}
