/**
 * The sending side: the active generation of the catalog, read from a LevelDB snapshot and cut into
 * chunks. What is applied, compacted or swapped meanwhile does not show. One chunk is in memory at a time.
 *
 * Where one chunk ends depends only on where it begins, so the chunks are the same whenever they are
 * asked for; what is remembered of each that was given out (about 100 bytes for 192 KiB) lets a stream go
 * on in the middle without reading what the receiver has.
 */
import { crc32c } from '@node-rs/crc32';
import { assert } from '../shared/assert.js';
import type { StoredCatalogView } from './catalog-space.js';
import type { KeyValueStore } from './key-value-store.js';
import { generationRange, withoutGeneration } from './keys.js';
import type { SnapshotHeader, SnapshotProgress, SnapshotSource } from './node-storage.js';
import { CHUNK_TARGET_BYTES, encodeChunk } from './snapshot-chunk.js';
import type { CatalogRecord, SnapshotChunk } from './snapshot-chunk.js';

/** The lengths of key and value in a chunk, at most. */
const LENGTHS_BYTES = 8;

/** The state between two chunks. */
interface Boundary {
  /** Of the store, with the generation; undefined before the first record. */
  readonly lastKey: Uint8Array | undefined;
  readonly recordCount: number;
  readonly checksum: number;
  /** The end chunk lies before. */
  readonly isEnd: boolean;
}

const START: Boundary = { lastKey: undefined, recordCount: 0, checksum: 0, isEnd: false };

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
  /** After n chunks, for every n that was reached. */
  readonly #boundaries: Boundary[] = [START];
  #closed: Promise<void> | undefined;

  constructor(options: SnapshotSourceOptions) {
    this.header = options.header;
    this.approximateSizeBytes = options.approximateSizeBytes;
    this.#store = options.store;
    this.#view = options.view;
  }

  canResume({ chunks, checksum }: SnapshotProgress): boolean {
    return this.#boundaries[chunks]?.checksum === checksum;
  }

  async *chunks(after: SnapshotProgress = { chunks: 0, checksum: 0 }): AsyncGenerator<Uint8Array> {
    const from = this.#boundaries[after.chunks];
    assert(from !== undefined && from.checksum === after.checksum, 'not a place in this snapshot');
    if (from.isEnd) return;
    const snapshotIndex = this.header.meta.index;
    let sequence = after.chunks;
    let { recordCount, checksum, lastKey } = from;
    let records: CatalogRecord[] = [];
    let bytes = 0;
    const close = (content: SnapshotChunk['content']): Uint8Array => {
      const chunk = encodeChunk({ snapshotIndex, sequence, content });
      sequence += 1;
      checksum = crc32c(chunk, checksum);
      this.#boundaries[sequence] ??= { lastKey, recordCount, checksum, isEnd: content.kind === 'end' };
      return chunk;
    };
    for await (const [prefixed, value] of this.#records(lastKey)) {
      const key = withoutGeneration(prefixed);
      const size = key.length + value.length + LENGTHS_BYTES;
      if (bytes + size > CHUNK_TARGET_BYTES && records.length > 0) {
        yield close({ kind: 'records', records });
        records = [];
        bytes = 0;
      }
      records.push([key, value]);
      lastKey = prefixed;
      recordCount += 1;
      bytes += size;
    }
    if (records.length > 0) yield close({ kind: 'records', records });
    yield close({ kind: 'end', recordCount });
  }

  #records(after: Uint8Array | undefined): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const { generation, snapshot } = this.#view;
    const { gte, lt } = generationRange(generation);
    // The next possible key after one is the same with a zero byte behind it.
    const from = after === undefined ? gte : Uint8Array.of(...after, 0);
    return this.#store.iterate({ gte: from, lt, snapshot });
  }

  close(): Promise<void> {
    this.#closed ??= this.#view.close();
    return this.#closed;
  }
}
