/** The helper as a whole: ingest nodes, sessions, the catalog, discovery. Query nodes: query-node.test.ts. */
import { describe, expect, it } from 'vitest';
import { ParseableSync } from '../../src/parseable/parseable-sync.js';
import { deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import { VIRTUAL_EPOCH_MS } from '../support/virtual-clock.js';
import { NONE, USER } from './fake-parseable.js';
import { streamOf } from './support.js';
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
  it('hears nothing of a deleted stream in its grace period, and nothing holds up any purge for it', async () => {
    const ingest = await node();
    ingest.streams.add('web');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.advance(DAY_MS);
    expect(ingest.deletes).toEqual([]);
    expect([...ingest.streams]).toEqual(['web']);
    expect(sessions.drained(ingest.url)).toBe(revision);
    expect(statusOf(sync, ingest)).toMatchObject({ pending: 0, settling: 0 });
  });

  it('of three keeps all that was uploaded when a stream is undeleted in its grace period', async () => {
    const ingest = [await node(), await node(), await node()];
    for (const each of ingest) {
      each.post('web');
      each.upload('web');
    }
    const sync = run({ ingestNodes: ingest.map(({ url }) => url) });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.change('DELETED', { name: 'web', ...DELETED });
    await clock.advance(DAY_MS / 2);
    const revision = catalog.change('UNDELETED', { name: 'web', state: 'ACTIVE' });
    await clock.runUntil(() => sync.status().revision === revision);
    await clock.advance(DAY_MS);
    for (const each of ingest) {
      expect(each.deletes).toEqual([]);
      each.post('web');
      each.upload('web');
    }
    expect(ingest[0]?.visibleEvents('web')).toBe(6);
  });

  it('forgets a stream past the point of no return, and the purge waits until it was quiet for one deadline', async () => {
    const ingest = await node();
    ingest.streams.add('web').add('app');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    const letGoMs = clock.monotonicMs();
    expect([...ingest.streams]).toEqual(['app']);
    await clock.advance(DEADLINE_MS - 1_000);
    expect(sessions.holdsUp(ingest.url, revision)).toBe(true);
    await clock.runUntil(() => statusOf(sync, ingest).settling === 0);
    expect(clock.monotonicMs() - letGoMs).toBeGreaterThanOrEqual(DEADLINE_MS);
    expect(clock.monotonicMs() - letGoMs).toBeLessThan(DEADLINE_MS + 1_000);
    expect(sessions.holdsUp(ingest.url, revision)).toBe(false);
    // Each half minute, and none of them but the first found anything.
    expect(ingest.deletes).toEqual(Array(11).fill('/api/v1/logstream/web/sync'));
    expect(statusOf(sync, ingest)).toMatchObject({
      state: 'UP',
      session: 'OPEN',
      pending: 0,
      takenUp: 0,
      acknowledgedTotal: 11,
      heldAgainTotal: 0,
      lastError: '',
      version: 'v2.9.5',
    });
    expect(catalog.reads).toBe(1);
    await clock.advance(DAY_MS);
    expect(ingest.deletes).toHaveLength(11);
  });

  it('forgets a stream whose name is not ASCII', async () => {
    const ingest = await node();
    ingest.streams.add('Größe').add('acme/日志');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.drain('Größe', { prefix: 'Gr%C3%B6%C3%9Fe/' });
    catalog.drain('日志', { tenant: 'acme', prefix: 'acme/%E6%97%A5%E5%BF%97/' });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 2);
    expect([...ingest.streams]).toEqual([]);
  });

  it('is asked about what began to drain before the helper started, and about nothing else', async () => {
    const ingest = await node();
    catalog.drain('web');
    catalog.drain('app');
    catalog.beginPurge('app');
    catalog.purged('old', VIRTUAL_EPOCH_MS + DAY_MS);
    catalog.change('CREATED', { name: 'live' });
    catalog.change('DELETED', { name: 'grace', ...DELETED });
    catalog.drain('other', { prefix: 'other/77/' });
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => statusOf(sync, ingest).acknowledgedTotal === 1);
    await clock.advance(2 * DEADLINE_MS);
    expect(new Set(ingest.deletes)).toEqual(new Set(['/api/v1/logstream/web/sync']));
  });

  it('that is down holds up purges until it is back and has let go, and delays no other node', async () => {
    const [up, down] = [await node(), await node()];
    up.streams.add('web');
    down.streams.add('web');
    await down.stop();
    const sync = run({ ingestNodes: [down.url, up.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const revision = catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, up).settling === 1);
    expect(statusOf(sync, up).lastAcknowledgedTimeMs).toBeLessThan(VIRTUAL_EPOCH_MS + 1_000);
    await clock.advance(3 * 60 * MINUTE_MS);
    expect(sessions.holdsUp(up.url, revision)).toBe(false);
    expect(sessions.holdsUp(down.url, revision)).toBe(true);
    expect(statusOf(sync, down)).toMatchObject({ state: 'DOWN', session: 'OPEN', pending: 1 });
    expect(statusOf(sync, down).lastError).toMatch(/ECONNREFUSED/);
    const backAtMs = clock.monotonicMs();
    await down.listen();
    await clock.runUntil(() => statusOf(sync, down).settling === 1);
    // The longest wait between two tries is a minute.
    expect(clock.monotonicMs() - backAtMs).toBeLessThanOrEqual(MINUTE_MS);
    expect(down.streams.size).toBe(0);
    await clock.advance(DEADLINE_MS);
    expect(sessions.holdsUp(down.url, revision)).toBe(false);
  });

  it('that fails for one stream alone is asked about the others', async () => {
    const ingest = await node();
    ingest.poisoned.add('bad');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    const bad = catalog.drain('bad');
    catalog.drain('web');
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
    catalog.drain('web');
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
    const revision = catalog.drain('web');
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
    catalog.drain('web');
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

  it('is left alone once the purge has begun, whoever began it', async () => {
    const ingest = await node();
    await ingest.stop();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).pending === 1);
    catalog.beginPurge('web');
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    await ingest.listen();
    await clock.runUntil(() => statusOf(sync, ingest).state === 'UP');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
  });

  it('is not asked for a session that came after the purge: the catalog is read first, and the name may live again', async () => {
    const ingest = await node();
    await ingest.stop();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).pending === 1);
    // The lease runs out, everything happens without this node, and the watch is behind.
    sessions.leaseRemainingMs = 0;
    catalog.streams.set('/web', streamOf({ name: 'web', incarnation: 999, state: 'ACTIVE' }));
    sessions.end(ingest.url);
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    sessions.leaseRemainingMs = 3_600_000;
    ingest.streams.add('web');
    await ingest.listen();
    await clock.runUntil(() => statusOf(sync, ingest).pending === 0);
    expect(ingest.deletes).toEqual([]);
    expect([...ingest.streams]).toEqual(['web']);
  });

  it('is asked on the word of one read as long as its session is held, and read for again with the next one', async () => {
    const nodes = [await node(), await node(), await node()];
    const sync = run({ ingestNodes: nodes.map(({ url }) => url) });
    await clock.runUntil(() => sync.status().revision !== undefined && sessions.opened.length === 3);
    catalog.drain('web');
    await clock.runUntil(() => nodes.every((each) => statusOf(sync, each).settling === 1));
    await clock.advance(2 * MINUTE_MS);
    expect(catalog.reads).toBe(1);
    const [first] = nodes;
    sessions.leaseRemainingMs = 0;
    sessions.end(first!.url);
    await clock.runUntil(() => sessions.holders.has(first!.url));
    sessions.leaseRemainingMs = 3_600_000;
    await clock.advance(2 * MINUTE_MS);
    // Once more for all, or once for each lease that had run out meanwhile.
    expect(catalog.reads).toBe(2);
  });

  it('waits while the cluster cannot say whether the stream drains still', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.readProblem = new SextonError('NO_LEADER', 'nobody leads');
    const revision = catalog.drain('web');
    await clock.advance(10 * MINUTE_MS);
    expect(ingest.deletes).toEqual([]);
    expect(statusOf(sync, ingest).lastError).toMatch(/cluster cannot say .*nobody leads \(web\/\)/);
    catalog.readProblem = undefined;
    await clock.advance(MINUTE_MS + DEADLINE_MS);
    expect(sessions.holdsUp(ingest.url, revision)).toBe(false);
  });
});

describe('clients that do not stop', () => {
  it('hold up the purge of their stream, which is named with the time, and of no other', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    ingest.post('web');
    const web = catalog.drain('web', { incarnation: 8 });
    for (let minute = 0; minute < 30; minute++) {
      await clock.advance(MINUTE_MS);
      ingest.post('web');
    }
    const app = catalog.drain('app', { incarnation: 9 });
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(MINUTE_MS);
      ingest.post('web');
    }
    expect(sessions.holdsUp(ingest.url, web, 8)).toBe(true);
    expect(sessions.holdsUp(ingest.url, app, 9)).toBe(false);
    const [name] = sessions.named.get(ingest.url) ?? [];
    expect(clock.wallMs() - name!.lastSeenTimeMs).toBeLessThanOrEqual(MINUTE_MS + 30_000);
    expect(statusOf(sync, ingest)).toMatchObject({ takenUp: 1, settling: 1, pending: 0 });
    expect(statusOf(sync, ingest).heldAgainTotal).toBeGreaterThan(30);
    // They stop.
    await clock.advance(DEADLINE_MS + MINUTE_MS);
    expect(sessions.holdsUp(ingest.url, web, 8)).toBe(false);
    expect(sessions.named.get(ingest.url)).toEqual([]);
    expect(statusOf(sync, ingest)).toMatchObject({ takenUp: 0, settling: 0 });
  });

  it('are still known to be there when a helper takes over what another one has reported', async () => {
    const ingest = await node();
    const web = catalog.drain('web');
    // An earlier run has reported everything, and named the stream.
    sessions.floorRevision = catalog.revision;
    sessions.named.set(ingest.url, [{ incarnation: 7, lastSeenTimeMs: VIRTUAL_EPOCH_MS }]);
    const gate = deferred<void>();
    catalog.listGate = gate.promise;
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    // Until the catalog was seen only the lease is renewed, and what was named stays so.
    expect(sessions.holdsUp(ingest.url, web)).toBe(true);
    expect(sessions.renewals).toBe(1);
    gate.resolve();
    await clock.runUntil(() => sync.status().revision !== undefined);
    expect(sessions.holdsUp(ingest.url, web)).toBe(true);
    expect(sessions.renewals).toBe(1);
    expect(sessions.named.get(ingest.url)).toEqual([{ incarnation: 7, lastSeenTimeMs: 0 }]);
    await clock.advance(DEADLINE_MS + 1_000);
    expect(sessions.holdsUp(ingest.url, web)).toBe(false);
  });

  it('are named in the very first report when the catalog was seen before there was a session', async () => {
    const ingest = await node();
    const web = catalog.drain('web');
    sessions.floorRevision = catalog.revision;
    sessions.refuse = new SextonError('NO_LEADER', 'nobody leads');
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    sessions.refuse = undefined;
    sessions.reportsAtOpen = true;
    await clock.runUntil(() => sessions.holders.has(ingest.url));
    expect(sessions.named.get(ingest.url)).toEqual([{ incarnation: 7, lastSeenTimeMs: 0 }]);
    expect(sessions.holdsUp(ingest.url, web)).toBe(true);
  });

  it('can be on 1,000 streams at once that are named; more hold the revision down', async () => {
    const ingest = await node();
    const drains = Array.from({ length: 1_001 }, (_, at) =>
      catalog.drain(`s${at}`, { incarnation: 5_000 + at }),
    );
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1_001);
    for (let at = 0; at <= 1_000; at++) ingest.post(`s${at}`);
    await clock.runUntil(() => statusOf(sync, ingest).takenUp === 1_001);
    expect(sessions.drained(ingest.url)).toBe(drains[1_000]! - 1);
    expect(sessions.named.get(ingest.url)).toHaveLength(1_000);
    await clock.advance(DEADLINE_MS + MINUTE_MS);
    expect(sessions.drained(ingest.url)).toBe(catalog.revision);
    expect(sessions.named.get(ingest.url)).toEqual([]);
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
    const revision = catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    await clock.advance(DEADLINE_MS);
    expect(sessions.nudges).toBe(0);
    sessions.holders.get(ingest.url)?.onConfirmed({ drainedRevision: 100, awaitedRevision: revision });
    // At once: what drained while a report was on its way could not ask for one of its own.
    expect(sessions.nudges).toBe(1);
    sessions.holders.get(ingest.url)?.onConfirmed({ drainedRevision: revision, awaitedRevision: revision });
    catalog.progress();
    await clock.advance(MINUTE_MS);
    expect(sessions.nudges).toBe(1);
    expect(statusOf(sync, ingest).drainedRevision).toBe(revision);
  });

  it('reports at once that a stream was taken up again, and that it is not any more, and nothing in between', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sessions.holders.has(ingest.url) && sync.status().revision !== undefined);
    catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    sessions.drained(ingest.url);
    ingest.post('web');
    await clock.runUntil(() => sessions.nudges > 0);
    sessions.drained(ingest.url);
    const { nudges } = sessions;
    ingest.post('web');
    await clock.advance(DEADLINE_MS - 1_000);
    expect(sessions.nudges).toBe(nudges);
    await clock.runUntil(() => sessions.nudges > nudges);
    expect(statusOf(sync, ingest)).toMatchObject({ takenUp: 0, settling: 0, heldAgainTotal: 2 });
  });

  it('settles those of the same node that have expired, once it is there', async () => {
    const ingest = await node();
    sessions.expired.set(ingest.url, 2);
    sessions.refuse = new SextonError('NO_LEADER', 'nobody leads');
    run({ ingestNodes: [ingest.url] });
    await clock.advance(10 * MINUTE_MS);
    expect(sessions.expired.get(ingest.url)).toBe(2);
    sessions.refuse = undefined;
    await clock.runUntil(() => !sessions.expired.has(ingest.url));
    expect(sessions.holders.has(ingest.url)).toBe(true);
  });

  it('is held although older ones cannot be settled', async () => {
    const ingest = await node();
    sessions.settleProblem = new SextonError('NO_LEADER', 'nobody leads');
    const sync = run({ ingestNodes: [ingest.url] });
    const revision = catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    await clock.advance(DEADLINE_MS);
    expect(sessions.holdsUp(ingest.url, revision)).toBe(false);
    expect(statusOf(sync, ingest)).toMatchObject({ session: 'OPEN' });
  });
});

describe('the catalog', () => {
  it('is listed from the beginning when the watch cannot go on', async () => {
    const ingest = await node();
    const sync = run({ ingestNodes: [ingest.url] });
    await clock.runUntil(() => sync.status().revision !== undefined);
    catalog.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.runUntil(() => sync.status().catalogError !== '');
    catalog.drain('web');
    await clock.runUntil(() => statusOf(sync, ingest).settling === 1);
    expect(catalog.listings).toBe(2);
    expect(sync.status().catalogError).toBe('');
    await clock.advance(DEADLINE_MS);
    expect(sessions.drained(ingest.url)).toBe(catalog.revision);
  });

  it('is listed page by page, and what a later page holds is not forgotten by an earlier one', async () => {
    const ingest = await node();
    for (const name of ['a', 'b', 'c']) catalog.drain(name);
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
        standaloneNodes: [],
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
    catalog.drain('web');
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
    [
      { ingestNodes: ['a:1'], queryNodes: ['http://a:1/'] },
      /--query-node: names http:\/\/a:1, which another flag names too/,
    ],
    [{ queryNodes: ['a:1'], standaloneNodes: ['a:1'] }, /which another flag names too/],
    [{ standaloneNodes: ['http://'] }, /--standalone-node/],
    [{ discover: 'nonsense://x' }, /--discover/],
  ])('%j are refused', (settings, message) => {
    expect(() => run(settings)).toThrow(message);
  });
});
