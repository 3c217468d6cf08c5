/**
 * The session of one ingest node: opened when the helper starts, kept alive as long as it runs, whether the
 * node is up or down, so that purges wait for the node's acknowledgement (P3).
 *
 * - K1 What is reported never goes back within a session, and is never below where the session began.
 * - K2 A helper that starts again goes on with the session that it left behind, while its lease runs: purges
 *   have waited in the meantime, and nobody has to wait for an orphan to expire.
 * - K3 A session that ends while its lease was sure was ended by an operator: the node is released, and gets a
 *   new session only when it answers again. One whose lease had run out, because the helper or the
 *   cluster was away too long, is opened anew at once; what was purged in between was not waited for.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { SessionState } from './status.js';
import { sleep, Wakeable } from './wakeable.js';

export interface OpenedSession {
  readonly sessionId: string;
  /** Streams tombstoned by then do not wait for it; nor do any that it has reported as drained. */
  readonly floorRevision: number;
  readonly leaseRemainingMs: number;
  /** Left behind by an earlier run, and still open. */
  readonly resumed: boolean;
}

export interface LeaseHolder {
  /** What to report; asked anew for each report. */
  drainedRevision(): number;
  onConfirmed(confirmed: { readonly drainedRevision: number; readonly leaseRemainingMs: number }): void;
  /** Something may have drained: report it now. */
  readonly news: Wakeable;
}

/** How sessions are had: session-lease.ts, or a test. */
export interface SessionPort {
  /** Goes on with the newest open session of the node, or opens one. Rejects with SextonError. */
  open(nodeId: string, signal: AbortSignal): Promise<OpenedSession>;
  /** Reports until the session is over, and then resolves. Rejects only with the signal's reason. */
  keepAlive(session: OpenedSession, holder: LeaseHolder, signal: AbortSignal): Promise<void>;
}

export interface SessionKeeperDeps {
  readonly nodeId: string;
  readonly port: SessionPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly backoff: BackoffOptions;
  /** What has drained, by what the catalog and the node have said. */
  readonly drainedRevision: () => number;
  readonly hasAnsweredSince: (sinceMs: number) => boolean;
}

export interface SessionStatus {
  readonly session: SessionState;
  readonly sessionId: string;
  readonly drainedRevision: number;
}

export class SessionKeeper {
  readonly #deps: SessionKeeperDeps;
  readonly #news = new Wakeable();
  #state: SessionState = 'OPENING';
  #sessionId = '';
  #confirmedRevision = 0;
  #leaseUntilMs = -Infinity;

  constructor(deps: SessionKeeperDeps) {
    this.#deps = deps;
  }

  status(): SessionStatus {
    return {
      session: this.#state,
      sessionId: this.#sessionId,
      drainedRevision: this.#confirmedRevision,
    };
  }

  /** The node has answered, or something may have drained. */
  notify(): void {
    this.#news.notify();
  }

  /** Until `signal` aborts; the session stays open then, for whoever starts next (K2). */
  async run(signal: AbortSignal): Promise<void> {
    const { nodeId, port, clock, logger } = this.#deps;
    try {
      while (!signal.aborted) {
        const session = await this.#open(signal);
        if (session === undefined) return;
        await port.keepAlive(session, this.#holderOf(session), signal);
        const endedMs = clock.monotonicMs();
        this.#sessionId = '';
        this.#confirmedRevision = 0;
        if (endedMs < this.#leaseUntilMs) {
          logger.warn(
            { node: nodeId },
            'session was closed by somebody else: the node is released until it answers',
          );
          this.#state = 'RELEASED'; // K3
          await this.#untilAnswered(endedMs, signal);
        } else {
          logger.warn({ node: nodeId }, 'session expired: purges did not wait for this node');
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #open(signal: AbortSignal): Promise<OpenedSession | undefined> {
    const { nodeId, port, clock, random, logger, backoff } = this.#deps;
    this.#state = 'OPENING';
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const sentMs = clock.monotonicMs();
        const session = await port.open(nodeId, signal);
        const { sessionId, resumed, floorRevision } = session;
        this.#leaseUntilMs = sentMs + session.leaseRemainingMs;
        this.#state = 'OPEN';
        this.#sessionId = sessionId;
        logger.info(
          { node: nodeId, sessionId, resumed, floorRevision },
          'session open: purges wait for this node',
        );
        return session;
      } catch (error) {
        if (signal.aborted || !(error instanceof SextonError) || error.reason === 'INVALID_ARGUMENT')
          throw error;
        if (attempt === 1) logger.warn({ node: nodeId, err: error.message }, 'session not open yet');
        await sleep(clock, backoffMs(backoff, attempt, random), new Wakeable(), signal);
      }
    }
    return undefined;
  }

  #holderOf({ floorRevision }: OpenedSession): LeaseHolder {
    const { drainedRevision, clock } = this.#deps;
    let reported = floorRevision;
    return {
      news: this.#news,
      drainedRevision: () => {
        reported = Math.max(reported, drainedRevision()); // K1
        return reported;
      },
      onConfirmed: (confirmed) => {
        this.#leaseUntilMs = clock.monotonicMs() + confirmed.leaseRemainingMs;
        this.#confirmedRevision = confirmed.drainedRevision;
      },
    };
  }

  async #untilAnswered(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { clock, hasAnsweredSince } = this.#deps;
    while (!signal.aborted && !hasAnsweredSince(sinceMs)) await sleep(clock, 60_000, this.#news, signal);
  }
}
