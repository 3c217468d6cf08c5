/**
 * The last entries of the log in memory, bounded in bytes. Followers that keep up and the apply loop
 * read only here; what has been evicted is read from the store again.
 *
 * Holds a contiguous run that ends at the log's last entry, or nothing.
 */
import type { LogIndex } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import type { StoredEntry } from './entry-codec.js';

export interface CachedEntry extends StoredEntry {
  /** Of the stored record. */
  readonly sizeBytes: number;
}

/** What an entry costs beside its record: two objects and an array slot. An estimate. */
const OVERHEAD_BYTES = 128;

export class TailCache {
  readonly #limitBytes: number;
  /** Evicted slots are before #head; the array is cut down once half of it is such slots. */
  #slots: (CachedEntry | undefined)[] = [];
  #head = 0;
  #firstIndex: LogIndex = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(index: LogIndex): CachedEntry | undefined {
    return index < this.#firstIndex ? undefined : this.#slots[this.#head + (index - this.#firstIndex)];
  }

  /** Must follow the last entry held; the newest entry is kept whatever its size. */
  push(item: CachedEntry): void {
    const { index } = item.entry;
    if (this.#head === this.#slots.length) {
      this.#firstIndex = index;
    } else {
      const expected = this.#firstIndex + this.#slots.length - this.#head;
      assert(index === expected, () => `tail cache ends before ${expected}, got ${index}`);
    }
    this.#slots.push(item);
    this.#bytes += item.sizeBytes + OVERHEAD_BYTES;
    while (this.#bytes > this.#limitBytes && this.#slots.length - this.#head > 1) this.#evictFirst();
  }

  truncateFrom(index: LogIndex): void {
    while (this.#slots.length > this.#head) {
      const last = this.#slots[this.#slots.length - 1];
      assert(last !== undefined, 'hole in the tail cache');
      if (last.entry.index < index) return;
      this.#bytes -= last.sizeBytes + OVERHEAD_BYTES;
      this.#slots.pop();
    }
  }

  dropUpTo(index: LogIndex): void {
    while (this.#slots.length > this.#head && this.#firstIndex <= index) this.#evictFirst();
  }

  clear(): void {
    this.#slots = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #evictFirst(): void {
    const first = this.#slots[this.#head];
    assert(first !== undefined, 'hole in the tail cache');
    this.#bytes -= first.sizeBytes + OVERHEAD_BYTES;
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    this.#firstIndex += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
  }
}
