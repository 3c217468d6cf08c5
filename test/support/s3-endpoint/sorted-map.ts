/**
 * A map in UTF-8 key order: a list of short sorted runs, so that a hundred thousand keys insert, delete and seek
 * in microseconds without a tree.
 */
import { compareKeys } from '../../../src/objectstore/key-order.js';

const RUN_MAX = 512;

interface Entry<V> {
  readonly key: string;
  value: V;
}

export class SortedMap<V> {
  readonly #runs: Entry<V>[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const [run, at] = this.#seek((entry) => compareKeys(entry, key) < 0);
    const entry = this.#runs[run]?.[at];
    return entry?.key === key ? entry.value : undefined;
  }

  set(key: string, value: V): void {
    const [run, at] = this.#seek((entry) => compareKeys(entry, key) < 0);
    const found = this.#runs[run]?.[at];
    if (found?.key === key) {
      found.value = value;
      return;
    }
    this.#size++;
    // Past the last run's end: append to it.
    const target = run < this.#runs.length ? run : Math.max(0, run - 1);
    const entries = this.#runs[target];
    if (entries === undefined) {
      this.#runs.push([{ key, value }]);
      return;
    }
    entries.splice(target === run ? at : entries.length, 0, { key, value });
    if (entries.length > RUN_MAX) this.#runs.splice(target + 1, 0, entries.splice(RUN_MAX / 2));
  }

  delete(key: string): boolean {
    const [run, at] = this.#seek((entry) => compareKeys(entry, key) < 0);
    const entries = this.#runs[run];
    if (entries?.[at]?.key !== key) return false;
    entries.splice(at, 1);
    if (entries.length === 0) this.#runs.splice(run, 1);
    this.#size--;
    return true;
  }

  /** Entries from the first key for which `isBefore` is false; `isBefore` must be monotone in key order. */
  *from(isBefore: (key: string) => boolean): Generator<readonly [string, V]> {
    let [run, at] = this.#seek(isBefore);
    for (; run < this.#runs.length; run++, at = 0) {
      const entries = this.#runs[run] as Entry<V>[];
      for (; at < entries.length; at++) {
        const entry = entries[at] as Entry<V>;
        yield [entry.key, entry.value];
      }
    }
  }

  #seek(isBefore: (key: string) => boolean): [number, number] {
    const run = lowerBound(this.#runs, (entries) => isBefore((entries.at(-1) as Entry<V>).key));
    const entries = this.#runs[run];
    return [run, entries === undefined ? 0 : lowerBound(entries, (entry) => isBefore(entry.key))];
  }
}

function lowerBound<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
