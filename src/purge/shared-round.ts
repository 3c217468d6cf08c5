/**
 * A question that many ask at once, and whose answer must be newer than each of their askings: a round serves everyone
 * who asked before it *began*. One round is in flight and one is waiting to begin, whatever the number of batches in
 * parallel. A caller never joins a round already in flight: its answer may be older than what the caller listed or
 * prepared (etcd #7331 is that bug for reads).
 *
 * Two use it: P2's quorum round trip, and P12's look at the metadata below a prefix.
 */
export class SharedRound<T> {
  readonly #ask: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Resolves with the answer of a round that began after this call; rejects as that round does. */
  answer(): Promise<T> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#begin();
    const begin = (): Promise<T> => {
      this.#next = undefined;
      return this.#begin();
    };
    this.#next = this.#running.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<T> {
    const round = this.#ask().finally(() => {
      if (this.#running === round) this.#running = undefined;
    });
    this.#running = round;
    return round;
  }
}
