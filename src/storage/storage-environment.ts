/**
 * Where a node's storage lives: what `openNodeStorageIn` needs from the outside. The real one is a
 * directory (open-node-storage.ts); the simulator's is a disk of its own.
 */
import type { DurableFiles } from './durable-file.js';
import type { KeyValueStore } from './key-value-store.js';
import type { Damage } from './rejoin-advice.js';

export interface StorageEnvironment {
  readonly files: DurableFiles;
  /** Whether there is anything of a database, usable or not. */
  databaseExists(): Promise<boolean>;
  /** A new, empty database where there is none. */
  createDatabase(): Promise<KeyValueStore>;
  /** The existing one, verified as far as the environment can (S3). Throws FatalError for damage. */
  openDatabase(): Promise<OpenedDatabase>;
  /** Removes whatever there is of a database, durably. Only before the directory's first use. */
  removeDatabase(): Promise<void>;
  /** What was recovered agrees with the mark: nothing that was set aside on the way is needed. */
  confirmDatabase(): Promise<void>;
}

export interface OpenedDatabase {
  readonly store: KeyValueStore;
  /**
   * Where the end of the database's history was damaged and has been cut off. Harmless if what is left
   * agrees with the mark; else the cause of the damage.
   */
  readonly tear: Damage | undefined;
}
