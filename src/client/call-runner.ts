/**
 * Runs one call to its end: picks endpoints (`leader-routing.ts`), makes tries (`transport.ts`), does
 * what the plan says after each failure (`retry.ts`), and keeps the whole of it within one deadline.
 *
 * Every wait and every stamp goes through the clock that it was given. A call leaves no timer and no
 * listener behind, whichever way it ends.
 */
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Random } from '../shared/random.js';
import type { LeaderRouting, Route } from './leader-routing.js';
import type { Lifetime } from './lifetime.js';
import { RetryPlan, type CallKind, type RetryLimits, type TryFailure } from './retry.js';
import { TransportError, type TrySettings } from './transport.js';

/** What every call of the client takes. */
export interface CallOptions {
  /** For the whole call, all tries and waits included. Default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /**
   * Ends the call with the signal's reason. A write that is given up so may still be done: send it
   * again under the same `requestId` to find out.
   */
  readonly signal?: AbortSignal;
}

export interface Call<T> extends CallKind {
  readonly route: Route;
  attempt(endpoint: string, settings: TrySettings): Promise<T>;
}

export interface CallRunnerDeps {
  readonly routing: LeaderRouting;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: RetryLimits;
  readonly lifetime: Lifetime;
  readonly requestTimeoutMs: number;
  readonly perTryTimeoutMs: number;
}

export class CallRunner {
  readonly #deps: CallRunnerDeps;

  constructor(deps: CallRunnerDeps) {
    this.#deps = deps;
  }

  /** Resolves with the answer of one try. Rejects with SextonError, or with `options.signal`'s reason. */
  async run<T>(call: Call<T>, options: CallOptions = {}): Promise<T> {
    const { limits, random, lifetime, requestTimeoutMs } = this.#deps;
    options.signal?.throwIfAborted();
    if (lifetime.closed) throw new SextonError('CANCELLED', 'the client is closed');
    const plan = new RetryPlan(call, limits, random);
    const scope = lifetime.begin(options.signal);
    try {
      return await this.#tryUntilDone(call, plan, options.timeoutMs ?? requestTimeoutMs, scope.signal);
    } catch (error) {
      if (scope.closed) throw plan.closed();
      if (scope.signal.aborted) throw scope.signal.reason;
      throw error;
    } finally {
      scope.end();
    }
  }

  async #tryUntilDone<T>(call: Call<T>, plan: RetryPlan, timeoutMs: number, signal: AbortSignal): Promise<T> {
    const { routing, clock, perTryTimeoutMs } = this.#deps;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const tried = new Set<string>();
    while (true) {
      const remainingMs = deadlineMs - clock.monotonicMs();
      if (remainingMs <= 0) throw plan.outOfTime(`within ${timeoutMs} ms`);
      const endpoint = routing.next(call.route, tried, clock.monotonicMs());
      try {
        const answer = await call.attempt(endpoint, {
          timeoutMs: Math.min(perTryTimeoutMs, remainingMs),
          signal,
        });
        routing.onAnswered(endpoint);
        return answer;
      } catch (error) {
        if (signal.aborted) throw error;
        const failure = failureOf(error);
        learnFrom(failure, endpoint, routing, clock.monotonicMs());
        const nowMs = clock.monotonicMs();
        const roundIsOver = routing.pick(call.route, tried, nowMs) === undefined;
        const decision = plan.decide(failure, roundIsOver, deadlineMs - nowMs);
        if (decision.kind === 'give-up') throw decision.error;
        if (decision.kind === 'wait') {
          await delay(clock, decision.waitMs, signal);
          tried.clear();
        }
      }
    }
  }
}

/** What a failed try teaches about who leads and who answers. */
export function learnFrom(
  failure: TryFailure,
  endpoint: string,
  routing: LeaderRouting,
  nowMs: number,
): void {
  if (failure.kind === 'unanswered') {
    routing.onFailed(endpoint, nowMs);
    return;
  }
  const { reason, metadata } = failure.error;
  if (reason === 'NODE_STOPPING') routing.onFailed(endpoint, nowMs);
  else if (reason === 'NOT_LEADER' || reason === 'NO_LEADER') routing.onDenied(endpoint);
  else routing.onAnswered(endpoint);
  const hint = metadata['leader_address'] ?? '';
  if (hint !== endpoint) routing.onHint(hint, nowMs);
}

/** Sorts what a transport threw. Anything else is a bug and goes up as it is. */
export function failureOf(error: unknown): TryFailure {
  if (error instanceof SextonError) return { kind: 'refused', error };
  if (error instanceof TransportError) return { kind: 'unanswered', error };
  throw error;
}
