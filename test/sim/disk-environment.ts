/**
 * A simulated disk as one process sees it: the {@link StorageEnvironment} that `openNodeStorageIn` takes.
 * Works only while the process lives; afterwards its calls are never answered.
 */
import { assert } from '../../src/shared/assert.js';
import type { DurableFiles, SlotFile } from '../../src/storage/durable-file.js';
import type {
  IterateOptions,
  KeyValueSnapshot,
  KeyValueStore,
  Operation,
} from '../../src/storage/key-value-store.js';
import { lockedError } from '../../src/storage/level-store.js';
import { unusable } from '../../src/storage/local-environment.js';
import { damageError } from '../../src/storage/rejoin-advice.js';
import type { DirectoryOwner } from '../../src/storage/rejoin-advice.js';
import type { OpenedDatabase, StorageEnvironment } from '../../src/storage/storage-environment.js';
import type { SimulatedDisk } from './disk.js';
import { changesOf } from './disk-database.js';
import type { Change, Records } from './disk-database.js';
import { diskError } from './disk-faults.js';
import { DiskFailure } from './disk-queue.js';
import type { Unfinished } from './disk-queue.js';
import { copyOf, fromKey, toKey } from './ordered-map.js';
import type { ProcessScope } from './process-scope.js';

/** What one step of an iteration brings over. */
const CHUNK_ENTRIES = 256;

export class DiskEnvironment implements StorageEnvironment, DurableFiles {
  readonly files = this;
  readonly #disk: SimulatedDisk;
  readonly #scope: ProcessScope;
  readonly #owner: DirectoryOwner;

  constructor(disk: SimulatedDisk, scope: ProcessScope, owner: DirectoryOwner) {
    this.#disk = disk;
    this.#scope = scope;
    this.#owner = owner;
  }

  // ---------------------------------------------------------------------------------------- files

  read(name: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#disk.files.visible(name)?.slice());
  }

  #read<T>(perform: () => T): Promise<T> {
    const latencyMs = this.#disk.drawMs('read');
    return this.#disk.queue.run(this.#scope, { latencyMs, unfinished: { kind: 'read' }, perform });
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    const { files } = this.#disk;
    const copy = copyOf(bytes);
    return this.#writeFile({
      doing: `replacing ${name}`,
      needsSpace: true,
      perform: () => files.replace(name, copy),
      interrupted: () => files.interruptRename(name, copy),
    });
  }

  remove(name: string): Promise<void> {
    const { files } = this.#disk;
    return this.#writeFile({
      doing: `removing ${name}`,
      needsSpace: false,
      perform: () => files.remove(name),
      interrupted: () => files.interruptRename(name, undefined),
    });
  }

  async openSlots(name: string): Promise<SlotFile> {
    const { files } = this.#disk;
    const exists = await this.#read(() => files.visible(name) !== undefined);
    assert(exists, () => `${name} is not there`);
    return {
      write: (offset, bytes) => {
        const copy = copyOf(bytes);
        return this.#writeFile({
          doing: `writing ${name}`,
          // The blocks are there already.
          needsSpace: false,
          perform: () => files.writeSlot(name, offset, copy),
          interrupted: () => files.interruptWrite(name, offset, copy),
        });
      },
      close: () => Promise.resolve(),
    };
  }

  #writeFile(write: {
    readonly doing: string;
    readonly needsSpace: boolean;
    readonly perform: () => void;
    readonly interrupted: () => void;
  }): Promise<void> {
    return this.#disk.queue.run(this.#scope, {
      latencyMs: this.#disk.drawMs('sync'),
      unfinished: { kind: 'file', crash: write.interrupted },
      perform: () => {
        this.#disk.failIfMeant({ ...write, sync: true });
        write.perform();
      },
    });
  }

  // ------------------------------------------------------------------------------------- database

  databaseExists(): Promise<boolean> {
    return this.#read(() => this.#disk.database !== undefined);
  }

  async createDatabase(): Promise<KeyValueStore> {
    this.#refuseIfLocked();
    await this.#writeFile({
      doing: 'creating the database',
      needsSpace: true,
      perform: () => this.#disk.createDatabase(),
      interrupted: () => {
        if (this.#disk.random.chance(0.5)) this.#disk.createDatabase();
      },
    });
    return this.#hold();
  }

  /** S3, as local-environment.ts does it: verified from outside, cut at a tear, opened. */
  async openDatabase(): Promise<OpenedDatabase> {
    this.#refuseIfLocked();
    const disk = this.#disk;
    // Opening writes: what is replayed goes to a table, and a new log begins.
    const tear = await disk.queue.run(this.#scope, {
      latencyMs: disk.drawMs('sync'),
      unfinished: { kind: 'read' },
      perform: () => {
        const { database } = disk;
        if (database === undefined) throw this.#damaged('db', undefined, 'the directory is missing');
        const { damage } = database;
        if (damage !== undefined) throw this.#damaged(damage.file, damage.offset, damage.what);
        if (disk.faults.isFull) {
          disk.counts.fullDisk += 1;
          throw new DiskFailure(unusable(this.#owner.directory, diskError('ENOSPC', 'opening db')), false);
        }
        database.recover();
        disk.files.syncNames();
        return database.tear;
      },
    });
    return { store: this.#hold(), tear };
  }

  #damaged(file: string, offset: number | undefined, what: string): DiskFailure {
    const damage = { file, what, ...(offset !== undefined && { offset }) };
    return new DiskFailure(damageError(this.#owner, damage), false);
  }

  #refuseIfLocked(): void {
    if (this.#disk.isHeld) throw lockedError(this.#owner.directory);
  }

  #hold(): KeyValueStore {
    this.#disk.holder = this.#scope;
    return new DiskStore(this.#disk, this.#scope);
  }

  /** A crash in the middle leaves some of its files: a database still, for whoever asks. */
  removeDatabase(): Promise<void> {
    return this.#writeFile({
      doing: 'removing the database',
      needsSpace: false,
      perform: () => this.#disk.removeDatabase(),
      interrupted: () => {
        if (this.#disk.random.chance(0.5)) this.#disk.removeDatabase();
        else if (this.#disk.database !== undefined) {
          this.#disk.database.damage = { file: 'db/CURRENT', offset: 0, what: 'the file is missing' };
        }
      },
    });
  }

  confirmDatabase(): Promise<void> {
    return this.#read(() => {
      if (this.#disk.database !== undefined) this.#disk.database.tear = undefined;
    });
  }
}

class DiskSnapshot implements KeyValueSnapshot {
  readonly records: Records;

  constructor(records: Records) {
    this.records = records;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** LevelDB, as far as the port promises anything of it. */
class DiskStore implements KeyValueStore {
  readonly #disk: SimulatedDisk;
  readonly #scope: ProcessScope;
  #failure: Error | undefined;

  constructor(disk: SimulatedDisk, scope: ProcessScope) {
    this.#disk = disk;
    this.#scope = scope;
  }

  #records(snapshot?: KeyValueSnapshot): Records {
    if (snapshot === undefined) return this.#disk.openedDatabase.visible;
    assert(snapshot instanceof DiskSnapshot, 'a snapshot of another store');
    return snapshot.records;
  }

  getSync(key: Uint8Array, snapshot?: KeyValueSnapshot): Uint8Array | undefined {
    return this.#records(snapshot).get(toKey(key))?.slice();
  }

  async batch(operations: readonly Operation[], { sync }: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const changes = changesOf(operations);
    const unfinished: Unfinished = { kind: 'batch', changes };
    try {
      await this.#disk.queue.run(this.#scope, {
        latencyMs: this.#disk.drawMs(sync ? 'sync' : 'write'),
        unfinished,
        perform: () => this.#perform(changes, sync),
      });
    } catch (error) {
      this.#failure ??= error as Error;
      throw error;
    }
  }

  #perform(changes: readonly Change[], sync: boolean): void {
    this.#disk.failIfMeant({ doing: 'writing db/000007.log', needsSpace: true, sync });
    const database = this.#disk.openedDatabase;
    database.apply(changes);
    if (!sync) return;
    database.sync();
    this.#disk.files.syncNames();
  }

  /** Not a generator itself: the view is that of the call, not of the first step. */
  iterate(options: IterateOptions): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const records = options.snapshot === undefined ? this.#records().fork() : this.#records(options.snapshot);
    return this.#walk(records, options);
  }

  async *#walk(records: Records, options: IterateOptions): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const { gte, lt, limit = Infinity, reverse = false } = options;
    const scan = reverse ? records.scanBack(toKey(gte), toKey(lt)) : records.scan(toKey(gte), toKey(lt));
    let left = limit;
    while (left > 0) {
      const chunk = await this.#disk.queue.run(this.#scope, {
        latencyMs: this.#disk.drawMs('read'),
        unfinished: { kind: 'read' },
        perform: () => {
          const found: (readonly [Uint8Array, Uint8Array])[] = [];
          while (found.length < Math.min(CHUNK_ENTRIES, left)) {
            const next = scan.next();
            if (next.done === true) break;
            const [key, value] = next.value;
            found.push([fromKey(key), value.slice()]);
          }
          return found;
        },
      });
      yield* chunk;
      if (chunk.length < CHUNK_ENTRIES) return;
      left -= chunk.length;
    }
  }

  snapshot(): KeyValueSnapshot {
    return new DiskSnapshot(this.#records().fork());
  }

  approximateSizeBytes(): Promise<number> {
    return Promise.resolve(this.#disk.openedDatabase.sizeBytes);
  }

  close(): Promise<void> {
    if (this.#disk.holder === this.#scope) this.#disk.holder = undefined;
    return Promise.resolve();
  }
}
