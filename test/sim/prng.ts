/**
 * Seeded randomness. Each part of the world has a generator of its own, forked by name: one more draw in
 * one part does not change what all others see, so a seed stays close to the same story over small edits.
 */
import type { Random } from '../../src/shared/random.js';
import { seededRandom } from '../support/virtual-clock.js';

export class Prng implements Random {
  readonly #seed: number;
  readonly #generator: Random;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#generator = seededRandom(this.#seed);
  }

  fork(name: string): Prng {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    return new Prng(hash ^ (hash >>> 15));
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#generator.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number in [low, high], both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let at = shuffled.length - 1; at > 0; at--) {
      const other = this.between(0, at);
      [shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T];
    }
    return shuffled;
  }

  /** Mostly near `typicalMs`, now and then many times that: the tail of a real latency. */
  latencyMs(typicalMs: number): number {
    const spread = typicalMs * (0.5 + this.next());
    return this.chance(0.01) ? spread * (1 + 20 * this.next()) : spread;
  }
}
