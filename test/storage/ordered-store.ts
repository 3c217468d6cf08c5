/**
 * A small ordered {@link KeyValueStore} in memory, for tests of what lies above the store. Remembers
 * what a crash would leave: everything up to the last synced batch, and any prefix of what came after.
 */
import { assert } from '../../src/shared/assert.js';
import type {
  IterateOptions,
  KeyValueSnapshot,
  KeyValueStore,
  Operation,
} from '../../src/storage/key-value-store.js';

type Entries = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

class OrderedSnapshot implements KeyValueSnapshot {
  readonly entries: Entries;

  constructor(entries: Entries) {
    this.entries = entries;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class OrderedStore implements KeyValueStore {
  /** Sorted by key; replaced, never changed, so that a snapshot is a reference. */
  #entries: Entries = [];
  #synced: Entries = [];
  /** The state after each batch since the last synced one. */
  #unsynced: Entries[] = [];
  #failure: Error | undefined;

  static from(entries: Entries): OrderedStore {
    const store = new OrderedStore();
    store.#entries = entries;
    store.#synced = entries;
    return store;
  }

  getSync(key: Uint8Array, snapshot?: KeyValueSnapshot): Uint8Array | undefined {
    const entries = entriesOf(snapshot) ?? this.#entries;
    const at = lowerBound(entries, key);
    const found = entries[at];
    return found !== undefined && Buffer.compare(found[0], key) === 0 ? found[1].slice() : undefined;
  }

  async batch(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await Promise.resolve();
    const next = [...this.#entries];
    for (const operation of operations) {
      const at = lowerBound(next, operation.key);
      const found = next[at];
      const present = found !== undefined && Buffer.compare(found[0], operation.key) === 0 ? 1 : 0;
      if (operation.kind === 'delete') next.splice(at, present);
      else next.splice(at, present, [operation.key.slice(), operation.value.slice()]);
    }
    this.#entries = next;
    this.#unsynced.push(next);
    if (options.sync) {
      this.#synced = next;
      this.#unsynced = [];
    }
  }

  async *iterate(options: IterateOptions): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const entries = entriesOf(options.snapshot) ?? this.#entries;
    let found = entries.slice(lowerBound(entries, options.gte), lowerBound(entries, options.lt));
    if (options.reverse === true) found = found.reverse();
    for (const [key, value] of found.slice(0, options.limit)) {
      await Promise.resolve();
      yield [key.slice(), value.slice()];
    }
  }

  snapshot(): KeyValueSnapshot {
    return new OrderedSnapshot(this.#entries);
  }

  approximateSizeBytes(): Promise<number> {
    return Promise.resolve(this.#entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Every later batch rejects with `error`. */
  fail(error: Error): void {
    this.#failure = error;
  }

  /** What a crash leaves: everything synced, and the first `kept` batches after that. */
  crash(kept = 0): OrderedStore {
    return OrderedStore.from(kept === 0 ? this.#synced : (this.#unsynced[kept - 1] ?? this.#entries));
  }

  get unsyncedBatches(): number {
    return this.#unsynced.length;
  }
}

function entriesOf(snapshot: KeyValueSnapshot | undefined): Entries | undefined {
  if (snapshot === undefined) return undefined;
  assert(snapshot instanceof OrderedSnapshot, 'a snapshot of another store');
  return snapshot.entries;
}

/** Position of the first entry whose key is not below `key`. */
function lowerBound(entries: Entries, key: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && Buffer.compare(entry[0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
