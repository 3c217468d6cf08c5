/** Adds objects up without keeping them: any number of keys costs the same few hundred bytes. */
import { SAMPLE_KEYS_MAX, WRITERS_MAX, type Totals } from './findings.js';

export interface Counted {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
}

export class Tally {
  #objects = 0;
  #bytes = 0;
  #oldestMs = Infinity;
  #newestMs = 0;
  #newestMadeMs = 0;
  readonly #samples: string[] = [];
  readonly #writers = new Set<string>();

  get objects(): number {
    return this.#objects;
  }

  get newestMadeMs(): number {
    return this.#newestMadeMs;
  }

  get isEmpty(): boolean {
    return this.#objects === 0;
  }

  /** `madeMs`: when its content came to be, where that is known to be earlier. */
  add({ key, sizeBytes, lastModifiedMs }: Counted, nodeId?: string, madeMs = lastModifiedMs): void {
    this.#objects++;
    this.#bytes += sizeBytes;
    this.#oldestMs = Math.min(this.#oldestMs, lastModifiedMs);
    this.#newestMs = Math.max(this.#newestMs, lastModifiedMs);
    this.#newestMadeMs = Math.max(this.#newestMadeMs, madeMs);
    if (this.#samples.length < SAMPLE_KEYS_MAX) this.#samples.push(key);
    if (nodeId !== undefined) this.writer(nodeId);
  }

  writer(nodeId: string): void {
    if (this.#writers.size < WRITERS_MAX) this.#writers.add(nodeId);
  }

  totals(): Totals {
    return {
      objects: this.#objects,
      bytes: this.#bytes,
      oldestWriteMs: this.isEmpty ? 0 : this.#oldestMs,
      newestWriteMs: this.#newestMs,
      newestMadeMs: this.#newestMadeMs,
      sampleKeys: [...this.#samples],
      writerNodeIds: [...this.#writers].sort(),
    };
  }

  /** Times and samples, without counts: of what was looked at but not listed in full. */
  uncounted(): Totals {
    return { ...this.totals(), objects: 0, bytes: 0 };
  }
}
