/** The sessions of a replayed run, as far as the log shows them. */
import type { Command, Revision, SessionCommand, SessionId, SessionState } from '../../src/catalog/types.js';
import * as may from './guards.js';

interface ReplayedSession {
  readonly state: SessionState;
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
        openedRevision: index,
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

  /** Whom a purge of this tombstone waits for. `drained`: as reported to the leader that proposes it. */
  waitedFor(tombstone: Revision, drained: ReadonlyMap<SessionId, Revision>): readonly may.WaitedFor[] {
    return [...this.#sessions]
      .filter(([, { openedRevision }]) => openedRevision < tombstone)
      .map(([id, { state }]) => ({ state, isDrained: (drained.get(id) ?? 0) >= tombstone }));
  }
}
