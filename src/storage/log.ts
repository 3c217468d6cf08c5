/**
 * The log as the core reads it (LogReader), over the store, and the change sets that append to it.
 *
 * A change is prepared first (operations for one batch, no effect here), written by the caller, and only
 * then committed to this view: what can be read here is durable. Reads are synchronous: the tail from
 * memory, older entries by point reads, each verified against its predecessor's chain value (S1),
 * because LevelDB does not verify checksums when it reads.
 */
import type { Configuration, Entry, LogIndex, LogReader, Term } from '../raft/types.js';
import { assert, assertDefined } from '../shared/assert.js';
import { DecodeError } from '../shared/binary.js';
import type { Chain } from './chain.js';
import { chainOf, decodeEntry, encodeEntry } from './entry-codec.js';
import type { KeyValueStore, Operation } from './key-value-store.js';
import { logKey } from './keys.js';
import type { LogStart } from './meta-codec.js';
import { TailCache } from './tail-cache.js';
import type { CachedEntry } from './tail-cache.js';
import { TermRuns } from './term-runs.js';

export interface LogPosition {
  readonly index: LogIndex;
  readonly term: Term;
  readonly chain: Chain;
}

/** One append, with an optional truncation before it. */
export interface LogChange {
  readonly truncateFrom: LogIndex | undefined;
  readonly operations: readonly Operation[];
  readonly added: readonly CachedEntry[];
  /** The log's last entry once the change is written. */
  readonly last: LogPosition;
}

export interface DurableLogOptions {
  readonly store: KeyValueStore;
  readonly start: LogStart;
  readonly tailCacheBytes: number;
  /** Makes the error for an entry that was fine at open and is not any more. */
  readonly damaged: (index: LogIndex, what: string, cause?: unknown) => Error;
}

export class DurableLog implements LogReader {
  readonly #store: KeyValueStore;
  readonly #damaged: DurableLogOptions['damaged'];
  readonly #tail: TailCache;
  readonly #terms = new TermRuns();
  /** Configuration entries after the start, in index order. */
  #configurations: { readonly index: LogIndex; readonly configuration: Configuration }[] = [];
  #start: LogStart;
  #last: LogPosition;

  constructor(options: DurableLogOptions) {
    this.#store = options.store;
    this.#damaged = options.damaged;
    this.#tail = new TailCache(options.tailCacheBytes);
    this.#start = options.start;
    this.#last = options.start;
  }

  get start(): LogStart {
    return this.#start;
  }

  get last(): LogPosition {
    return this.#last;
  }

  get lastIndex(): LogIndex {
    return this.#last.index;
  }

  termAt(index: LogIndex): Term | undefined {
    if (index < this.#start.index || index > this.#last.index) return undefined;
    return index === this.#start.index ? this.#start.term : this.#terms.termAt(index);
  }

  entries(from: LogIndex, end: LogIndex, maxBytes: number): readonly Entry[] {
    assert(from > this.#start.index, () => `entry ${from} is compacted away (start ${this.#start.index})`);
    assert(
      from < end && end <= this.#last.index + 1,
      () => `entries [${from}, ${end}) of ${this.#last.index}`,
    );
    const found: Entry[] = [];
    let bytes = 0;
    let previous: Chain | undefined;
    for (let index = from; index < end; index++) {
      const item = this.#tail.get(index) ?? this.#read(index, previous ?? this.chainAt(index - 1));
      bytes += item.sizeBytes;
      if (bytes > maxBytes && found.length > 0) break;
      found.push(item.entry);
      previous = item.chain;
    }
    return found;
  }

  /** Chain value of the entry at `index`, for start.index <= index <= lastIndex. */
  chainAt(index: LogIndex): Chain {
    if (index === this.#start.index) return this.#start.chain;
    if (index === this.#last.index) return this.#last.chain;
    return this.#tail.get(index)?.chain ?? decodeEntry(this.#record(index)).chain;
  }

  /** The configuration in force as of `index`, for start.index <= index <= lastIndex. */
  configurationAt(index: LogIndex): Configuration {
    return (
      this.#configurations.findLast((item) => item.index <= index)?.configuration ?? this.#start.configuration
    );
  }

  positionAt(index: LogIndex): LogPosition {
    const term = assertDefined(this.termAt(index), `entry ${index} is not in the log`);
    return { index, term, chain: this.chainAt(index) };
  }

  #record(index: LogIndex): Uint8Array {
    const record = this.#store.getSync(logKey(index));
    if (record === undefined) throw this.#damaged(index, 'the entry is gone');
    return record;
  }

  #read(index: LogIndex, previous: Chain): CachedEntry {
    const record = this.#record(index);
    try {
      const { entry, chain } = decodeEntry(record);
      if (entry.index === index && chain === chainOf(record, previous)) {
        return { entry, chain, sizeBytes: record.length };
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw this.#damaged(index, error.message, error);
    }
    throw this.#damaged(index, "its checksum does not continue its predecessor's");
  }

  /** Encodes; changes nothing here. `entries` continue the log at truncateFrom, or at its end. */
  prepare(truncateFrom: LogIndex | undefined, entries: readonly Entry[]): LogChange {
    const operations: Operation[] = [];
    let last = this.#last;
    if (truncateFrom !== undefined && truncateFrom <= this.#last.index) {
      assert(
        truncateFrom > this.#start.index,
        () => `truncate from ${truncateFrom}, start ${this.#start.index}`,
      );
      for (let index = truncateFrom; index <= this.#last.index; index++) {
        operations.push({ kind: 'delete', key: logKey(index) });
      }
      last = this.positionAt(truncateFrom - 1);
    }
    const added: CachedEntry[] = [];
    for (const entry of entries) {
      const { index, term } = last;
      assert(
        entry.index === index + 1 && entry.term >= term,
        () => `entry ${entry.index} of term ${entry.term} after entry ${index} of term ${term}`,
      );
      const { chain, bytes } = encodeEntry(entry, last.chain);
      operations.push({ kind: 'put', key: logKey(entry.index), value: bytes });
      added.push({ entry, chain, sizeBytes: bytes.length });
      last = { index: entry.index, term: entry.term, chain };
    }
    return { truncateFrom, operations, added, last };
  }

  /** The change is durable: show it. */
  commit(change: LogChange): void {
    if (change.truncateFrom !== undefined) {
      const from = change.truncateFrom;
      this.#tail.truncateFrom(from);
      this.#terms.truncateFrom(from);
      this.#configurations = this.#configurations.filter((item) => item.index < from);
    }
    for (const item of change.added) this.#show(item);
    this.#last = change.last;
  }

  /** Recovery: the next entry, already stored and verified. */
  adopt(item: CachedEntry): void {
    this.#show(item);
    this.#last = { index: item.entry.index, term: item.entry.term, chain: item.chain };
  }

  #show(item: CachedEntry): void {
    const { index, term, payload } = item.entry;
    this.#terms.push(index, term);
    this.#tail.push(item);
    if (payload.kind === 'configuration') {
      this.#configurations.push({ index, configuration: payload.configuration });
    }
  }

  /** What the start must record to move up to `index`. */
  startAt(index: LogIndex): LogStart {
    return { ...this.positionAt(index), configuration: this.configurationAt(index) };
  }

  /** Compaction: entries up to the new start are no longer part of the log. */
  moveStart(start: LogStart): void {
    this.#tail.dropUpTo(start.index);
    this.#terms.dropUpTo(start.index);
    this.#configurations = this.#configurations.filter((item) => item.index > start.index);
    this.#start = start;
  }

  /** A snapshot replaced the log, which is empty now and continues after `start`. */
  restart(start: LogStart): void {
    this.#tail.clear();
    this.#terms.clear();
    this.#configurations = [];
    this.#start = start;
    this.#last = start;
  }
}
