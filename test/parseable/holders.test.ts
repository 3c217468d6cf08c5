/** Stale entries of ingest nodes, and Parseables that run as one process. */
import { describe, expect, it } from 'vitest';
import { SextonError } from '../../src/shared/errors.js';
import { streamOf } from './support.js';
import {
  bucket,
  catalog,
  clock,
  DAY_MS,
  DEADLINE_MS,
  DELETED,
  MINUTE_MS,
  node,
  run,
  sessions,
  statusOf,
  useSyncWorld,
} from './sync-world.js';

useSyncWorld();

describe('an ingest node with a stale entry', () => {
  /** A node that holds a purged stream, and what it has uploaded since was swept. */
  async function staleWorld(withQueryNode: boolean) {
    const [ingest, query] = [await node(), await node('Distributed (Query)')];
    ingest.streams.add('web');
    catalog.purged('web', clock.wallMs());
    const sync = run({ ingestNodes: [ingest.url], queryNodes: withQueryNode ? [query.url] : [] });
    await clock.runUntil(() => statusOf(sync, ingest).state === 'UP' && sync.status().revision !== undefined);
    if (withQueryNode) await clock.runUntil(() => statusOf(sync, query).state === 'UP');
    return { ingest, query, sync };
  }

  it('is made to forget it after a sweep, and holds up no purge for it', async () => {
    const { ingest, sync } = await staleWorld(true);
    await clock.advance(MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
    const revision = catalog.swept('web');
    await clock.runUntil(() => ingest.streams.size === 0);
    expect(ingest.deletes).toEqual(['/api/v1/logstream/web/sync']);
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    expect(sessions.drained(ingest.url)).toBe(revision);
  });

  it('is left alone when the bucket has a life of the name, whatever the catalog says', async () => {
    const { ingest, sync } = await staleWorld(true);
    bucket.set('web/.stream/.stream.json', '1');
    catalog.swept('web');
    await clock.runUntil(() => ingest.requests.some(({ path }) => path.endsWith('/info')));
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    expect(ingest.deletes).toEqual([]);
  });

  it('is left alone when it holds nothing, and nobody else is asked', async () => {
    const { ingest, query, sync } = await staleWorld(true);
    ingest.streams.clear();
    query.requests.length = 0;
    catalog.swept('web');
    await clock.runUntil(() => ingest.requests.some(({ path }) => path.endsWith('/info')));
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    expect(ingest.deletes).toEqual([]);
    expect(query.requests.filter(({ path }) => path === '/api/v1/logstream')).toEqual([]);
  });

  it('is left alone when the catalog has another life of the name', async () => {
    const { ingest, sync } = await staleWorld(true);
    catalog.swept('web');
    catalog.streams.set('/web', streamOf({ name: 'web', incarnation: 999, state: 'ACTIVE' }));
    await clock.runUntil(() => ingest.requests.some(({ path }) => path.endsWith('/info')));
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    expect(ingest.deletes).toEqual([]);
  });

  it('waits, and says why, while no query node answers that could say whether the stream lives', async () => {
    const { ingest, query, sync } = await staleWorld(true);
    await query.stop();
    await clock.runUntil(() => statusOf(sync, query).state === 'DOWN');
    catalog.swept('web');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
    expect(statusOf(sync, ingest)).toMatchObject({ state: 'UP', pending: 1 });
    expect(statusOf(sync, ingest).lastError).toMatch(/^no query node answers that could say .* \(web\/\)$/);
    await query.listen();
    await clock.runUntil(() => ingest.streams.size === 0);
  });

  it('waits where no query node of its deployment is known', async () => {
    const { ingest, query, sync } = await staleWorld(true);
    query.deploymentId = '01BX5ZZKBKACTAV9WEVGEMMVS0';
    await clock.advance(MINUTE_MS);
    catalog.swept('web');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
    expect(statusOf(sync, ingest).pending).toBe(1);
  });

  it('waits where no query node is named', async () => {
    const { ingest, sync } = await staleWorld(false);
    catalog.swept('web');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
    expect(statusOf(sync, ingest).lastError).toMatch(/^no query node answers/);
  });

  it('keeps its turn when everything is listed anew: no listing shows what is stale', async () => {
    const { ingest, query, sync } = await staleWorld(true);
    await query.stop();
    await clock.runUntil(() => statusOf(sync, query).state === 'DOWN');
    catalog.swept('web');
    await clock.runUntil(() => statusOf(sync, ingest).pending === 1);
    catalog.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.runUntil(() => catalog.listings === 2);
    await clock.advance(MINUTE_MS);
    expect(statusOf(sync, ingest).pending).toBe(1);
    await query.listen();
    await clock.runUntil(() => ingest.streams.size === 0);
  });
});

describe('a standalone node', () => {
  it('is asked for its delete past the point of no return only, and purges wait for it', async () => {
    const logs = await node('Standalone');
    logs.post('web');
    logs.upload('web');
    const sync = run({ standaloneNodes: [logs.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.advance(DAY_MS);
    expect(logs.deletes).toEqual([]);
    expect(logs.visibleEvents('web')).toBe(1);
    const revision = catalog.drain('web');
    await clock.runUntil(() => logs.streams.size === 0);
    expect(bucket.size).toBe(0);
    expect(new Set(logs.deletes)).toEqual(new Set(['/api/v1/logstream/web']));
    expect(sessions.holdsUp(logs.url, revision)).toBe(true);
    await clock.advance(DEADLINE_MS + 1_000);
    expect(sessions.holdsUp(logs.url, revision)).toBe(false);
    // The call empties the prefix: the catalog is read before each of them.
    expect(catalog.reads).toBe(logs.deletes.length);
  });

  it('is not asked on the word of a watch that is behind: the name may live again', async () => {
    const logs = await node('Standalone');
    await logs.stop();
    const sync = run({ standaloneNodes: [logs.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, logs).pending === 1);
    catalog.streams.set('/web', streamOf({ name: 'web', incarnation: 999, state: 'ACTIVE' }));
    logs.post('web');
    await logs.listen();
    await clock.runUntil(() => statusOf(sync, logs).pending === 0);
    expect(logs.deletes).toEqual([]);
    expect(logs.streams.size).toBe(1);
  });

  it('is waited for by a purge that began to drain before the helper was started', async () => {
    const logs = await node('Standalone');
    logs.post('web');
    const revision = catalog.drain('web');
    const sync = run({ standaloneNodes: [logs.url] });
    await clock.runUntil(() => sessions.holders.has(logs.url));
    expect(sessions.holdsUp(logs.url, revision)).toBe(true);
    await clock.runUntil(() => logs.streams.size === 0);
    logs.post('web'); // A client is still there.
    await clock.runUntil(() => statusOf(sync, logs).takenUp === 1);
    expect(bucket.size).toBe(0);
    expect(sessions.holdsUp(logs.url, revision)).toBe(true);
    await clock.advance(DEADLINE_MS + MINUTE_MS);
    expect(sessions.holdsUp(logs.url, revision)).toBe(false);
  });

  it('says itself whether a purged stream that it holds lives again', async () => {
    const logs = await node('Standalone');
    logs.streams.add('web').add('app');
    bucket.set('app/.stream/.stream.json', '1');
    for (const name of ['web', 'app']) catalog.purged(name, clock.wallMs());
    const sync = run({ standaloneNodes: [logs.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    for (const name of ['web', 'app']) catalog.swept(name);
    await clock.runUntil(() => !logs.streams.has('web'));
    await clock.runUntil(() => statusOf(sync, logs).pending === 0);
    expect(logs.deletes).toEqual(['/api/v1/logstream/web']);
    expect([...logs.streams]).toEqual(['app']);
  });
});
