/**
 * A storage environment in memory whose crash can be chosen: which unsynced batches survive, and what
 * a write in flight left. `steps` counts every durable step, so that a test can stop at each of them.
 */
import type { DurableFiles, SlotFile } from '../../src/storage/durable-file.js';
import type { KeyValueStore } from '../../src/storage/key-value-store.js';
import type { OpenedDatabase, StorageEnvironment } from '../../src/storage/storage-environment.js';
import { OrderedStore } from './ordered-store.js';

/** Thrown at the chosen step: the process is gone. */
export class Crash extends Error {}

export interface CrashPoint {
  /** Stop at this step, counted from 1; Infinity = never. */
  readonly step: number;
  /** Of what was not synced: how many batches survive. Counted modulo what there is. */
  readonly kept: number;
  /** How much of the write in flight happened: 0 none, 1 all, between: torn where that is possible. */
  readonly fraction: number;
}

export const NO_CRASH: CrashPoint = { step: Infinity, kept: 0, fraction: 0 };

export class SimulatedEnvironment implements StorageEnvironment, DurableFiles {
  readonly files = this;
  readonly #contents: Map<string, Uint8Array>;
  #store: OrderedStore | undefined;
  #crash: CrashPoint;
  #crashed = false;
  steps = 0;

  constructor(crash = NO_CRASH, contents = new Map<string, Uint8Array>(), store?: OrderedStore) {
    this.#crash = crash;
    this.#contents = contents;
    this.#store = store;
  }

  /** The same disk after the crash, with the next crash planned. */
  restart(crash = NO_CRASH): SimulatedEnvironment {
    const store = this.#store;
    const kept = store === undefined ? 0 : this.#crash.kept % (store.unsyncedBatches + 1);
    return new SimulatedEnvironment(crash, new Map(this.#contents), store?.crash(kept));
  }

  /** The same disk, but with the database as it was at an earlier time. */
  withStore(store: OrderedStore): SimulatedEnvironment {
    return new SimulatedEnvironment(NO_CRASH, new Map(this.#contents), store);
  }

  get store(): OrderedStore | undefined {
    return this.#store;
  }

  plan(crash: CrashPoint): void {
    this.#crash = { ...crash, step: this.steps + crash.step };
  }

  /** One durable step: happens, or happens in part and the process dies. */
  async #step(write: (fraction: number) => Promise<void> | void): Promise<void> {
    if (this.#crashed) throw new Crash();
    this.steps += 1;
    if (this.steps >= this.#crash.step) {
      this.#crashed = true;
      await write(this.#crash.fraction);
      throw new Crash();
    }
    await write(1);
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#contents.get(name)?.slice());
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return this.#step((fraction) => {
      if (fraction === 1) this.#contents.set(name, bytes.slice());
    });
  }

  remove(name: string): Promise<void> {
    return this.#step((fraction) => {
      if (fraction === 1) this.#contents.delete(name);
    });
  }

  openSlots(name: string): Promise<SlotFile> {
    const write = (offset: number, bytes: Uint8Array): Promise<void> =>
      this.#step((fraction) => {
        const contents = this.#contents.get(name);
        contents?.set(bytes.subarray(0, Math.floor(bytes.length * fraction)), offset);
      });
    return Promise.resolve({ write, close: () => Promise.resolve() });
  }

  databaseExists(): Promise<boolean> {
    return Promise.resolve(this.#store !== undefined);
  }

  createDatabase(): Promise<KeyValueStore> {
    this.#store = new OrderedStore();
    return Promise.resolve(this.#stepping(this.#store));
  }

  openDatabase(): Promise<OpenedDatabase> {
    if (this.#store === undefined) throw new Error('no database');
    return Promise.resolve({ store: this.#stepping(this.#store), tear: undefined });
  }

  removeDatabase(): Promise<void> {
    return this.#step((fraction) => {
      if (fraction === 1) this.#store = undefined;
    });
  }

  confirmDatabase(): Promise<void> {
    return Promise.resolve();
  }

  #stepping(store: OrderedStore): KeyValueStore {
    return {
      getSync: (key, snapshot) => store.getSync(key, snapshot),
      // A batch is atomic; a synced one that was in flight may have taken effect all the same.
      batch: (operations, options) =>
        this.#step(async (fraction) => {
          if (fraction === 1) await store.batch(operations, options);
        }),
      iterate: (options) => store.iterate(options),
      snapshot: () => store.snapshot(),
      approximateSizeBytes: () => store.approximateSizeBytes(),
      close: () => store.close(),
    };
  }
}
