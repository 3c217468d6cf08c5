/** How much a second, over the last ten seconds or since the start when that is less. Ten numbers, whatever happens. */
import type { Clock } from '../shared/clock.js';

const BUCKETS = 10;
const BUCKET_MS = 1_000;

export class Rate {
  readonly #clock: Clock;
  readonly #startedMs: number;
  /** A ring of seconds; `#second` is the one that was written last. */
  readonly #buckets = new Array<number>(BUCKETS).fill(0);
  #second: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    this.#second = this.#now();
  }

  add(amount: number): void {
    this.#turn();
    const at = this.#second % BUCKETS;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + amount;
  }

  perSecond(): number {
    this.#turn();
    const sum = this.#buckets.reduce((total, amount) => total + amount, 0);
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs;
    const windowMs = Math.min(BUCKETS * BUCKET_MS, Math.max(BUCKET_MS, elapsedMs));
    return (sum * 1_000) / windowMs;
  }

  #now(): number {
    return Math.floor(this.#clock.monotonicMs() / BUCKET_MS);
  }

  /** Seconds in which nothing was added are nothing. */
  #turn(): void {
    const second = this.#now();
    const stale = Math.min(BUCKETS, second - this.#second);
    for (let back = 0; back < stale; back++) this.#buckets[(second - back) % BUCKETS] = 0;
    this.#second = second;
  }
}
