/** The layout's rules, key by key, and whole buckets made up by chance: everything planted is found, nothing else accused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEFTOVER_KINDS } from '../../src/audit/findings.js';
import { madeMs, nameOfPrefix, ownerByLooks, partOf, registeredNode } from '../../src/audit/layout.js';
import { Bucket } from './bucket.js';
import { dataKey, DAY_MS, NODE_A, NODE_B, NOW_MS, OLD_MS, ulidAt, World } from './world.js';

describe('what a key is', () => {
  const ULID = '01J0ABCDEFGHJKMNPQRSTVWXYZ';
  it.each([
    ['.stream/.stream.json', 'streamJson', undefined],
    ['.stream/.ingestor.0a1b2c3d4e5f6a7.stream.json', 'streamJson', NODE_A],
    ['.stream/.ingestor.0a1b2c3d4e5f6a7.schema', 'metadata', NODE_A],
    ['.stream/.schema', 'metadata', undefined],
    ['.stream.json', 'streamJson', undefined],
    ['.schema', 'metadata', undefined],
    ['overview', 'metadata', undefined],
    ['date=2026-08-08/manifest.json', 'data', undefined],
    ['date=2026-08-08/host.example.manifest.json', 'data', undefined],
    ['date=2026-08-08/ingestor.0a1b2c3d4e5f6a7.manifest.json', 'data', NODE_A],
    ['date=2026-08-08/ingestor.ing.eu-0.0a1b2c3d4e5f6a7.manifest.json', 'data', NODE_A],
    [`date=2026-08-08/hour=07/minute=05/ing-00a1b2c3d4e5f6a7.data.${ULID}.parquet`, 'data', NODE_A],
    [`date=2026-08-08/hour=07/minute=05/ing-00a1b2c3d4e5f6a7.data.${ULID}-12.parquet`, 'data', NODE_A],
    [
      `date=2026-08-08/hour=07/minute=05/level=warn/os=linux/h0a1b2c3d4e5f6a7.data.${ULID}.parquet`,
      'data',
      NODE_A,
    ],
    ['date=2026-08-08/hour=07/minute=00-04/host.data.parquet', 'data', undefined],
    ['date=2026-08-08/part-0.parquet', 'other', undefined],
    ['date=2026-08-08/hour=07/part-0.parquet', 'other', undefined],
    ['date=2026-08-08/hour=07/minute=05/part-0.parquet', 'other', undefined],
    ['date=2026-8-8/manifest.json', 'other', undefined],
    ['.stream/deep/er.stream.json', 'other', undefined],
    ['notes.txt', 'other', undefined],
    ['.git/HEAD', 'hidden', undefined],
    ['sub/.stream/.stream.json', 'hidden', undefined],
  ])('%s', (key, kind, nodeId) => {
    const part = partOf(key);
    expect([part.kind, 'nodeId' in part ? part.nodeId : undefined]).toEqual([kind, nodeId]);
  });

  it('only names with a ULID are certain', () => {
    expect(partOf(dataKey('x').slice(2))).toMatchObject({ certain: true });
    expect(partOf('date=2026-08-08/manifest.json')).toMatchObject({ certain: false });
  });

  it.each([
    ['a ULID of before its upload', ulidAt(OLD_MS), OLD_MS],
    ['one of the same moment', ulidAt(NOW_MS), NOW_MS],
    ['one of after its upload', ulidAt(NOW_MS + 1), NOW_MS],
    ['one of a clock that was never set', ulidAt(1_000), NOW_MS],
    ['the least that is believed', ulidAt(Date.UTC(2020, 0, 1)), Date.UTC(2020, 0, 1)],
    ['the last one there is', '7ZZZZZZZZZ0000000000000000', NOW_MS],
    ['more than 48 bits', 'ZZZZZZZZZZ0000000000000000', NOW_MS],
    ['none', undefined, NOW_MS],
  ])('a data file is as old as its name says: %s', (_, ulid, expectedMs) => {
    const middle = ulid === undefined ? '' : `.${ulid}-3`;
    const part = partOf(`date=2026-05-02/hour=07/minute=05/h.data${middle}.parquet`);
    expect(part.kind).toBe('data');
    expect(madeMs(part, NOW_MS)).toBe(expectedMs);
  });

  it('everything else is as old as the store says', () => {
    for (const key of ['.stream/.stream.json', 'date=2026-05-02/manifest.json', `${ulidAt(OLD_MS)}.txt`])
      expect(madeMs(partOf(key), NOW_MS)).toBe(NOW_MS);
  });

  it('takes node ids of the registry from names alone', () => {
    expect(registeredNode('.parseable/ingestor.abc.json')).toEqual({ type: 'ingestor', nodeId: 'abc' });
    for (const key of [
      '.parseable/.parseable.json',
      '.parseable/other.abc.json',
      'x/.parseable/ingestor.a.json',
    ])
      expect(registeredNode(key)).toBeUndefined();
  });

  it('names streams by both layouts', () => {
    expect(nameOfPrefix('web/')).toMatchObject({ tenant: '', name: 'web' });
    expect(nameOfPrefix('web/12/')).toMatchObject({ tenant: '', name: 'web' });
    expect(nameOfPrefix('acme/web/')).toMatchObject({ tenant: 'acme', name: 'web' });
    expect(nameOfPrefix('acme/web/12/')).toMatchObject({ tenant: 'acme', name: 'web' });
    for (const prefix of ['a.b/', 'a/b/c/', 'a/b/c/12/', '/', 'ü/web/'])
      expect(nameOfPrefix(prefix)).toBeUndefined();
    expect(nameOfPrefix('Gr%C3%B6%C3%9Fe/')).toMatchObject({ tenant: '', name: 'Größe' });
    expect(nameOfPrefix('acme/%E6%97%A5%E5%BF%97/')).toMatchObject({ tenant: 'acme', name: '日志' });
    // A Parseable on a local directory, and lives in Sexton's own layout, have the name as it is.
    expect(nameOfPrefix('Größe/')).toMatchObject({ name: 'Größe' });
    expect(nameOfPrefix('Größe/12/')).toMatchObject({ name: 'Größe' });
    // Nobody writes these: lives are not encoded, letters outside ASCII are, in capitals, and only those.
    for (const prefix of ['Gr%C3%B6%C3%9Fe/12/', 'Gr%c3%b6/', 'a%2Fb/', '%41/', '%F0%9F%9A%80/', '%C3/'])
      expect(nameOfPrefix(prefix)).toBeUndefined();
    expect(ownerByLooks(dataKey('Gr%C3%B6%C3%9Fe'))).toMatchObject({ name: 'Größe' });
    expect(ownerByLooks(dataKey('acme/web'))).toEqual({ prefix: 'acme/web/', tenant: 'acme', name: 'web' });
    expect(ownerByLooks('photos/cat.jpg')).toBeUndefined();
    expect(ownerByLooks('.users/date=2026-01-01/manifest.json')).toBeUndefined();
  });
});

type Plant = (world: World, name: string) => readonly string[];

/** What may stand under one name of the bucket, and which leftovers an audit must find of it. */
const PLANTS: Readonly<Record<string, Plant>> = {
  unknownStream: (world, name) => (world.live(name), []),
  adoptedStream: (world, name) => (world.create(name, `${name}/`), world.live(name), []),
  ownStream: (world, name) => (world.data(world.create(name).prefix.slice(0, -1)), []),
  emptyStream: (world, name) => (world.create(name), []),
  foreign: (world, name) => (world.bucket.put(`${name}/2024/cat.jpg`, OLD_MS), []),
  lake: (world, name) => (world.bucket.put(`${name}/date=2026-01-01/part-0.parquet`, OLD_MS), []),
  residue: (world, name) => (world.data(name, OLD_MS, NODE_B), [`RESIDUE ${name}/`]),
  metadataOnly: (world, name) => (
    world.bucket.put(`${name}/.stream/.ingestor.${NODE_B}.schema`, OLD_MS),
    [`RESIDUE ${name}/`]
  ),
  mixed: (world, name) => (
    world.data(name),
    world.bucket.put(`${name}/notes.txt`, OLD_MS),
    [`RESIDUE ${name}/`]
  ),
  waiting: (world, name) => (world.live(name), world.create(name, `${name}/`), world.remove(name), []),
  late: (world, name) => {
    world.create(name, `${name}/`);
    const { deleteTimeMs } = world.remove(name);
    world.bucket.put(dataKey(name), deleteTimeMs + DAY_MS);
    return [`LATE_OBJECTS ${name}/`];
  },
  purged: (world, name) => {
    const { prefix } = world.create(name);
    world.purge(world.remove(name));
    world.bucket.put(`${prefix}anything`, OLD_MS);
    return [`PURGED_PREFIX ${prefix}`];
  },
  forgotten: (world, name) => {
    const { prefix } = world.create(name);
    world.purge(world.remove(name), { forget: true });
    world.data(prefix.slice(0, -1));
    return [`PURGED_PREFIX ${prefix}`];
  },
  formerLife: (world, name) => {
    const { prefix } = world.create(name);
    world.purge(world.remove(name), { forget: true });
    world.data(world.create(name).prefix.slice(0, -1));
    world.bucket.put(`${prefix}anything`, OLD_MS);
    return [`PURGED_PREFIX ${prefix}`];
  },
  sharedPrefixPurged: (world, name) => {
    world.create(name, `${name}/`);
    world.purge(world.remove(name));
    world.data(name);
    return [`PURGED_PREFIX ${name}/`];
  },
  reborn: (world, name) => {
    world.create(name, `${name}/`);
    world.purge(world.remove(name));
    world.live(name);
    return [];
  },
  upload: (world, name) => (world.bucket.putUpload(dataKey(name), OLD_MS), [`UNFINISHED_UPLOAD ${name}/`]),
  liveUpload: (world, name) => {
    world.create(name, `${name}/`);
    world.live(name);
    world.bucket.putUpload(dataKey(name, '2026-05-03'), OLD_MS);
    return [`UNFINISHED_UPLOAD ${name}/`];
  },
  foreignUpload: (world, name) => (world.bucket.putUpload(`${name}/big.iso`, OLD_MS), []),
  goneNode: (world, name) => (world.live(name, OLD_MS, NODE_B), []),
  nothing: () => [],
};

describe('whole buckets', () => {
  const plan = fc.array(
    fc.record({
      // Neighbours in the order of keys: `a`, `a-b`, `ab`, `a/…`.
      name: fc.stringMatching(/^[a-c]{1,2}(?:[-_][a-c0-9]{0,2})?$/),
      plant: fc.constantFrom(...Object.keys(PLANTS)),
    }),
    { maxLength: 24 },
  );

  it.each([true, false])(
    'finds all that was planted and accuses nobody else (versions: %s)',
    async (versioned) => {
      await fc.assert(
        fc.asyncProperty(plan, fc.integer({ min: 1, max: 7 }), async (entries, pageKeys) => {
          const bucket = new Bucket(versioned ? { versioning: 'enabled' } : {});
          bucket.pageKeys = pageKeys;
          const world = new World(bucket);
          bucket.put('.users/admin/date=2026-01-01/manifest.json', OLD_MS);
          const expected: string[] = [];
          const names = new Set<string>();
          for (const { name, plant } of entries) {
            if (names.has(name)) continue;
            names.add(name);
            expected.push(...(PLANTS[plant]?.(world, name) ?? []));
          }
          const { findings, summary } = await world.audit();
          expect(summary).toMatchObject({ complete: true, incompleteReason: '' });
          const leftovers = findings.filter(({ kind }) => LEFTOVER_KINDS.has(kind));
          expect(leftovers.map(({ kind, prefix }) => `${kind} ${prefix}`).sort()).toEqual(expected.sort());
          expect(bucket.changes).toEqual([]);
        }),
        { numRuns: Number(process.env['AUDIT_RUNS'] ?? 60) },
      );
    },
  );
});
