/**
 * A node's storage in a directory of the local file system:
 *
 *   identity   who the directory belongs to (identity-file.ts)
 *   mark       the durable mark (mark-file.ts)
 *   db/        LevelDB
 */
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FatalError } from '../shared/fatal.js';
import type { KeyValueStore } from './key-value-store.js';
import { openLevelStore } from './level-store.js';
import { LocalDurableFiles, syncDirectory } from './local-durable-files.js';
import type { NodeStorageOptions } from './open-node-storage.js';
import { DATABASE } from './recovery.js';
import type { StorageEnvironment } from './storage-environment.js';

/** Throws FatalError DATA_DIRECTORY_UNUSABLE. */
export async function localEnvironment(options: NodeStorageOptions): Promise<StorageEnvironment> {
  const { directory } = options;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new FatalError(
      'DATA_DIRECTORY_UNUSABLE',
      `${directory} cannot be used as a data directory: ${(error as Error).message}; ` +
        'give a directory that this user can read and write',
      { cause: error },
    );
  }
  return new LocalEnvironment(directory);
}

class LocalEnvironment implements StorageEnvironment {
  readonly files: LocalDurableFiles;
  readonly #directory: string;
  readonly #database: string;

  constructor(directory: string) {
    this.files = new LocalDurableFiles(directory);
    this.#directory = directory;
    this.#database = join(directory, DATABASE);
  }

  async databaseExists(): Promise<boolean> {
    return (await readdir(this.#directory)).includes(DATABASE);
  }

  async createDatabase(): Promise<KeyValueStore> {
    const store = await openLevelStore({ directory: this.#database, create: true });
    await syncDirectory(this.#directory);
    return store;
  }

  async openDatabase(): Promise<KeyValueStore> {
    return openLevelStore({ directory: this.#database, create: false });
  }

  async removeDatabase(): Promise<void> {
    await rm(this.#database, { recursive: true, force: true });
    await syncDirectory(this.#directory);
  }

  async confirmDatabase(): Promise<void> {
    // Nothing is set aside.
  }
}
