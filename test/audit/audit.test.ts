/** The audit against a bucket and a real catalog: what it says, what it leaves alone, and when it says nothing. */
import { describe, expect, it } from 'vitest';
import { audit, type AuditDeps } from '../../src/audit/audit.js';
import type { Finding } from '../../src/audit/findings.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import { prefixOfParseableStream } from '../../src/shared/parseable-prefix.js';
import { Bucket } from './bucket.js';
import {
  answerOf,
  clock,
  dataKey,
  DAY_MS,
  HOUR_MS,
  NODE_A,
  NODE_B,
  NOW_MS,
  OLD_MS,
  request,
  STREAM_JSON,
  ulidAt,
  World,
} from './world.js';

describe('what no stream owns', () => {
  it('tells data that Parseable cannot list from a stream that it can', async () => {
    const world = new World();
    world.live('web');
    world.data('gone', OLD_MS, NODE_B);
    const { findings, said, summary } = await world.audit();
    expect(said).toEqual(['RESIDUE gone/', 'UNKNOWN_STREAM web/']);
    expect(findings.find(({ kind }) => kind === 'RESIDUE')).toMatchObject({
      name: 'gone',
      tenant: '',
      objects: 2,
      bytes: 110,
      oldestWriteMs: OLD_MS,
      newestWriteMs: OLD_MS,
      writerNodeIds: [NODE_B],
      tooYoung: false,
      adoptable: true,
      sampleKeys: [dataKey('gone', '2026-05-02', NODE_B), expect.stringContaining('manifest.json')],
    });
    expect(findings.find(({ kind }) => kind === 'UNKNOWN_STREAM')).toMatchObject({
      name: 'web',
      adoptable: true,
    });
    expect(summary).toMatchObject({ complete: true, findings: 2, leftoverObjects: 2, leftoverBytes: 110 });
    expect(world.bucket.changes).toEqual([]);
  });

  it('leaves alone what a live stream owns, in both layouts', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.live('web');
    const app = world.create('app');
    world.data(app.prefix.slice(0, -1));
    expect((await world.audit()).said).toEqual([]);
  });

  it('finds a purged life that is kept, one that is forgotten, and not the one that lives beside them', async () => {
    const world = new World();
    const first = world.create('app');
    world.purge(world.remove('app'), { forget: true });
    const second = world.create('app');
    world.purge(world.remove('app'));
    const third = world.create('app');
    for (const { prefix } of [first, second, third]) world.bucket.put(`${prefix}any/name.bin`, OLD_MS);
    const { said, findings } = await world.audit();
    expect(said).toEqual([`PURGED_PREFIX ${first.prefix}`, `PURGED_PREFIX ${second.prefix}`].sort());
    const byPrefix = new Map(findings.map((each) => [each.prefix, each]));
    expect(byPrefix.get(first.prefix)).toMatchObject({ stream: undefined, name: 'app' });
    expect(byPrefix.get(second.prefix)).toMatchObject({
      stream: { incarnation: second.incarnation },
      objects: 1,
    });
    expect(byPrefix.get(first.prefix)).toMatchObject({
      adoptable: false,
      note: expect.stringContaining('another name'),
    });
  });

  it('finds a forgotten life of a forgotten name and tenant by its log data', async () => {
    const world = new World();
    const web = world.create('web', '', 'acme');
    world.purge(world.remove('web', 'acme'), { forget: true });
    world.data(web.prefix.slice(0, -1));
    const { findings, said } = await world.audit();
    expect(said).toEqual([`PURGED_PREFIX ${web.prefix}`]);
    expect(findings[0]).toMatchObject({ tenant: 'acme', name: 'web', adoptable: true });
  });

  it('will not have a life adopted that its catalog has not come to: it may be the catalog that is too old', async () => {
    const world = new World();
    world.create('app');
    world.purge(world.remove('app'));
    world.data('app/9999');
    world.bucket.put('app/8888/anything', OLD_MS);
    const { findings } = await world.audit();
    expect(findings.filter(({ kind }) => kind !== 'FOREIGN')).toMatchObject([
      {
        kind: 'RESIDUE',
        prefix: 'app/9999/',
        adoptable: false,
        note: expect.stringContaining('restored') as string,
      },
    ]);
  });

  it('takes a stream that came back on a purged prefix for a stream', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.purge(world.remove('web'));
    world.live('web');
    expect((await world.audit()).said).toEqual(['UNKNOWN_STREAM web/']);
  });

  it('tells objects newer than the tombstone, and says nothing of those that wait for their purge', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.live('web', NOW_MS - HOUR_MS);
    const { deleteTimeMs } = world.remove('web');
    expect((await world.audit()).said).toEqual([]);
    const ulid = ulidAt(deleteTimeMs + 50_000);
    world.bucket.put(dataKey('web', '2026-06-01', NODE_B, 0, ulid), deleteTimeMs + 60_000, 7);
    const { said, findings } = await world.audit();
    expect(said).toEqual(['LATE_OBJECTS web/']);
    expect(findings[0]).toMatchObject({
      objects: 1,
      bytes: 7,
      writerNodeIds: [NODE_B],
      stream: { state: 'DELETED' },
      tooYoung: true,
      adoptable: false,
      leftover: false,
      note: expect.stringContaining(
        '; the purge that it waits for removes them; the catalog has it',
      ) as string,
    });
  });

  it('counts what is late as left over once the purge runs, and not while the stream waits for it', async () => {
    const world = new World();
    world.create('web', 'web/');
    const deleted = world.remove('web');
    world.bucket.put(dataKey('web'), deleted.deleteTimeMs + 60_000, 7);
    expect((await world.audit()).summary).toMatchObject({
      findings: 1,
      leftoverObjects: 0,
      leftoverBytes: 0,
    });
    world.begin(deleted);
    const { findings, summary } = await world.audit();
    expect(findings).toMatchObject([{ kind: 'LATE_OBJECTS', leftover: true }]);
    expect(findings[0]?.note).not.toContain('waits');
    expect(summary).toMatchObject({ findings: 1, leftoverObjects: 1, leftoverBytes: 7 });
  });

  it('measures lateness by the clock of the store', async () => {
    const world = new World(new Bucket({ clockOffsetMs: 90_000, clockErrorMs: 500 }));
    world.create('web', 'web/');
    world.remove('web');
    world.bucket.put(dataKey('web'), NOW_MS + 60_000, 7);
    expect((await world.audit()).said).toEqual([]);
    world.bucket.put(dataKey('web', '2026-05-03'), NOW_MS + 100_000, 7);
    expect((await world.audit()).findings).toMatchObject([{ kind: 'LATE_OBJECTS', objects: 1 }]);
  });

  it('finds unfinished uploads of live, unknown and forgotten streams, and no others', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.create('dead', 'dead/');
    world.remove('dead');
    const past = world.create('app');
    world.purge(world.remove('app'));
    for (const prefix of ['web', 'dead', 'lone', past.prefix.slice(0, -1)])
      world.bucket.putUpload(dataKey(prefix), OLD_MS);
    world.bucket.putUpload('backup/db.dump', OLD_MS);
    world.bucket.putUpload('.parseable/x', OLD_MS);
    world.bucket.putUpload('at-the-root', OLD_MS);
    world.bucket.putUpload(dataKey('web', '2026-06-01'), NOW_MS - 1_000);
    const { said, findings } = await world.audit();
    expect(said).toEqual(
      [
        'UNFINISHED_UPLOAD lone/',
        `UNFINISHED_UPLOAD ${past.prefix}`,
        'UNFINISHED_UPLOAD web/',
        'UNFINISHED_UPLOAD web/',
      ].sort(),
    );
    const ofWeb = findings.filter(({ prefix }) => prefix === 'web/');
    expect(ofWeb.map(({ tooYoung, objects }) => [tooYoung, objects])).toEqual([
      [false, 1],
      [true, 1],
    ]);
    expect(findings.find(({ prefix }) => prefix === 'lone/')?.adoptable).toBe(true);
  });

  it('tells uploads of streams that lie below a prefix that nobody owns from those of the prefix', async () => {
    const world = new World();
    world.create('zoo', 'app/zoo/');
    world.create('dead', 'app/dead/');
    world.remove('dead');
    for (const prefix of ['app', 'app/dead', 'app/zoo', 'app/zulu']) {
      world.bucket.putUpload(dataKey(prefix), OLD_MS);
      world.bucket.putUpload(dataKey(prefix, '2026-05-03'), OLD_MS);
    }
    const { findings } = await world.audit();
    expect(findings.map(({ kind, prefix, objects }) => [kind, prefix, objects]).sort()).toEqual([
      ['UNFINISHED_UPLOAD', 'app/', 2],
      ['UNFINISHED_UPLOAD', 'app/zoo/', 2],
      ['UNFINISHED_UPLOAD', 'app/zulu/', 2],
    ]);
    expect(findings.find(({ prefix }) => prefix === 'app/zoo/')?.stream?.name).toBe('zoo');
  });

  it('leaves alone a stream whose prefix looks like a day of the one above', async () => {
    const world = new World();
    world.create('day', 'lake/date=2026-05-02/');
    world.create('hour', 'lake/date=2026-05-04/hour=07/');
    world.data('lake');
    for (const day of ['2026-05-03', '2026-05-04']) world.bucket.put(dataKey('lake', day), OLD_MS, 7);
    const { findings, said } = await world.audit();
    expect(said).toEqual(['RESIDUE lake/']);
    expect(findings).toMatchObject([{ objects: 1, bytes: 7, adoptable: false }]);
  });

  it('will not have a purged prefix adopted where streams live below it that the catalog does not know', async () => {
    const world = new World();
    for (const tenant of ['acme', 'corp']) {
      world.create(tenant, `${tenant}/`);
      world.purge(world.remove(tenant));
      world.data(tenant);
      world.live(`${tenant}/app`);
    }
    world.bucket.put('acme/.parseable.json', OLD_MS, '{}');
    const { findings } = await world.audit();
    expect(findings.map(({ kind, prefix, adoptable }) => [kind, prefix, adoptable]).sort()).toEqual([
      ['FOREIGN', 'corp/', false],
      ['PURGED_PREFIX', 'acme/', false],
      ['PURGED_PREFIX', 'corp/', false],
      ['UNKNOWN_STREAM', 'acme/app/', true],
    ]);
  });

  it('tells the metadata of ingest nodes that are not registered, and accuses nobody of it', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.live('web', OLD_MS, NODE_A);
    world.bucket.put(`web/.stream/.ingestor.${NODE_B}.stream.json`, OLD_MS, STREAM_JSON);
    const { findings, summary } = await world.audit();
    expect(findings).toMatchObject([
      { kind: 'GONE_NODE_METADATA', prefix: 'web/', writerNodeIds: [NODE_B], adoptable: false },
    ]);
    expect(summary?.leftoverObjects).toBe(0);
    world.register(NODE_B);
    expect((await world.audit()).said).toEqual([]);
  });

  it('looks into tenants', async () => {
    const world = new World();
    world.bucket.put('acme/.parseable.json', OLD_MS, DEPLOYMENT_OF_TENANT);
    world.bucket.put('acme/.users/admin/filters/web/1.json', OLD_MS);
    world.live('acme/web');
    world.live('acme/12');
    world.data('acme/gone');
    expect((await world.audit()).said).toEqual([
      'RESIDUE acme/gone/',
      'UNKNOWN_STREAM acme/12/',
      'UNKNOWN_STREAM acme/web/',
    ]);
  });

  it('counts what live streams hold when asked', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.live('web');
    world.live('other');
    const { findings, summary } = await world.audit({ includeUsage: true });
    expect(findings).toMatchObject([
      { kind: 'UNKNOWN_STREAM', prefix: 'other/', objects: 5 },
      { kind: 'USAGE', prefix: 'web/', objects: 5, tooYoung: false },
    ]);
    expect(summary).toMatchObject({ findings: 1, leftoverObjects: 0 });
  });
});

const DEPLOYMENT_OF_TENANT = '{"version":"v8"}';

describe('what is nobody’s business', () => {
  it('never mentions dot folders, and calls foreign what is no log data', async () => {
    const world = new World();
    for (const key of ['.alerts/1.json', '.users/a/b.json', '.tombstones/t/s/.tombstone', '.sexton/probe/x'])
      world.bucket.put(key, OLD_MS);
    world.bucket.put('README.txt', OLD_MS);
    world.bucket.put('photos/2024/12/cat.jpg', OLD_MS);
    world.bucket.put('lake/date=2026-01-01/part-0.parquet', OLD_MS);
    world.bucket.put('my.data/date=2026-01-01/manifest.json', OLD_MS);
    const { said, findings } = await world.audit();
    expect(said).toEqual(['FOREIGN lake/', 'FOREIGN my.data/', 'FOREIGN photos/']);
    for (const each of findings) expect(each).toMatchObject({ objects: 0, adoptable: false });
  });

  it('reports residue that shares its prefix with foreign objects, but will not have it adopted', async () => {
    const world = new World();
    world.data('gone');
    world.bucket.put('gone/notes.txt', OLD_MS);
    world.data('gone2');
    world.bucket.put('gone2/stuff/notes.txt', OLD_MS);
    world.data('gone3');
    world.bucket.put('gone3/.git/HEAD', OLD_MS);
    const residue = (await world.audit()).findings.filter(({ kind }) => kind === 'RESIDUE');
    expect(residue.map(({ prefix, objects, adoptable }) => [prefix, objects, adoptable])).toEqual([
      ['gone/', 2, false],
      ['gone2/', 2, false],
      ['gone3/', 2, false],
    ]);
  });

  it('wants certain names where no Parseable deployment uses the bucket', async () => {
    const world = new World(new Bucket(), { parseable: false });
    world.data('gone');
    world.bucket.put('lake/date=2026-01-01/manifest.json', OLD_MS);
    const { said, items } = await world.audit();
    expect(said).toEqual(['FOREIGN lake/', 'RESIDUE gone/']);
    expect(items[0]).toMatchObject({
      kind: 'header',
      parseableDeploymentId: '',
      note: expect.stringContaining('no Parseable'),
    });
  });

  it('never reads an entry of the node registry, nor keeps what the deployment file says', async () => {
    const world = new World();
    world.live('web');
    const { items } = await world.audit();
    const read = world.bucket.requests.filter(({ kind }) => kind === 'getObject').map(({ prefix }) => prefix);
    expect(read).toEqual(['.sexton/owner.json', '.parseable/.parseable.json', 'web/.stream/.stream.json']);
    expect(JSON.stringify(items)).not.toMatch(/SECRET|U0VDUkVU/);
  });

  it('says that a stream json does not parse, and takes the stream for one all the same', async () => {
    const world = new World();
    world.live('web');
    world.bucket.put('web/.stream/.stream.json', OLD_MS, '{"version":');
    expect((await world.audit()).findings).toMatchObject([
      { kind: 'UNKNOWN_STREAM', adoptable: true, note: 'web/.stream/.stream.json does not parse as JSON' },
    ]);
  });
});

describe('versions', () => {
  it('counts every version and marker, and does not take an old stream json for a stream', async () => {
    const world = new World(new Bucket({ versioning: 'enabled' }));
    const marker = { sizeBytes: 0, lastModifiedMs: OLD_MS, versionId: 'm', isDeleteMarker: true };
    const old = { sizeBytes: 50, lastModifiedMs: OLD_MS, versionId: 'o', isDeleteMarker: false };
    world.bucket.putVersions('gone/.stream/.stream.json', [marker, old]);
    world.bucket.putVersions(dataKey('gone'), [marker, old]);
    world.live('web');
    const { said, findings } = await world.audit();
    expect(said).toEqual(['RESIDUE gone/', 'UNKNOWN_STREAM web/']);
    expect(findings[0]).toMatchObject({ objects: 4, bytes: 100 });
  });
});

describe('going on', () => {
  it('is said again from the last token, nothing left out', async () => {
    const world = new World();
    for (let nth = 0; nth < 40; nth++) world.data(`gone-${String(nth).padStart(2, '0')}`);
    const whole = (await world.audit()).said;
    const first: string[] = [];
    let token = '';
    for await (const item of audit(world.deps, request(), new AbortController().signal)) {
      if (item.kind === 'finding') first.push(`${item.finding.kind} ${item.finding.prefix}`);
      if (item.kind === 'progress') token = item.resumeToken;
      if (first.length === 17 && token !== '') break;
    }
    const rest = (await world.audit({ resumeToken: token })).said;
    expect([...new Set([...first, ...rest])].sort()).toEqual(whole);
    expect(rest.length).toBeLessThan(30);
  });

  it('does not go on behind a prefix that could not be judged', async () => {
    const world = new World();
    for (let nth = 0; nth < 9; nth++) world.data(`gone${nth}`);
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'gone4/date=2026-05-02/') throw new ObjectStoreError('ACCESS_DENIED', '', 'told to');
    };
    const { items, summary } = await world.audit();
    expect(summary?.complete).toBe(false);
    world.bucket.onRequest = () => undefined;
    const token = items.findLast((item) => item.kind === 'progress')?.resumeToken ?? '';
    expect((await world.audit({ resumeToken: token })).said).toEqual(
      [4, 5, 6, 7, 8].map((nth) => `RESIDUE gone${nth}/`),
    );
  });

  it('refuses the token of another audit, and what is none', async () => {
    const world = new World();
    world.data('gone');
    const token = (await world.audit()).items.find((item) => item.kind === 'progress')?.resumeToken ?? '';
    await expect(world.audit({ resumeToken: token, prefix: 'web/' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
    await expect(world.audit({ resumeToken: 'nonsense' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
    await expect(world.audit({ prefix: '.parseable/' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  });

  it('says how far it is while a store takes its time', async () => {
    const world = new World();
    world.data('gone');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    world.bucket.onRequest = ({ prefix }) => (prefix === 'gone/' ? held : undefined);
    const kinds: string[] = [];
    for await (const item of audit(
      { ...world.deps, limits: { progressIntervalMs: 5 } },
      request(),
      new AbortController().signal,
    )) {
      kinds.push(item.kind);
      if (item.kind === 'progress') release();
    }
    expect(kinds.slice(0, 2)).toEqual(['header', 'progress']);
    expect(kinds.at(-1)).toBe('summary');
  });
});

describe('a part of the bucket', () => {
  it('is what starts with the prefix, down to the day', async () => {
    const world = new World();
    for (const name of ['gone', 'gone2', 'other']) world.data(name);
    world.bucket.put(dataKey('gone', '2026-05-03'), OLD_MS, 1);
    expect((await world.audit({ prefix: 'gone' })).said).toEqual(['RESIDUE gone/', 'RESIDUE gone2/']);
    expect((await world.audit({ prefix: 'gone/' })).findings).toMatchObject([
      { prefix: 'gone/', objects: 3 },
    ]);
    expect((await world.audit({ prefix: 'gone/date=2026-05-03/hour' })).findings).toMatchObject([
      { kind: 'RESIDUE', prefix: 'gone/', objects: 1 },
    ]);
  });

  it('sees the metadata of a stream of the old layout beside the days, not among them', async () => {
    const world = new World();
    world.data('web');
    world.bucket.put('web/.stream.json', OLD_MS, STREAM_JSON);
    expect((await world.audit()).said).toEqual(['UNKNOWN_STREAM web/']);
    expect((await world.audit({ prefix: 'web/date=2026-05-02/' })).said).toEqual(['UNKNOWN_STREAM web/']);
  });

  it('says that what was just written is young', async () => {
    const world = new World();
    world.data('gone', NOW_MS - 2 * HOUR_MS);
    expect((await world.audit()).findings).toMatchObject([{ tooYoung: true, adoptable: false }]);
    expect((await world.audit({ minimumAgeMs: HOUR_MS })).findings).toMatchObject([
      { tooYoung: false, adoptable: true },
    ]);
    expect(answerOf([]).findings).toEqual([]);
    expect(DAY_MS).toBe(24 * HOUR_MS);
  });
});

describe('streams of the catalog that Parseable does not have', () => {
  const LATER: Partial<AuditDeps> = { clock: { ...clock, wallMs: () => NOW_MS + 2 * DAY_MS } };
  const missing = async (
    world: World,
    fields: Parameters<World['audit']>[0] = {},
  ): Promise<readonly Finding[]> =>
    (await world.audit(fields, {}, LATER)).findings.filter(({ kind }) => kind === 'MISSING_METADATA');

  it('are named, with what is left of them, as no leftover and not to be adopted', async () => {
    const world = new World();
    for (const [tenant, name] of [
      ['', 'payments'],
      ['', 'gone'],
      ['acme', 'Größe'],
    ] as const)
      world.create(name, prefixOfParseableStream(tenant, name), tenant);
    world.data('payments');
    const { findings, summary } = await world.audit({}, {}, LATER);
    const alike = { kind: 'MISSING_METADATA', adoptable: false, leftover: false };
    const byPrefix = findings.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1));
    expect(byPrefix).toMatchObject([
      { ...alike, prefix: 'acme/Gr%C3%B6%C3%9Fe/', tenant: 'acme', name: 'Größe', objects: 0 },
      { ...alike, prefix: 'gone/', name: 'gone', objects: 0 },
      {
        ...alike,
        prefix: 'payments/',
        name: 'payments',
        objects: 2,
        bytes: 110,
        stream: { state: 'ACTIVE' },
      },
    ]);
    expect(findings[0]?.note).toContain("deleted by Parseable's own API, or never created there");
    expect(summary).toMatchObject({ complete: true, findings: 3, leftoverObjects: 0 });
    expect(await missing(world, { prefix: 'pay' })).toHaveLength(1);
  });

  it('are not named too early: whoever creates one may not have come to Parseable yet', async () => {
    const world = new World();
    world.create('web', 'web/');
    expect((await world.audit()).findings).toEqual([]);
    expect(await missing(world, { minimumAgeMs: 2 * DAY_MS })).toHaveLength(1);
    expect(await missing(world, { minimumAgeMs: 2 * DAY_MS + 1 })).toEqual([]);
  });

  it.each<[string, (world: World) => void]>([
    [
      'complete',
      (world) => {
        world.create('web', 'web/');
        world.live('web');
      },
    ],
    [
      'of the old layout',
      (world) => {
        world.create('web', 'web/');
        world.bucket.put('web/.stream.json', OLD_MS);
      },
    ],
    [
      'known to an ingest node only',
      (world) => {
        world.create('web', 'web/');
        world.bucket.put(`web/.stream/.ingestor.${NODE_A}.stream.json`, OLD_MS, STREAM_JSON);
      },
    ],
    ['deleted in the catalog', (world) => (world.create('web', 'web/'), world.remove('web'))],
    ['of another writer, by its default prefix', (world) => world.create('web')],
    ['of another writer, by its own prefix', (world) => world.create('web', 'logs/web/')],
  ])('do not include one that is %s', async (_, plant) => {
    const world = new World();
    plant(world);
    expect(await missing(world)).toEqual([]);
  });

  it('are not looked for where no Parseable deployment uses the bucket', async () => {
    const world = new World(new Bucket(), { parseable: false });
    world.create('web', 'web/');
    expect(await missing(world)).toEqual([]);
  });

  it('do not include one that was deleted, or created in Parseable, while the audit looked', async () => {
    for (const meanwhile of [
      (world: World) => void world.remove('web'),
      (world: World) => world.bucket.put('web/.stream/.stream.json', NOW_MS, STREAM_JSON),
    ]) {
      const world = new World();
      world.create('web', 'web/');
      let looks = 0;
      world.bucket.onRequest = ({ prefix }) => {
        if (prefix === 'web/.stream.json' && looks++ === 0) meanwhile(world);
      };
      expect(await missing(world)).toEqual([]);
      expect(looks).toBeGreaterThan(0);
    }
  });

  it('leave the audit incomplete when they cannot be looked for', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'web/.stream/') throw new ObjectStoreError('ACCESS_DENIED', 'AccessDenied', 'told to');
    };
    const { findings, summary } = await world.audit({}, {}, LATER);
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ complete: false });
  });

  it('are read from the catalog page by page', async () => {
    const world = new World();
    for (let nth = 0; nth < 1_001; nth++) world.create(`s${nth}`, `s${nth}/`);
    expect(await missing(world)).toHaveLength(1_001);
  });
});
