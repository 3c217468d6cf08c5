/**
 * Sessions by the public client: one lease a node, resumed where an earlier run of the helper left one behind.
 */
import type { SextonClient } from '../client/index.js';
import type { HeldSession, LeaseHolder, SessionPort } from './session-keeper.js';

/**
 * Whatever the TTL: a new leader waits for each session to report to it before it begins a purge, and tells
 * nobody that it is new.
 */
const REPORT_EVERY_MS = 5_000;

export interface ClientSessionsOptions {
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
}

export class ClientSessions implements SessionPort {
  readonly #client: Pick<SextonClient, 'sessions'>;
  readonly #options: ClientSessionsOptions;

  constructor(client: Pick<SextonClient, 'sessions'>, options: ClientSessionsOptions) {
    this.#client = client;
    this.#options = options;
  }

  open(nodeId: string, holder: LeaseHolder, signal: AbortSignal): Promise<HeldSession> {
    return this.#client.sessions.hold({
      nodeId,
      ...this.#options,
      resume: true,
      coversEarlier: true,
      reportEveryMs: REPORT_EVERY_MS,
      drainedRevision: (reportedRevision) => holder.drainedRevision(reportedRevision),
      takenUp: () => holder.takenUp(),
      onConfirmed: (confirmed) => holder.onConfirmed(confirmed),
      signal,
    });
  }

  async settleExpired(nodeId: string, signal: AbortSignal): Promise<number> {
    const { sessions } = this.#client;
    const expired: string[] = [];
    for await (const session of sessions.list({ nodeId }, { signal })) {
      if (session.nodeId === nodeId && session.state === 'EXPIRED') expired.push(session.sessionId);
    }
    for (const sessionId of expired) await sessions.close(sessionId, { settled: true, signal });
    return expired.length;
  }
}
