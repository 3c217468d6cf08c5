/**
 * {@link KeyValueStore} over LevelDB (`level`).
 *
 * - Keys and values are bytes throughout (`view`), in LevelDB's own bytewise order.
 * - `createIfMissing` only when the directory is initialised for the first time, and `errorIfExists`
 *   then: a database that is missing later is damage, never an empty start.
 * - A failed batch shuts the store (S5); LevelDB itself goes read-only after a failed sync.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { assert } from '../shared/assert.js';
import { FatalError } from '../shared/fatal.js';
import type { IterateOptions, KeyValueSnapshot, KeyValueStore, Operation } from './key-value-store.js';
import { WriteAheadLogGuard } from './leveldb/write-ahead-log-guard.js';

type Database = Level<Uint8Array, Uint8Array>;

const ENCODINGS = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/** Two memtables of this size live in memory, and as much write-ahead log is replayed at open. */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
/** Uncompressed blocks in memory: what keeps point reads of a large catalog at microseconds. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** What one step of an iterator brings over at most, in entries and (about) in bytes. */
const CHUNK_ENTRIES = 2000;
const CHUNK_BYTES = 256 * 1024;

export interface LevelStoreOptions {
  readonly directory: string;
  /** True only when the directory is initialised for the first time. */
  readonly create: boolean;
}

/** Throws FatalError DATA_DIRECTORY_LOCKED, or LevelDB's own error. */
export async function openLevelStore(options: LevelStoreOptions): Promise<LevelStore> {
  const { directory, create } = options;
  const database: Database = new Level(directory, {
    ...ENCODINGS,
    createIfMissing: create,
    errorIfExists: create,
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
  });
  try {
    await database.open();
  } catch (error) {
    if (causeCode(error) === 'LEVEL_LOCKED') throw lockedError(directory, error);
    throw error;
  }
  return new LevelStore(database, new WriteAheadLogGuard(directory));
}

/**
 * Whether a process, this one included, has the database open. Asks LevelDB to create a database where
 * one is: it takes its lock first, then refuses, and has changed nothing but its info log.
 */
export async function isHeldByAnother(directory: string): Promise<boolean> {
  const database = new Level(directory, { createIfMissing: false, errorIfExists: true });
  try {
    await database.open();
  } catch (error) {
    return causeCode(error) === 'LEVEL_LOCKED';
  }
  await database.close();
  return false;
}

/** LevelDB found at open that its files contradict one another. */
export function isCorrupt(error: unknown): boolean {
  return causeCode(error) === 'LEVEL_CORRUPTION';
}

function causeCode(error: unknown): unknown {
  return (error as { readonly cause?: { readonly code?: unknown } }).cause?.code;
}

export function lockedError(directory: string, cause?: unknown): FatalError {
  return new FatalError(
    'DATA_DIRECTORY_LOCKED',
    `${directory} is in use by another process; stop that node first, or give this one its own directory`,
    { cause },
  );
}

class LevelSnapshot implements KeyValueSnapshot {
  readonly inner: ReturnType<Database['snapshot']>;

  constructor(inner: ReturnType<Database['snapshot']>) {
    this.inner = inner;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

export class LevelStore implements KeyValueStore {
  readonly #database: Database;
  readonly #guard: WriteAheadLogGuard;
  #failure: Error | undefined;

  constructor(database: Database, guard: WriteAheadLogGuard) {
    this.#database = database;
    this.#guard = guard;
  }

  getSync(key: Uint8Array, snapshot?: KeyValueSnapshot): Uint8Array | undefined {
    return snapshot === undefined
      ? this.#database.getSync(key)
      : this.#database.getSync(key, { ...ENCODINGS, snapshot: innerOf(snapshot) });
  }

  async batch(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#database.batch(operations.map(toLevel), { ...ENCODINGS, sync: options.sync });
      if (options.sync) await this.#guard.syncOlderLogs();
    } catch (error) {
      this.#failure ??= error as Error;
      throw error;
    }
  }

  async *iterate(options: IterateOptions): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const iterator = this.#database.iterator({
      gte: options.gte,
      lt: options.lt,
      ...ENCODINGS,
      highWaterMarkBytes: CHUNK_BYTES,
      ...(options.limit !== undefined && { limit: options.limit }),
      ...(options.reverse !== undefined && { reverse: options.reverse }),
      ...(options.snapshot !== undefined && { snapshot: innerOf(options.snapshot) }),
    });
    try {
      for (;;) {
        const chunk = await iterator.nextv(CHUNK_ENTRIES);
        if (chunk.length === 0) return;
        yield* chunk as [Uint8Array, Uint8Array][];
      }
    } finally {
      await iterator.close();
    }
  }

  snapshot(): KeyValueSnapshot {
    return new LevelSnapshot(this.#database.snapshot());
  }

  /** The sizes of LevelDB's files. */
  async approximateSizeBytes(): Promise<number> {
    const directory = this.#database.location;
    let total = 0;
    for (const name of await readdir(directory)) {
      // A compaction may remove a file between the two calls.
      total += await stat(join(directory, name)).then(
        (file) => file.size,
        () => 0,
      );
    }
    return total;
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function innerOf(snapshot: KeyValueSnapshot): LevelSnapshot['inner'] {
  assert(snapshot instanceof LevelSnapshot, 'a snapshot of another store');
  return snapshot.inner;
}

function toLevel(
  operation: Operation,
): { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array } {
  return operation.kind === 'put'
    ? { type: 'put', key: operation.key, value: operation.value }
    : { type: 'del', key: operation.key };
}
