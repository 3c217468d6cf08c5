/** Between the wire's messages and the client's own types: sessions. Pure and total, as convert.ts is. */
import type { Session__Output } from '../generated/sexton/v1/Session.js';
import { durationMs, enumName, timeMs } from './convert.js';
import type { Session, SessionState } from './types.js';

const STATES: readonly Exclude<SessionState, 'UNKNOWN'>[] = ['OPEN', 'EXPIRED', 'CLOSED'];

export function toSession(wire: Session__Output): Session {
  return {
    sessionId: wire.sessionId,
    nodeId: wire.nodeId,
    state: enumName(wire.state, 'SESSION_STATE_', STATES) ?? 'UNKNOWN',
    ttlMs: durationMs(wire.ttl) ?? 0,
    uploadDeadlineMs: durationMs(wire.uploadDeadline) ?? 0,
    openedRevision: wire.openedRevision,
    drainedRevision: wire.drainedRevision,
    leaseRemainingMs: durationMs(wire.leaseRemaining),
    openTimeMs: timeMs(wire.openTime),
    waitingPurges: wire.waitingPurges,
    takenUpStreams: wire.takenUpStreams,
  };
}
