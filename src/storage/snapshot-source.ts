/**
 * The sending side: the active generation of the catalog, read from a LevelDB snapshot and cut into
 * chunks. What is applied, compacted or swapped meanwhile does not show. One chunk is in memory at a time.
 */
import type { CatalogSpace, StoredCatalogView } from './catalog-space.js';
import type { SnapshotHeader, SnapshotSource } from './node-storage.js';
import { CHUNK_TARGET_BYTES, encodeChunk } from './snapshot-chunk.js';
import type { CatalogRecord } from './snapshot-chunk.js';

const ALL_KEYS = { gte: new Uint8Array(0), lt: new Uint8Array(256).fill(0xff) };

export interface SnapshotSourceOptions {
  readonly header: SnapshotHeader;
  readonly catalog: CatalogSpace;
  /** Closed with the source. */
  readonly view: StoredCatalogView;
  readonly approximateSizeBytes: number;
}

export class StoredSnapshotSource implements SnapshotSource {
  readonly header: SnapshotHeader;
  readonly approximateSizeBytes: number;
  readonly #catalog: CatalogSpace;
  readonly #view: StoredCatalogView;

  constructor(options: SnapshotSourceOptions) {
    this.header = options.header;
    this.approximateSizeBytes = options.approximateSizeBytes;
    this.#catalog = options.catalog;
    this.#view = options.view;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const snapshotIndex = this.header.meta.index;
    let sequence = 0;
    let recordCount = 0;
    let records: CatalogRecord[] = [];
    let bytes = 0;
    for await (const record of this.#catalog.iterate(ALL_KEYS, this.#view)) {
      const [key, value] = record;
      const size = key.length + value.length + 8;
      if (bytes + size > CHUNK_TARGET_BYTES && records.length > 0) {
        yield encodeChunk({ snapshotIndex, sequence: sequence++, content: { kind: 'records', records } });
        records = [];
        bytes = 0;
      }
      records.push(record);
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
