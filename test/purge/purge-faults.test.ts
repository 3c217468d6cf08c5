/** P5 and P6: what a purge makes of a store that throttles, refuses, forgets, fails and comes back. */
import { describe, expect, it } from 'vitest';
import type { StoreErrorKind } from '../../src/objectstore/object-store.js';
import { storeError } from '../support/memory-object-store.js';
import { PurgeWorld } from './purge-world.js';

describe('P6: throttling is back-pressure', () => {
  it('slows down under SlowDown, never fails the stream, and speeds up again', async () => {
    const world = new PurgeWorld({ pageKeys: 50, latencyMs: 20 });
    const stream = world.stream('app', 10_000);
    world.store.deleteSlowness = 10;
    world.catalog.markDeleted('app');
    const { purger } = world.lead();
    const tooMany = 8;
    world.onRequest = ({ kind }) =>
      kind === 'delete' && world.store.inFlight > tooMany
        ? { error: storeError('THROTTLED', 'SlowDown') }
        : undefined;
    await world.until(stream, 'PURGED');
    expect(purger.status().throttledTotal).toBeGreaterThan(0);
    expect(world.catalog.stream(stream.incarnation)?.purge.attempts).toBe(0);
    // Back-pressure that works: far fewer refusals than requests.
    expect(purger.status().throttledTotal).toBeLessThan(world.store.requestsOf('delete').length / 4);
    await world.assertClean();
  });

  it('counts a throttled key in a 200 as throttling, and deletes it by a later listing', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 100);
    world.catalog.markDeleted('app');
    let refusals = 15;
    world.store.onKey = () =>
      refusals-- > 0 ? { kind: 'failed', error: storeError('THROTTLED', 'SlowDown') } : undefined;
    const { purger } = world.lead();
    await world.until(stream, 'PURGED');
    expect(purger.status().throttledTotal).toBeGreaterThan(0);
    expect(world.catalog.stream(stream.incarnation)?.purge).toMatchObject({
      objectsDeleted: 102,
      attempts: 0,
    });
    await world.assertClean();
  });

  it('never has more requests in flight than allowed', async () => {
    const world = new PurgeWorld({ pageKeys: 10, latencyMs: 30 });
    const stream = world.stream('app', 2_000);
    world.store.deleteSlowness = 10;
    world.catalog.markDeleted('app');
    world.lead({ requestConcurrencyMax: 5 });
    await world.until(stream, 'PURGED');
    expect(world.store.maxInFlight).toBe(5);
    await world.assertClean();
  });

  it('LIST never outruns DELETE: pages in hand are bounded by the limit', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 3_000);
    world.catalog.markDeleted('app');
    let worst = 0;
    world.onRequest = (request) => {
      if (request.kind === 'listObjects') {
        const listed = world.store.requestsOf('listObjects').length * 10;
        const handled = world.store
          .requestsOf('delete')
          .reduce((sum, { request: sent }) => sum + (sent.kind === 'delete' ? sent.targets.length : 0), 0);
        worst = Math.max(worst, listed - handled);
      }
      return undefined;
    };
    world.store.deleteSlowness = 20;
    world.lead({ requestConcurrencyMax: 4 });
    await world.until(stream, 'PURGED');
    // Four in flight, one at hand, one being listed; the passes and proofs that find nothing add a few.
    expect(worst).toBeLessThanOrEqual((4 + 1 + 1 + 6) * 10);
    await world.assertClean();
  });

  it('halves the batch when requests die, and grows it again', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 4_000);
    world.catalog.markDeleted('app');
    world.onRequest = (request) =>
      request.kind === 'delete' && request.targets.length > 300
        ? { error: storeError('TRANSIENT', 'TimeoutError') }
        : undefined;
    world.lead();
    await world.until(stream, 'PURGED');
    const sizes = world.store
      .requestsOf('delete')
      .map(({ request }) => (request.kind === 'delete' ? request.targets.length : 0));
    // The first page has two of `.stream/` in it.
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(998);
    expect(sizes.some((size) => size > 200 && size <= 300)).toBe(true);
    await world.assertClean();
  });

  it('respects the requests per second', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 500);
    world.catalog.markDeleted('app');
    world.lead({ requestsPerSecondMax: 10 });
    await world.until(stream, 'PURGED');
    const times = world.store.requests
      .filter(({ request }) => !['probe', 'get', 'put'].includes(request.kind))
      .map(({ atMs }) => atMs);
    for (let at = 1; at < times.length; at++)
      expect((times[at] ?? 0) - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(99);
    await world.assertClean();
  });
});

describe('P6: what the answer says about single keys', () => {
  it('unaccounted keys are unknown until the next listing, and counted by it', async () => {
    for (const applied of [true, false]) {
      const world = new PurgeWorld({ pageKeys: 50 });
      const stream = world.stream('app', 200);
      world.catalog.markDeleted('app');
      const seen = new Set<string>();
      world.store.onKey = ({ key }) => {
        if (seen.has(key)) return undefined;
        seen.add(key);
        return { kind: 'unaccounted', applied };
      };
      world.lead();
      await world.until(stream, 'PURGED');
      // A store that says nothing about any key is still counted right for the data, by its listings.
      expect(world.catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBe(202);
      await world.assertClean();
    }
  });

  it('a request that died may have been applied: settled by trying again', async () => {
    const world = new PurgeWorld({ pageKeys: 20 });
    const stream = world.stream('app', 100);
    world.catalog.markDeleted('app');
    let faults = 3;
    world.onRequest = ({ kind }) =>
      kind === 'delete' && faults-- > 0
        ? { error: storeError('TRANSIENT', 'ECONNRESET'), appliedAfterMs: 0 }
        : undefined;
    world.lead();
    await world.until(stream, 'PURGED');
    expect(world.catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBe(102);
    await world.assertClean();
  });

  it('a key that condemns its whole request is isolated and does not hold up the others', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 200);
    const odd = `${stream.prefix}date=2026-01-01/\u0001.parquet`;
    world.store.put(odd);
    world.catalog.markDeleted('app');
    world.onRequest = (request) =>
      request.kind === 'delete' && request.targets.some(({ key }) => key === odd)
        ? { error: storeError('INVALID', 'MalformedXML') }
        : undefined;
    world.lead();
    await world.untilPhase(stream, 'RETRYING');
    expect(world.store.keys(stream.prefix)).toHaveLength(3);
    expect(world.catalog.stream(stream.incarnation)?.purge.lastError).toContain('MalformedXML');
    world.onRequest = () => undefined;
    await world.until(stream, 'PURGED', 60_000);
    await world.assertClean();
  });

  it('an expired request is prepared anew', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { leader } = world.lead();
    leader.confirmMs = 61_000; // Longer than a prepared request lives.
    await world.untilPhase(stream, 'RETRYING');
    expect(world.store.requestsOf('delete')).toEqual([]);
    leader.confirmMs = 1;
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });
});

describe('P5: one stream never holds up another', () => {
  const BLOCKING: readonly StoreErrorKind[] = ['ACCESS_DENIED', 'OBJECT_LOCKED', 'UNSUPPORTED'];
  for (const kind of BLOCKING) {
    it(`${kind} of one key: everything else goes, then BLOCKED with a way out; a lifted cause heals by itself`, async () => {
      const world = new PurgeWorld();
      const bad = world.stream('bad', 100);
      const good = world.stream('good', 100);
      world.catalog.markDeleted('bad');
      world.catalog.markDeleted('good');
      let lifted = false;
      world.store.onKey = ({ key }) =>
        key.startsWith('bad/') && key.endsWith('7.parquet') && !lifted
          ? { kind: 'failed', error: storeError(kind) }
          : undefined;
      world.lead({ streamConcurrency: 1 });
      await world.until(good, 'PURGED', 30_000);
      await world.untilPhase(bad, 'BLOCKED', 30_000);
      const { purge } = world.catalog.stream(bad.incarnation) ?? bad;
      expect(purge.lastError).toMatch(/sexton purge retry/);
      expect(purge.lastError).toMatch(/and 9 more/);
      expect(purge.nextAttemptTimeMs).toBeGreaterThan(world.clock.wallMs() + 25_000);
      expect(world.store.keys(bad.prefix)).toHaveLength(12);
      lifted = true;
      await world.until(bad, 'PURGED', 61_000);
      await world.assertClean();
    });
  }

  it('a missing permission to list is BLOCKED and names the permission', async () => {
    for (const [kind, permission] of [
      ['listObjects', 's3:ListBucket'],
      ['listVersions', 's3:ListBucketVersions'],
      ['listUploads', 's3:ListBucketMultipartUploads'],
    ] as const) {
      const world = new PurgeWorld();
      const stream = world.stream('app', 10);
      world.catalog.markDeleted('app');
      world.onRequest = (request) =>
        request.kind === kind ? { error: storeError('ACCESS_DENIED') } : undefined;
      world.lead();
      await world.untilPhase(stream, 'BLOCKED');
      expect(world.catalog.stream(stream.incarnation)?.purge.lastError).toContain(`allow ${permission} `);
      await world.assertClean();
    }
  });

  it('NO_SUCH_BUCKET blocks, and nothing else is started until a probe succeeds', async () => {
    const world = new PurgeWorld();
    const first = world.stream('first', 10);
    const second = world.stream('second', 10);
    let gone = false;
    const { purger } = world.lead({ streamConcurrency: 1 });
    await world.clock.advance(1_000);
    gone = true;
    world.onRequest = () => (gone ? { error: storeError('NO_SUCH_BUCKET') } : undefined);
    world.catalog.markDeleted('first');
    world.catalog.markDeleted('second');
    await world.untilPhase(first, 'BLOCKED');
    await world.clock.advance(20_000);
    expect(world.state(second)).toBe('DELETED');
    expect(purger.status()).toMatchObject({ running: false });
    expect(purger.status().stoppedBecause).toMatch(/^storage: /);
    gone = false;
    await world.until(second, 'PURGED', 60_000);
    await world.until(first, 'PURGED', 120_000);
    await world.assertClean();
  });

  it('waits for a store that cannot be probed, and starts when it can', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    let down = true;
    world.onRequest = ({ kind }) =>
      kind === 'probe' && down ? { error: storeError('TRANSIENT', '', 'connect ECONNREFUSED') } : undefined;
    const { purger } = world.lead();
    await world.clock.advance(300_000);
    expect(purger.status().stoppedBecause).toBe('storage: connect ECONNREFUSED');
    expect(world.store.requestsOf('probe').length).toBeLessThan(25);
    down = false;
    await world.until(stream, 'PURGED', 31_000);
    await world.assertClean();
  });

  for (const slots of [1, 2]) {
    it(`RETRYING gives its slot back: many failing streams leave room for a healthy one (${slots} slots)`, async () => {
      const world = new PurgeWorld({ latencyMs: 200 });
      for (let at = 0; at < 60; at++) {
        world.stream(`bad${at}`, 1);
        world.catalog.markDeleted(`bad${at}`);
      }
      world.onRequest = (request) =>
        request.kind === 'listObjects' && request.prefix.startsWith('bad')
          ? { error: storeError('TRANSIENT') }
          : undefined;
      world.lead({ streamConcurrency: slots, transientBackoffMaxMs: 2_000 });
      await world.clock.runUntil(() => world.catalog.summary().purges.RETRYING === 60);
      const good = world.stream('good', 50);
      world.catalog.markDeleted('good');
      await world.until(good, 'PURGED', 30_000);
      await world.assertClean();
    });
  }

  it('failed streams whose next try hangs never hold every slot', async () => {
    const world = new PurgeWorld();
    for (const name of ['bad1', 'bad2', 'bad3']) {
      world.stream(name, 1);
      world.catalog.markDeleted(name);
    }
    world.onRequest = (request) =>
      request.kind === 'listObjects' && request.prefix.startsWith('bad')
        ? { error: storeError('TRANSIENT') }
        : undefined;
    world.lead({ streamConcurrency: 2 });
    await world.clock.runUntil(() => world.catalog.summary().purges.RETRYING === 3);
    world.store.hangsOn = 'bad';
    await world.clock.advance(60_000);
    const good = world.stream('good', 50);
    world.catalog.markDeleted('good');
    await world.until(good, 'PURGED', 10_000);
    await world.assertClean();
  });

  it('a listing that breaks off in the middle is tried again, then RETRYING', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const stream = world.stream('app', 100);
    world.catalog.markDeleted('app');
    let down = true;
    world.onRequest = (request) =>
      down && request.kind === 'listObjects' && request.page !== undefined
        ? { error: storeError('TRANSIENT') }
        : undefined;
    world.lead();
    await world.untilPhase(stream, 'RETRYING');
    expect(world.state(stream)).toBe('PURGING');
    down = false;
    await world.until(stream, 'PURGED', 60_000);
    await world.assertClean();
  });

  it("an operator's retry wakes a blocked stream at once", async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    let denied = true;
    world.store.onKey = () => (denied ? { kind: 'failed', error: storeError('ACCESS_DENIED') } : undefined);
    world.lead();
    await world.untilPhase(stream, 'BLOCKED');
    denied = false;
    world.catalog.retry('app');
    await world.until(stream, 'PURGED', 1_000);
    await world.assertClean();
  });

  it('a new leader keeps the pace of a blocked stream, and does not believe a time from a clock that ran ahead', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    world.store.onKey = () => ({ kind: 'failed', error: storeError('ACCESS_DENIED') });
    const { leader } = world.lead();
    await world.untilPhase(stream, 'BLOCKED');
    const sent = world.store.requestsOf('delete').length;
    leader.depose();
    const second = world.lead();
    await world.clock.advance(20_000);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    second.leader.depose();
    world.store.onKey = () => undefined;
    world.clock.wallOffsetMs = -24 * 3_600_000;
    world.lead();
    await world.until(stream, 'PURGED', 10_000);
    await world.assertClean();
  });
});

describe('pause and resume', () => {
  for (const whole of [true, false]) {
    it(`${whole ? 'the cluster' : 'one stream'}: stops in the middle at once, goes on after resume`, async () => {
      const world = new PurgeWorld({ pageKeys: 10, latencyMs: 20 });
      const stream = world.stream('app', 1_000);
      const other = world.stream('other', 1_000);
      world.catalog.markDeleted('app');
      world.catalog.markDeleted('other');
      const { purger } = world.lead();
      await world.clock.runUntil(() => world.store.requestsOf('delete').length > 20);
      world.catalog.pause(whole ? '' : 'app', true);
      const requestsFor = (prefix: string): number =>
        world.store.requests.filter(({ request }) => JSON.stringify(request).includes(`"${prefix}`)).length;
      const sent = requestsFor(stream.prefix);
      await world.clock.advance(600_000);
      expect(requestsFor(stream.prefix)).toBe(sent);
      expect(world.state(stream)).toBe('PURGING');
      expect(world.state(other)).toBe(whole ? 'PURGING' : 'PURGED');
      expect(purger.status().stoppedBecause).toBe(whole ? 'paused' : '');
      expect(world.catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBeGreaterThan(0);
      world.catalog.pause(whole ? '' : 'app', false);
      await world.until(stream, 'PURGED', 60_000);
      await world.until(other, 'PURGED', 60_000);
      await world.assertClean();
    });
  }

  it('a paused tombstone does not begin', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app', 1_000);
    world.catalog.pause('app', true);
    world.lead();
    await world.clock.advance(600_000);
    expect(world.state(stream)).toBe('DELETED');
    world.catalog.pause('app', false);
    await world.until(stream, 'PURGED', 5_000);
    await world.assertClean();
  });
});
