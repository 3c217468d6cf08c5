/** The helper as a whole: ingest nodes, sessions, the catalog, discovery. Query nodes: query-node.test.ts. */
import { describe, expect, it } from 'vitest';
import { ParseableSync } from '../../src/parseable/parseable-sync.js';
import { deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import { VIRTUAL_EPOCH_MS } from '../support/virtual-clock.js';
import { NONE, USER } from './fake-parseable.js';
import {
  catalog,
  clock,
  DAY_MS,
  DEADLINE_MS,
  DELETED,
  deps,
  MINUTE_MS,
  node,
  run,
  sessions,
  statusOf,
  useSyncWorld,
} from './sync-world.js';

useSyncWorld();

describe('an ingest node', () => {
  it('forgets a deleted stream, and purges wait until its uploads have settled', async () => {
    const ingest = await node();
    ingest.streams.add('web').add('app');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    expect([...ingest.streams]).toEqual(['app']);
    expect(sessions.drained(ingest.url)).toBe(revision - 1);
    await clock.advance(DEADLINE_MS - 1_000);
    expect(sessions.drained(ingest.url)).toBe(revision - 1);
    await clock.advance(1_000);
    expect(sessions.drained(ingest.url)).toBe(revision);
    expect(statusOf(sync, ingest)).toMatchObject({
      state: 'UP',
      session: 'OPEN',
      pending: 0,
      settling: 0,
      acknowledgedTotal: 1,
      lastError: '',
      version: 'v2.9.5',
    });
  });

  it('forgets a stream whose name is not ASCII', async () => {
    const ingest = await node();
    ingest.streams.add('Größe').add('acme/日志');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'Größe', prefix: 'Gr%C3%B6%C3%9Fe/', ...DELETED });
    catalog.change('DELETED', {
      tenant: 'acme',
      name: '日志',
      prefix: 'acme/%E6%97%A5%E5%BF%97/',
      ...DELETED,
    });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 2);
    expect([...ingest.streams]).toEqual([]);
  });

  it('is told of what was deleted before the helper started', async () => {
    const ingest = await node();
    catalog.change('DELETED', { name: 'web', ...DELETED });
    catalog.change('PURGE_STARTED', { name: 'app', state: 'PURGING' });
    catalog.change('PURGED', { name: 'old', state: 'PURGED', reusableAfterMs: VIRTUAL_EPOCH_MS + DAY_MS });
    catalog.change('CREATED', { name: 'live' });
    catalog.change('DELETED', { name: 'other', prefix: 'other/77/', ...DELETED });
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => statusOf(sync, ingest).acknowledgedTotal === 2);
    await clock.advance(MINUTE_MS);
    expect(ingest.deletes.toSorted()).toEqual(['/api/v1/logstream/app/sync', '/api/v1/logstream/web/sync']);
  });

  it('that is down holds up purges until it is back and has acknowledged, and delays no other node', async () => {
    const [up, down] = [await node(), await node()];
    up.streams.add('web');
    down.streams.add('web');
    await down.stop();
    const sync = run({ ingestNodes: [down.url, up.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, up).settling === 1);
    expect(statusOf(sync, up).lastAcknowledgedTimeMs).toBeLessThan(VIRTUAL_EPOCH_MS + 1_000);
    await clock.advance(3 * 60 * MINUTE_MS);
    expect(sessions.drained(up.url)).toBe(revision);
    expect(sessions.drained(down.url)).toBe(revision - 1);
    expect(statusOf(sync, down)).toMatchObject({ state: 'DOWN', session: 'OPEN', pending: 1 });
    expect(statusOf(sync, down).lastError).toMatch(/ECONNREFUSED/);
    const backAtMs = clock.monotonicMs();
    await down.listen();
    await clock.runUntil(() => statusOf(sync, down).settling === 1);
    // The longest wait between two tries is a minute.
    expect(clock.monotonicMs() - backAtMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(down.streams.size).toBe(0);
    await clock.advance(DEADLINE_MS);
    expect(sessions.drained(down.url)).toBe(revision);
  });

  it('that fails for one stream alone goes on with the others', async () => {
    const ingest = await node();
    ingest.poisoned.add('bad');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const bad = catalog.change('DELETED', { name: 'bad', ...DELETED });
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    await clock.advance(60 * MINUTE_MS);
    expect(statusOf(sync, ingest)).toMatchObject({ state: 'UP', pending: 1, settling: 0 });
    expect(statusOf(sync, ingest).lastError).toBe('answered 500: cannot remove bad (bad/)');
    expect(sessions.drained(ingest.url)).toBe(bad - 1);
    const tries = ingest.deletes.filter((path) => path.includes('bad')).length;
    expect(tries).toBeGreaterThan(50);
    expect(tries).toBeLessThan(150);
    ingest.poisoned.clear();
    await clock.advance(2 * MINUTE_MS + DEADLINE_MS);
    expect(sessions.drained(ingest.url)).toBe(catalog.revision);
    expect(statusOf(sync, ingest).lastError).toBe('');
  });

  it('whose answer is lost is asked again, and its 404 counts', async () => {
    const ingest = await node();
    ingest.streams.add('web');
    ingest.fault = { kind: 'reset-after-effect' };
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => ingest.streams.size === 0 && statusOf(sync, ingest).state === 'DOWN');
    expect(statusOf(sync, ingest)).toMatchObject({ pending: 1, acknowledgedTotal: 0 });
    ingest.fault = NONE;
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    expect(ingest.deletes.length).toBeGreaterThan(1);
  });

  it('is not believed when it says 404 and is no Parseable node', async () => {
    const impostor = await node();
    impostor.aboutFault = { kind: 'status', status: 404 };
    const sync = run({ ingestNodes: [impostor.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.advance(60 * MINUTE_MS);
    expect(impostor.deletes).toEqual([]);
    expect(sessions.drained(impostor.url)).toBe(revision - 1);
    expect(statusOf(sync, impostor)).toMatchObject({ state: 'DOWN', pending: 1 });
  });

  it('that has failed says who it is before its next word is believed, however lately it said so', async () => {
    const ingest = await node();
    ingest.streams.add('web');
    ingest.fault = { kind: 'status', status: 503 };
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => statusOf(sync, ingest).state === 'UP');
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).state === 'DOWN');
    // Behind the same address there is now something that says 404 to everything.
    ingest.streams.clear();
    ingest.fault = NONE;
    ingest.aboutFault = { kind: 'status', status: 404 };
    const before = ingest.deletes.length;
    await clock.advance(10_000);
    expect(ingest.deletes).toHaveLength(before);
    expect(statusOf(sync, ingest)).toMatchObject({ state: 'DOWN', pending: 1 });
  });

  it('is asked once more before the grace ends, and when the purge has begun', async () => {
    const ingest = await node();
    ingest.streams.add('web');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    ingest.streams.add('web'); // A client goes on sending.
    await clock.advance(DAY_MS - DEADLINE_MS);
    expect(ingest.streams.size).toBe(0);
    expect(statusOf(sync, ingest)).toMatchObject({ heldAgainTotal: 1, pending: 0 });
    ingest.streams.add('web');
    catalog.change('PURGE_STARTED', { name: 'web', state: 'PURGING' });
    await clock.runUntil(() => ingest.streams.size === 0);
    expect(ingest.deletes).toHaveLength(3);
  });

  it('is left alone once the stream lives again', async () => {
    const ingest = await node();
    ingest.fault = { kind: 'status', status: 503 };
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => ingest.deletes.length === 1);
    ingest.streams.add('web');
    const revision = catalog.change('UNDELETED', { name: 'web', state: 'ACTIVE' });
    await clock.runUntil(() => sessions.drained(ingest.url) === revision);
    ingest.fault = NONE;
    await clock.advance(60 * MINUTE_MS);
    expect([...ingest.streams]).toEqual(['web']);
  });

  it('that could not be told before the purge was done is not told: what it stages may be the next life’s', async () => {
    const ingest = await node();
    await ingest.stop();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('PURGE_STARTED', { name: 'web', state: 'PURGING' });
    await clock.runUntil(() => statusOf(sync, ingest).pending === 1);
    catalog.change('PURGED', { name: 'web', state: 'PURGED' });
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    await ingest.listen();
    await clock.runUntil(() => statusOf(sync, ingest).state === 'UP');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
  });
});

describe('a session', () => {
  it('that an operator closes releases the node until it answers again', async () => {
    const ingest = await node();
    await ingest.stop();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    sessions.end(ingest.url);
    await clock.advance(10 * MINUTE_MS);
    expect(statusOf(sync, ingest)).toMatchObject({ session: 'RELEASED', state: 'DOWN', sessionId: '' });
    expect(sessions.opened).toHaveLength(1);
    await ingest.listen();
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    expect(statusOf(sync, ingest)).toMatchObject({ session: 'OPEN', state: 'UP', sessionId: '2' });
  });

  it('that ran out is opened anew at once', async () => {
    const ingest = await node();
    await ingest.stop();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    sessions.leaseRemainingMs = 0;
    sessions.end(ingest.url);
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    expect(statusOf(sync, ingest)).toMatchObject({ session: 'OPEN', sessionId: '2', state: 'DOWN' });
  });

  it('is asked for until there is one', async () => {
    const ingest = await node();
    sessions.refuse = new SextonError('NO_LEADER', 'nobody leads');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.advance(10 * MINUTE_MS);
    expect(statusOf(sync, ingest).session).toBe('OPENING');
    sessions.refuse = undefined;
    await clock.runUntil(() => sessions.holders.has(ingest.url));
  });

  it('that takes no report is taken up anew', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    sessions.end(ingest.url, 'REFUSED');
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    expect(statusOf(sync, ingest)).toMatchObject({ session: 'OPEN', sessionId: '2' });
  });

  it('reports before its time only what a purge waits for', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(
      () => statusOf(sync, ingest).session === 'OPEN' && sync.status().revision !== undefined,
    );
    const revision = catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    await clock.advance(DEADLINE_MS);
    expect(sessions.nudges).toBe(0);
    sessions.holders.get(ingest.url)?.onConfirmed({ drainedRevision: 100, awaitedRevision: revision });
    catalog.progress();
    await clock.runUntil(() => sessions.nudges === 1);
    sessions.holders.get(ingest.url)?.onConfirmed({ drainedRevision: revision, awaitedRevision: revision });
    catalog.progress();
    await clock.advance(MINUTE_MS);
    expect(sessions.nudges).toBe(1);
    expect(statusOf(sync, ingest).drainedRevision).toBe(revision);
  });
});

describe('the catalog', () => {
  it('is listed from the beginning when the watch cannot go on', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.runUntil(() => sync.status().catalogError !== '');
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    expect(catalog.listings).toBe(2);
    expect(sync.status().catalogError).toBe('');
    await clock.advance(DEADLINE_MS);
    expect(sessions.drained(ingest.url)).toBe(catalog.revision);
  });

  it('is listed page by page, and what a later page holds is not forgotten by an earlier one', async () => {
    const ingest = await node();
    for (const name of ['a', 'b', 'c']) catalog.change('DELETED', { name, ...DELETED });
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 3);
    catalog.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.advance(10_000);
    expect(catalog.listings).toBe(2);
    expect(statusOf(sync, ingest).settling).toBe(3);
    expect(ingest.deletes).toHaveLength(3);
  });

  it('that refuses the watch for good ends the helper', async () => {
    const ingest = await node();
    const sync = new ParseableSync(
      {
        ingestNodes: [ingest.url],
        queryNodes: [],
        discover: '',
        credentials: USER,
        deploymentId: '',
        sessionTtlMs: 3_600_000,
        uploadDeadlineMs: DEADLINE_MS,
        callTimeoutMs: 10_000,
      },
      deps(),
    );
    const done = sync.run(new AbortController().signal);
    catalog.breakWatch(new SextonError('UNIMPLEMENTED', 'an old server'));
    await expect(clock.run(done)).rejects.toThrow('an old server');
  });
});

describe('discovery', () => {
  it('adds nodes as the deployment lists them, and each is told of everything', async () => {
    const [query, ingest] = [await node('Distributed (Query)'), await node()];
    ingest.streams.add('web');
    catalog.change('DELETED', { name: 'web', ...DELETED });
    const sync = run({ discover: query.url });
    await clock.runUntil(() => sync.status().revision !== undefined);
    await clock.advance(MINUTE_MS);
    query.clusterInfo = [
      { domain_name: `${ingest.url}/`, node_type: 'ingestor' },
      { domain_name: `${query.url}/`, node_type: 'querier' },
      { domain_name: 'http://127.0.0.1:1/', node_type: 'prism' },
    ];
    await clock.runUntil(() => sync.status().nodes.length === 2);
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    // Until it was told of everything, it reports nothing, however far the catalog has come.
    const gate = deferred<void>();
    catalog.listGate = gate.promise;
    catalog.progress();
    await clock.advance(MINUTE_MS);
    expect(catalog.listings).toBe(2);
    expect(sessions.drained(ingest.url)).toBe(sessions.floorRevision);
    gate.resolve();
    await clock.runUntil(() => ingest.streams.size === 0);
    await clock.advance(DEADLINE_MS + MINUTE_MS);
    expect(sessions.drained(ingest.url)).toBe(catalog.revision);
    expect(sync.status().nodes.map(({ kind, session }) => [kind, session])).toEqual([
      ['ingest', 'OPEN'],
      ['query', 'NONE'],
    ]);
    query.clusterInfo = [];
    await clock.advance(10 * MINUTE_MS);
    expect(sync.status().nodes).toHaveLength(2);
  });

  it('says why it cannot', async () => {
    const query = await node('Distributed (Query)');
    query.clusterInfo = [{ domain_name: 'http://a:b@c/', node_type: 'ingestor' }];
    const sync = run({ discover: query.url });
    await clock.runUntil(() => sync.status().discoveryError.startsWith('lists a node'));
    await query.stop();
    await clock.runUntil(() => sync.status().discoveryError.includes('ECONNREFUSED'));
  });

  it.each([
    [{ domain_name: 'http://a:b@c/', node_type: 'ingestor' }, /cannot be asked/],
    [{ domain_name: 'http://somewhere:8000/', node_type: 'ingest-v2' }, /ingest-v2/],
    [{ node_type: 'ingestor' }, /without/],
    ['nonsense', /without/],
  ])('takes every node that it can although %j is listed first, and says so', async (odd, message) => {
    const [query, ingest] = [await node('Distributed (Query)'), await node()];
    query.clusterInfo = [odd, { domain_name: `${ingest.url}/`, node_type: 'ingestor' }];
    const sync = run({ discover: query.url });
    await clock.runUntil(() => sync.status().discoveryError.startsWith('lists a node'));
    expect(sync.status().discoveryError).toMatch(message);
    expect(sync.status().nodes.map(({ node: url }) => url)).toEqual([ingest.url]);
    await clock.runUntil(() => sessions.holders.has(ingest.url));
  });

  it('does not complain of nodes that hold no streams', async () => {
    const query = await node('Distributed (Query)');
    query.clusterInfo = ['prism', 'indexer'].map((type) => ({ domain_name: 'http://b:1/', node_type: type }));
    const sync = run({ discover: query.url });
    await clock.runUntil(() => sync.status().discoveryError === '');
    expect(sync.status().nodes).toEqual([]);
  });
});

describe('settings', () => {
  it.each([
    [{}, /names no node/],
    [{ ingestNodes: ['http://'] }, /--ingest-node/],
    [{ ingestNodes: ['a:1'], queryNodes: ['http://a:1/'] }, /which --ingest-node names too/],
    [{ discover: 'nonsense://x' }, /--discover/],
  ])('%j are refused', (settings, message) => {
    expect(() => run(settings)).toThrow(message);
  });
});
