/**
 * What time it is at the store, by the `Date` headers of its answers. Two estimates for two uses:
 *
 * - {@link StoreTime.nowMs} signs requests (P11). It is never later than the store's own time, so that no request lives
 *   longer there than it was meant to, however wrong this machine's clock is: an answer's `Date` was stamped before the answer
 *   arrived, and what has passed since then is counted from the arrival, by the monotonic clock. It is too early by
 *   the way back, by the part of a second that `Date` leaves out, by the age of a `Date` that the server keeps for a while,
 *   and by any time that the machine was suspended; a request that is signed too early dies sooner, and the answer that says so brings the right time.
 * - {@link StoreTime.offsetMs} is the middle of what the difference of the clocks can be, and {@link StoreTime.errorMs} half
 *   of that range, for alarms and metrics. A `Date` only ever lags, hence the middle lies after it.
 *
 * What it cannot see: a proxy that stamps `Date` by a clock ahead of the store's, a store whose clock is set back, and
 * that two clocks do not run alike (a few ms a minute; the newest answer is seldom older, since a prefix is listed
 * right before its objects are deleted). Those are for the clock margin of `reusable_after`.
 */
import type { Clock } from '../shared/clock.js';

/** `Date` counts whole seconds. */
const DATE_RESOLUTION_MS = 1_000;
/**
 * How old a `Date` may be when it is sent. Servers keep the text and renew it by a timer, once a second as a rule; in
 * all it was seen to lag by 0.07 to 1.9 s. No comparison of answers shows it: the lag only looks like a slower clock.
 */
const DATE_CACHED_MS_MAX = 1_500;
const DATE_LAG_HALF_MS = (DATE_RESOLUTION_MS + DATE_CACHED_MS_MAX) / 2;

export class StoreTime {
  readonly #clock: Clock;
  #answered = false;
  /** Of the newest answer with a date: an older one could only know of an older clock. */
  #seen: { readonly dateMs: number; readonly receivedMs: number } | undefined;
  #offset: { readonly offsetMs: number; readonly roundTripMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The head of an answer has arrived, to a request that was sent at `sentMs` (monotonic). */
  answered(date: string | undefined, sentMs: number): void {
    this.#answered = true;
    const dateMs = date === undefined ? NaN : Date.parse(date);
    if (Number.isNaN(dateMs)) return;
    const receivedMs = this.#clock.monotonicMs();
    this.#seen = { dateMs, receivedMs };
    const roundTripMs = receivedMs - sentMs;
    if (roundTripMs > (this.#offset?.roundTripMs ?? Infinity) * 2) return;
    this.#offset = {
      offsetMs: Math.round(dateMs + DATE_LAG_HALF_MS + roundTripMs / 2 - this.#clock.wallMs()),
      roundTripMs,
    };
  }

  /** An answer has come, with a date or without one. Before it, {@link nowMs} is no more than our own clock. */
  get hasAnswer(): boolean {
    return this.#answered;
  }

  /** The store tells its time. RFC 9110 §6.6.1 demands it of every server that has a clock. */
  get isTold(): boolean {
    return this.#seen !== undefined;
  }

  /** Never later than the store's time, where it is told; our wall clock otherwise. Whole ms since the epoch. */
  nowMs(): number {
    if (this.#seen === undefined) return this.#clock.wallMs();
    return Math.floor(this.#seen.dateMs + (this.#clock.monotonicMs() - this.#seen.receivedMs));
  }

  /** The store's clock minus ours, from the answer that took the shortest; undefined where it is not told. */
  get offsetMs(): number | undefined {
    return this.#offset?.offsetMs;
  }

  /** What the offset may be wrong by. */
  get errorMs(): number {
    return DATE_LAG_HALF_MS + (this.#offset?.roundTripMs ?? 0) / 2;
  }
}
