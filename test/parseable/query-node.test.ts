/**
 * When a query node is asked to forget a stream, and above all when not: its delete empties the prefix in the bucket
 * (Q1 to Q3).
 */
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/shared/deferred.js';
import {
  bucket,
  catalog,
  clock,
  DAY_MS,
  DELETED,
  MINUTE_MS,
  node,
  run,
  sessions,
  statusOf,
  useSyncWorld,
} from './sync-world.js';

useSyncWorld();

describe('a query node', () => {
  const purged = (reusableAfterMs: number) => ({ name: 'web', state: 'PURGED' as const, reusableAfterMs });

  it('is asked when its stream is purged and nobody may own the prefix, and not before', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web');
    query.bucket.set('web/.stream/.stream.json', '0');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    catalog.drain('web');
    await clock.advance(60 * MINUTE_MS);
    catalog.beginPurge('web');
    await clock.advance(60 * MINUTE_MS);
    expect(query.deletes).toEqual([]);
    expect(query.bucket.size).toBe(1);
    expect(catalog.reads).toBe(0); // It was not even considered.
    query.bucket.clear(); // By the purge.
    catalog.change('PURGED', purged(clock.wallMs() + MINUTE_MS));
    await clock.runUntil(() => query.streams.size === 0);
    expect(query.deletes).toEqual(['/api/v1/logstream/web']);
    await clock.runUntil(() => statusOf(sync, query).acknowledgedTotal === 1);
    expect(statusOf(sync, query)).toMatchObject({ session: 'NONE', missedTotal: 0 });
    expect(sessions.opened).toEqual([]);
  });

  it('that was away is missed, and not asked once the bucket has a life of the name again', async () => {
    const query = await node('Distributed (Query)');
    await query.stop();
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('PURGED', purged(clock.wallMs() + MINUTE_MS));
    await clock.runUntil(() => statusOf(sync, query).pending === 1);
    await clock.advance(2 * MINUTE_MS);
    // Still away, and nothing is owed to it any more.
    expect(statusOf(sync, query)).toMatchObject({ state: 'DOWN', pending: 0, missedTotal: 1 });
    query.streams.add('web');
    bucket.set('web/.stream/.stream.json', '1').set('web/date=2026-01-01/new.parquet', '1');
    await query.listen();
    await clock.advance(10 * MINUTE_MS);
    expect(query.deletes).toEqual([]);
    expect(bucket.size).toBe(2);
    expect(statusOf(sync, query)).toMatchObject({ state: 'UP', pending: 0, missedTotal: 1 });
  });

  it('that was away is made to forget what it holds without metadata in the bucket (Q3)', async () => {
    const query = await node('Distributed (Query)');
    await query.stop();
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('PURGED', purged(clock.wallMs() + MINUTE_MS));
    await clock.advance(60 * MINUTE_MS);
    query.streams.add('web');
    bucket.set('app/.stream/.stream.json', '1');
    await query.listen();
    await clock.runUntil(() => query.streams.size === 0);
    await clock.runUntil(() => statusOf(sync, query).pending === 0);
    expect(query.deletes).toEqual(['/api/v1/logstream/web']);
    expect(bucket.size).toBe(1);
    expect(statusOf(sync, query)).toMatchObject({ missedTotal: 1, acknowledgedTotal: 1 });
  });

  it('is looked at once for every stream that was purged before the helper started (Q3)', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('stale');
    for (const name of ['stale', 'gone', 'alive']) catalog.purged(name, clock.wallMs() - DAY_MS);
    bucket.set('alive/.stream/.stream.json', '1');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    await clock.runUntil(() => statusOf(sync, query).pending === 0);
    expect(query.deletes).toEqual(['/api/v1/logstream/stale']);
    // A node that holds nothing costs neither a read of the catalog nor a listing.
    expect(catalog.reads).toBe(2);
    expect(query.requests.filter(({ path }) => path === '/api/v1/logstream')).toHaveLength(2);
  });

  it('is not asked when a newer life of the name is there, whatever the clock says', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    catalog.change('PURGED', purged(clock.wallMs() + DAY_MS));
    // The watch has not come to it yet; the linearizable read has.
    const { streams } = catalog;
    streams.set('/web', { ...streams.get('/web')!, incarnation: 999, state: 'ACTIVE' });
    await clock.advance(10 * MINUTE_MS);
    expect(query.deletes).toEqual([]);
    expect(statusOf(sync, query).pending).toBe(0);
  });

  it('is not asked about what the cluster does not call PURGED, nor of a later life that is dead too', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web').add('app');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    catalog.change('PURGED', purged(clock.wallMs() + DAY_MS));
    // As after a restore from a backup that was made before the purge.
    const { streams } = catalog;
    streams.set('/web', { ...streams.get('/web')!, state: 'DELETED' });
    await clock.advance(MINUTE_MS);
    expect(query.deletes).toEqual([]);
    await query.stop();
    await clock.runUntil(() => statusOf(sync, query).state === 'DOWN');
    catalog.change('PURGED', { ...purged(clock.wallMs() + DAY_MS), name: 'app' });
    await clock.runUntil(() => statusOf(sync, query).pending === 1);
    catalog.change('DELETED', { name: 'app', incarnation: 99, ...DELETED });
    await clock.advance(1_000);
    expect(statusOf(sync, query).pending).toBe(0);
  });

  it('is not asked when the cluster took so long to answer that the prefix may be owned again', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    const gate = deferred<void>();
    catalog.readGate = gate.promise;
    catalog.change('PURGED', purged(clock.wallMs() + MINUTE_MS));
    await clock.runUntil(() => catalog.reads === 1);
    query.bucket.set('web/.stream/.stream.json', '1'); // Of the next life.
    await clock.advance(2 * MINUTE_MS);
    gate.resolve();
    await clock.advance(MINUTE_MS);
    expect(query.deletes).toEqual([]);
    expect(query.bucket.size).toBe(1);
    expect(statusOf(sync, query)).toMatchObject({ pending: 0, missedTotal: 1 });
  });

  it('is not asked by a helper whose machine slept: the wall clock counts too', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    const gate = deferred<void>();
    catalog.readGate = gate.promise;
    catalog.change('PURGED', purged(clock.wallMs() + MINUTE_MS));
    await clock.runUntil(() => catalog.reads === 1);
    query.bucket.set('web/.stream/.stream.json', '1'); // Of the next life.
    clock.wallOffsetMs += MINUTE_MS;
    gate.resolve();
    await clock.advance(1_000);
    expect(query.deletes).toEqual([]);
    expect(statusOf(sync, query)).toMatchObject({ pending: 0, missedTotal: 1 });
  });

  it('is not asked about a stream that came to life while the cluster was asked', async () => {
    const query = await node('Distributed (Query)');
    query.streams.add('web');
    const sync = run({ queryNodes: [query.url] });
    await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    const gate = deferred<void>();
    catalog.readGate = gate.promise;
    catalog.change('PURGED', purged(clock.wallMs() + DAY_MS));
    await clock.runUntil(() => catalog.reads === 1);
    // The read was answered before the change, and is handed over after the watch has told of it.
    catalog.change('CREATED', { name: 'web', incarnation: 999, state: 'ACTIVE' });
    await clock.advance(1_000);
    gate.resolve();
    await clock.advance(MINUTE_MS);
    expect(query.deletes).toEqual([]);
    expect(statusOf(sync, query).pending).toBe(0);
  });
});
