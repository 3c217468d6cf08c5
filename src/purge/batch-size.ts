/**
 * How many keys one delete request carries. A thousand is the protocol's bound and often more than a
 * store finishes before the request's deadline (s5cmd #579: 1,000 keys time out on Ceph): each request that
 * dies as a whole halves it, a run of good ones doubles it again.
 */

/** Full requests in a row that must succeed before the size doubles. */
const CLEAN_RUN = 8;

export class BatchSize {
  #max: number;
  #current: number;
  #cleanRun = 0;

  constructor(max: number) {
    this.#max = max;
    this.#current = max;
  }

  get current(): number {
    return this.#current;
  }

  /** The store's limit as last probed. */
  setMax(max: number): void {
    if (this.#current === this.#max) this.#current = max;
    this.#max = max;
    this.#current = Math.min(this.#current, max);
  }

  requestDied(): void {
    this.#cleanRun = 0;
    this.#current = Math.max(1, Math.floor(this.#current / 2));
  }

  requestSucceeded(keys: number): void {
    // Smaller requests than allowed prove nothing about the allowed size.
    if (keys < this.#current) return;
    this.#cleanRun++;
    if (this.#cleanRun < CLEAN_RUN) return;
    this.#cleanRun = 0;
    this.#current = Math.min(this.#max, this.#current * 2);
  }
}
