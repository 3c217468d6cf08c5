/**
 * The disk of one simulated machine. Lives longer than the processes that use it, one at a time, each
 * through an `environment` of its own. Every operation takes time and takes effect at one moment; a crash
 * decides what becomes of those in between, and of what was never synced:
 *
 *   process   whatever reached the operating system survives; what was in flight may or may not have
 *   power     of what was not synced, a prefix survives; slots in the middle of a write may be torn
 *
 * Nothing here is real: no file, no timer. One scheduler and one generator decide everything.
 */
import { assert, assertDefined } from '../../src/shared/assert.js';
import type { KeyRange } from '../../src/storage/key-value-store.js';
import type { DirectoryOwner } from '../../src/storage/rejoin-advice.js';
import type { StorageEnvironment } from '../../src/storage/storage-environment.js';
import { FLIP_PLACES, flipBitOf } from './disk-damage.js';
import type { BitFlip } from './disk-damage.js';
import { DiskDatabase } from './disk-database.js';
import type { Records } from './disk-database.js';
import { DiskEnvironment } from './disk-environment.js';
import { diskError, noDiskCounts } from './disk-faults.js';
import type { DiskCounts, DiskFaults } from './disk-faults.js';
import { DiskFiles } from './disk-files.js';
import { DiskFailure, DiskQueue } from './disk-queue.js';
import type { CrashKind } from './disk-queue.js';
import { fromKey, toKey } from './ordered-map.js';
import type { Prng } from './prng.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

export type { BitFlip } from './disk-damage.js';
export type { CrashKind } from './disk-queue.js';
export { healthyDisk } from './disk-faults.js';
export type { DiskCounts, DiskFaults } from './disk-faults.js';

export interface SimulatedDiskOptions {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  /** Read at every operation: may be changed at any moment. */
  readonly faults: DiskFaults;
}

/** The bytes are the disk's own: look, do not touch. */
export type VisitRecord = (key: Uint8Array, value: Uint8Array) => void;

export class SimulatedDisk {
  readonly faults: DiskFaults;
  readonly counts: DiskCounts = noDiskCounts();
  readonly random: Prng;
  readonly queue: DiskQueue;
  #files: DiskFiles;
  #database: DiskDatabase | undefined;
  /** The last process that was given a view. */
  #process: ProcessScope | undefined;
  /** The process that has the database open. */
  holder: ProcessScope | undefined;

  constructor(options: SimulatedDiskOptions) {
    this.faults = options.faults;
    this.random = options.random;
    this.queue = new DiskQueue({ ...options, counts: this.counts });
    this.#files = this.#noFiles();
  }

  #noFiles(): DiskFiles {
    return new DiskFiles(this.random, () => {
      this.counts.tornWrites += 1;
    });
  }

  // -------------------------------------------------------------------------- for the node's process

  /**
   * The view of one process. A process that died on this disk without a {@link crash} being called counts
   * as killed. `owner` is what messages about damage name.
   */
  environment(scope: ProcessScope, owner?: DirectoryOwner): StorageEnvironment {
    const left = this.queue.inFlight > 0 || this.holder !== undefined;
    if (left && this.#process?.isAlive === false) this.crash('process');
    this.#process = scope;
    return new DiskEnvironment(this, scope, owner ?? { directory: `/data/${scope.name}`, memberId: 0 });
  }

  // ---------------------------------------------------------------------------------- for the nemesis

  /** The process is gone; with `power`, so is what was not synced. Kill its scope in the same event. */
  crash(kind: CrashKind): void {
    this.counts[kind === 'power' ? 'powerLosses' : 'processCrashes'] += 1;
    this.holder = undefined;
    const unfinished = this.queue.abandon();
    for (const operation of unfinished) if (operation.kind === 'file') operation.crash(kind);
    this.#files.crash(kind);
    const batches = unfinished.flatMap((operation) =>
      operation.kind === 'batch' ? [operation.changes] : [],
    );
    const database = this.#database;
    if (database === undefined) return;
    const lost = database.crash(kind, batches, this.random);
    this.counts.lostBatches += lost;
    // The first record that did not make it may have left its beginning at the end of the log.
    if (lost > 0 && this.random.chance(0.5)) {
      this.counts.tornWrites += 1;
      database.tear = { file: 'db/000007.log', offset: 4096, what: 'the last record is cut short' };
    }
  }

  /** Everything hangs for this long. */
  stall(forMs: number): void {
    this.queue.stall(forMs);
  }

  endStall(): void {
    this.queue.endStall();
  }

  /** One bit rots while no process is there. Undefined: there was nothing to damage. */
  flipBit(random: Prng = this.random, places = FLIP_PLACES): BitFlip | undefined {
    assert(!this.isHeld, 'a bit is flipped only while the process is down');
    const flip = flipBitOf(this.#files, this.#database, random, places);
    if (flip !== undefined) this.counts.bitFlips += 1;
    return flip;
  }

  /** A new disk is put in. */
  wipe(): void {
    assert(!this.isHeld, 'a disk is wiped only while the process is down');
    this.counts.wipes += 1;
    this.holder = undefined;
    this.queue.abandon();
    this.#files = this.#noFiles();
    this.#database = undefined;
  }

  // ------------------------------------------------------------------------------------ for invariants

  /** What a power loss at this moment would leave for sure. The disk's own bytes. */
  durableGet(key: Uint8Array): Uint8Array | undefined {
    return this.#database?.durable.get(toKey(key));
  }

  /** What a process reads at this moment. The disk's own bytes. */
  peek(key: Uint8Array): Uint8Array | undefined {
    return this.#database?.visible.get(toKey(key));
  }

  forEachDurable(range: KeyRange, visit: VisitRecord): void {
    visitAll(this.#database?.durable, range, visit);
  }

  forEachVisible(range: KeyRange, visit: VisitRecord): void {
    visitAll(this.#database?.visible, range, visit);
  }

  /** A small file as a power loss at this moment would leave it at the least. The disk's own bytes. */
  durableFile(name: string): Uint8Array | undefined {
    return this.#files.durable(name);
  }

  visibleFile(name: string): Uint8Array | undefined {
    return this.#files.visible(name);
  }

  get isEmpty(): boolean {
    return this.#database === undefined && this.#files.names.length === 0;
  }

  // --------------------------------------------------------------------- for the environment, only

  get files(): DiskFiles {
    return this.#files;
  }

  get database(): DiskDatabase | undefined {
    return this.#database;
  }

  get openedDatabase(): DiskDatabase {
    return assertDefined(this.#database, 'the database was removed while it was open');
  }

  get isHeld(): boolean {
    return this.holder?.isAlive === true;
  }

  createDatabase(): void {
    this.#database = new DiskDatabase();
    this.#files.syncNames();
  }

  removeDatabase(): void {
    this.#database = undefined;
    this.#files.syncNames();
  }

  drawMs(kind: 'read' | 'write' | 'sync'): number {
    return this.random.latencyMs(this.faults[`${kind}Ms`]);
  }

  /** Throws what the faults of this moment make of a write. */
  failIfMeant(write: { readonly doing: string; readonly needsSpace: boolean; readonly sync: boolean }): void {
    const { faults, counts, random } = this;
    if (write.needsSpace && faults.isFull) {
      counts.fullDisk += 1;
      throw new DiskFailure(diskError('ENOSPC', write.doing), false);
    }
    if (faults.writeErrorProbability > 0 && random.chance(faults.writeErrorProbability)) {
      counts.writeErrors += 1;
      throw new DiskFailure(diskError('EIO', write.doing), random.chance(0.5));
    }
    // In the page cache, and nobody knows whether it is anywhere else: the next crash decides.
    if (write.sync && faults.syncErrorProbability > 0 && random.chance(faults.syncErrorProbability)) {
      counts.syncErrors += 1;
      throw new DiskFailure(diskError('EIO', `fsync after ${write.doing}`, 'fsync'), true);
    }
  }
}

function visitAll(records: Records | undefined, { gte, lt }: KeyRange, visit: VisitRecord): void {
  if (records === undefined) return;
  for (const [key, value] of records.scan(toKey(gte), toKey(lt))) visit(fromKey(key), value);
}
