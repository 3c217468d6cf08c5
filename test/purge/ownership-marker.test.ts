/** P9: whose bucket it is, and what happens to those who find another's name there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prefixViolations } from '../../src/catalog/names.js';
import { LocalStore } from '../../src/objectstore/local-store.js';
import type { ObjectStore } from '../../src/objectstore/object-store.js';
import { S3Store } from '../../src/objectstore/s3-store.js';
import { BucketOwnership, OWNERSHIP_MARKER_KEY } from '../../src/purge/ownership-marker.js';
import { delay, systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { s3Config } from '../objectstore/s3-subject.js';
import { storeError } from '../support/memory-object-store.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import { PurgeWorld } from './purge-world.js';

const call = { signal: new AbortController().signal };

function mark(world: PurgeWorld, text: string): void {
  world.store.small.set(OWNERSHIP_MARKER_KEY, Buffer.from(text));
}

function markOf(clusterId: string): string {
  return JSON.stringify({ cluster_id: clusterId, claimed_time: '2026-01-01T00:00:00.000Z' });
}

function markerOf(world: PurgeWorld): unknown {
  return JSON.parse(Buffer.from(world.store.small.get(OWNERSHIP_MARKER_KEY) ?? '').toString());
}

describe('the ownership marker (P9)', () => {
  it('is set by the first leader, found by the next, and outlives every purge', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { leader } = world.lead();
    await world.until(stream, 'PURGED');
    leader.depose();
    const written = world.store.small.get(OWNERSHIP_MARKER_KEY);
    expect(markerOf(world)).toMatchObject({ cluster_id: 'test-cluster' });
    const second = world.stream('second', 10);
    world.catalog.markDeleted('second');
    world.lead();
    await world.until(second, 'PURGED');
    expect(world.store.small.get(OWNERSHIP_MARKER_KEY)).toBe(written);
    await world.assertClean();
  });

  it('lies where no stream can own it (C6)', () => {
    for (const prefix of ['.sexton/', '.sexton/owner.json/', ''])
      expect(prefixViolations(prefix)).not.toEqual([]);
  });

  it('of another cluster stops every purge before it begins, and says whose it is and what to do', async () => {
    const world = new PurgeWorld();
    mark(world, markOf('other'));
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { purger } = world.lead();
    await world.clock.advance(600_000);
    expect(world.state(stream)).toBe('DELETED');
    expect(purger.status()).toMatchObject({ running: false, active: [] });
    expect(purger.status().stoppedBecause).toMatch(
      /belongs to the Sexton cluster "other" since 2026-01-01T00:00:00.000Z, and this is "test-cluster".*--take-over-bucket-from other/,
    );
    expect(world.store.requestsOf('put')).toEqual([]);
    // The operator sees to it that the other cluster is gone, and removes the marker.
    world.store.small.delete(OWNERSHIP_MARKER_KEY);
    await world.until(stream, 'PURGED', 120_000);
    expect(markerOf(world)).toMatchObject({ cluster_id: 'test-cluster' });
    await world.assertClean();
  });

  it('that changes hands blocks what is under way within a minute', async () => {
    const world = new PurgeWorld({ pageKeys: 10, latencyMs: 1_000 });
    const stream = world.stream('app', 20_000);
    world.catalog.markDeleted('app');
    world.lead({ deleteBatchMax: 10 });
    await world.clock.runUntil(() => world.store.requestsOf('delete').length > 20);
    mark(world, markOf('other'));
    await world.untilPhase(stream, 'BLOCKED', 65_000);
    const { purge } = world.catalog.stream(stream.incarnation) ?? stream;
    expect(purge.lastError).toContain('belongs to the Sexton cluster "other"');
    expect(purge.blockedReason).toBe('FOREIGN_MARKER');
    const sent = world.store.requestsOf('delete').length;
    await world.clock.advance(600_000);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    mark(world, markOf('test-cluster'));
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });

  it('is taken over when the operator names its owner, and from nobody else', async () => {
    const world = new PurgeWorld();
    mark(world, markOf('other'));
    const stream = world.stream('app', 10);
    world.catalog.markDeleted('app');
    const { leader } = world.lead({}, { takeOverBucketFrom: 'elsewhere' });
    await world.clock.advance(600_000);
    expect(markerOf(world)).toMatchObject({ cluster_id: 'other' });
    leader.depose();
    world.lead({}, { takeOverBucketFrom: 'other' });
    await world.until(stream, 'PURGED');
    expect(markerOf(world)).toMatchObject({ cluster_id: 'test-cluster' });
    expect(world.logged.filter(({ message }) => message.includes('taken over'))).toHaveLength(1);
    await world.assertClean();
  });

  it.each(['', '{', '[]', 'null', '{"cluster_id":7}', '{"cluster_id":""}'])(
    'that cannot be read stops every purge and is left as it is: %j',
    async (text) => {
      const world = new PurgeWorld();
      mark(world, text);
      const stream = world.stream('app', 1);
      world.catalog.markDeleted('app');
      const { purger } = world.lead({}, { takeOverBucketFrom: 'other' });
      await world.clock.advance(600_000);
      expect(world.state(stream)).toBe('DELETED');
      expect(purger.status().stoppedBecause).toContain('no ownership marker that this version can read');
      expect(Buffer.from(world.store.small.get(OWNERSHIP_MARKER_KEY) ?? 'gone').toString()).toBe(text);
      await world.assertClean();
    },
  );

  it('that the store does not show is waited for, with the reason in sight', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 1);
    world.catalog.markDeleted('app');
    let denied = true;
    world.onRequest = ({ kind }) =>
      kind === 'get' && denied
        ? { error: storeError('ACCESS_DENIED', 'AccessDenied', 's3:GetObject') }
        : undefined;
    const { purger } = world.lead();
    await world.clock.advance(60_000);
    expect(purger.status().stoppedBecause).toContain('s3:GetObject');
    expect(world.state(stream)).toBe('DELETED');
    denied = false;
    await world.until(stream, 'PURGED', 60_000);
    await world.assertClean();
  });

  it.each([true, false])(
    'lets one of two clusters win that find the bucket free at once; If-None-Match honoured: %j',
    async (conditionalCreate) => {
      const world = new PurgeWorld({ conditionalCreate, latencyMs: 100 });
      const store = world.store.as('one');
      const capabilities = await world.clock.run(store.probe(call));
      // The second has looked, and its write is on the way for a second.
      const slow: ObjectStore = {
        ...store,
        putObject: async (...write) => {
          await delay(world.clock, 1_000);
          return store.putObject(...write);
        },
      };
      const claims = [store, slow].map(
        (port, at) =>
          new BucketOwnership({
            store: port,
            clock: world.clock,
            logger: silentLogger,
            clusterId: `cluster-${at}`,
            takeOverFrom: '',
          }),
      );
      await world.clock.run(Promise.all(claims.map((claim) => claim.verify(capabilities, call.signal))));
      expect(claims.filter(({ obstacle }) => obstacle === '')).toHaveLength(1);
      expect(claims.map(({ obstacle }) => obstacle).join()).toMatch(/belongs to the Sexton cluster/);
    },
  );
});

describe('the ownership marker on real stores', () => {
  let endpoint: S3Endpoint;
  let directory: string;
  const stores: ObjectStore[] = [];

  beforeEach(async () => {
    endpoint = await S3Endpoint.start();
    directory = await mkdtemp(join(tmpdir(), 'sexton-marker-'));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await endpoint.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const open = (kind: string): ObjectStore => {
    if (kind === 'local') return new LocalStore({ directory, clock: systemClock, durable: false });
    endpoint.createBucket('marked', kind === 's3, versioned' ? 'Enabled' : '');
    return new S3Store(s3Config(endpoint.storeUrl('marked'), endpoint.environment), {
      clock: systemClock,
      logger: silentLogger,
    });
  };

  it.each(['local', 's3', 's3, versioned'])(
    '%s: of several clusters one gets it, and keeps it',
    async (kind) => {
      const store = open(kind);
      stores.push(store);
      const capabilities = await store.probe(call);
      expect(capabilities.conditionalCreate).toBe(true);
      const claims = Array.from(
        { length: 8 },
        (_, at) =>
          new BucketOwnership({
            store,
            clock: systemClock,
            logger: silentLogger,
            clusterId: `cluster-${at}`,
            takeOverFrom: '',
          }),
      );
      await Promise.all(claims.map((claim) => claim.verify(capabilities, call.signal)));
      const owners = claims.filter(({ obstacle }) => obstacle === '');
      expect(owners).toHaveLength(1);
      for (const claim of claims) await claim.verify(capabilities, call.signal);
      expect(claims.filter(({ obstacle }) => obstacle === '')).toEqual(owners);
      await store.probe(call);
      expect(await store.getObject(OWNERSHIP_MARKER_KEY, call)).toBeDefined();
    },
  );
});
