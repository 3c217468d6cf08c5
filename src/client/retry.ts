/**
 * What to do after a try that did not succeed. One {@link RetryPlan} belongs to one call; it only
 * decides, `call-runner.ts` waits and sends.
 *
 * - R1 A write is sent again only under the same request id (AIP-155), and every try of a call carries
 *   the same one. A write without one is never sent again once it may have been proposed.
 * - R2 Once one try may have been proposed, no later refusal to propose makes the call a failure: the
 *   first try may still commit. Unless a definite answer comes in time, the call ends OUTCOME_UNKNOWN.
 * - R3 OUTCOME_UNKNOWN reaches the caller only when time or tries are used up: it is the worst answer
 *   there is, and asking again under the same id nearly always turns it into a certain one.
 * - R4 Another endpoint is tried at once; only a whole round without success is followed by a wait,
 *   with jitter, that grows from round to round. So a moved leader costs a hop, and a cluster
 *   without one is not stormed.
 * - R5 A wait that would outlast the deadline ends the call now.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import { SextonError } from '../shared/errors.js';
import type { Random } from '../shared/random.js';
import type { TransportError } from './transport.js';

/** What a call may lose or repeat. */
export interface CallKind {
  /** Reads change nothing: an unanswered try is no loss. */
  readonly write: boolean;
  /** Reads, and writes that carry a request id. */
  readonly repeatable: boolean;
  /** What the write is repeated under, for the error that ends it. */
  readonly requestId?: string;
}

export interface RetryLimits {
  /** All tries of a call together. */
  readonly maxTries: number;
  /** Between rounds. */
  readonly backoff: BackoffOptions;
}

/** How one try ended, other than well. */
export type TryFailure =
  | { readonly kind: 'refused'; readonly error: SextonError }
  | { readonly kind: 'unanswered'; readonly error: TransportError };

export type RetryDecision =
  /** Ask the next endpoint of this round; where there is none left, begin a new round. */
  | { readonly kind: 'next-endpoint' }
  /** Wait, then begin a new round. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'give-up'; readonly error: SextonError };

/** Refusals that say nothing about what an earlier try of the same write has done. */
const SAYS_NOTHING_OF_EARLIER_TRIES = new Set(['INTERNAL', 'UNIMPLEMENTED']);

export class RetryPlan {
  readonly #call: CallKind;
  readonly #limits: RetryLimits;
  readonly #random: Random;
  #tries = 0;
  #rounds = 0;
  /** R2: some try may have been proposed. */
  #uncertain = false;
  /** Some try left this process, so that UNREACHABLE would be a lie. */
  #wasSent = false;
  /** Of the present round. */
  #refusal: SextonError | undefined;
  #roundBegins = true;
  #last: Error | undefined;

  constructor(call: CallKind, limits: RetryLimits, random: Random) {
    this.#call = call;
    this.#limits = limits;
    this.#random = random;
  }

  get tries(): number {
    return this.#tries;
  }

  /** After a failed try; `roundIsOver` when it asked the last endpoint of its round. */
  decide(failure: TryFailure, roundIsOver: boolean, remainingMs: number): RetryDecision {
    this.#tries += 1;
    this.#last = failure.error;
    this.#wasSent ||= failure.kind === 'refused' || failure.error.kind !== 'unreachable';
    if (failure.kind === 'refused') this.#refusal = failure.error;
    else if (this.#roundBegins) this.#refusal = undefined;
    this.#roundBegins = false;
    const waitMs = this.#waitAfter(failure);
    if (waitMs === 'give-up') return { kind: 'give-up', error: this.#definite(failure) };
    if (this.#tries >= this.#limits.maxTries) {
      return { kind: 'give-up', error: this.outOfTime(`after ${this.#tries} tries`) };
    }
    if (waitMs === undefined && !roundIsOver) return { kind: 'next-endpoint' };
    this.#rounds += 1;
    this.#roundBegins = true;
    const paused = waitMs ?? backoffMs(this.#limits.backoff, this.#rounds, this.#random);
    if (paused >= remainingMs) return { kind: 'give-up', error: this.outOfTime('within its deadline') }; // R5
    return { kind: 'wait', waitMs: paused };
  }

  /** The error of a call that ends because of time or tries, not because of an answer. */
  outOfTime(limit: string): SextonError {
    const last = this.#last === undefined ? '' : `; last: ${this.#last.message}`;
    const metadata = { tries: String(this.#tries) };
    if (this.#uncertain) {
      const { requestId } = this.#call;
      const message = `no certain answer ${limit}; it may have been done, or may still be${last}`;
      const named = requestId === undefined ? metadata : { ...metadata, request_id: requestId };
      return new SextonError('OUTCOME_UNKNOWN', message, { metadata: named, cause: this.#last }); // R2
    }
    // What a server said tells more than that the others could not be reached.
    if (this.#refusal !== undefined) return this.#refusal;
    const reason = this.#wasSent ? 'DEADLINE_EXCEEDED' : 'UNREACHABLE';
    const message =
      this.#tries === 1 && this.#last !== undefined ? this.#last.message : `no answer ${limit}${last}`;
    return new SextonError(reason, message, { metadata, cause: this.#last });
  }

  /** The client is closed under a try, which for a write may have been proposed. */
  closed(): SextonError {
    this.#uncertain ||= this.#call.write;
    return this.#uncertain
      ? this.outOfTime('before the client was closed')
      : new SextonError('CANCELLED', 'the client was closed');
  }

  /** How long to wait before the next try, undefined for "as the round goes", or that there is none. */
  #waitAfter(failure: TryFailure): number | undefined | 'give-up' {
    if (failure.kind === 'unanswered') {
      if (failure.error.kind === 'unreachable' || !this.#call.write) return undefined;
      return this.#proposedPerhaps();
    }
    const { advice, retryAfterMs } = failure.error;
    switch (advice) {
      case 'never':
        return 'give-up';
      case 'other-node':
        return undefined;
      case 'same-request':
        return this.#proposedPerhaps();
      case 'later':
        // Without a time the server does not expect it to pass by itself: let the caller decide.
        return retryAfterMs === undefined ? 'give-up' : retryAfterMs * (1 + this.#random.next() / 4);
    }
  }

  #proposedPerhaps(): undefined | 'give-up' {
    this.#uncertain ||= this.#call.write;
    return this.#call.repeatable ? undefined : 'give-up'; // R1
  }

  #definite(failure: TryFailure): SextonError {
    if (failure.kind === 'unanswered')
      return this.outOfTime('and it cannot be sent again without a request id');
    const { error } = failure;
    const vague = error.advice !== 'never' || SAYS_NOTHING_OF_EARLIER_TRIES.has(error.reason);
    return this.#uncertain && vague && error.reason !== 'OUTCOME_UNKNOWN'
      ? this.outOfTime('from any endpoint')
      : error;
  }
}
