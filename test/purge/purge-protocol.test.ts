/** The protocol on good days and bad ones: P1, P2, P4, P7 and the promptness of an end of leadership. */
import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../src/shared/assert.js';
import { storeError } from '../support/memory-object-store.js';
import { PurgeWorld, streamJson } from './purge-world.js';

const BATCHES_IN_HAND = 16;

describe('a purge', () => {
  it('removes every object of the dead stream, none of the live one, and commits the totals', async () => {
    const world = new PurgeWorld({ pageKeys: 100 });
    const dead = world.stream('dead', 1_234);
    const alive = world.stream('alive', 50);
    world.catalog.markDeleted('dead');
    world.lead();
    await world.until(dead, 'PURGED');
    expect(world.store.residue(dead.prefix)).toBe(0);
    expect(world.store.keys(alive.prefix)).toHaveLength(52);
    const bytesDeleted = 1_235 * 10 + streamJson(0).length;
    const { purge, reusableAfterMs } = world.catalog.stream(dead.incarnation) ?? dead;
    expect(purge).toMatchObject({ phase: 'DONE', objectsDeleted: 1_236, bytesDeleted, attempts: 0 });
    expect(reusableAfterMs).toBeGreaterThan(world.clock.wallMs() + 60_000);
    await world.assertClean();
  });

  it('P1: nothing is deleted before the grace period is over and beginPurge is applied', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    const { purgeAfterMs } = world.catalog.markDeleted('app', 3_600_000);
    const { leader } = world.lead();
    leader.proposeMs = 500;
    await world.clock.advance(purgeAfterMs - world.clock.wallMs() - 1);
    expect(world.catalog.count('beginPurge')).toBe(0);
    await world.until(stream, 'PURGED');
    const begun = world.store.requestsOf('delete')[0]?.atMs ?? 0;
    expect(begun).toBeGreaterThanOrEqual(3_600_000 + 500);
    await world.assertClean();
  });

  it('P1: sends nothing more once the stream is not PURGING here any more', async () => {
    const world = new PurgeWorld({ pageKeys: 10, latencyMs: 20 });
    const { incarnation } = world.stream('app', 500);
    world.catalog.markDeleted('app');
    world.lead();
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > 5);
    world.catalog.must({
      kind: 'markPurged',
      incarnation,
      objectsDeleted: 0,
      bytesDeleted: 0,
      uploadsAborted: 0,
      reusableAfterMs: 0,
      nextSweepTimeMs: 0,
    });
    const sent = world.store.requestsOf('delete').length;
    await world.clock.advance(600_000);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    await world.assertClean();
  });

  it('lets an undelete win before the purge has begun', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app', 60_000);
    world.lead();
    await world.clock.advance(59_000);
    world.catalog.apply({ kind: 'undelete', tenant: '', name: 'app', incarnation: 0, ifRevision: 0 });
    await world.clock.advance(600_000);
    expect(world.state(stream)).toBe('ACTIVE');
    expect(world.store.requestsOf('delete')).toEqual([]);
    await world.assertClean();
  });

  it('P3: waits for the barrier although the grace period is over', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    let drained = false;
    world.catalog.sessionsDrained = () => drained;
    world.lead();
    await world.clock.advance(30_000);
    expect([world.state(stream), world.phase(stream)]).toEqual(['PURGING', 'DRAINING']);
    expect(world.store.requestsOf('delete')).toEqual([]);
    expect(world.catalog.count('beginPurge')).toBe(0);
    drained = true;
    await world.until(stream, 'PURGED', 10_000);
    await world.assertClean();
  });

  it('P3: names the drain that was drained, and begins it as soon as the grace period is over', async () => {
    const world = new PurgeWorld();
    const { incarnation } = world.stream('app', 10);
    world.catalog.markDeleted('app', 60_000);
    world.catalog.sessionsDrained = () => false;
    world.lead();
    await world.clock.advance(59_999);
    expect(world.catalog.count('beginDrain')).toBe(0);
    await world.clock.runUntil(() => world.catalog.count('beginDrain') === 1, 5_000);
    const { drainRevision } = world.catalog.stream(incarnation) ?? {};
    expect(drainRevision).toBe(world.catalog.index);
    world.catalog.sessionsDrained = () => true;
    await world.clock.runUntil(() => world.catalog.count('beginPurge') === 1, 10_000);
    expect(world.catalog.log.find(({ kind }) => kind === 'beginPurge')).toMatchObject({ drainRevision });
    await world.assertClean();
  });

  it('P1: a drain that is applied lets nothing be deleted while beginPurge is on its way', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { leader } = world.lead();
    leader.proposeMs = 10_000;
    await world.untilPhase(stream, 'DRAINING', 20_000);
    await world.clock.advance(9_999);
    expect([world.phase(stream), world.store.requestsOf('delete')]).toEqual(['DRAINING', []]);
    await world.until(stream, 'PURGED', 120_000);
    await world.assertClean();
  });

  it('goes on with a drain that an earlier leader began, and does not begin it twice', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    world.catalog.sessionsDrained = () => false;
    world.lead();
    await world.untilPhase(stream, 'DRAINING', 20_000);
    world.terms[0]?.leader.depose();
    world.catalog.sessionsDrained = () => true;
    world.lead();
    await world.until(stream, 'PURGED', 60_000);
    expect([world.catalog.count('beginDrain'), world.catalog.count('beginPurge')]).toEqual([1, 1]);
    await world.assertClean();
  });

  it('P5: a thousand streams that no session drains all begin to drain, and hold up no other', async () => {
    const world = new PurgeWorld();
    const stuck = new Set<number>();
    for (let at = 0; at < 1_000; at++) {
      stuck.add(world.stream(`stuck-${at}`, 1).incarnation);
      world.catalog.markDeleted(`stuck-${at}`);
    }
    world.catalog.sessionsDrained = ({ incarnation }) => !stuck.has(incarnation);
    const { purger } = world.lead({ streamConcurrency: 1 });
    await world.clock.runUntil(() => world.catalog.count('beginDrain') === 1_000, 60_000);
    expect(purger.status().active).toEqual([]);
    const other = world.stream('other', 100);
    world.catalog.markDeleted('other');
    await world.until(other, 'PURGED', 10_000);
    expect(world.catalog.summary().purges.DRAINING).toBe(1_000);
    await world.assertClean();
  });

  it('P2: confirmations are shared between batches in parallel', async () => {
    const world = new PurgeWorld({ pageKeys: 100, latencyMs: 40 });
    const stream = world.stream('app', 8_000);
    world.catalog.markDeleted('app');
    const { leader } = world.lead({ deleteBatchMax: 10 });
    leader.confirmMs = 30;
    await world.until(stream, 'PURGED');
    const batches = world.store.requestsOf('delete').length;
    expect(batches).toBeGreaterThan(800);
    expect(leader.confirmations.length).toBeLessThan(batches / 2);
    await world.assertClean();
  });

  it('P2: a deposed leader that has not noticed sends at most what was confirmed before', async () => {
    const world = new PurgeWorld({ pageKeys: 10, latencyMs: 50 });
    world.store.deleteSlowness = 10;
    const stream = world.stream('app', 5_000);
    world.catalog.markDeleted('app');
    const { leader } = world.lead({ deleteBatchMax: 10 });
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > 100);
    const before = world.store.requestsOf('delete').length;
    leader.depose(10_000);
    await world.clock.advance(9_999);
    expect(world.store.requestsOf('delete').length - before).toBeLessThanOrEqual(BATCHES_IN_HAND);
    expect(world.state(stream)).toBe('PURGING');
    await world.clock.advance(1);
    const atNotice = world.store.requests.length;
    await world.clock.advance(60_000);
    expect(world.store.requests.length).toBe(atNotice);
    await world.assertClean();
  });

  it('stops at once when leadership ends: requests aborted, no timer left, done resolved', async () => {
    const world = new PurgeWorld({ pageKeys: 50, latencyMs: 1_000 });
    world.stream('app', 2_000);
    world.catalog.markDeleted('app');
    world.store.deleteSlowness = 10;
    const { leader, purger, timers } = world.lead();
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > 3);
    expect(world.store.inFlight).toBeGreaterThan(0);
    const atMs = world.clock.monotonicMs();
    leader.depose();
    await world.clock.run(purger.done);
    expect(world.clock.monotonicMs()).toBe(atMs);
    expect(timers.active).toBe(0);
    expect(world.store.inFlight).toBe(0);
    expect(purger.status()).toMatchObject({ running: false, active: [], requestsInFlight: 0 });
    await world.assertClean();
  });

  it('does not wait for a store that never answers when leadership ends', async () => {
    const world = new PurgeWorld();
    world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { leader, purger } = world.lead();
    await world.clock.runUntil(() => world.store.requestsOf('listObjects').length > 0);
    world.store.latencyMs = 3_600_000;
    await world.clock.advance(1_000);
    leader.depose();
    const atMs = world.clock.monotonicMs();
    await world.clock.run(purger.done);
    expect(world.clock.monotonicMs()).toBe(atMs);
    await world.assertClean();
  });

  it('the next leader takes over in the middle and the totals go on', async () => {
    const world = new PurgeWorld({ pageKeys: 100, latencyMs: 20 });
    const stream = world.stream('app', 30_000);
    world.catalog.markDeleted('app');
    const { leader } = world.lead({ progressObjects: 5_000, progressIntervalMs: 60_000 });
    await world.clock.runUntil(() => world.catalog.count('recordPurgeProgress') > 0);
    await world.clock.advance(100);
    leader.depose();
    const committed = world.catalog.stream(stream.incarnation)?.purge.objectsDeleted ?? 0;
    expect(committed).toBeGreaterThanOrEqual(5_000);
    world.lead();
    await world.until(stream, 'PURGED');
    const total = world.catalog.stream(stream.incarnation)?.purge.objectsDeleted ?? 0;
    expect(total).toBeGreaterThan(committed);
    // Off by at most what was in hand or not yet committed.
    expect(Math.abs(30_002 - total)).toBeLessThanOrEqual(5_000 + BATCHES_IN_HAND * 100);
    await world.assertClean();
  });

  it('rethrows a broken invariant through done, and stops everything first', async () => {
    const world = new PurgeWorld();
    world.stream('app', 10);
    world.stream('other', 5_000);
    world.catalog.markDeleted('app');
    world.catalog.markDeleted('other');
    const { purger, timers } = world.lead();
    world.store.onKey = ({ key }) => {
      if (key.startsWith('app')) throw new AssertionError('a broken invariant');
      return undefined;
    };
    await expect(world.clock.run(purger.done)).rejects.toThrow('a broken invariant');
    expect(timers.active).toBe(0);
    expect(world.store.inFlight).toBe(0);
    expect(world.catalog.listeners.size).toBe(0);
  });

  it('turns an unexpected exception into RETRYING with its text, and heals', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    let broken = true;
    world.onRequest = ({ kind }) => {
      if (kind === 'listUploads' && broken) throw new TypeError('cannot read properties of undefined');
      return undefined;
    };
    world.lead();
    await world.untilPhase(stream, 'RETRYING');
    expect(world.catalog.stream(stream.incarnation)?.purge.lastError).toContain('cannot read properties');
    broken = false;
    await world.until(stream, 'PURGED', 10_000);
    await world.assertClean();
  });
});

describe('P4: the proof', () => {
  it('a key that was confirmed and stays keeps the stream from PURGED', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.catalog.markDeleted('app');
    const stubborn = `${stream.prefix}date=2026-01-01/0000007.parquet`;
    world.store.onKey = ({ key }) => (key === stubborn ? { kind: 'lie' } : undefined);
    world.lead();
    await world.untilPhase(stream, 'RETRYING');
    await world.clock.advance(120_000);
    expect(world.state(stream)).toBe('PURGING');
    // What does not pass, try after try, is an operator's to look at.
    const { phase, blockedReason, lastError } = world.catalog.stream(stream.incarnation)?.purge ?? {};
    expect({ phase, blockedReason }).toEqual({ phase: 'BLOCKED', blockedReason: 'NO_PROGRESS' });
    expect(lastError).toContain('still listed');
    // Backed off to the longest wait: the log does not fill while the store lies.
    expect(world.catalog.count('recordPurgeProgress')).toBeLessThan(15);
    expect(world.store.keys(`${stream.prefix}.stream/`)).toHaveLength(2);
    world.store.onKey = () => undefined;
    await world.until(stream, 'PURGED', 600_000);
    await world.assertClean();
  });

  it('a lie about metadata is caught by the listing after it', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.catalog.markDeleted('app');
    let lies = 4;
    world.store.onKey = ({ key }) => (key.endsWith('.schema') && lies-- > 0 ? { kind: 'lie' } : undefined);
    world.lead();
    await world.until(stream, 'PURGED', 60_000);
    expect(world.store.residue(stream.prefix)).toBe(0);
    await world.assertClean();
  });

  it('an object that appears between the last delete and the proof is found and removed', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.catalog.markDeleted('app');
    let late = true;
    world.onRequest = ({ kind }) => {
      if (kind === 'listUploads' && late) {
        late = false;
        world.store.put(`${stream.prefix}date=2026-01-01/late.parquet`);
      }
      return undefined;
    };
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.store.residue(stream.prefix)).toBe(0);
    expect(world.catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBe(23);
    await world.assertClean();
  });

  it('a writer that never stops is told to the operator, not declared purged', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 2);
    world.catalog.markDeleted('app');
    let serial = 0;
    let writing = true;
    world.onRequest = ({ kind }) => {
      if (kind === 'listUploads' && writing)
        world.store.put(`${stream.prefix}date=2026-01-01/late-${serial++}`);
      return undefined;
    };
    world.lead();
    await world.untilPhase(stream, 'RETRYING');
    expect(world.catalog.stream(stream.incarnation)?.purge.lastError).toContain('somebody still writes');
    writing = false;
    await world.until(stream, 'PURGED', 60_000);
    await world.assertClean();
  });

  it('an upload that completes while it is looked for is found as an object', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 2);
    world.store.putUpload(`${stream.prefix}date=2026-01-01/big.parquet`);
    world.catalog.markDeleted('app');
    let completes = true;
    world.onRequest = ({ kind }) => {
      if (kind === 'abort' && completes) {
        completes = false;
        world.store.put(`${stream.prefix}date=2026-01-01/big.parquet`);
      }
      return undefined;
    };
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.store.residue(stream.prefix)).toBe(0);
    await world.assertClean();
  });

  it('aborts unfinished uploads in several rounds', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 2);
    for (let at = 0; at < 35; at++) world.store.putUpload(`${stream.prefix}part-${at}`);
    world.catalog.markDeleted('app');
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.store.uploadCount()).toBe(0);
    const { objectsDeleted, uploadsAborted } = world.catalog.stream(stream.incarnation)?.purge ?? {};
    expect({ objectsDeleted, uploadsAborted }).toEqual({ objectsDeleted: 4, uploadsAborted: 35 });
    await world.assertClean();
  });

  it('removes every version and marker, those of deleted objects too', async () => {
    for (const versioning of ['enabled', 'suspended'] as const) {
      const world = new PurgeWorld({ versioning: 'enabled', pageKeys: 7 });
      const stream = world.stream('app', 40);
      for (let round = 0; round < 3; round++) {
        for (const key of world.store.keys(stream.prefix)) world.store.put(key);
      }
      world.store.versioning = versioning;
      world.catalog.markDeleted('app');
      world.lead();
      await world.until(stream, 'PURGED');
      expect(world.store.versionCount()).toBe(0);
      expect(world.catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBe(42 * 4);
      await world.assertClean();
    }
  });

  it('finds the markers of plain deletes when versioning was switched on after the probe', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.lead();
    await world.clock.advance(1_000);
    world.store.versioning = 'enabled';
    world.catalog.markDeleted('app');
    await world.until(stream, 'PURGED');
    expect(world.store.versionCount()).toBe(0);
    await world.assertClean();
  });

  it('accepts a store without versions only as long as its probe agrees', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.catalog.markDeleted('app');
    world.onRequest = ({ kind }) =>
      kind === 'listVersions' ? { error: storeError('UNSUPPORTED') } : undefined;
    world.lead();
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });

  it('an empty page that has a next proves nothing', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 3);
    world.store.emptyPages = true;
    world.store.putUpload(`${stream.prefix}part`);
    let lies = 1;
    world.store.onKey = ({ key }) => (key.endsWith('.schema') && lies-- > 0 ? { kind: 'lie' } : undefined);
    world.catalog.markDeleted('app');
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.store.leftBelow(stream.prefix)).toEqual([]);
    await world.assertClean();
  });

  it('goes on behind an empty page that has a next, and in a listing without order', async () => {
    for (const oddity of ['emptyPages', 'unsorted'] as const) {
      const world = new PurgeWorld({ pageKeys: 10 });
      const stream = world.stream('app', 300);
      world.store.put(stream.prefix); // A directory's own key.
      world.store.put(`${stream.prefix}.stream0`); // Sorts right behind `.stream/`.
      world.store.put(`${stream.prefix}.stream/é`);
      world.store[oddity] = true;
      world.catalog.markDeleted('app');
      world.lead();
      await world.until(stream, 'PURGED');
      expect(world.store.residue(stream.prefix)).toBe(0);
      await world.assertClean();
    }
  });
});

describe('P7: data first', () => {
  it('skips a large `.stream/` instead of reading it', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 5);
    for (let at = 0; at < 200; at++) world.store.put(`${stream.prefix}.stream/.ingestor.${at}.stream.json`);
    world.catalog.markDeleted('app');
    world.lead();
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > 0);
    const requests = world.store.requestsOf('listObjects').map(({ request }) => request);
    // One more counts the folders, for the estimate of what is left.
    const lists = requests.filter((request) => !('delimiter' in request) || request.delimiter === undefined);
    expect(lists).toHaveLength(2);
    expect(lists[1]).toMatchObject({ startAfter: `${stream.prefix}.stream/~`, page: undefined });
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });

  it('a jump in a listing without order hides data, and so proves nothing', async () => {
    const world = new PurgeWorld({ pageKeys: 1 });
    const stream = world.stream('app', 20);
    world.store.unsorted = true; // The first page is a key of `.stream/`, and no data sorts behind the jump.
    world.catalog.markDeleted('app');
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.catalog.stream(stream.incarnation)?.purge).toMatchObject({
      objectsDeleted: 22,
      attempts: 0,
    });
    await world.assertClean();
  });

  it('keeps `.stream/` as long as one data key cannot be deleted', async () => {
    const world = new PurgeWorld({ versioning: 'enabled' });
    const stream = world.stream('app', 30);
    world.catalog.markDeleted('app');
    const locked = `${stream.prefix}date=2026-01-01/0000003.parquet`;
    world.store.onKey = ({ key }) =>
      key === locked ? { kind: 'failed', error: storeError('OBJECT_LOCKED') } : undefined;
    world.lead();
    await world.untilPhase(stream, 'BLOCKED');
    expect(world.store.keys(stream.prefix)).toHaveLength(3);
    world.store.onKey = () => undefined;
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });

  it('blocks on a listing that shows the keys of others, and deletes none of them', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    const alive = world.stream('alive', 10);
    world.store.strayKey = world.store.keys(alive.prefix)[0];
    world.catalog.markDeleted('app');
    world.lead();
    await world.untilPhase(stream, 'BLOCKED');
    expect(world.catalog.stream(stream.incarnation)?.purge.lastError).toContain('cannot be trusted');
    expect(world.store.requestsOf('delete')).toEqual([]);
    await world.assertClean();
  });
});
