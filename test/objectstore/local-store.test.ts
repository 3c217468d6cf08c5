/** The local store: the contract, and what is its own: paths, links, a vanished root, memory. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mapBounded } from '../../src/objectstore/bounded.js';
import { compareKeys } from '../../src/objectstore/key-order.js';
import { LocalStore } from '../../src/objectstore/local-store.js';
import { objectStoreContract, ODD_KEYS, PATH_LIKE_KEYS } from './contract.js';
import { SkewedClock } from './skewed-clock.js';

objectStoreContract('local directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sexton-store-'));
  const clock = new SkewedClock();
  return {
    store: new LocalStore({ directory, clock, durable: false }),
    clock,
    capabilities: {
      versioning: 'never',
      conditionalDelete: true,
      requestExpiry: false,
      deleteBatchMax: 1000,
      multipartUploads: false,
      clockOffsetMs: 0,
    },
    nests: false,
    pagesVersions: true,
    oddKeys: [
      ...ODD_KEYS,
      ...PATH_LIKE_KEYS,
      'path/%~escape-like',
      'path/nul\0byte',
      `path/${'%'.repeat(900)}`,
    ],
    close: () => rm(directory, { recursive: true }),
  };
});

describe('local store', () => {
  let base: string;
  let root: string;
  let store: LocalStore;
  const call = { signal: new AbortController().signal };
  const body = Buffer.from('x');
  const keys = async (prefix = ''): Promise<string[]> =>
    (await store.listObjects({ prefix }, call)).items.map((item) => item.key);
  const remove = async (key: string, ifMatch?: string): Promise<string> => {
    const prepared = await store.prepareDelete([ifMatch === undefined ? { key } : { key, ifMatch }], call);
    const [outcome] = await prepared.send(call);
    return outcome?.kind === 'failed' ? outcome.error.kind : (outcome?.kind ?? 'none');
  };

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'sexton-store-'));
    root = join(base, 'bucket');
    store = new LocalStore({ directory: root, clock: new SkewedClock(), durable: false });
  });
  afterEach(async () => {
    await rm(base, { recursive: true, force: true });
  });

  it('is probed by several processes at once, which make and remove the same directories', async () => {
    const stores = Array.from(
      { length: 6 },
      (_, at) => new LocalStore({ directory: root, clock: new SkewedClock(), durable: at % 2 === 0 }),
    );
    await Promise.all(
      stores.map(async (each) => {
        for (let round = 0; round < 30; round++) await each.probe(call);
      }),
    );
    expect(await keys()).toEqual([]);
  });

  it('stores plain keys under their own names', async () => {
    await store.putObject('app/date=2026-01-02/a.parquet', body, {}, call);
    expect(await readFile(join(root, 'app/date=2026-01-02/a.parquet'), 'utf8')).toBe('x');
  });

  it('reads a directory that somebody else wrote', async () => {
    await mkdir(join(root, 'app/.stream'), { recursive: true });
    await writeFile(join(root, 'app/.stream/.stream.json'), '{}');
    await writeFile(join(root, 'app/a%2Fb'), '');
    expect(await keys()).toEqual(['app/.stream/.stream.json', 'app/a%2Fb']);
    expect(await remove('app/a%2Fb')).toBe('deleted');
  });

  it('syncs when it is told to', async () => {
    const durable = new LocalStore({ directory: root, clock: new SkewedClock() });
    await durable.putObject('a/b/c', body, {}, call);
    await durable.deleteObject('a/b/c', call);
    expect((await durable.listObjects({ prefix: '' }, call)).items).toEqual([]);
  });

  it('removes directories that a delete emptied, up to the root', async () => {
    await store.putObject('a/b/c/d', body, {}, call);
    await store.putObject('a/e', body, {}, call);
    await remove('a/b/c/d');
    expect(await readdir(join(root, 'a'))).toEqual(['e']);
    await remove('a/e');
    expect((await readdir(root)).filter((name) => !name.startsWith('%~~'))).toEqual([]);
  });

  it('writes into a directory that deletes keep removing', async () => {
    const rounds = Array.from({ length: 200 }, (_, index) => index);
    await mapBounded(rounds, 8, async (index) => {
      await store.putObject(`busy/dir/${index}`, body, {}, call);
      await store.deleteObject(`busy/dir/${index}`, call);
    });
    await store.putObject('busy/dir/last', body, {}, call);
    expect(await keys()).toEqual(['busy/dir/last']);
  });

  it('replaces an empty directory that stands where an object is to be', async () => {
    await mkdir(join(root, 'a'), { recursive: true });
    await store.putObject('a', body, {}, call);
    expect(await keys()).toEqual(['a']);
  });

  it('never leaves the root, whatever the key', async () => {
    await writeFile(join(base, 'outside'), 'keep');
    const segment = fc.oneof(
      fc.constantFrom(
        '',
        '.',
        '..',
        '...',
        '%~',
        '%~~tmp',
        '%2E%2E',
        '\0',
        '~',
        'bucket',
        'outside',
        'a',
        'b',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }),
    );
    const hostile = fc
      .array(segment, { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join('/'))
      .filter((key) => key !== '' && Buffer.byteLength(key) <= 1024 && Buffer.from(key).toString() === key);
    await fc.assert(
      fc.asyncProperty(hostile, async (key) => {
        await store.putObject(key, Buffer.from(key), {}, call);
        expect(Buffer.from((await store.getObject(key, call)) ?? '').toString()).toBe(key);
        expect(await keys()).toEqual([key]);
        expect(await keys(key.slice(0, Math.ceil(key.length / 2)))).toEqual([key]);
        expect(await remove(key)).toBe('deleted');
        expect(await keys()).toEqual([]);
      }),
      { numRuns: 100 },
    );
    expect((await readdir(base)).sort()).toEqual(['bucket', 'outside']);
  });

  it('lists any mix of keys in UTF-8 order, from any point', async () => {
    const key = fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          'a-',
          'a.',
          'é',
          '\uffee',
          '🪦',
          '',
          'n'.repeat(256),
          `${'n'.repeat(256)}x`,
          'n'.repeat(200),
        ),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      // The last segment has a name of its own, so that no key lies below another.
      .map((parts) => `k/${parts.join('/')}/leaf`)
      .filter((one) => Buffer.byteLength(one) <= 1024);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (some, maxKeys) => {
          await rm(root, { recursive: true, force: true });
          store = new LocalStore({ directory: root, clock: new SkewedClock(), durable: false });
          const kept = some.filter((one) => !some.some((other) => other.startsWith(`${one}/`)));
          for (const one of kept) await store.putObject(one, body, {}, call);
          const sorted = [...kept].sort(compareKeys);
          const fresh = new LocalStore({ directory: root, clock: new SkewedClock(), durable: false });
          const listed: string[] = [];
          let page: string | undefined;
          for (let turn = 0; turn === 0 || page !== undefined; turn++) {
            // Every other page is asked of a store that has never seen the listing.
            const answer = await (turn % 2 === 0 ? store : fresh).listObjects(
              { prefix: 'k/', maxKeys, ...(page === undefined ? {} : { page }) },
              call,
            );
            listed.push(...answer.items.map((item) => item.key));
            page = answer.next;
          }
          expect(listed).toEqual(sorted);
          for (const one of sorted) {
            const rest = await store.listObjects({ prefix: '', startAfter: one }, call);
            expect(rest.items.map((item) => item.key)).toEqual(sorted.slice(sorted.indexOf(one) + 1));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('lists a symbolic link as an object, deletes the link, and never goes through it', async () => {
    await mkdir(join(base, 'elsewhere'));
    await writeFile(join(base, 'elsewhere/file'), 'keep');
    await store.putObject('app/a', body, {}, call);
    await symlink(join(base, 'elsewhere'), join(root, 'app/link'));
    await symlink(join(base, 'elsewhere/file'), join(root, 'app/file-link'));
    expect(await keys('app/')).toEqual(['app/a', 'app/file-link', 'app/link']);
    const refused = { kind: 'UNSUPPORTED' };
    await expect(store.getObject('app/file-link', call)).rejects.toMatchObject(refused);
    await expect(store.getObject('app/link/file', call)).rejects.toMatchObject(refused);
    await expect(store.putObject('app/link/new', body, {}, call)).rejects.toMatchObject(refused);
    await expect(store.putObject('app/link/new/deep', body, {}, call)).rejects.toMatchObject(refused);
    // An empty answer would call it purged.
    await expect(keys('app/link/')).rejects.toMatchObject(refused);
    expect(await remove('app/link/file')).toBe('UNSUPPORTED');
    expect(await remove('app/link')).toBe('deleted');
    expect(await remove('app/file-link')).toBe('deleted');
    expect(await readdir(join(base, 'elsewhere'))).toEqual(['file']);
    expect(await readFile(join(base, 'elsewhere/file'), 'utf8')).toBe('keep');
  });

  it('does not take a vanished or replaced root for an empty bucket', async () => {
    await store.putObject('a/b', body, {}, call);
    await rename(root, join(base, 'moved'));
    await expect(keys()).rejects.toMatchObject({ kind: 'NO_SUCH_BUCKET' });
    await mkdir(root);
    await expect(keys('a/')).rejects.toMatchObject({ kind: 'NO_SUCH_BUCKET' });
    await expect(store.getObject('a/b', call)).rejects.toMatchObject({ kind: 'NO_SUCH_BUCKET' });
  });

  it('says so when a file has a name that it cannot have written', async () => {
    await store.putObject('a/b', body, {}, call);
    await writeFile(join(root, 'a/%~%2e'), ''); // Lower case: not our spelling.
    await expect(keys()).rejects.toMatchObject({ kind: 'UNSUPPORTED' });
    await rm(join(root, 'a/%~%2e'));
    await writeFile(Buffer.concat([Buffer.from(join(root, 'a/')), Buffer.from([0xff])]), '');
    await expect(keys()).rejects.toThrow(/not UTF-8/);
  });

  it('does not remove what was written after the etag was read', async () => {
    await store.putObject('a', Buffer.from('1'), {}, call);
    const [first] = (await store.listObjects({ prefix: 'a' }, call)).items;
    await store.putObject('a', Buffer.from('2'), {}, call);
    expect(await remove('a', first?.etag)).toBe('PRECONDITION_FAILED');
    const [second] = (await store.listObjects({ prefix: 'a' }, call)).items;
    expect(second?.etag).not.toBe(first?.etag);
    expect(await remove('a', second?.etag)).toBe('deleted');
    expect(await remove('a', second?.etag)).toBe('deleted');
    expect(await keys()).toEqual([]);
  });

  it('never loses a write that races with a conditional delete of what was there before', async () => {
    for (let round = 0; round < 200; round++) {
      await store.putObject('race/a', Buffer.from('old'), {}, call);
      const [old] = (await store.listObjects({ prefix: 'race/' }, call)).items;
      const writing = store.putObject('race/a', Buffer.from('newer'), {}, call);
      // Another number of turns each round, so that the two meet at every step of each other.
      for (let turn = 0; turn < round % 25; turn++) await new Promise((resolve) => setImmediate(resolve));
      const outcome = await remove('race/a', old?.etag);
      await writing;
      expect(['deleted', 'PRECONDITION_FAILED']).toContain(outcome);
      expect(Buffer.from((await store.getObject('race/a', call)) ?? '').toString()).toBe('newer');
    }
  });

  it('clears temporary files of a process that died, and only old ones', async () => {
    await store.putObject('a', body, {}, call);
    const temporary = join(root, '%~~tmp');
    await writeFile(join(temporary, 'left'), '');
    const clock = new SkewedClock();
    await new LocalStore({ directory: root, clock }).probe(call);
    expect(await readdir(temporary)).toEqual(['left']);
    clock.shiftMs = 2 * 60 * 60 * 1000;
    await new LocalStore({ directory: root, clock }).probe(call);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('refuses a root that is a file', async () => {
    await writeFile(root, '');
    await expect(store.probe(call)).rejects.toMatchObject({ name: 'ObjectStoreError' });
  });

  it('pages through many directories in flat memory', async () => {
    await store.probe(call);
    for (let index = 0; index < 50; index++) await mkdir(join(root, `s/${index}`), { recursive: true });
    const files = Array.from({ length: 10_000 }, (_, index) => join(root, `s/${index % 50}/file-${index}`));
    await mapBounded(files, 16, (file) => writeFile(file, ''));
    let page: string | undefined;
    let count = 0;
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    do {
      const answer = await store.listObjects({ prefix: 's/', ...(page === undefined ? {} : { page }) }, call);
      count += answer.items.length;
      page = answer.next;
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    } while (page !== undefined);
    expect(count).toBe(10_000);
    expect(peak).toBeLessThan(40 * 1024 * 1024);
    expect((await stat(root)).isDirectory()).toBe(true);
  });
});
