/**
 * The sending side: the active generation of the catalog, read from a LevelDB snapshot and cut into
 * chunks. What is applied, compacted or swapped meanwhile does not show. One chunk is in memory at a time.
 */
import type { StoredCatalogView } from './catalog-space.js';
import type { KeyValueStore } from './key-value-store.js';
import { generationRange, withoutGeneration } from './keys.js';
import type { SnapshotHeader, SnapshotSource } from './node-storage.js';
import { CHUNK_TARGET_BYTES, encodeChunk } from './snapshot-chunk.js';
import type { CatalogRecord } from './snapshot-chunk.js';

/** The lengths of key and value in a chunk, at most. */
const LENGTHS_BYTES = 8;

export interface SnapshotSourceOptions {
  readonly header: SnapshotHeader;
  readonly store: KeyValueStore;
  /** Closed with the source. */
  readonly view: StoredCatalogView;
  readonly approximateSizeBytes: number;
}

export class StoredSnapshotSource implements SnapshotSource {
  readonly header: SnapshotHeader;
  readonly approximateSizeBytes: number;
  readonly #store: KeyValueStore;
  readonly #view: StoredCatalogView;

  constructor(options: SnapshotSourceOptions) {
    this.header = options.header;
    this.approximateSizeBytes = options.approximateSizeBytes;
    this.#store = options.store;
    this.#view = options.view;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const snapshotIndex = this.header.meta.index;
    const { generation, snapshot } = this.#view;
    let sequence = 0;
    let recordCount = 0;
    let records: CatalogRecord[] = [];
    let bytes = 0;
    for await (const [prefixed, value] of this.#store.iterate({ ...generationRange(generation), snapshot })) {
      const key = withoutGeneration(prefixed);
      const size = key.length + value.length + LENGTHS_BYTES;
      if (bytes + size > CHUNK_TARGET_BYTES && records.length > 0) {
        yield encodeChunk({ snapshotIndex, sequence: sequence++, content: { kind: 'records', records } });
        records = [];
        bytes = 0;
      }
      records.push([key, value]);
      recordCount += 1;
      bytes += size;
    }
    if (records.length > 0) {
      yield encodeChunk({ snapshotIndex, sequence: sequence++, content: { kind: 'records', records } });
    }
    yield encodeChunk({ snapshotIndex, sequence, content: { kind: 'end', recordCount } });
  }

  close(): Promise<void> {
    return this.#view.close();
  }
}
