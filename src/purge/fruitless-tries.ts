/**
 * How many tries in a row each stream has ended with everything deleted and something listed again. Kept by the
 * leader alone and bounded: after a failover, or for the least of very many such streams, the count begins anew.
 */
import type { Incarnation } from '../catalog/types.js';

const STREAMS_MAX = 1_024;

export class FruitlessTries {
  readonly #tries = new Map<Incarnation, number>();

  /** A try has failed; returns how many in a row were fruitless, this one included. */
  ended(incarnation: Incarnation, fruitless: boolean): number {
    const tries = fruitless ? (this.#tries.get(incarnation) ?? 0) + 1 : 0;
    this.#tries.delete(incarnation);
    if (tries === 0) return 0;
    this.#tries.set(incarnation, tries);
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= STREAMS_MAX) break;
      this.#tries.delete(oldest);
    }
    return tries;
  }
}
