/**
 * A node's storage in a directory of the local file system:
 *
 *   identity        who the directory belongs to (identity-file.ts)
 *   mark            the durable mark (mark-file.ts)
 *   db/             LevelDB
 *   db.set-aside/   only after damage: what was cut from LevelDB's log (leveldb/set-aside.ts)
 */
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FatalError } from '../shared/fatal.js';
import type { KeyValueStore } from './key-value-store.js';
import { LevelDbDamage } from './leveldb/damage.js';
import { suspiciousLine } from './leveldb/info-log.js';
import { checkLevelDb } from './leveldb/leveldb-check.js';
import type { LevelDbCheck } from './leveldb/leveldb-check.js';
import { cutAt, discardSetAside, earlierTear } from './leveldb/set-aside.js';
import { isCorrupt, isHeldByAnother, lockedError, openLevelStore } from './level-store.js';
import { LocalDurableFiles, syncDirectory } from './local-durable-files.js';
import type { NodeStorageOptions } from './open-node-storage.js';
import { DATABASE } from './recovery.js';
import { damageError } from './rejoin-advice.js';
import type { Damage } from './rejoin-advice.js';
import type { OpenedDatabase, StorageEnvironment } from './storage-environment.js';

/** Throws FatalError DATA_DIRECTORY_UNUSABLE. */
export async function localEnvironment(options: NodeStorageOptions): Promise<StorageEnvironment> {
  const { directory } = options;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    // A process that died between a rename and this sync left a name that is there now, and would not be after
    // a power cut: nothing below may be believed before it is.
    await syncDirectory(directory);
  } catch (error) {
    throw unusable(directory, error as Error);
  }
  return new LocalEnvironment(options);
}

export function unusable(directory: string, cause: Error): FatalError {
  // LevelDB's own words (no space left, a file that is in use) are one level down.
  const why = cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message;
  return new FatalError(
    'DATA_DIRECTORY_UNUSABLE',
    `${directory} cannot be used as a data directory: ${why}; ` +
      'give a directory on a healthy disk with free space that this user can read and write',
    { cause },
  );
}

class LocalEnvironment implements StorageEnvironment {
  readonly files: LocalDurableFiles;
  readonly #options: NodeStorageOptions;
  readonly #database: string;

  constructor(options: NodeStorageOptions) {
    this.files = new LocalDurableFiles(options.directory);
    this.#options = options;
    this.#database = join(options.directory, DATABASE);
  }

  async databaseExists(): Promise<boolean> {
    return (await readdir(this.#options.directory)).includes(DATABASE);
  }

  async createDatabase(): Promise<KeyValueStore> {
    const store = await openLevelStore({ directory: this.#database, create: true });
    await syncDirectory(this.#options.directory);
    return store;
  }

  async removeDatabase(): Promise<void> {
    await rm(this.#database, { recursive: true, force: true });
    await discardSetAside(this.#database);
    await syncDirectory(this.#options.directory);
  }

  /** S3: verified from outside, cut at a tear, opened, and heard out. */
  async openDatabase(): Promise<OpenedDatabase> {
    const earlier = await earlierTear(this.#database);
    const { tear, logs } = await this.#check();
    if (tear !== undefined) {
      await this.#refuseIfLocked();
      this.#options.logger.warn({ ...tear }, 'the write-ahead log is torn: cutting it there');
      await cutAt(this.#database, tear, logs);
    }
    const store = await this.#open();
    const line = await suspiciousLine(this.#database);
    if (line !== undefined) {
      await store.close();
      throw this.#damaged({ file: 'LOG', what: `LevelDB reports: ${line}` });
    }
    const cut = tear ?? earlier;
    return { store, tear: cut === undefined ? undefined : { ...cut, file: join(DATABASE, cut.file) } };
  }

  async #check(): Promise<LevelDbCheck> {
    const startedAtMs = performance.now();
    try {
      const check = await checkLevelDb(this.#database);
      const tookMs = Math.round(performance.now() - startedAtMs);
      this.#options.logger.debug({ tableBytes: check.tableBytes, tookMs }, 'verified the database files');
      return check;
    } catch (error) {
      if (!(error instanceof LevelDbDamage)) throw error;
      // Files that another process is writing look damaged.
      await this.#refuseIfLocked();
      throw this.#damaged(error, error);
    }
  }

  async #open(): Promise<KeyValueStore> {
    try {
      return await openLevelStore({ directory: this.#database, create: false });
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      throw this.#damaged({ file: '', what: `LevelDB cannot open it: ${(error as Error).message}` }, error);
    }
  }

  async #refuseIfLocked(): Promise<void> {
    if (!(await this.databaseExists())) return;
    if (await isHeldByAnother(this.#database)) throw lockedError(this.#options.directory);
  }

  #damaged(damage: { file: string; offset?: number | undefined; what: string }, cause?: unknown): FatalError {
    const { offset, what } = damage;
    const located: Damage = {
      file: join(DATABASE, damage.file),
      what,
      ...(offset !== undefined && { offset }),
    };
    return damageError(this.#options, located, cause);
  }

  /** The mark agrees with what is left, so what was cut held nothing acknowledged. */
  confirmDatabase(): Promise<void> {
    return discardSetAside(this.#database);
  }
}
