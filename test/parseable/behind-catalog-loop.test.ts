/** The comparison as part of the helper: what it asks, adopts and deletes, in virtual time. */
import { describe, expect, it } from 'vitest';
import type { AuditFinding, AuditFindingKind } from '../../src/client/index.js';
import type { ComparisonSettings } from '../../src/parseable/options.js';
import type { ParseableSync } from '../../src/parseable/parseable-sync.js';
import type { ComparisonStatus } from '../../src/parseable/status.js';
import { deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import type { FakeParseable } from './fake-parseable.js';
import { catalog, clock, MINUTE_MS, node, run, useSyncWorld } from './sync-world.js';
import { streamOf } from './support.js';

useSyncWorld();

const SETTINGS: ComparisonSettings = {
  compareEveryMs: MINUTE_MS,
  adoptNew: true,
  missingAfterMs: 10 * MINUTE_MS,
  followDeletes: false,
};
const FOLLOWING = { ...SETTINGS, followDeletes: true };

function metadata(...names: readonly string[]): readonly string[] {
  return names.map((name) => `${name}/.stream/.stream.json`);
}

function put(fake: FakeParseable, ...names: readonly string[]): void {
  for (const key of metadata(...names)) fake.bucket.add(key);
}

function remove(fake: FakeParseable, ...names: readonly string[]): void {
  for (const key of metadata(...names)) fake.bucket.delete(key);
}

function comparison(sync: ParseableSync): ComparisonStatus {
  const found = sync.status().comparison;
  expect(found).toBeDefined();
  return found!;
}

function finding(kind: AuditFindingKind, name: string, fields: Partial<AuditFinding> = {}): void {
  const prefix = `${name}/`;
  catalog.findings.set(prefix, {
    kind: 'finding',
    finding: kind,
    prefix,
    tenant: '',
    name,
    stream: streamOf({ name }),
    objectCount: 0,
    byteCount: 0,
    oldestWriteTimeMs: undefined,
    newestWriteTimeMs: undefined,
    sampleKeys: [],
    writerNodeIds: [],
    tooYoung: false,
    adoptable: false,
    leftover: false,
    note: '',
    ...fields,
  });
}

/** An ingest node and a query node, and a catalog with what the query node lists. */
async function deployment(...names: readonly string[]) {
  const [ingest, query] = [await node(), await node('Distributed (Query)')];
  put(query, ...names, 'pmeta', 'pstats');
  for (const name of names) {
    ingest.streams.add(name);
    catalog.change('CREATED', { name });
  }
  const start = (settings: ComparisonSettings = SETTINGS): ParseableSync =>
    run({ ingestNodes: [ingest.url], queryNodes: [query.url], comparison: settings });
  return { ingest, query, start };
}

describe('a stream that Parseable has created by itself', () => {
  it('is adopted when two looks have found it, under the prefix that Parseable gives it', async () => {
    const { query, start } = await deployment('web');
    catalog.change('CREATED', { tenant: 'acme', name: 'api' });
    put(query, 'app', 'acme/api', 'acme/app');
    const sync = start();
    await clock.advance(MINUTE_MS + 1_000);
    expect(catalog.adoptions).toEqual([]);
    await clock.advance(MINUTE_MS);
    expect(catalog.adoptions).toEqual([
      { tenant: '', name: 'app', prefix: 'app/', as: 'ACTIVE', execute: true },
      { tenant: 'acme', name: 'app', prefix: 'acme/app/', as: 'ACTIVE', execute: true },
    ]);
    await clock.advance(10 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ adoptedTotal: 2, newCount: 0, missingCount: 0, problem: '' });
    expect(catalog.adoptions).toHaveLength(2);
    // No audit: nothing of the name was ever purged.
    expect(catalog.audits).toBe(0);
  });

  it('is shown and left alone when the option is off', async () => {
    const { query, start } = await deployment('web');
    put(query, 'app');
    const sync = start({ ...SETTINGS, adoptNew: false });
    await clock.advance(5 * MINUTE_MS);
    expect(catalog.adoptions).toEqual([]);
    expect(comparison(sync)).toMatchObject({ newCount: 1, newStreams: [{ name: 'app', problem: '' }] });
  });

  it.each(['PREFIX_OVERLAP', 'PURGE_PENDING', 'PREFIX_EMPTY', 'STORAGE_NOT_READY'] as const)(
    'is shown with the reason when it is refused with %s, tried again less and less often, and holds up no other',
    async (reason) => {
      const { query, start } = await deployment('web');
      put(query, 'app', 'later');
      catalog.adoptionRefusals.set('app/', new SextonError(reason, 'not now'));
      const sync = start();
      await clock.advance(60 * MINUTE_MS);
      expect(comparison(sync)).toMatchObject({ adoptedTotal: 1, newCount: 1 });
      expect(comparison(sync).newStreams[0]?.problem).toContain('not now');
      const tries = catalog.adoptions.filter(({ name }) => name === 'app').length;
      expect(tries).toBeGreaterThan(5);
      expect(tries).toBeLessThan(20);
      catalog.adoptionRefusals.clear();
      await clock.advance(11 * MINUTE_MS);
      expect(comparison(sync)).toMatchObject({ adoptedTotal: 2, newCount: 0 });
    },
  );

  it('is tried again at the next look when the cluster cannot be asked', async () => {
    const { query, start } = await deployment('web');
    put(query, 'app');
    catalog.adoptionRefusals.set('app/', new SextonError('NO_LEADER', 'an election'));
    const sync = start();
    await clock.advance(2 * MINUTE_MS + 1_000);
    expect(comparison(sync).problem).toMatch(/^the cluster cannot be asked: .*an election/);
    catalog.adoptionRefusals.clear();
    await clock.advance(MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ adoptedTotal: 1, problem: '' });
  });

  it.each<[string, AuditFindingKind, boolean, number]>([
    ['a life of its own', 'UNKNOWN_STREAM', true, 1],
    ['unclear', 'UNKNOWN_STREAM', false, 0],
    ['left of the purged one', 'PURGED_PREFIX', false, 0],
  ])('and that was purged before is judged by the audit: %s', async (_what, kind, adoptable, adoptions) => {
    const { query, start } = await deployment('web');
    catalog.change('PURGED', { name: 'app', state: 'PURGED' });
    put(query, 'app');
    finding(kind, 'app', { adoptable, note: 'says the audit' });
    const sync = start();
    await clock.advance(5 * MINUTE_MS);
    expect(catalog.adoptions).toHaveLength(adoptions);
    const { newStreams } = comparison(sync);
    if (adoptions === 0) expect(newStreams[0]?.problem).toMatch(/not a later life of it \(says the audit\)$/);
    else expect(newStreams).toEqual([]);
  });

  it('and that a sweep has adopted meanwhile is no failure', async () => {
    const { query, start } = await deployment('web');
    put(query, 'app');
    // The watch is behind: only a read shows it.
    const sync = start();
    await clock.advance(MINUTE_MS + 1_000);
    catalog.streams.set('/app', streamOf({ name: 'app', incarnation: 200 }));
    await clock.advance(10 * MINUTE_MS);
    expect(catalog.adoptions).toEqual([]);
    expect(comparison(sync)).toMatchObject({ adoptedTotal: 0, problem: '' });
  });
});

describe("a stream that Parseable's own API has deleted", () => {
  it('is shown as missing, and stays in the catalog unless an operator wants it otherwise', async () => {
    const { ingest, query, start } = await deployment('web', 'app', 'api');
    const sync = start();
    await clock.advance(2 * MINUTE_MS);
    remove(query, 'app');
    ingest.streams.delete('app');
    await clock.advance(10 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ missingCount: 0, unlistedCount: 1 });
    await clock.advance(5 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({
      missingCount: 1,
      missingStreams: [{ name: 'app', incarnation: 7, wasListed: true, problem: '' }],
    });
    await clock.advance(24 * 60 * MINUTE_MS);
    expect(catalog.deletions).toEqual([]);
    expect(catalog.audits).toBe(0);
  });

  it('is deleted in the catalog on request: that very life, as it was seen, with the grace period of the server', async () => {
    const { ingest, query, start } = await deployment('web', 'app', 'api');
    finding('MISSING_METADATA', 'app');
    const sync = start(FOLLOWING);
    await clock.advance(2 * MINUTE_MS);
    remove(query, 'app');
    ingest.streams.delete('app');
    await clock.advance(16 * MINUTE_MS);
    expect(catalog.deletions).toEqual([{ tenant: '', name: 'app', incarnation: 7, etag: 'e7' }]);
    expect(comparison(sync)).toMatchObject({ followedTotal: 1, missingCount: 0, unlistedCount: 0 });
  });

  it.each<[string, (world: Awaited<ReturnType<typeof deployment>>) => unknown, RegExp]>([
    [
      'the bucket has its metadata by an audit',
      () => finding('USAGE', 'app', { note: 'all is well' }),
      /^an audit does not confirm it.*\(all is well\)$/,
    ],
    [
      'the audit misses another life of it',
      () => finding('MISSING_METADATA', 'app', { stream: streamOf({ name: 'app', incarnation: 8 }) }),
      /^an audit does not confirm it/,
    ],
    ['the audit is not whole', () => (catalog.auditProblem = 'a page failed'), /not whole: a page failed/],
    ['a node is down', ({ ingest }) => ingest.stop(), /is DOWN, and may hold it$/],
    ['a node holds it again', ({ ingest }) => ingest.streams.add('app'), /^http:\S+ holds it$/],
    [
      'a node cannot say',
      ({ ingest }) => (ingest.aboutFault = { kind: 'status', status: 403 }),
      /refuses the credentials|is DOWN/,
    ],
  ])('is not deleted in the catalog while %s', async (_what, happens, problem) => {
    const world = await deployment('web', 'app', 'api');
    const sync = world.start(FOLLOWING);
    await clock.advance(2 * MINUTE_MS);
    remove(world.query, 'app');
    world.ingest.streams.delete('app');
    // Missing, and the audit says nothing yet.
    await clock.advance(15 * MINUTE_MS);
    expect(comparison(sync).missingCount).toBe(1);
    finding('MISSING_METADATA', 'app');
    await happens(world);
    await clock.advance(60 * MINUTE_MS);
    expect(catalog.deletions).toEqual([]);
    expect(comparison(sync).missingStreams[0]?.problem).toMatch(problem);
  });

  it('is not missing while a node that takes events in holds it: late uploads are on their way', async () => {
    const { query, start } = await deployment('web', 'app', 'api');
    const sync = start(FOLLOWING);
    await clock.advance(2 * MINUTE_MS);
    remove(query, 'app');
    await clock.advance(60 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ missingCount: 0, unlistedCount: 1 });
  });

  it('is not deleted when more than half of the catalog goes missing at once', async () => {
    const { ingest, query, start } = await deployment('web', 'app', 'api');
    finding('MISSING_METADATA', 'app');
    finding('MISSING_METADATA', 'api');
    const sync = start(FOLLOWING);
    await clock.advance(2 * MINUTE_MS);
    remove(query, 'app', 'api');
    ingest.streams.clear();
    await clock.advance(60 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ missingCount: 2, followedTotal: 0 });
    expect(comparison(sync).heldBack).toMatch(/more than half/);
    expect(catalog.deletions).toEqual([]);
  });
});

describe('nothing is concluded', () => {
  it('while nobody lists the streams', async () => {
    const ingest = await node();
    catalog.change('CREATED', { name: 'web' });
    const sync = run({ ingestNodes: [ingest.url], comparison: FOLLOWING });
    await clock.advance(60 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ missingCount: 0, unlistedCount: 0 });
    expect(comparison(sync).problem).toMatch(/only query nodes and standalone ones list the streams/);
  });

  it('while the node that lists them is away, and is again when it is back', async () => {
    const { query, start } = await deployment('web');
    put(query, 'app');
    await query.stop();
    const sync = start();
    await clock.advance(60 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ problem: 'no node that could list the streams answers' });
    await query.listen();
    await clock.advance(5 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ problem: '', adoptedTotal: 1 });
  });

  it('while the catalog is not followed', async () => {
    const { query, start } = await deployment('web');
    const sync = start();
    await clock.advance(2 * MINUTE_MS);
    put(query, 'app');
    const gate = deferred<void>();
    catalog.listGate = gate.promise;
    catalog.breakWatch(new SextonError('NO_LEADER', 'nobody leads'));
    await clock.advance(5 * MINUTE_MS);
    expect(catalog.adoptions).toEqual([]);
    expect(comparison(sync).problem).toMatch(/^the catalog is not followed: .*nobody leads/);
    gate.resolve();
    await clock.advance(5 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ problem: '', adoptedTotal: 1 });
  });

  it('from the streams of a Parseable in one process that is asked for them and answers with an error', async () => {
    const standalone = await node('Standalone');
    catalog.change('CREATED', { name: 'web' });
    put(standalone, 'web', 'app');
    const sync = run({ standaloneNodes: [standalone.url], comparison: SETTINGS });
    await clock.advance(MINUTE_MS + 1_000);
    standalone.aboutFault = { kind: 'status', status: 500 };
    await clock.advance(5 * MINUTE_MS);
    expect(comparison(sync).problem).not.toBe('');
    expect(catalog.adoptions).toEqual([]);
    standalone.aboutFault = { kind: 'none' };
    await clock.advance(5 * MINUTE_MS);
    expect(comparison(sync)).toMatchObject({ problem: '', adoptedTotal: 1 });
  });
});
