/**
 * The receiving side: chunks go into the inactive generation as they come, unsynced; nothing reads
 * there, so a broken stream leaves the node as it was, and recovery sweeps what it left behind.
 * `commit` is the owner's: one synced batch that swaps the generations (see durable-node-storage.ts).
 */
import { assert } from '../shared/assert.js';
import { DecodeError } from '../shared/binary.js';
import { catalogOperations } from './catalog-space.js';
import type { KeyValueStore } from './key-value-store.js';
import type { Generation } from './keys.js';
import type { SnapshotHeader, SnapshotInstall } from './node-storage.js';
import { decodeChunk } from './snapshot-chunk.js';
import type { CatalogRecord } from './snapshot-chunk.js';
import type { WriteGate } from './write-gate.js';

export interface SnapshotInstallOptions {
  readonly header: SnapshotHeader;
  readonly generation: Generation;
  readonly store: KeyValueStore;
  readonly gate: WriteGate;
  readonly commit: (install: StoredSnapshotInstall) => Promise<void>;
  readonly abort: (install: StoredSnapshotInstall) => Promise<void>;
}

export class StoredSnapshotInstall implements SnapshotInstall {
  readonly header: SnapshotHeader;
  readonly generation: Generation;
  readonly #options: SnapshotInstallOptions;
  #state: 'receiving' | 'complete' | 'ended' = 'receiving';
  #nextSequence = 0;
  #recordCount = 0;
  #lastKey: Uint8Array | undefined;

  constructor(options: SnapshotInstallOptions) {
    this.header = options.header;
    this.generation = options.generation;
    this.#options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    assert(this.#state !== 'ended', 'write to a snapshot install that has ended');
    const chunk = decodeChunk(bytes);
    if (this.#state === 'complete') throw new DecodeError('snapshot chunk after the end');
    if (chunk.snapshotIndex !== this.header.meta.index || chunk.sequence !== this.#nextSequence) {
      throw new DecodeError(
        `snapshot chunk ${chunk.sequence} of ${chunk.snapshotIndex}, ` +
          `expected ${this.#nextSequence} of ${this.header.meta.index}`,
      );
    }
    this.#nextSequence += 1;
    if (chunk.content.kind === 'end') {
      if (chunk.content.recordCount !== this.#recordCount) {
        throw new DecodeError(`snapshot of ${chunk.content.recordCount} records, ${this.#recordCount} came`);
      }
      this.#state = 'complete';
      return;
    }
    await this.#store(chunk.content.records);
  }

  async #store(records: readonly CatalogRecord[]): Promise<void> {
    for (const [key] of records) {
      if (this.#lastKey !== undefined && Buffer.compare(this.#lastKey, key) >= 0) {
        throw new DecodeError('snapshot records out of order');
      }
      this.#lastKey = key;
    }
    // A copy: the key is a view into the chunk, which need not outlive this call.
    this.#lastKey = this.#lastKey?.slice();
    this.#recordCount += records.length;
    const writes = records.map(([key, value]) => ({ key, value }));
    const operations = catalogOperations(this.generation, writes);
    await this.#options.gate.run('receiving a snapshot', () =>
      this.#options.store.batch(operations, { sync: false }),
    );
  }

  async commit(): Promise<void> {
    if (this.#state === 'receiving') throw new DecodeError('snapshot ends before its last chunk');
    assert(this.#state === 'complete', 'commit of a snapshot install that has ended');
    this.#state = 'ended';
    await this.#options.commit(this);
  }

  async abort(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    await this.#options.abort(this);
  }
}
