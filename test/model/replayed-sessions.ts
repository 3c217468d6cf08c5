/** The sessions of a replayed run, as far as the log shows them. */
import type { Command, Revision, SessionCommand, SessionId, SessionState } from '../../src/catalog/types.js';
import * as may from './guards.js';

/** What a leader has heard when it proposes a purge. */
export interface SeenReports {
  /** Of every session that it knows: what the session has reported as drained, 0 for nothing. */
  readonly drained: ReadonlyMap<SessionId, Revision>;
  /** A session names the life as taken up again, and no operator has said to discard what its node writes. */
  readonly isTakenUp: boolean;
}

interface ReplayedSession {
  readonly state: SessionState;
  /** 0: it covers what began to drain before it opened too. */
  readonly openedRevision: Revision;
  readonly uploadDeadlineMs: number;
  /** EXPIRED: committed time after which its last upload is past its deadline. */
  readonly ttlMs: number;
  readonly settledAfterMs: number;
}

export class ReplayedSessions {
  readonly #sessions = new Map<SessionId, ReplayedSession>();

  takes(command: Command): command is SessionCommand {
    const { kind } = command;
    return kind === 'openSession' || kind === 'closeSession' || kind === 'expireSession';
  }

  get(id: SessionId): ReplayedSession | undefined {
    return this.#sessions.get(id);
  }

  /** A command that changed something. */
  committed(index: number, nowMs: number, command: SessionCommand): may.Verdict {
    if (command.kind === 'openSession') {
      const { ttlMs, uploadDeadlineMs } = command;
      this.#sessions.set(index, {
        state: 'OPEN',
        openedRevision: command.coversEarlier ? 0 : index,
        ttlMs,
        uploadDeadlineMs,
        settledAfterMs: 0,
      });
      return undefined;
    }
    const { sessionId } = command;
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return `session ${sessionId} is gone, and changes`;
    const { state, ttlMs, uploadDeadlineMs, settledAfterMs } = session;
    if (command.kind === 'closeSession' && command.settled) {
      this.#sessions.delete(sessionId);
      return undefined;
    }
    if (state === 'OPEN') {
      this.#sessions.set(sessionId, {
        ...session,
        state: 'EXPIRED',
        settledAfterMs: nowMs + (command.kind === 'closeSession' ? ttlMs : 0) + uploadDeadlineMs,
      });
      return undefined;
    }
    const verdict = may.settleSession({ state, uploadsAreOver: nowMs > settledAfterMs });
    if (verdict === undefined) this.#sessions.delete(sessionId);
    return verdict === undefined ? undefined : `session ${sessionId}: ${verdict}`;
  }

  /**
   * Whom a purge that drains since then waits for. One that opened after the drain began, and covers it, counts if the
   * proposer knew it: what opens later cannot stop a proposal that is on its way.
   */
  waitedFor(drain: Revision, { drained, isTakenUp }: SeenReports): readonly may.WaitedFor[] {
    return [...this.#sessions]
      .filter(([id, { openedRevision }]) => openedRevision < drain && (id < drain || drained.has(id)))
      .map(([id, { state }]) => ({ state, isDrained: (drained.get(id) ?? 0) >= drain, isTakenUp }));
  }
}
