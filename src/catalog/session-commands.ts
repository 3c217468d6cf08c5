/**
 * Sessions (P3): what is replicated of the barrier between uploads and purges.
 *
 *   openSession ---> OPEN ---(lease over, or closed unsettled)---> EXPIRED ---(uploads past their deadline)---> gone
 *                      |                                              |
 *                      +------------------ closed settled ------------+-----------------------------------> gone
 *
 * A purge waits for every session that was opened before the drain began, or covers earlier ones, and is still there. So a session may
 * go only when nothing of it can reach the store any more: its holder says so, or its lease is over and every
 * upload that it may have let through has outlived the deadline too. When a lease is over is the leader's to
 * judge, by its monotonic clock; the deadline is committed time (C3, C5), so that a failover does not shorten it.
 */
import { SESSIONS_MAX } from './limits.js';
import { SESSION_LIFECYCLE, type SessionEnding } from './lifecycle.js';
import { refused, type ExecutionContext, type Outcome } from './outcome.js';
import { readMeta, readSession } from './queries.js';
import { tooManySessions } from './refusals.js';
import type { CloseSession, ExpireSession, OpenSession, SessionId, SessionRecord } from './types.js';

export function openSession({ reader, index, nowMs }: ExecutionContext, command: OpenSession): Outcome {
  const { sessions } = readMeta(reader);
  if (sessions.OPEN + sessions.EXPIRED >= SESSIONS_MAX) return refused(tooManySessions(SESSIONS_MAX));
  const after: SessionRecord = {
    id: index,
    nodeId: command.nodeId,
    state: 'OPEN',
    ttlMs: command.ttlMs,
    uploadDeadlineMs: command.uploadDeadlineMs,
    // A stream that drained before this entry the holder's view shows as dead, once it has come this far. Not so
    // where the holder speaks for a node that may have taken the stream up long before.
    openedRevision: command.coversEarlier ? 0 : index,
    openTimeMs: nowMs,
    settledAfterMs: 0,
  };
  return { kind: 'sessionChanged', before: undefined, after };
}

export function closeSession(context: ExecutionContext, command: CloseSession): Outcome {
  return end(context, command.sessionId, command.settled ? 'closeSettled' : 'closeUnsettled');
}

export function expireSession(context: ExecutionContext, command: ExpireSession): Outcome {
  return end(context, command.sessionId, 'expireSession');
}

function end({ reader, nowMs }: ExecutionContext, sessionId: SessionId, ending: SessionEnding): Outcome {
  const before = readSession(reader, sessionId);
  if (before === undefined) return { kind: 'sessionUnchanged', session: undefined };
  // An operator may close what its holder still believes to hold: that one goes on until its lease is over.
  const leaseLeftMs = ending === 'closeUnsettled' ? before.ttlMs : 0;
  switch (SESSION_LIFECYCLE[before.state][ending]) {
    case 'expire': {
      // An upload that `guard` let through a moment ago may reach the store for one whole deadline more.
      const settledAfterMs = nowMs + leaseLeftMs + before.uploadDeadlineMs;
      return { kind: 'sessionChanged', before, after: { ...before, state: 'EXPIRED', settledAfterMs } };
    }
    case 'settleWhenDue':
      if (nowMs <= before.settledAfterMs) return { kind: 'sessionUnchanged', session: before };
      return { kind: 'sessionChanged', before, after: undefined };
    case 'settle':
      return { kind: 'sessionChanged', before, after: undefined };
    case 'unchanged':
      return { kind: 'sessionUnchanged', session: before };
  }
}
