/** What the faces may ask about sessions of the node that leads. Kept by `session-service.ts`. */
import type { Revision, SessionId, SessionRecord, StreamRecord } from '../catalog/types.js';

export interface SessionReport {
  readonly sessionId: SessionId;
  /** Everything tombstoned up to here has settled on the node. */
  readonly drainedRevision: Revision;
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
  /** Purges whose grace is over and which wait for it. */
  readonly waitingPurges: number;
}

export interface SessionTotals {
  /** Of the OPEN one that is furthest behind: the catalog's revision less what it has drained. 0 without any. */
  readonly lagMax: number;
  /** Sessions that some purge waits for. */
  readonly awaited: number;
  /** Purges whose grace is over and which wait for sessions. */
  readonly waitingPurges: number;
}

export interface WaitingSessions {
  readonly count: number;
  /** Furthest behind first, each once; at most 20. */
  readonly nodeIds: readonly string[];
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
  /** Whom the purge of a DELETED stream waits for. */
  waitingFor(stream: StreamRecord): WaitingSessions;
}

/** The order of lists. */
export function compareSessions(
  a: Pick<SessionRecord, 'nodeId' | 'id'>,
  b: Pick<SessionRecord, 'nodeId' | 'id'>,
): number {
  return a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : a.id - b.id;
}
