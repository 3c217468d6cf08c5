/** What a big purge costs: log entries, memory, scans. And the store that ships with Sexton. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalStore } from '../../src/objectstore/local-store.js';
import type { DeleteOutcome, ObjectStore, Page } from '../../src/objectstore/object-store.js';
import type { PurgeMetrics } from '../../src/purge/metrics.js';
import { startPurger } from '../../src/purge/purger.js';
import { delay, systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';
import { FakeCatalog, FakeLeader } from './fake-cluster.js';
import { PurgeWorld } from './purge-world.js';

/**
 * A bucket whose keys are numbers below a prefix, gone up to a mark: a million objects without a million
 * strings, so that whatever memory grows is the purger's.
 */
function countingStore(
  clock: VirtualClock,
  prefix: string,
  total: number,
): { store: ObjectStore; left: () => number } {
  const gone = new Uint8Array(total);
  let left = total;
  const nothing = async <T>(signal: AbortSignal): Promise<Page<T>> => {
    await delay(clock, 20, signal);
    return { items: [], next: undefined };
  };
  const page = (from: number): { at: number[]; next: number } => {
    const at: number[] = [];
    let next = from;
    for (; next < total && at.length < 1_000; next++) if (gone[next] === 0) at.push(next);
    return { at, next };
  };
  let marker: Uint8Array | undefined;
  const store: ObjectStore = {
    description: 'counting bucket',
    probe: () =>
      Promise.resolve({
        versioning: 'never',
        conditionalDelete: false,
        conditionalBatches: false,
        conditionalCreate: true,
        requestExpiry: true,
        deleteBatchMax: 1_000,
        multipartUploads: true,
        clockOffsetMs: 0,
      }),
    async listObjects(options, { signal }) {
      await delay(clock, 20, signal);
      if (options.prefix !== prefix) return { items: [], commonPrefixes: [], next: undefined };
      const { at, next } = page(Number(options.page ?? 0));
      const items = at.map((number) => ({
        key: `${prefix}${number}`,
        sizeBytes: 3,
        lastModifiedMs: 0,
        etag: '',
      }));
      return { items, commonPrefixes: [], next: next < total ? String(next) : undefined };
    },
    listVersions: (_options, { signal }) => nothing(signal),
    listUploads: (_options, { signal }) => nothing(signal),
    prepareDelete: (targets) =>
      Promise.resolve({
        targets,
        expiresAtMs: clock.wallMs() + 60_000,
        send: async ({ signal }) => {
          await delay(clock, 200, signal);
          return targets.map(({ key }): DeleteOutcome => {
            const number = Number(key.slice(prefix.length));
            if (gone[number] === 0) left--;
            gone[number] = 1;
            return { kind: 'deleted' };
          });
        },
      }),
    abortUpload: () => Promise.resolve(),
    putObject: (_key, body) => {
      marker = body;
      return Promise.resolve();
    },
    getObject: () => Promise.resolve(marker),
    deleteObject: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { store, left: () => left };
}

describe('a big purge', () => {
  it('of a million objects costs the log tens of entries, and keeps few batches in hand', async () => {
    const clock = new VirtualClock();
    const catalog = new FakeCatalog(clock);
    const stream = catalog.create('app');
    catalog.markDeleted('app');
    const { store, left } = countingStore(clock, stream.prefix, 1_000_000);
    const leader = new FakeLeader(catalog, () => 0);
    let inFlightMax = 0;
    const metrics: PurgeMetrics = {
      requestFinished: () => undefined,
      batchSent: () => undefined,
      keysAnswered: () => undefined,
      throttled: () => undefined,
      concurrency: (inFlight) => {
        inFlightMax = Math.max(inFlightMax, inFlight);
      },
      attemptFinished: () => undefined,
      sweepFinished: () => undefined,
    };
    const purger = startPurger({
      cluster: leader,
      store,
      clock,
      random: systemRandom,
      logger: silentLogger,
      options: {},
      signal: leader.signal,
      metrics,
    });
    await clock.runUntil(() => catalog.stream(stream.incarnation)?.state === 'PURGED');
    expect(left()).toBe(0);
    expect(catalog.stream(stream.incarnation)?.purge).toMatchObject({
      objectsDeleted: 1_000_000,
      bytesDeleted: 3_000_000,
    });
    expect(catalog.log.length).toBeLessThan(60);
    expect(inFlightMax).toBeLessThanOrEqual(16);
    leader.depose();
    await clock.run(purger.done);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shows what it is doing', async () => {
    const world = new PurgeWorld({ pageKeys: 100, latencyMs: 50 });
    const stream = world.stream('app', 20_000);
    world.stream('next', 10);
    world.catalog.markDeleted('app');
    await world.clock.advance(5_000);
    world.catalog.markDeleted('next');
    const { purger } = world.lead({ streamConcurrency: 1 });
    await world.clock.advance(5_000);
    const status = purger.status();
    expect(status).toMatchObject({ running: true, stoppedBecause: '', waiting: 1, throttledTotal: 0 });
    expect(status.oldestPendingAgeMs).toBe(10_000);
    const [active] = status.active;
    expect(active).toMatchObject({ incarnation: stream.incarnation, step: 'data' });
    expect(active?.objectsDeleted).toBeGreaterThan(1_000);
    // The store was probed first: a little less than five seconds.
    const perSecond = (active?.objectsDeleted ?? 0) / 5;
    expect(active?.objectsPerSecond).toBeGreaterThanOrEqual(perSecond);
    expect(active?.objectsPerSecond).toBeLessThan(perSecond * 1.1);
    expect(active?.bytesPerSecond).toBeCloseTo((active?.objectsPerSecond ?? 0) * 10, 0);
    // One day folder tells nothing about others, and the listing goes on.
    expect(active?.estimate?.basis).toBe('atLeast');
    expect(status).toMatchObject({ concurrencyMax: 16, requestsPerSecondMax: 0, quietMs: 0 });
    expect(status.requestsPerSecond).toBeGreaterThan(10);
    expect(status.store?.capabilities.deleteBatchMax).toBe(1_000);
    await world.clock.runUntil(() => world.catalog.summary().streams.PURGED === 2);
    expect(purger.status()).toMatchObject({ active: [], waiting: 0, oldestPendingAgeMs: 0 });
    await world.assertClean();
  });
});

describe('many tombstones', () => {
  it('are purged oldest deadline first through a small window, without a scan for each', async () => {
    const world = new PurgeWorld({ latencyMs: 1 });
    const begun: number[] = [];
    for (let at = 0; at < 120; at++) {
      world.stream(`app${at}`, 1);
      world.catalog.markDeleted(`app${at}`, (119 - at) * 10);
    }
    await world.clock.advance(10_000);
    const { leader } = world.lead({ dueWindowMax: 10, streamConcurrency: 2 });
    await world.clock.runUntil(() => world.catalog.summary().streams.PURGED === 120);
    for (const command of world.catalog.log)
      if (command.kind === 'beginPurge') begun.push(command.incarnation);
    expect(begun).toEqual([...begun].sort((a, b) => b - a));
    expect(leader.pendingRead).toBeLessThan(120 * 15);
    await world.assertClean();
  });

  it('that are not due yet are not read again and again', async () => {
    const world = new PurgeWorld();
    for (let at = 0; at < 200; at++) {
      world.catalog.create(`app${at}`);
      world.catalog.markDeleted(`app${at}`, 3_600_000);
    }
    const { leader } = world.lead();
    await world.clock.advance(600_000);
    expect(leader.pendingRead).toBeLessThan(30);
    await world.assertClean();
  });
});

describe('on the local store', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sexton-purge-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('purges real files and leaves those of the live stream', async () => {
    const catalog = new FakeCatalog(systemClock);
    const dead = catalog.create('dead');
    const alive = catalog.create('alive');
    for (const { prefix } of [dead, alive]) {
      await mkdir(join(directory, prefix, '.stream'), { recursive: true });
      await writeFile(join(directory, prefix, '.stream', '.stream.json'), '{}');
      for (let hour = 0; hour < 4; hour++) {
        const folder = join(directory, prefix, `date=2026-01-01/hour=0${hour}`);
        await mkdir(folder, { recursive: true });
        for (let at = 0; at < 100; at++) await writeFile(join(folder, `${at}.parquet`), 'data');
      }
    }
    const store = new LocalStore({ directory, clock: systemClock, durable: false });
    const leader = new FakeLeader(catalog, () => 0);
    const purger = startPurger({
      cluster: leader,
      store,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      options: {},
      signal: leader.signal,
    });
    const purged = new Promise<void>((resolve) => {
      leader.onStreamChanged((stream) => {
        if (stream?.state === 'PURGED') resolve();
      });
    });
    catalog.markDeleted('dead');
    await purged;
    await settle();
    const call = { signal: AbortSignal.timeout(10_000) };
    expect((await store.listObjects({ prefix: dead.prefix }, call)).items).toEqual([]);
    expect((await store.listObjects({ prefix: alive.prefix }, call)).items).toHaveLength(401);
    expect(catalog.stream(dead.incarnation)?.purge.objectsDeleted).toBe(401);
    leader.depose();
    await purger.done;
    await store.close();
  });
});
