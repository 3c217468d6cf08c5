/**
 * What is told of purges: each reason that blocks one, that it delays no other (P5), what holds all of them, and
 * the bounds on requests (P6).
 */
import { describe, expect, it } from 'vitest';
import type { BlockedReason } from '../../src/catalog/types.js';
import type { StoreErrorKind } from '../../src/objectstore/object-store.js';
import { storeError } from '../support/memory-object-store.js';
import { PurgeWorld } from './purge-world.js';

/** How the stream `bad` is spoilt, for each reason that concerns one stream. */
const POISONS: readonly (readonly [BlockedReason, (world: PurgeWorld) => () => void])[] = [
  ['ACCESS_DENIED', (world) => failing(world, 'ACCESS_DENIED')],
  ['BAD_CREDENTIALS', (world) => failing(world, 'BAD_CREDENTIALS')],
  ['BUCKET_MISSING', (world) => failing(world, 'NO_SUCH_BUCKET')],
  ['STORE_UNSUITABLE', (world) => failing(world, 'UNSUPPORTED')],
  [
    'OBJECT_LOCKED',
    (world) => {
      world.store.onKey = ({ key }) =>
        key.startsWith('bad/') ? { kind: 'failed', error: storeError('OBJECT_LOCKED') } : undefined;
      return () => (world.store.onKey = () => undefined);
    },
  ],
  [
    'NO_PROGRESS',
    (world) => {
      world.store.onKey = ({ key }) => (key.startsWith('bad/') ? { kind: 'lie' } : undefined);
      return () => (world.store.onKey = () => undefined);
    },
  ],
];

function failing(world: PurgeWorld, kind: StoreErrorKind): () => void {
  world.onRequest = (request) =>
    'prefix' in request && request.prefix.startsWith('bad/') ? { error: storeError(kind) } : undefined;
  return () => {
    world.onRequest = () => undefined;
  };
}

describe('P5: a blocked purge', () => {
  it.each(POISONS)('for %s says so, delays no other, and heals by itself', async (reason, poison) => {
    const world = new PurgeWorld({ latencyMs: 10 });
    const bad = world.stream('bad', 30);
    world.catalog.markDeleted('bad');
    const heal = poison(world);
    world.lead({ streamConcurrency: 1 });
    await world.untilPhase(bad, 'BLOCKED', 600_000);
    const { purge } = world.catalog.stream(bad.incarnation)!;
    expect(purge.blockedReason).toBe(reason);
    expect(purge.lastError).not.toBe('');
    expect(purge.lastErrorTimeMs).toBeGreaterThan(0);
    expect(purge.nextAttemptTimeMs).toBeGreaterThan(world.clock.wallMs());

    // One slot, and the blocked one comes back to it again and again: the others take no notice.
    for (const name of ['good1', 'good2', 'good3']) {
      const good = world.stream(name, 50);
      world.catalog.markDeleted(name);
      await world.until(good, 'PURGED', 10_000);
    }
    expect(world.state(bad)).toBe('PURGING');
    heal();
    await world.until(bad, 'PURGED', 1_200_000);
    expect(world.catalog.stream(bad.incarnation)?.purge).toMatchObject({
      blockedReason: 'NONE',
      lastError: '',
      lastErrorTimeMs: 0,
    });
    await world.assertClean();
  });

  it('by listings that cannot be trusted deletes nothing, and others go on once they can be', async () => {
    const world = new PurgeWorld();
    const bad = world.stream('bad', 30);
    world.catalog.markDeleted('bad');
    world.store.strayKey = 'live/1';
    world.lead();
    await world.untilPhase(bad, 'BLOCKED');
    expect(world.catalog.stream(bad.incarnation)?.purge.blockedReason).toBe('LISTING_UNTRUSTED');
    expect(world.store.requestsOf('delete')).toEqual([]);
    world.store.strayKey = undefined;
    const good = world.stream('good', 5);
    world.catalog.markDeleted('good');
    await world.until(good, 'PURGED', 10_000);
    world.catalog.retry('bad');
    await world.until(bad, 'PURGED', 10_000);
    await world.assertClean();
  });
});

describe('what holds every purge', () => {
  it('is told apart: members that differ, a pause, the store', async () => {
    const world = new PurgeWorld();
    world.catalog.inDoubt = true;
    const stream = world.stream('app', 5);
    world.catalog.markDeleted('app');
    const { purger } = world.lead();
    const { leader } = world.terms[0]!;
    await world.clock.advance(60_000);
    expect(purger.status()).toMatchObject({ running: false, stopKind: 'stateInDoubt' });
    expect(purger.status().stoppedBecause).toContain('members differ');
    expect(world.store.requestsOf('delete')).toEqual([]);

    // Also over a pause, which would not be the first thing to mend.
    world.catalog.apply({ kind: 'setPurgePaused', tenant: '', name: '', incarnation: 0, paused: true });
    expect(purger.status().stopKind).toBe('stateInDoubt');
    world.catalog.inDoubt = false;
    expect(purger.status()).toMatchObject({ stopKind: 'paused', stoppedBecause: 'paused' });
    world.catalog.apply({ kind: 'setPurgePaused', tenant: '', name: '', incarnation: 0, paused: false });
    await world.until(stream, 'PURGED', 10_000);
    expect(purger.status()).toMatchObject({ running: true, stopKind: undefined, stoppedBecause: '' });
    leader.depose();
    expect(purger.status().stopKind).toBe('starting');
    await world.assertClean();
  });
});

describe("another cluster's marker in the bucket (P9)", () => {
  it('is told as that, and not as a store that fails', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 5);
    world.catalog.markDeleted('app');
    const marker = { format: 1, cluster_id: 'elsewhere', claimed_time: '2026-01-01T00:00:00Z' };
    world.store.small.set('.sexton/owner.json', Buffer.from(JSON.stringify(marker)));
    const { purger } = world.lead();
    await world.clock.advance(10_000);
    expect(purger.status()).toMatchObject({ running: false, stopKind: 'foreignMarker' });
    expect(purger.status().stoppedBecause).toContain('elsewhere');
    expect(world.state(stream)).toBe('DELETED');
    await world.assertClean();
  });
});

describe('progress', () => {
  it('survives a failover, and the estimate begins anew', async () => {
    const world = new PurgeWorld({ pageKeys: 100, latencyMs: 50 });
    const stream = world.stream('app', 5_000);
    world.store.putUpload(`${stream.prefix}part`);
    world.catalog.markDeleted('app');
    const first = world.lead({ progressIntervalMs: 100 });
    await world.clock.runUntil(() => (first.purger.status().active[0]?.objectsDeleted ?? 0) > 2_000);
    const seen = first.purger.status().active[0]!;
    first.leader.depose();
    await world.clock.run(first.purger.done);
    const committed = world.catalog.stream(stream.incarnation)!.purge;
    expect(committed.objectsDeleted).toBeGreaterThan(seen.objectsDeleted - 1_000);
    expect(committed.beginTimeMs).toBeGreaterThan(0);
    const second = world.lead();
    await world.clock.runUntil(() => second.purger.status().active[0]?.estimate !== undefined);
    expect(second.purger.status().active[0]!.objectsDeleted).toBeGreaterThanOrEqual(committed.objectsDeleted);
    await world.until(stream, 'PURGED');
    const { objectsDeleted, uploadsAborted, beginTimeMs } = world.catalog.stream(stream.incarnation)!.purge;
    expect(uploadsAborted).toBe(1);
    expect(objectsDeleted).toBeGreaterThanOrEqual(5_002 - 100 * 16);
    expect(beginTimeMs).toBe(committed.beginTimeMs);
    await world.assertClean();
  });
});

describe('P6: the bounds on requests', () => {
  it('hold over all streams, whatever the store could bear, and status shows them', async () => {
    const world = new PurgeWorld({ pageKeys: 20, latencyMs: 200 });
    for (let at = 0; at < 8; at++) {
      world.stream(`s${at}`, 200);
      world.catalog.markDeleted(`s${at}`);
    }
    const bounds = { requestConcurrencyMax: 6, requestsPerSecondMax: 20, streamConcurrency: 8 };
    const { purger } = world.lead(bounds);
    const begunMs = world.clock.monotonicMs();
    let inFlightMax = 0;
    let waitingMax = 0;
    for (let step = 0; step < 200; step++) {
      await world.clock.advance(50);
      const status = purger.status();
      inFlightMax = Math.max(inFlightMax, status.requestsInFlight);
      waitingMax = Math.max(waitingMax, status.requestsWaiting);
      expect(status).toMatchObject({ concurrencyMax: 6, requestsPerSecondMax: 20 });
      expect(status.requestsPerSecond).toBeLessThanOrEqual(21);
    }
    expect(inFlightMax).toBeGreaterThan(3);
    expect(inFlightMax).toBeLessThanOrEqual(6);
    expect(waitingMax).toBeGreaterThan(0);
    const seconds = (world.clock.monotonicMs() - begunMs) / 1_000;
    const gated = world.store.requests.filter(
      ({ request }) => !['probe', 'get', 'put'].includes(request.kind),
    );
    expect(gated.length).toBeLessThanOrEqual(seconds * 20 + 1);
    expect(gated.length).toBeGreaterThan(seconds * 15);
    await world.assertClean();
  });

  it('let nothing leave while the store wants quiet, and say for how long', async () => {
    const world = new PurgeWorld({ latencyMs: 10 });
    const stream = world.stream('app', 50);
    world.catalog.markDeleted('app');
    let slow = true;
    world.onRequest = (request) =>
      slow && request.kind === 'delete' ? { error: storeError('THROTTLED', 'SlowDown') } : undefined;
    const { purger } = world.lead({ quietInitialMs: 5_000, quietMaxMs: 5_000 });
    await world.clock.runUntil(() => purger.status().throttledTotal > 0);
    const { quietMs } = purger.status();
    expect(quietMs).toBeGreaterThan(2_000);
    expect(quietMs).toBeLessThanOrEqual(5_000);
    const sent = world.store.requests.length;
    await world.clock.advance(quietMs - 1);
    expect(world.store.requests.length).toBe(sent);
    slow = false;
    await world.until(stream, 'PURGED', 60_000);
    expect(purger.status().quietMs).toBe(0);
    await world.assertClean();
  });
});
