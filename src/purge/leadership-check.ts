/**
 * P2's quorum round trip, shared: a round serves everyone who asked before it *began*, since what each of
 * them needs is proof of leadership later than its own `prepareDelete`. So one round is in flight, one is
 * waiting to begin, and the cost does not grow with the number of batches in parallel. A caller never joins
 * a round already in flight: its answer may be older than the caller's prepared request (etcd #7331 is that bug for reads).
 */
export class LeadershipCheck {
  readonly #confirmLeadership: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(confirmLeadership: () => Promise<void>) {
    this.#confirmLeadership = confirmLeadership;
  }

  /** Resolves once a round that began after this call has succeeded; rejects as that round does. */
  confirm(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#begin();
    const settled = this.#running.catch(() => undefined);
    this.#next = settled.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    const round = this.#confirmLeadership().finally(() => {
      if (this.#running === round) this.#running = undefined;
    });
    this.#running = round;
    return round;
  }
}
