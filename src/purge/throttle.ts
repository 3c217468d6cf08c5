/**
 * P6: how many requests may be at the store at once, over all streams. Throttling is back-pressure:
 *
 * - the limit starts small and doubles per round trip until the store first says slow down (slow start),
 *   from then on it grows by one per round trip (additive increase), and only while it is what holds us back;
 * - a throttled answer halves it, at most once per round trip: answers to requests that left before the
 *   last halving say nothing about the limit after it;
 * - after a halving nobody sends for a while (doubling, jittered), since a store that splits its partitions
 *   needs quiet and not fewer shouts. Fifty batches in parallel and an SDK retry quota gone in a second is
 *   the failure that shaped this (icechunk #2408).
 *
 * An optional cap spaces the starts evenly, whatever the limit says. Waiters are served in order. The queue has no bound of its own:
 * each job asks for no more than {@link Throttle.limit} + 1 requests at a time.
 */
import { assert } from '../shared/assert.js';
import { backoffMs } from '../shared/backoff.js';
import type { Clock, Timer } from '../shared/clock.js';
import type { Random } from '../shared/random.js';
import { Rate } from './rate.js';

export interface ThrottleOptions {
  readonly initialLimit: number;
  readonly maxLimit: number;
  /** 0 = no cap. */
  readonly requestsPerSecondMax: number;
  readonly quietInitialMs: number;
  readonly quietMaxMs: number;
}

/** The right to have one request in flight. */
export interface Permit {
  /** The store answered slow down, for the request or for a key in it. */
  throttled(): void;
  /** Exactly once. `clean`: the store served the request without complaint. */
  release(clean: boolean): void;
}

interface Waiter {
  readonly grant: () => void;
}

export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onChange: (inFlight: number, limit: number) => void;
  readonly #waiting = new Set<Waiter>();
  #limit: number;
  #inFlight = 0;
  #throttledTotal = 0;
  #slowStart = true;
  /** Counts the times that the limit was reached; a permit remembers the count at its start. */
  #saturations = 0;
  /** Counts halvings; a permit remembers the count at its start. */
  #epoch = 0;
  #quietUntilMs = 0;
  #quietStep = 0;
  #cleanSinceHalving = 0;
  #nextStartMs = 0;
  readonly #starts: Rate;
  #timer: Timer | undefined;

  constructor(
    options: ThrottleOptions,
    clock: Clock,
    random: Random,
    onChange: (inFlight: number, limit: number) => void = () => undefined,
  ) {
    assert(options.initialLimit >= 1 && options.initialLimit <= options.maxLimit, () => {
      return `initial limit ${options.initialLimit} is not within 1 and ${options.maxLimit}`;
    });
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
    this.#limit = options.initialLimit;
    this.#starts = new Rate(clock);
  }

  /** Requests allowed at once, a whole number of at least 1. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get throttledTotal(): number {
    return this.#throttledTotal;
  }

  /** Started over the last ten seconds or so. */
  get requestsPerSecond(): number {
    return this.#starts.perSecond();
  }

  /** For how much longer nothing starts, since the store said slow down. */
  get quietMs(): number {
    return Math.max(0, this.#quietUntilMs - this.#clock.monotonicMs());
  }

  /** Waits for a place. Rejects with the signal's reason, leaving nothing behind. */
  acquire(signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        if (this.#waiting.size === 0) this.#cancelTimer();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(this.#permit());
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#dispatch();
    });
  }

  #permit(): Permit {
    const epoch = this.#epoch;
    const saturations = this.#saturations;
    if (this.#inFlight >= this.limit) this.#saturations++;
    let released = false;
    let wasThrottled = false;
    return {
      throttled: () => {
        wasThrottled = true;
        this.#throttledTotal++;
        if (epoch === this.#epoch) this.#halve();
      },
      release: (clean) => {
        assert(!released, 'a permit was released twice');
        released = true;
        this.#inFlight--;
        if (clean && !wasThrottled && epoch === this.#epoch) this.#grow(this.#saturations > saturations);
        this.#onChange(this.#inFlight, this.limit);
        this.#dispatch();
      },
    };
  }

  #halve(): void {
    this.#epoch++;
    this.#slowStart = false;
    this.#cleanSinceHalving = 0;
    this.#limit = Math.max(1, this.#limit / 2);
    this.#quietStep++;
    const { quietInitialMs, quietMaxMs } = this.#options;
    const quietMs = backoffMs(
      { initialMs: quietInitialMs, maxMs: quietMaxMs },
      this.#quietStep,
      this.#random,
    );
    this.#quietUntilMs = this.#clock.monotonicMs() + quietMs;
  }

  #grow(saturated: boolean): void {
    this.#cleanSinceHalving++;
    if (this.#cleanSinceHalving >= this.#limit) this.#quietStep = 0;
    // A limit that nobody reached has not been tried: growing it would only make the next burst blind.
    if (!saturated) return;
    const step = this.#slowStart ? 1 : 1 / this.#limit;
    this.#limit = Math.min(this.#options.maxLimit, this.#limit + step);
  }

  #dispatch(): void {
    for (const waiter of this.#waiting) {
      if (this.#inFlight >= this.limit) return;
      const nowMs = this.#clock.monotonicMs();
      const startMs = Math.max(this.#quietUntilMs, this.#nextStartMs);
      if (nowMs < startMs) {
        this.#armTimer(startMs - nowMs);
        return;
      }
      const cap = this.#options.requestsPerSecondMax;
      if (cap > 0) this.#nextStartMs = nowMs + 1_000 / cap;
      this.#waiting.delete(waiter);
      this.#inFlight++;
      this.#starts.add(1);
      this.#onChange(this.#inFlight, this.limit);
      waiter.grant();
    }
  }

  #armTimer(delayMs: number): void {
    this.#cancelTimer();
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#dispatch();
    });
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
