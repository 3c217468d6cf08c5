/**
 * The session of one ingest node: opened when the helper starts, kept alive as long as it runs, whether the
 * node is up or down, so that purges wait for the node's acknowledgement (P3).
 *
 * - K1 A helper that starts again goes on with the session that it left behind, while its lease runs: purges
 *   have waited in the meantime, and nobody has to wait for an orphan to expire.
 * - K2 A session that ends while its lease was sure was ended by an operator: the node is released, and gets a
 *   new session only when it answers again. One whose lease had run out, because the helper or the
 *   cluster was away too long, is opened anew at once; what was purged in between was not waited for.
 */
import type { ConfirmedReport, SessionLease, SessionLeaseEnd } from '../client/index.js';
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { SessionState } from './status.js';
import { sleep, Wakeable } from './wakeable.js';

/** A session that is kept alive by itself. */
export type HeldSession = Pick<
  SessionLease,
  'sessionId' | 'resumed' | 'floorRevision' | 'ended' | 'leaseRemainingMs' | 'nudge' | 'leave'
>;

export interface LeaseHolder {
  /** What to report; asked anew for each report. */
  drainedRevision(): number;
  onConfirmed(confirmed: Omit<ConfirmedReport, 'leaseRemainingMs'>): void;
}

/** How sessions are had: client-sessions.ts, or a test. */
export interface SessionPort {
  /** Goes on with the newest open session of the node, or opens one. Rejects with SextonError. */
  open(nodeId: string, holder: LeaseHolder, signal: AbortSignal): Promise<HeldSession>;
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
  readonly #holder: LeaseHolder;
  readonly #news = new Wakeable();
  #state: SessionState = 'OPENING';
  #sessionId = '';
  #confirmedRevision = 0;
  #awaitedRevision = 0;
  #held: HeldSession | undefined;

  constructor(deps: SessionKeeperDeps) {
    this.#deps = deps;
    this.#holder = {
      drainedRevision: deps.drainedRevision,
      onConfirmed: ({ drainedRevision, awaitedRevision }) => {
        this.#confirmedRevision = drainedRevision;
        this.#awaitedRevision = awaitedRevision;
      },
    };
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
    // Only what a purge waits for is worth a report of its own; the rest goes with the next one.
    if (this.#held === undefined || this.#awaitedRevision <= this.#confirmedRevision) return;
    if (this.#deps.drainedRevision() > this.#confirmedRevision) this.#held.nudge();
  }

  /** Until `signal` aborts; the session stays open then, for whoever starts next (K1). */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, backoff } = this.#deps;
    const leave = (): void => this.#held?.leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      while (!signal.aborted) {
        const session = await this.#open(signal);
        if (session === undefined) return;
        this.#held = session;
        if (signal.aborted) leave();
        const end = await session.ended;
        this.#held = undefined;
        this.#sessionId = '';
        this.#confirmedRevision = 0;
        this.#awaitedRevision = 0;
        await this.#afterEnd(end, session.leaseRemainingMs() > 0, signal);
        if (end.reason === 'REFUSED')
          await sleep(clock, backoffMs(backoff, 1, random), new Wakeable(), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  async #afterEnd(end: SessionLeaseEnd, wasSure: boolean, signal: AbortSignal): Promise<void> {
    const { nodeId, clock, logger } = this.#deps;
    if (end.reason === 'LEFT') return;
    const problem = end.error.message;
    if (end.reason === 'REFUSED') {
      logger.warn({ node: nodeId, problem }, 'report refused: taking the session up anew');
    } else if (wasSure) {
      logger.warn({ node: nodeId, problem }, 'session was closed: the node is released until it answers');
      this.#state = 'RELEASED'; // K2
      await this.#untilAnswered(clock.monotonicMs(), signal);
    } else {
      logger.warn({ node: nodeId, problem }, 'session expired: purges did not wait for this node');
    }
  }

  async #open(signal: AbortSignal): Promise<HeldSession | undefined> {
    const { nodeId, port, clock, random, logger, backoff } = this.#deps;
    this.#state = 'OPENING';
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const session = await port.open(nodeId, this.#holder, signal);
        const { sessionId, resumed, floorRevision } = session;
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

  async #untilAnswered(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { clock, hasAnsweredSince } = this.#deps;
    while (!signal.aborted && !hasAnsweredSince(sinceMs)) await sleep(clock, 60_000, this.#news, signal);
  }
}
