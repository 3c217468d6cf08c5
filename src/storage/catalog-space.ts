/**
 * The catalog's key space in the store: two generations, one of them active. Apply reads and writes the
 * active one; a snapshot is received into the other, and one synced batch makes that the active one.
 *
 * C4: a batch of catalog writes carries the applied index of its generation, in the same atomic batch.
 */
import type { CatalogReader, CatalogWrite } from '../catalog/types.js';
import type { LogIndex } from '../raft/types.js';
import { assert, assertDefined } from '../shared/assert.js';
import type {
  IterateOptions,
  KeyRange,
  KeyValueSnapshot,
  KeyValueStore,
  Operation,
} from './key-value-store.js';
import { ACTIVE_GENERATION_KEY, appliedKey, catalogKey, withoutGeneration } from './keys.js';
import type { Generation } from './keys.js';
import { decodeApplied, decodeGeneration, encodeApplied } from './meta-codec.js';
import type { CatalogView } from './node-storage.js';

export interface CatalogPosition {
  readonly generation: Generation;
  readonly appliedIndex: LogIndex;
}

/** Where the catalog stands in the store, or stood in a snapshot of it; undefined when not recorded. */
export function readCatalogPosition(
  store: KeyValueStore,
  snapshot?: KeyValueSnapshot,
): CatalogPosition | undefined {
  const pointer = store.getSync(ACTIVE_GENERATION_KEY, snapshot);
  if (pointer === undefined) return undefined;
  const generation = decodeGeneration(pointer);
  const applied = store.getSync(appliedKey(generation), snapshot);
  return applied === undefined ? undefined : { generation, appliedIndex: decodeApplied(applied) };
}

export class StoredCatalogView implements CatalogView {
  readonly appliedIndex: LogIndex;
  readonly generation: Generation;
  readonly snapshot: KeyValueSnapshot;

  constructor(position: CatalogPosition, snapshot: KeyValueSnapshot) {
    this.appliedIndex = position.appliedIndex;
    this.generation = position.generation;
    this.snapshot = snapshot;
  }

  close(): Promise<void> {
    return this.snapshot.close();
  }
}

export class CatalogSpace implements CatalogReader {
  readonly #store: KeyValueStore;
  #position: CatalogPosition;

  constructor(store: KeyValueStore, position: CatalogPosition) {
    this.#store = store;
    this.#position = position;
  }

  get position(): CatalogPosition {
    return this.#position;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#store.getSync(catalogKey(this.#position.generation, key));
  }

  /** The batch that moves the catalog to `appliedIndex` (C4); {@link moveTo} once it is written. */
  operations(appliedIndex: LogIndex, writes: readonly CatalogWrite[]): Operation[] {
    const { generation, appliedIndex: before } = this.#position;
    assert(appliedIndex > before, () => `apply up to ${appliedIndex}, applied is ${before}`);
    const operations = catalogOperations(generation, writes);
    operations.push({ kind: 'put', key: appliedKey(generation), value: encodeApplied(appliedIndex) });
    return operations;
  }

  moveTo(position: CatalogPosition): void {
    this.#position = position;
  }

  openView(): StoredCatalogView {
    const snapshot = this.#store.snapshot();
    const position = assertDefined(readCatalogPosition(this.#store, snapshot), 'no catalog in a view');
    return new StoredCatalogView(position, snapshot);
  }

  async *iterate(
    range: KeyRange & { readonly limit?: number; readonly reverse?: boolean },
    view?: CatalogView,
  ): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    let generation = this.#position.generation;
    let options: IterateOptions = range;
    if (view !== undefined) {
      assert(view instanceof StoredCatalogView, 'a view of another storage');
      generation = view.generation;
      options = { ...range, snapshot: view.snapshot };
    }
    const { gte, lt } = range;
    const bounds = { gte: catalogKey(generation, gte), lt: catalogKey(generation, lt) };
    for await (const [key, value] of this.#store.iterate({ ...options, ...bounds })) {
      yield [withoutGeneration(key), value];
    }
  }
}

export function catalogOperations(generation: Generation, writes: readonly CatalogWrite[]): Operation[] {
  return writes.map(({ key, value }) =>
    value === undefined
      ? { kind: 'delete', key: catalogKey(generation, key) }
      : { kind: 'put', key: catalogKey(generation, key), value },
  );
}
