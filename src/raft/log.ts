/**
 * The log as the core sees it: a durable part, read through {@link LogReader}, and an unstable tail in
 * memory that is being written.
 *
 *     start          persistedIndex      drainedIndex       lastIndex
 *       |  durable, in LogReader |  handed out, in flight |  not yet drained |
 *                                 `-------------- tail ---------------------'
 *
 * Invariants:
 * - The core never reads the LogReader above persistedIndex: a write in flight may or may not show there.
 * - persistedIndex moves up only over entries of *this* log that are durable and that no truncation still
 *   on its way will remove (`persisted` below has the story).
 * - Nothing at or below the commit index is ever truncated; the callers see to it.
 */
import { assert } from '../shared/assert.js';
import type { Entry, EntryPayload, LogIndex, LogReader, SnapshotMeta, Term } from './types.js';

/** What an entry costs beside its data: index, term, kind, framing. An estimate, the same everywhere. */
const ENTRY_OVERHEAD_BYTES = 32;
const MEMBER_BYTES = 128;

/** The size by which every limit of the core counts. */
export function payloadSizeBytes(payload: EntryPayload): number {
  switch (payload.kind) {
    case 'command':
      return ENTRY_OVERHEAD_BYTES + payload.data.length;
    case 'noop':
      return ENTRY_OVERHEAD_BYTES;
    case 'configuration': {
      const { voters, learners } = payload.configuration;
      return ENTRY_OVERHEAD_BYTES + MEMBER_BYTES * (voters.length + learners.length);
    }
  }
}

export function sizeBytesOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += payloadSizeBytes(entry.payload);
  return bytes;
}

/** One drain's worth of log on its way to the disk. */
interface Write {
  readonly entries: readonly Entry[];
  readonly truncateFrom: LogIndex | undefined;
}

export interface UndrainedEntries {
  readonly entries: readonly Entry[];
  readonly truncateFrom: LogIndex | undefined;
}

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);
const NOTHING_UNDRAINED: UndrainedEntries = Object.freeze({ entries: NO_ENTRIES, truncateFrom: undefined });

export class RaftLog {
  readonly #stable: LogReader;
  /** Entries from persistedIndex + 1. */
  #tail: Entry[] = [];
  #persistedIndex: LogIndex;
  /** Kept here because nearly every append compares with it, and the LogReader may have to look it up. */
  #persistedTerm: Term;
  #drainedIndex: LogIndex;
  /** Lowest index that was handed out before and has been cut off since the last drain. */
  #truncateFrom: LogIndex | undefined;
  #inFlight: Write[] = [];

  constructor(stable: LogReader) {
    const { start, lastIndex } = stable;
    assert(lastIndex >= start.index, () => `log ends at ${lastIndex}, before its start ${start.index}`);
    const term = stable.termAt(lastIndex);
    assert(term !== undefined, () => `log cannot tell the term of its last entry ${lastIndex}`);
    this.#stable = stable;
    this.#persistedIndex = lastIndex;
    this.#persistedTerm = term;
    this.#drainedIndex = lastIndex;
  }

  /** Position before the first entry that can still be read. */
  get start(): { readonly index: LogIndex; readonly term: Term } {
    return this.#stable.start;
  }

  get lastIndex(): LogIndex {
    return this.#persistedIndex + this.#tail.length;
  }

  get lastTerm(): Term {
    const last = this.#tail[this.#tail.length - 1];
    return last === undefined ? this.#persistedTerm : last.term;
  }

  /** Everything up to here is durable on this node. */
  get persistedIndex(): LogIndex {
    return this.#persistedIndex;
  }

  get hasUndrained(): boolean {
    return this.#drainedIndex < this.lastIndex || this.#truncateFrom !== undefined;
  }

  /** Undefined before the start (compacted) and after the end. */
  termAt(index: LogIndex): Term | undefined {
    if (index > this.#persistedIndex) return this.#tail[index - this.#persistedIndex - 1]?.term;
    if (index === this.#persistedIndex) return this.#persistedTerm;
    const { start } = this.#stable;
    if (index <= start.index) return index === start.index ? start.term : undefined;
    const term = this.#stable.termAt(index);
    assert(term !== undefined, () => `entry ${index} is missing from the durable log after ${start.index}`);
    return term;
  }

  /**
   * Entries from `from` while index < `end`, at most `maxBytes` of them but at least one.
   * `from` lies after the start and not after the end of the log.
   */
  slice(from: LogIndex, end: LogIndex, maxBytes: number): readonly Entry[] {
    if (from >= end) return NO_ENTRIES;
    const result: Entry[] = [];
    let bytes = 0;
    let next = from;
    const stableEnd = Math.min(end, this.#persistedIndex + 1);
    if (from < stableEnd) {
      const stable = this.#stable.entries(from, stableEnd, maxBytes);
      assert(stable.length > 0, () => `entries ${from} to ${stableEnd - 1} are missing from the durable log`);
      for (const entry of stable) {
        assert(entry.index === next, () => `the durable log has entry ${entry.index} where ${next} belongs`);
        result.push(entry);
        bytes += payloadSizeBytes(entry.payload);
        next++;
      }
      if (next < stableEnd) return result;
    }
    for (; next < end; next++) {
      const entry = this.#tail[next - this.#persistedIndex - 1];
      assert(entry !== undefined, () => `entry ${next} is beyond the end of the log, ${this.lastIndex}`);
      bytes += payloadSizeBytes(entry.payload);
      if (bytes > maxBytes && result.length > 0) break;
      result.push(entry);
    }
    return result;
  }

  /** Appends consecutive entries, cutting off what lies from the first of them on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(
      first.index <= this.lastIndex + 1,
      () => `entry ${first.index} after ${this.lastIndex} leaves a gap`,
    );
    if (first.index <= this.lastIndex) this.#truncate(first.index);
    for (const entry of entries) this.#tail.push(entry);
  }

  #truncate(from: LogIndex): void {
    assert(
      from > this.start.index,
      () => `truncation from ${from} reaches into the snapshot ${this.start.index}`,
    );
    if (from > this.#persistedIndex) {
      this.#tail.length = from - this.#persistedIndex - 1;
    } else {
      const term = this.termAt(from - 1);
      assert(term !== undefined, () => `no entry ${from - 1} to truncate to`);
      this.#tail = [];
      this.#persistedIndex = from - 1;
      this.#persistedTerm = term;
    }
    if (from <= this.#drainedIndex) {
      this.#truncateFrom = Math.min(this.#truncateFrom ?? from, from);
      this.#drainedIndex = from - 1;
    }
  }

  /** What the driver has to write now. Called once a drain; remembers what is in flight. */
  drain(): UndrainedEntries {
    if (!this.hasUndrained) return NOTHING_UNDRAINED;
    const entries = this.#tail.slice(this.#drainedIndex - this.#persistedIndex);
    assert(
      entries.length > 0,
      () => `log truncated from ${this.#truncateFrom ?? 0} with nothing put in its place`,
    );
    const write = { entries, truncateFrom: this.#truncateFrom };
    this.#inFlight.push(write);
    this.#drainedIndex = this.lastIndex;
    this.#truncateFrom = undefined;
    return write;
  }

  /**
   * Takes in that a write ended with entry (`index`, `term`). An index alone would not do, and neither
   * does the pair (etcd-io/raft, the ABA story told at rawnode.go's newStorageAppendRespMsg):
   *
   * 1. Entry 5 of term 1 is handed out, write W1.
   * 2. A leader of term 2 replaces it: entry 5 of term 2, write W2.
   * 3. A leader of term 3, whose log has entry 5 of term 1, replaces it back: write W3.
   * 4. W1 completes. The log says (5, term 1) and so does the report, yet W2 is about to remove it,
   *    and a crash between W2 and W3 would lose an entry that was acknowledged.
   *
   * So the report is matched with the oldest write in flight that contains the pair, and what a later
   * truncation, in flight or not yet drained, will cut off does not count.
   *
   * Writes complete in order, so a match finishes all earlier ones. An unknown pair is a report from
   * before a snapshot took the log's place, and says nothing.
   */
  persisted(index: LogIndex, term: Term): void {
    const at = this.#inFlight.findIndex(({ entries }) => {
      const first = entries[0] as Entry;
      return entries[index - first.index]?.term === term;
    });
    const write = this.#inFlight[at];
    if (write === undefined) return;
    const last = write.entries[write.entries.length - 1] as Entry;
    let durable = index;
    for (const later of this.#inFlight.slice(at + 1)) {
      if (later.truncateFrom !== undefined) durable = Math.min(durable, later.truncateFrom - 1);
    }
    if (this.#truncateFrom !== undefined) durable = Math.min(durable, this.#truncateFrom - 1);
    this.#inFlight.splice(0, index === last.index ? at + 1 : at);
    if (durable <= this.#persistedIndex) return;
    const count = durable - this.#persistedIndex;
    this.#persistedTerm = (this.#tail[count - 1] as Entry).term;
    this.#persistedIndex = durable;
    this.#tail.splice(0, count);
  }

  /** Starts over after a snapshot; the LogReader already does. */
  reset(meta: SnapshotMeta): void {
    const { start, lastIndex } = this.#stable;
    assert(
      start.index === meta.index && start.term === meta.term && lastIndex === meta.index,
      () =>
        `snapshot ${meta.index}/${meta.term} installed, but the log runs from ${start.index}/${start.term} to ${lastIndex}`,
    );
    this.#tail = [];
    this.#persistedIndex = meta.index;
    this.#persistedTerm = meta.term;
    this.#drainedIndex = meta.index;
    this.#truncateFrom = undefined;
    this.#inFlight = [];
  }

  /** Whether a log that ends with this entry holds at least as much as ours (§5.4.1). */
  isUpToDate(lastLogIndex: LogIndex, lastLogTerm: Term): boolean {
    return lastLogTerm > this.lastTerm || (lastLogTerm === this.lastTerm && lastLogIndex >= this.lastIndex);
  }

  /**
   * The last index at or below `upTo` whose term is at most `term`: where two logs that disagree at `upTo`
   * can agree at best, since terms only grow along a log. Skips whole terms a round trip (§5.3).
   * Never below the start: what was compacted was committed.
   */
  lastIndexWithTermAtMost(upTo: LogIndex, term: Term): LogIndex {
    let low = this.start.index;
    let high = Math.max(low, Math.min(upTo, this.lastIndex));
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.termAt(middle) as number) <= term) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
