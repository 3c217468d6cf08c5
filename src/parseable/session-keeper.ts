/**
 * The session of one ingest node: opened when the helper starts, kept alive as long as it runs, whether the
 * node is up or down, so that purges wait for the node's acknowledgement (P3).
 *
 * - K1 A helper that starts again goes on with the session that it left behind, while its lease runs: purges
 *   have waited in the meantime, and nobody has to wait for an orphan to expire.
 * - K2 A session that ends while its lease was sure was ended by an operator: the node is released, and gets a
 *   new session only when it answers again. One whose lease had run out, because the helper or the
 *   cluster was away too long, is opened anew at once; what was purged in between was not waited for.
 * - K3 A session covers drains that began before it: the node may hold such streams. One that is taken over has
 *   reported up to some revision, and a revision never goes back: what is not drained below it is named in each report,
 *   and nothing is reported before the catalog has been seen.
 * - K4 Once it is open, sessions of the same node that have expired are closed as settled: whatever they held up, the
 *   new one holds up as well, and by what the node says itself.
 */
import type { ConfirmedReport, SessionLease, SessionLeaseEnd } from '../client/index.js';
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { NamedStream, Report } from './drain-report.js';
import type { SessionState } from './status.js';
import { sleep, Wakeable } from './wakeable.js';

/** A session that is kept alive by itself. */
export type HeldSession = Pick<
  SessionLease,
  'sessionId' | 'resumed' | 'floorRevision' | 'ended' | 'leaseRemainingMs' | 'nudge' | 'leave'
>;

export interface LeaseHolder {
  /**
   * What to report; asked anew for each report, with what was reported last (K3). Undefined: nothing can be said now, the
   * lease alone is renewed.
   */
  drainedRevision(reportedRevision: number): number | undefined;
  /** Streams below it that are not drained. Asked right after it. */
  takenUp(): readonly NamedStream[];
  onConfirmed(confirmed: Omit<ConfirmedReport, 'leaseRemainingMs'>): void;
}

/** How sessions are had: client-sessions.ts, or a test. */
export interface SessionPort {
  /** Goes on with the newest open session of the node, or opens one. Rejects with SextonError. */
  open(nodeId: string, holder: LeaseHolder, signal: AbortSignal): Promise<HeldSession>;
  /** Closes the node's EXPIRED sessions as settled; how many. Rejects with SextonError. */
  settleExpired(nodeId: string, signal: AbortSignal): Promise<number>;
}

export interface SessionKeeperDeps {
  readonly nodeId: string;
  readonly port: SessionPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly backoff: BackoffOptions;
  /** What has drained, by what the catalog and the node have said; undefined: it cannot be said. */
  readonly report: (reportedRevision: number) => Report | undefined;
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
  /** What the next report cannot take back. */
  #reportedRevision = 0;
  #report: Report | undefined;
  #confirmedRevision = 0;
  #awaitedRevision = 0;
  #held: HeldSession | undefined;
  #heldSinceMs = Infinity;

  constructor(deps: SessionKeeperDeps) {
    this.#deps = deps;
    this.#holder = {
      drainedRevision: (reportedRevision) => {
        this.#report = deps.report(reportedRevision);
        this.#reportedRevision = Math.max(reportedRevision, this.#report?.drainedRevision ?? 0);
        return this.#report?.drainedRevision;
      },
      takenUp: () => this.#report?.takenUp ?? [],
      onConfirmed: ({ drainedRevision, awaitedRevision }) => {
        this.#confirmedRevision = drainedRevision;
        this.#awaitedRevision = awaitedRevision;
        // What changed while that report was on its way could not ask for one of its own.
        this.#nudgeIfWorthIt();
      },
    };
  }

  /**
   * Whether a stream that was draining at `sinceMs`, on the monotonic clock, is draining still: its purge waits for this
   * session, whose lease cannot have run out since, and which had not reported beyond that drain when it was taken over.
   */
  readonly holdsBack = (drainRevision: number, sinceMs: number): boolean => {
    const held = this.#held;
    if (held === undefined || held.leaseRemainingMs() <= 0) return false;
    return this.#heldSinceMs <= sinceMs && drainRevision > held.floorRevision;
  };

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
    this.#nudgeIfWorthIt();
  }

  #nudgeIfWorthIt(): void {
    // Only what a purge waits for is worth a report of its own; the rest goes with the next one.
    if (this.#held === undefined) return;
    const report = this.#deps.report(this.#reportedRevision);
    if (report === undefined) return;
    const isAwaited = this.#awaitedRevision > this.#confirmedRevision;
    const hasDrained = isAwaited && report.drainedRevision > this.#confirmedRevision;
    if (hasDrained || !isSame(report.takenUp, this.#report?.takenUp ?? [])) this.#held.nudge();
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
        this.#heldSinceMs = clock.monotonicMs();
        if (signal.aborted) leave();
        // K4 beside the reports, which nothing may delay.
        const [end] = await Promise.all([session.ended, this.#settleExpired(signal)]);
        this.#held = undefined;
        this.#sessionId = '';
        this.#confirmedRevision = 0;
        this.#awaitedRevision = 0;
        this.#report = undefined;
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

  /** K4. What fails here only makes purges wait for the older session to settle by itself. */
  async #settleExpired(signal: AbortSignal): Promise<void> {
    const { nodeId, port, logger } = this.#deps;
    try {
      const closed = await port.settleExpired(nodeId, signal);
      if (closed > 0)
        logger.info({ node: nodeId, closed }, 'older sessions of the node are settled by this one');
    } catch (error) {
      if (signal.aborted || !(error instanceof SextonError)) throw error;
      logger.warn({ node: nodeId, err: error.message }, 'older sessions of the node could not be settled');
    }
  }

  async #untilAnswered(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { clock, hasAnsweredSince } = this.#deps;
    while (!signal.aborted && !hasAnsweredSince(sinceMs)) await sleep(clock, 60_000, this.#news, signal);
  }
}

/** Which streams are named; when they were seen last goes with the next report. */
function isSame(one: readonly NamedStream[], other: readonly NamedStream[]): boolean {
  return (
    one.length === other.length && one.every(({ incarnation }, at) => other[at]?.incarnation === incarnation)
  );
}
