/** The simulated disk: what it promises like LevelDB and a file system do, and that each fault does what it says. */
import { describe, expect, it } from 'vitest';
import type { DurableFiles } from '../../src/storage/durable-file.js';
import { silentLogger } from '../../src/shared/logger.js';
import { FatalError } from '../../src/shared/fatal.js';
import type { KeyValueStore, Operation } from '../../src/storage/key-value-store.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import { append, commands, put as write, readCatalog, readLog, VOTERS } from '../storage/node-fixture.js';
import { keyValueStoreSuite } from '../storage/key-value-store-suite.js';
import { healthyDisk, SimulatedDisk } from './disk.js';
import type { DiskFaults } from './disk.js';
import { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import { Scheduler } from './scheduler.js';
import { settle } from '../support/virtual-clock.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);
const put = (key: string, value: string): Operation => ({
  kind: 'put',
  key: bytes(key),
  value: bytes(value),
});
const LONG_MS = 1e6;

class Machine {
  readonly scheduler = new Scheduler();
  readonly faults: DiskFaults = healthyDisk();
  readonly disk: SimulatedDisk;
  scope = new ProcessScope('n1');

  constructor(seed = 1) {
    this.disk = new SimulatedDisk({
      scheduler: this.scheduler,
      random: new Prng(seed),
      faults: this.faults,
    });
  }

  /** Runs the world until `promise` has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await settle();
    while (!isSettled) {
      if (!(await this.scheduler.step(this.scheduler.nowMs + LONG_MS)))
        throw new Error('nothing happens any more');
    }
    return promise;
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step++) await this.scheduler.step(this.scheduler.nowMs + LONG_MS);
  }

  async idle(): Promise<void> {
    while (await this.scheduler.step(this.scheduler.nowMs + LONG_MS));
  }

  crash(kind: 'process' | 'power'): void {
    this.scope.kill();
    this.disk.crash(kind);
    this.scope = new ProcessScope('n1');
  }

  get files(): DurableFiles {
    return this.disk.environment(this.scope).files;
  }

  create(): Promise<KeyValueStore> {
    return this.run(this.disk.environment(this.scope).createDatabase());
  }

  async open(): Promise<KeyValueStore> {
    return (await this.run(this.disk.environment(this.scope).openDatabase())).store;
  }

  openNode(): Promise<NodeStorage> {
    const owner = { directory: '/data/n1', memberId: 1 };
    return this.run(
      openNodeStorageIn(this.disk.environment(this.scope, owner), {
        ...owner,
        clusterId: 'test',
        logger: silentLogger,
        makeDirectoryId: () => '0'.repeat(32),
      }),
    );
  }

  async bootstrapped(): Promise<NodeStorage> {
    const storage = await this.openNode();
    await this.run(storage.initialize({ configuration: VOTERS }, new Map()));
    return storage;
  }
}

describe('a crash', () => {
  it('of the process keeps what reached the operating system', async () => {
    const machine = new Machine();
    const store = await machine.create();
    await machine.run(store.batch([put('a', '1')], { sync: true }));
    await machine.run(store.batch([put('b', '2')], { sync: false }));
    machine.crash('process');
    const reopened = await machine.open();
    expect([text(reopened.getSync(bytes('a'))), text(reopened.getSync(bytes('b')))]).toEqual(['1', '2']);
  });

  it('of the power keeps what was synced, and a prefix of the rest in order', async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const machine = new Machine(seed);
      const store = await machine.create();
      await machine.run(store.batch([put('k0', '')], { sync: true }));
      for (let at = 1; at <= 4; at++) await machine.run(store.batch([put(`k${at}`, '')], { sync: false }));
      expect(machine.disk.durableGet(bytes('k1'))).toBeUndefined();
      machine.crash('power');
      const reopened = await machine.open();
      const found = [0, 1, 2, 3, 4].map((at) => reopened.getSync(bytes(`k${at}`)) !== undefined);
      const length = found.lastIndexOf(true) + 1;
      expect(length).toBeGreaterThanOrEqual(1);
      expect(found.slice(0, length)).not.toContain(false);
      expect(machine.disk.counts.lostBatches).toBe(5 - length);
      lengths.add(length);
    }
    expect(lengths).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it('keeps what a sync that resolved later covers', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const machine = new Machine(seed);
      const store = await machine.create();
      await machine.run(store.batch([put('a', '')], { sync: false }));
      await machine.run(store.batch([put('b', '')], { sync: true }));
      expect(machine.disk.durableGet(bytes('a'))).toBeDefined();
      machine.crash('power');
      expect(machine.disk.peek(bytes('a'))).toBeDefined();
    }
  });

  it.each(['process', 'power'] as const)('(%s) decides alone about a batch in flight', async (kind) => {
    const survived = new Set<boolean>();
    for (let seed = 0; seed < 50; seed++) {
      const machine = new Machine(seed);
      const store = await machine.create();
      let answered = false;
      void store.batch([put('a', ''), put('b', '')], { sync: true }).then(() => (answered = true));
      machine.crash(kind);
      await machine.idle();
      expect(answered).toBe(false);
      const reopened = await machine.open();
      const found = reopened.getSync(bytes('a')) !== undefined;
      expect(reopened.getSync(bytes('b')) !== undefined).toBe(found);
      survived.add(found);
    }
    expect(survived.size).toBe(2);
  });

  it('may keep either of two batches in flight without the other', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const machine = new Machine(seed);
      const store = await machine.create();
      for (const key of ['a', 'b']) void store.batch([put(key, '')], { sync: false });
      machine.crash('power');
      outcomes.add(['a', 'b'].filter((key) => machine.disk.peek(bytes(key)) !== undefined).join(''));
    }
    expect(outcomes).toEqual(new Set(['', 'a', 'b', 'ab']));
  });

  it('replaces a file in one piece or not at all', async () => {
    const outcomes = new Set<string | undefined>();
    for (let seed = 0; seed < 100; seed++) {
      const machine = new Machine(seed);
      await machine.run(machine.files.replace('f', bytes('before')));
      void machine.files.replace('f', bytes('after.'));
      machine.crash(seed % 2 === 0 ? 'power' : 'process');
      outcomes.add(text(await machine.run(machine.files.read('f'))));
    }
    expect(outcomes).toEqual(new Set(['before', 'after.']));
  });

  it('may take back a rename that a killed process did not sync, until something else is synced', async () => {
    const outcomes = new Set<string | undefined>();
    for (let seed = 0; seed < 100; seed++) {
      const machine = new Machine(seed);
      await machine.run(machine.files.replace('f', bytes('before')));
      void machine.files.replace('f', bytes('after.'));
      machine.crash('process');
      const seen = text(machine.disk.visibleFile('f'));
      const syncs = seed % 2 === 0;
      if (syncs) await machine.run(machine.files.replace('other', bytes('')));
      machine.crash('power');
      const left = text(machine.disk.visibleFile('f'));
      if (syncs) expect(left).toBe(seen);
      else outcomes.add(`${seen} then ${left}`);
    }
    expect(outcomes).toContain('after. then before');
  });

  it('tears a slot in the middle of a write, and nothing beside it', async () => {
    const outcomes = new Set<string | undefined>();
    let torn = 0;
    for (let seed = 0; seed < 200; seed++) {
      const machine = new Machine(seed);
      const environment = machine.disk.environment(machine.scope);
      await machine.run(environment.files.replace('f', bytes('aaaaBBBBcccc')));
      const slots = await machine.run(environment.files.openSlots('f'));
      await machine.run(slots.write(4, bytes('CCCC')));
      void slots.write(4, bytes('DDDD'));
      machine.crash(seed % 2 === 0 ? 'power' : 'process');
      const left = text(await machine.run(machine.files.read('f'))) ?? '';
      expect(left).toMatch(/^aaaa[CD]{4}cccc$/);
      outcomes.add(left.slice(4, 8));
      torn += machine.disk.counts.tornWrites;
    }
    expect(outcomes.size).toBeGreaterThan(4);
    expect(torn).toBeGreaterThan(20);
  });

  it('lets a dead process neither write nor hear', async () => {
    const machine = new Machine();
    const store = await machine.create();
    machine.crash('process');
    let heard = false;
    void store.batch([put('a', '')], { sync: true }).finally(() => (heard = true));
    await machine.idle();
    expect(heard).toBe(false);
    expect(machine.disk.peek(bytes('a'))).toBeUndefined();
  });
});

describe('a paused process', () => {
  it('hears of its writes when it goes on; the disk has not waited', async () => {
    const machine = new Machine();
    const store = await machine.create();
    let heard = false;
    void store.batch([put('a', '')], { sync: true }).then(() => (heard = true));
    machine.scope.pause();
    await machine.idle();
    expect([heard, machine.disk.durableGet(bytes('a')) !== undefined]).toEqual([false, true]);
    machine.scope.resume();
    await settle();
    expect(heard).toBe(true);
  });
});

describe('a fault', () => {
  it('stall: holds everything back, then lets it go on', async () => {
    const machine = new Machine();
    const store = await machine.create();
    const before = machine.scheduler.nowMs;
    const writing = store.batch([put('a', '')], { sync: true });
    machine.disk.stall(700);
    await machine.run(writing);
    expect(machine.scheduler.nowMs - before).toBeGreaterThanOrEqual(700);
    machine.faults.stallProbability = 1;
    await machine.run(store.batch([put('b', '')], { sync: false }));
    expect(machine.disk.counts.stalls).toBe(2);
  });

  it('full disk: refuses what needs space, and shuts the store for good', async () => {
    const machine = new Machine();
    const store = await machine.create();
    await machine.run(machine.files.replace('slots', bytes('12')));
    machine.faults.isFull = true;
    const refused = { code: 'ENOSPC' };
    await expect(machine.run(store.batch([put('a', '')], { sync: false }))).rejects.toMatchObject(refused);
    await expect(machine.run(machine.files.replace('f', bytes('')))).rejects.toMatchObject(refused);
    const slots = await machine.run(machine.files.openSlots('slots'));
    await machine.run(slots.write(0, bytes('3')));
    machine.faults.isFull = false;
    await expect(machine.run(store.batch([put('b', '')], { sync: false }))).rejects.toMatchObject(refused);
    expect(machine.disk.counts.fullDisk).toBe(2);
    machine.faults.isFull = true;
    machine.crash('process');
    await expect(machine.open()).rejects.toMatchObject({ kind: 'DATA_DIRECTORY_UNUSABLE' });
    machine.faults.isFull = false;
    expect((await machine.open()).getSync(bytes('a'))).toBeUndefined();
  });

  it.each(['writeError', 'syncError'] as const)(
    '%s of a node that starts is not damage: it starts again once the disk takes writes',
    async (kind) => {
      const machine = new Machine();
      machine.faults[`${kind}Probability`] = 1;
      await expect(machine.openNode()).rejects.toMatchObject({ kind: 'STORAGE_WRITE_FAILED' });
      machine.faults[`${kind}Probability`] = 0;
      machine.crash('process');
      await machine.bootstrapped();
    },
  );

  it.each(['writeError', 'syncError'] as const)(
    '%s: what was refused may be there afterwards',
    async (kind) => {
      const survived = new Set<boolean>();
      for (let seed = 0; seed < 60; seed++) {
        const machine = new Machine(seed);
        const store = await machine.create();
        machine.faults[`${kind}Probability`] = 1;
        const failing = machine.run(store.batch([put('a', '')], { sync: true }));
        await expect(failing).rejects.toMatchObject({ code: 'EIO' });
        machine.faults[`${kind}Probability`] = 0;
        expect(machine.disk.counts[`${kind}s`]).toBe(1);
        expect(machine.disk.peek(bytes('a'))).toBeUndefined();
        machine.crash('power');
        survived.add(machine.disk.peek(bytes('a')) !== undefined);
      }
      expect(survived.size).toBe(2);
    },
  );

  it('a flip in the last record of the log takes just that one, whatever a power loss took before', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const machine = new Machine(seed);
      const store = await machine.create();
      for (const value of ['1', '2']) await machine.run(store.batch([put('a', value)], { sync: true }));
      await machine.run(store.batch([put('a', '3')], { sync: false }));
      machine.crash('power');
      const left = text(machine.disk.peek(bytes('a')));
      expect(machine.disk.flipBit(new Prng(seed), ['tail'])?.place).toBe('tail');
      const { store: reopened, tear } = await machine.run(
        machine.disk.environment(machine.scope).openDatabase(),
      );
      expect(text(reopened.getSync(bytes('a')))).toBe(left === '3' ? '2' : '1');
      expect(tear).toMatchObject({ file: 'db/000007.log' });
      // What was opened once is in a table by now.
      machine.crash('process');
      expect(machine.disk.flipBit(new Prng(seed), ['tail'])).toBeUndefined();
    }
  });

  it('wipe: leaves nothing', async () => {
    const machine = new Machine();
    const store = await machine.create();
    await machine.run(store.batch([put('a', '')], { sync: true }));
    machine.crash('process');
    machine.disk.wipe();
    expect(machine.disk.isEmpty).toBe(true);
    expect(await machine.run(machine.disk.environment(machine.scope).databaseExists())).toBe(false);
  });

  it('a second process finds the database locked', async () => {
    const machine = new Machine();
    await machine.create();
    machine.scope = new ProcessScope('another');
    await expect(machine.open()).rejects.toMatchObject({ kind: 'DATA_DIRECTORY_LOCKED' });
  });
});

describe("a node's storage", () => {
  it('opens on it, and again after each kind of crash', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const machine = new Machine(seed);
      let storage = await machine.bootstrapped();
      await machine.run(append(storage, commands(1, 5, 1)));
      await machine.run(storage.applyBatch(3, [write('key', 'value')]));
      const log = readLog(storage);
      void append(storage, commands(6, 2, 1));
      await machine.steps(seed % 4);
      machine.crash(seed % 2 === 0 ? 'power' : 'process');
      storage = await machine.openNode();
      expect(readLog(storage).slice(0, 5)).toEqual(log);
      expect([0, 3]).toContain(storage.appliedIndex);
      const applied = storage.appliedIndex === 3 ? ['key=value'] : [];
      expect(await machine.run(readCatalog(storage))).toEqual(applied);
      await machine.run(storage.close());
    }
  });

  it('survives a crash at any moment of its first start', async () => {
    for (let seed = 0; seed < 150; seed++) {
      const machine = new Machine(seed);
      void machine.bootstrapped().catch(() => undefined);
      await machine.steps(seed % 15);
      machine.crash(seed % 2 === 0 ? 'power' : 'process');
      const storage = await machine.openNode();
      expect(storage.log.lastIndex).toBe(0);
    }
  });

  it('finds a flipped bit wherever one matters, and says so', async () => {
    const found = new Map<string, { refused: number; harmless: number }>();
    for (let seed = 0; seed < 200; seed++) {
      const machine = new Machine(seed);
      let storage = await machine.bootstrapped();
      await machine.run(append(storage, commands(1, 20, 1)));
      await machine.run(append(storage, commands(21, 2, 1)));
      if (seed % 2 === 0) await machine.run(storage.applyBatch(22, [write('key', 'value')]));
      const log = readLog(storage);
      machine.crash(seed % 3 === 0 ? 'power' : 'process');
      const { place } = machine.disk.flipBit()!;
      const count = found.get(place) ?? { refused: 0, harmless: 0 };
      found.set(place, count);
      try {
        storage = await machine.openNode();
        expect(readLog(storage)).toEqual(log);
        count.harmless += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(FatalError);
        expect((error as FatalError).kind).toBe('STORAGE_DAMAGED');
        expect((error as FatalError).message).toContain('/data/n1');
        count.refused += 1;
      }
      expect(machine.disk.counts.bitFlips).toBe(1);
    }
    expect([...found.keys()].sort()).toEqual(['database', 'entry', 'identity', 'mark', 'tail']);
    for (const place of ['entry', 'database', 'identity']) expect(found.get(place)?.harmless).toBe(0);
    // An unsynced apply at the end of the log is replayed; an acknowledged append is missed.
    expect(found.get('tail')).toMatchObject({
      refused: expect.toSatisfy(Boolean),
      harmless: expect.toSatisfy(Boolean),
    });
    // The other slot serves.
    expect(found.get('mark')?.harmless).toBeGreaterThan(0);
  });
});

describe('one seed', () => {
  it('is one story', async () => {
    const story = async (seed: number): Promise<string> => {
      const machine = new Machine(seed);
      Object.assign(machine.faults, { stallProbability: 0.02, stallMaxMs: 50 });
      const lines: string[] = [];
      let store = await machine.create();
      for (let round = 0; round < 20; round++) {
        for (let at = 0; at < 10; at++) {
          void store
            .batch([put(`${round}/${at}`, 'x')], { sync: at % 3 === 0 })
            .then(() => lines.push(`${machine.scheduler.nowMs} ${round}/${at}`));
        }
        await machine.steps(5);
        machine.crash(round % 2 === 0 ? 'power' : 'process');
        store = await machine.open();
      }
      machine.disk.forEachVisible({ gte: bytes(''), lt: bytes('~') }, (key) => lines.push(text(key)!));
      return [...lines, JSON.stringify(machine.disk.counts)].join('\n');
    };
    expect(await story(7)).toBe(await story(7));
    expect(await story(7)).not.toBe(await story(8));
  });

  it('costs little: ten thousand batches under live snapshots', async () => {
    const machine = new Machine();
    const store = await machine.create();
    const started = process.cpuUsage();
    let snapshot = store.snapshot();
    for (let round = 0; round < 100; round++) {
      const batches = Array.from({ length: 100 }, (_, at) =>
        store.batch(
          Array.from({ length: 5 }, (_, one) =>
            put(`${(round * 7919 + at * 31 + one * 13) % 20_011}`, 'v'.repeat(100)),
          ),
          { sync: at % 2 === 0 },
        ),
      );
      await machine.run(Promise.all(batches));
      snapshot = store.snapshot();
    }
    const { user, system } = process.cpuUsage(started);
    expect(store.getSync(bytes('0'), snapshot)).toBeDefined();
    // Takes 0.3 s of CPU here. Far above that: this is to catch work that grows with the contents.
    expect((user + system) / 1000).toBeLessThan(15_000);
  });
});

/** Runs beside the suite, which awaits the store and knows nothing of a scheduler. */
keyValueStoreSuite('simulated disk', async () => {
  const machine = new Machine();
  const store = await machine.create();
  let isOver = false;
  const pump = async (): Promise<void> => {
    while (!isOver) await (machine.disk.queue.inFlight > 0 ? machine.steps(1) : settle());
  };
  const pumping = pump();
  return {
    store,
    dispose: async () => {
      isOver = true;
      await pumping;
    },
  };
});
