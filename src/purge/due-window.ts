/**
 * The first few due streams in (purge_after, incarnation) order. What does not fit is forgotten and noted as
 * `overflowed`: the catalog remembers it, and a scan brings it back when the window has drained. So memory
 * does not grow with the number of tombstones.
 */
import type { Incarnation, StreamRecord } from '../catalog/types.js';

export interface DueStream {
  readonly incarnation: Incarnation;
  readonly purgeAfterMs: number;
  readonly deleteTimeMs: number;
}

export class DueWindow {
  readonly #max: number;
  /** Sorted; a few hundred at most, so that linear work is cheaper than a heap. */
  readonly #streams: DueStream[] = [];
  #overflowed = false;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#streams.length;
  }

  get isFull(): boolean {
    return this.#streams.length >= this.#max;
  }

  /** Something due was left out since the last `rescanned`. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  rescanned(): void {
    this.#overflowed = false;
  }

  offer({ incarnation, purgeAfterMs, deleteTimeMs }: StreamRecord): void {
    if (this.#streams.some((other) => other.incarnation === incarnation)) return;
    const stream: DueStream = { incarnation, purgeAfterMs, deleteTimeMs };
    const behind = this.#streams.findIndex((other) => isBefore(stream, other));
    this.#streams.splice(behind === -1 ? this.#streams.length : behind, 0, stream);
    if (this.#streams.length > this.#max) {
      this.#streams.pop();
      this.#overflowed = true;
    }
  }

  take(): DueStream | undefined {
    return this.#streams.shift();
  }

  clear(): void {
    this.#streams.length = 0;
  }

  values(): Iterable<DueStream> {
    return this.#streams;
  }
}

function isBefore(one: DueStream, other: DueStream): boolean {
  if (one.purgeAfterMs !== other.purgeAfterMs) return one.purgeAfterMs < other.purgeAfterMs;
  return one.incarnation < other.incarnation;
}
