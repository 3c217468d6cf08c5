/** P8: what is written after PURGED is found, deleted and told; what belongs to somebody else by then is not touched. */
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../src/catalog/types.js';
import type { ObjectStore } from '../../src/objectstore/object-store.js';
import { nextSweepTimeMs, resolveSweepAfter } from '../../src/purge/sweep-schedule.js';
import { storeError } from '../support/memory-object-store.js';
import { PurgeWorld, streamJson, type WorldOptions } from './purge-world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LATE = 'date=2026-01-01/late.parquet';

/** A world in which `app/`, a prefix that its caller chose, has just been purged. */
async function purgedWorld(options: WorldOptions = {}): Promise<{ world: PurgeWorld; dead: StreamRecord }> {
  const world = new PurgeWorld(options);
  const dead = world.stream('app', 5, 'app/');
  world.catalog.markDeleted('app');
  world.lead();
  await world.until(dead, 'PURGED');
  return { world, dead };
}

function sweepOf(world: PurgeWorld, { incarnation }: StreamRecord): StreamRecord['sweep'] | undefined {
  return world.catalog.stream(incarnation)?.sweep;
}

describe('sweeps after PURGED (P8)', () => {
  it('come an hour and a day later by default, cost three listings each, and end with the record', async () => {
    const { world, dead } = await purgedWorld();
    const { purgeTimeMs = 0 } = world.catalog.stream(dead.incarnation) ?? {};
    const sent = world.store.requestsOf('delete').length;
    const listed = (): number =>
      world.store.requests.filter(({ request }) => request.kind.startsWith('list')).length;
    const before = listed();
    // Reckoned from the proposal, a moment before it commits.
    expect(purgeTimeMs + HOUR_MS - (sweepOf(world, dead)?.nextTimeMs ?? 0)).toBeLessThan(10);
    await world.clock.advance(HOUR_MS + 1_000);
    expect(sweepOf(world, dead)).toMatchObject({
      done: 1,
      objectsFound: 0,
      nextTimeMs: purgeTimeMs + DAY_MS,
    });
    expect(listed() - before).toBe(3);
    await world.clock.advance(DAY_MS);
    expect(world.catalog.stream(dead.incarnation)).toBeUndefined();
    expect(world.catalog.count('recordSweep')).toBe(2);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    await world.assertClean();
  });

  it('delete what came late, count it, say when it was written, and warn', async () => {
    const { world, dead } = await purgedWorld();
    await world.clock.advance(HOUR_MS / 2);
    const writtenMs = world.clock.wallMs();
    world.store.put(`app/${LATE}`, 77);
    const metadata = streamJson(dead.createTimeMs - DAY_MS);
    world.store.put('app/.stream/late.stream.json', metadata);
    world.store.putUpload('app/late-part');
    await world.clock.advance(HOUR_MS);
    expect(sweepOf(world, dead)).toMatchObject({
      done: 1,
      objectsFound: 3,
      bytesFound: 77 + metadata.length,
      newestWriteMs: writtenMs,
    });
    expect(world.store.leftBelow('app/')).toEqual([]);
    expect(
      world.logged.some(({ level, message }) => level === 'warn' && message.includes('past every barrier')),
    ).toBe(true);
    expect(world.catalog.summary()).toMatchObject({
      objectsSweptTotal: 3,
      bytesSweptTotal: 77 + metadata.length,
    });
    await world.assertClean();
  });

  it('go on after the last one until one finds nothing', async () => {
    const { world, dead } = await purgedWorld();
    await world.clock.advance(DAY_MS - HOUR_MS);
    world.store.put(`app/${LATE}`);
    await world.clock.advance(2 * HOUR_MS);
    expect(sweepOf(world, dead)).toMatchObject({ done: 2, objectsFound: 1 });
    expect(sweepOf(world, dead)?.nextTimeMs).toBeGreaterThan(world.clock.wallMs() + DAY_MS - 2 * HOUR_MS);
    await world.clock.advance(DAY_MS);
    expect(world.catalog.stream(dead.incarnation)).toBeUndefined();
    await world.assertClean();
  });

  it('remove versions and markers', async () => {
    const { world, dead } = await purgedWorld({ versioning: 'enabled' });
    world.store.put(`app/${LATE}`);
    world.store.put(`app/${LATE}`);
    await world.clock.advance(HOUR_MS + 1_000);
    expect(sweepOf(world, dead)).toMatchObject({ done: 1, objectsFound: 2 });
    expect(world.store.versionCount('app/')).toBe(0);
    await world.assertClean();
  });

  it.each([
    ['equal', 'app/'],
    ['below', 'app/1234/'],
  ])('leave a prefix alone that is owned again: %s', async (_where, prefix) => {
    const { world, dead } = await purgedWorld();
    await world.clock.advance(HOUR_MS / 2);
    const alive = world.stream('second', 20, prefix);
    await world.clock.advance(2 * DAY_MS);
    expect(world.store.keys(alive.prefix)).toHaveLength(22);
    expect(world.catalog.stream(dead.incarnation)).toBeUndefined();
    expect(world.state(alive)).toBe('ACTIVE');
    await world.assertClean();
  });

  it('leave a prefix alone when one above it is owned', async () => {
    const world = new PurgeWorld();
    const dead = world.stream('app', 5, 'logs/app/');
    world.catalog.markDeleted('app');
    world.lead();
    await world.until(dead, 'PURGED');
    await world.clock.advance(HOUR_MS / 2);
    const above = world.stream('all', 3, 'logs/');
    world.store.put('logs/app/of-the-new-owner');
    await world.clock.advance(2 * DAY_MS);
    expect(world.store.keys(above.prefix)).toHaveLength(6);
    await world.assertClean();
  });

  it('P11: nobody can own the prefix while their deletes may still arrive', async () => {
    const { world, dead } = await purgedWorld({ pageKeys: 10, latencyMs: 50 });
    for (let at = 0; at < 100; at++) world.store.put(`app/late/${at}`);
    const before = world.store.requestsOf('delete').length;
    const refusals: string[] = [];
    world.onRequest = ({ kind }) => {
      const result =
        kind === 'delete' &&
        world.catalog.apply({
          kind: 'createStream',
          tenant: '',
          name: 'second',
          prefix: 'app/',
          labels: [],
        });
      if (result !== false) refusals.push(result.ok ? 'created' : result.refusal.reason);
      return undefined;
    };
    await world.clock.runUntil(() => sweepOf(world, dead)?.done === 1, 2 * HOUR_MS);
    expect(world.store.requestsOf('delete').length - before).toBeGreaterThanOrEqual(10);
    expect(new Set(refusals)).toEqual(new Set(['PURGE_PENDING']));
    expect(world.catalog.count('beginSweep')).toBe(1);
    const fenceMs = world.catalog.stream(dead.incarnation)?.reusableAfterMs ?? 0;
    expect(fenceMs).toBeGreaterThan(world.clock.wallMs() + 60_000);
    await world.clock.advance(fenceMs - world.clock.wallMs());
    const alive = world.stream('second', 3, 'app/');
    await world.clock.advance(2 * DAY_MS);
    expect(world.store.keys(alive.prefix)).toHaveLength(5);
    await world.assertClean();
  });

  it('P11: send nothing that would outlive the fence', async () => {
    const world = new PurgeWorld();
    const dead = world.stream('app', 5, 'app/');
    world.catalog.markDeleted('app');
    const store = world.store.as('leader-1');
    const longLived: ObjectStore = {
      ...store,
      prepareDelete: async (targets, call) => {
        const prepared = await store.prepareDelete(targets, call);
        return { ...prepared, expiresAtMs: prepared.expiresAtMs + 600_000 };
      },
    };
    world.lead({}, { store: longLived });
    await world.until(dead, 'PURGED');
    const sent = world.store.requestsOf('delete').length;
    world.store.put(`app/${LATE}`);
    await world.clock.advance(2 * HOUR_MS);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    expect(world.logged.some(({ message }) => message.includes('sweep failed'))).toBe(true);
    await world.assertClean();
  });

  it('P11: keep the fence ahead of a sweep that takes long', async () => {
    const { world, dead } = await purgedWorld({ pageKeys: 10 });
    world.store.latencyMs = 20_000;
    for (let at = 0; at < 200; at++) world.store.put(`app/late/${at}`);
    world.store.onSend = () => {
      const record = world.catalog.stream(dead.incarnation);
      if ((record?.reusableAfterMs ?? 0) < world.clock.wallMs() + 60_000)
        world.violations.push('P11: a delete outlives the fence');
    };
    await world.clock.runUntil(() => sweepOf(world, dead)?.done === 1, 2 * DAY_MS);
    expect(world.catalog.count('beginSweep')).toBeGreaterThan(2);
    expect(world.store.keys('app/')).toEqual([]);
    await world.assertClean();
  });

  it('survive a failover: not twice, not forgotten, and the rest of one that had begun', async () => {
    const { world, dead } = await purgedWorld({ pageKeys: 10, latencyMs: 50 });
    world.terms[0]?.leader.depose();
    await world.clock.advance(HOUR_MS / 2);
    for (let at = 0; at < 500; at++) world.store.put(`app/late/${at}`);
    const { leader } = world.lead();
    const before = world.store.requestsOf('delete').length;
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > before + 20, HOUR_MS);
    leader.depose();
    expect(sweepOf(world, dead)?.done).toBe(0);
    world.lead();
    await world.clock.runUntil(() => sweepOf(world, dead)?.done === 1, HOUR_MS);
    expect(world.store.keys('app/')).toEqual([]);
    // What the first of the two had counted and not told is lost, like the batch in its hand.
    expect(sweepOf(world, dead)?.objectsFound).toBeGreaterThan(200);
    world.terms[2]?.leader.depose();
    await world.clock.advance(3 * DAY_MS);
    world.lead();
    await world.clock.runUntil(() => world.catalog.stream(dead.incarnation) === undefined, HOUR_MS);
    expect(world.catalog.count('recordSweep')).toBe(2);
    await world.assertClean();
  });

  it('P5: one that cannot be done holds up neither other sweeps nor purges', async () => {
    const world = new PurgeWorld();
    const stuck = world.stream('stuck', 1, 'stuck/');
    const other = world.stream('other', 1, 'other/');
    world.catalog.markDeleted('stuck');
    world.catalog.markDeleted('other');
    const { purger } = world.lead();
    await world.until(stuck, 'PURGED');
    await world.until(other, 'PURGED');
    world.store.put(`stuck/${LATE}`);
    world.store.put(`other/${LATE}`);
    let denied = true;
    world.onRequest = (request) =>
      denied && JSON.stringify(request).includes('stuck/')
        ? { error: storeError('ACCESS_DENIED', 'AccessDenied') }
        : undefined;
    await world.clock.advance(HOUR_MS + 60_000);
    expect(sweepOf(world, stuck)).toMatchObject({ done: 0 });
    expect(sweepOf(world, other)).toMatchObject({ done: 1, objectsFound: 1 });
    // Told to whoever asks the leader: what failed, when, and when it is tried again.
    const [told, ...others] = purger.status().retryingSweeps;
    expect([told?.incarnation, others]).toEqual([stuck.incarnation, []]);
    expect(told?.lastError).toMatch(/AccessDenied|ACCESS_DENIED/);
    expect(told?.failedTimeMs).toBeLessThanOrEqual(world.clock.wallMs());
    expect(told?.nextTryTimeMs).toBeGreaterThan(world.clock.wallMs());
    const fresh = world.stream('fresh', 100);
    world.catalog.markDeleted('fresh');
    await world.until(fresh, 'PURGED', 10_000);
    denied = false;
    await world.clock.advance(HOUR_MS);
    expect(sweepOf(world, stuck)).toMatchObject({ done: 1, objectsFound: 1 });
    expect(purger.status().retryingSweeps).toEqual([]);
    await world.assertClean();
  });

  it('P5: a sweep whose requests hang leaves room for purges', async () => {
    const { world } = await purgedWorld();
    world.store.hangsOn = '"app/"';
    await world.clock.advance(HOUR_MS + 10_000);
    expect(world.store.inFlight).toBe(1);
    const fresh = world.stream('fresh', 100);
    world.catalog.markDeleted('fresh');
    await world.until(fresh, 'PURGED', 10_000);
    await world.assertClean();
  });

  it('wait while the cluster, or the stream, is paused (P10)', async () => {
    const { world, dead } = await purgedWorld();
    world.store.put(`app/${LATE}`);
    world.catalog.pause('', true);
    await world.clock.advance(2 * HOUR_MS);
    expect(world.store.keys('app/')).toHaveLength(1);
    world.catalog.pause('app', true);
    world.catalog.pause('', false);
    await world.clock.advance(2 * HOUR_MS);
    expect(world.store.keys('app/')).toHaveLength(1);
    world.catalog.pause('app', false);
    await world.clock.runUntil(() => sweepOf(world, dead)?.done === 1, 2_000);
    expect(world.store.keys('app/')).toEqual([]);
    await world.assertClean();
  });

  it('count once what a try deleted that then failed', async () => {
    const { world, dead } = await purgedWorld({ pageKeys: 10 });
    for (let at = 0; at < 30; at++) world.store.put(`app/late/${at}`);
    let fails = 4;
    world.onRequest = ({ kind }) =>
      kind === 'listUploads' &&
      sweepOf(world, dead)?.done === 0 &&
      world.store.keys('app/').length === 0 &&
      fails-- > 0
        ? { error: storeError('TRANSIENT') }
        : undefined;
    await world.clock.advance(2 * HOUR_MS);
    expect(fails).toBeLessThanOrEqual(0);
    expect(sweepOf(world, dead)).toMatchObject({ done: 1, objectsFound: 30, bytesFound: 300 });
    await world.assertClean();
  });

  it('are left out on request; the stream is then forgotten as soon as its fence has passed', async () => {
    const world = new PurgeWorld();
    const dead = world.stream('app', 5, 'app/');
    world.catalog.markDeleted('app');
    world.lead({}, { sweepAfterMs: [] });
    await world.until(dead, 'PURGED');
    const { reusableAfterMs } = world.catalog.stream(dead.incarnation) ?? dead;
    await world.clock.advance(reusableAfterMs - world.clock.wallMs() - 1);
    expect(world.state(dead)).toBe('PURGED');
    await world.clock.advance(1_000);
    expect(world.state(dead)).toBeUndefined();
    await world.assertClean();
  });
});

describe('the times of sweeps', () => {
  it('one sweep covers all times that have passed', () => {
    const after = [HOUR_MS, DAY_MS];
    expect(nextSweepTimeMs(after, 1_000, 1_000 + HOUR_MS, true)).toBe(1_000 + DAY_MS);
    expect(nextSweepTimeMs(after, 1_000, 1_000 + DAY_MS, false)).toBe(0);
    expect(nextSweepTimeMs(after, 1_000, 1_000 + DAY_MS, true)).toBe(1_000 + 2 * DAY_MS);
    expect(nextSweepTimeMs([], 1_000, 5_000, true)).toBe(0);
  });

  it.each([
    [[DAY_MS, HOUR_MS], /must ascend/],
    [[HOUR_MS, HOUR_MS], /must ascend/],
    [[10], /10 ms; a sweep follows/],
    [[1.5 * HOUR_MS + 0.5], /a sweep follows/],
    [Array.from({ length: 9 }, (_, at) => (at + 1) * HOUR_MS), /at most 8/],
  ])('are refused when they make no sense: %j', (times, message) => {
    expect(() => resolveSweepAfter(times)).toThrow(message);
  });
});
