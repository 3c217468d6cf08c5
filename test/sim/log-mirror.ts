/**
 * What one machine's log holds, seen from outside: as handed to its disk, and as its disk has confirmed.
 * Belongs to the directory, not to the process: a crash does not empty it, so what was confirmed and is not
 * there after the restart is found.
 */
import type { Entry, HardState, LogIndex, Term } from '../../src/raft/types.js';
import type { LogBatch } from '../../src/storage/node-storage.js';

/** Terms by index, above what is compacted. */
export class LogMirror {
  readonly #terms = new Map<LogIndex, Term>();
  lastIndex: LogIndex = 0;
  /** Everything up to here is in the snapshot. */
  start: { readonly index: LogIndex; readonly term: Term } = { index: 0, term: 0 };
  hardState: HardState = { term: 0, votedFor: 0, commitIndex: 0 };

  termAt(index: LogIndex): Term | undefined {
    if (index === this.start.index) return this.start.term;
    return index > this.lastIndex ? undefined : this.#terms.get(index);
  }

  /** Holds the entry, in its log or in its snapshot. */
  has(index: LogIndex, term: Term): boolean {
    return index <= this.start.index || this.termAt(index) === term;
  }

  write({ hardState, truncateFrom, entries }: LogBatch): void {
    if (truncateFrom !== undefined) this.lastIndex = Math.min(this.lastIndex, truncateFrom - 1);
    for (const entry of entries) this.put(entry);
    if (hardState !== undefined) this.hardState = hardState;
  }

  put({ index, term }: Pick<Entry, 'index' | 'term'>): void {
    this.#terms.set(index, term);
    this.lastIndex = index;
  }

  copy(): LogMirror {
    const copy = new LogMirror();
    for (const [index, term] of this.#terms) copy.#terms.set(index, term);
    copy.lastIndex = this.lastIndex;
    copy.start = this.start;
    copy.hardState = this.hardState;
    return copy;
  }

  /** A snapshot took the log's place. */
  reset(index: LogIndex, term: Term): void {
    this.#terms.clear();
    this.start = { index, term };
    this.lastIndex = index;
  }

  compact(index: LogIndex, term: Term): void {
    for (let at = this.start.index; at <= index; at++) this.#terms.delete(at);
    this.start = { index, term };
    this.lastIndex = Math.max(this.lastIndex, index);
  }
}
