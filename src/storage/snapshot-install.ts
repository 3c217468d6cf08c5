/**
 * The receiving side: chunks go into the inactive generation as they come, unsynced, each with the record
 * of how far the snapshot has come (install-record.ts); nothing reads there, so a broken stream leaves
 * the node as it was, and may go on where it stands, after a restart too, until it is aborted.
 * `commit` is the owner's: one synced batch that swaps the generations (see durable-node-storage.ts).
 */
import { crc32c } from '@node-rs/crc32';
import { assert } from '../shared/assert.js';
import { DecodeError } from '../shared/binary.js';
import { catalogOperations } from './catalog-space.js';
import { encodeInstallRecord, type InstallRecord } from './install-record.js';
import type { KeyValueStore, Operation } from './key-value-store.js';
import { type Generation, INSTALL_KEY } from './keys.js';
import type { SnapshotHeader, SnapshotInstall, SnapshotProgress } from './node-storage.js';
import { decodeChunk } from './snapshot-chunk.js';
import type { CatalogRecord } from './snapshot-chunk.js';
import type { WriteGate } from './write-gate.js';

export interface SnapshotInstallOptions {
  /** Nothing yet, or what is there already. */
  readonly received: InstallRecord;
  readonly store: KeyValueStore;
  readonly gate: WriteGate;
  readonly commit: (install: StoredSnapshotInstall) => Promise<void>;
  readonly abort: (install: StoredSnapshotInstall) => Promise<void>;
}

export function beforeFirstChunk(header: SnapshotHeader, generation: Generation): InstallRecord {
  const lastKey = new Uint8Array(0);
  return { header, generation, chunks: 0, checksum: 0, recordCount: 0, lastKey, complete: false };
}

export class StoredSnapshotInstall implements SnapshotInstall {
  readonly #options: SnapshotInstallOptions;
  #received: InstallRecord;
  #ended = false;

  constructor(options: SnapshotInstallOptions) {
    this.#options = options;
    this.#received = options.received;
  }

  get header(): SnapshotHeader {
    return this.#received.header;
  }

  get generation(): Generation {
    return this.#received.generation;
  }

  get progress(): SnapshotProgress {
    return { chunks: this.#received.chunks, checksum: this.#received.checksum };
  }

  async write(bytes: Uint8Array): Promise<void> {
    assert(!this.#ended, 'write to a snapshot install that has ended');
    const chunk = decodeChunk(bytes);
    const before = this.#received;
    const { index } = before.header.meta;
    if (before.complete) throw new DecodeError('snapshot chunk after the end');
    if (chunk.snapshotIndex !== index || chunk.sequence !== before.chunks) {
      throw new DecodeError(
        `snapshot chunk ${chunk.sequence} of ${chunk.snapshotIndex}, expected ${before.chunks} of ${index}`,
      );
    }
    const { content } = chunk;
    const records = content.kind === 'records' ? content.records : [];
    if (content.kind === 'end' && content.recordCount !== before.recordCount) {
      throw new DecodeError(`snapshot of ${content.recordCount} records, ${before.recordCount} came`);
    }
    await this.#store(records, {
      ...before,
      chunks: before.chunks + 1,
      checksum: crc32c(bytes, before.checksum),
      recordCount: before.recordCount + records.length,
      // A copy: the key is a view into the chunk, which need not outlive this call.
      lastKey: lastKeyOf(records, before.lastKey).slice(),
      complete: content.kind === 'end',
    });
  }

  /** The records and how far this has come, in one batch. */
  async #store(records: readonly CatalogRecord[], received: InstallRecord): Promise<void> {
    const { gate, store } = this.#options;
    const writes = records.map(([key, value]) => ({ key, value }));
    const operations: Operation[] = catalogOperations(received.generation, writes);
    operations.push({ kind: 'put', key: INSTALL_KEY, value: encodeInstallRecord(received) });
    await gate.run('receiving a snapshot', () => store.batch(operations, { sync: false }));
    this.#received = received;
  }

  async commit(): Promise<void> {
    assert(!this.#ended, 'commit of a snapshot install that has ended');
    if (!this.#received.complete) throw new DecodeError('snapshot ends before its last chunk');
    this.#ended = true;
    await this.#options.commit(this);
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#options.abort(this);
  }
}

/** Throws DecodeError: keys ascend, within a chunk and from one to the next. */
function lastKeyOf(records: readonly CatalogRecord[], before: Uint8Array): Uint8Array {
  let last = before;
  for (const [key] of records) {
    if (last.length > 0 && Buffer.compare(last, key) >= 0) {
      throw new DecodeError('snapshot records out of order');
    }
    last = key;
  }
  return last;
}
