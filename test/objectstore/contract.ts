/**
 * What every object store must do, whoever implements it. Each implementation's test file calls this with
 * a way to get an empty store; what a store cannot do it says in `Subject`, and is then held to
 * refusing it properly.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapBounded } from '../../src/objectstore/bounded.js';
import { compareKeys } from '../../src/objectstore/key-order.js';
import type {
  Capabilities,
  DeleteTarget,
  ListOptions,
  ObjectStore,
  Page,
} from '../../src/objectstore/object-store.js';
import type { SkewedClock } from './skewed-clock.js';

export interface Subject {
  readonly store: ObjectStore;
  /** The clock that the store was given. */
  readonly clock: SkewedClock;
  /** What the probe must find out. */
  readonly capabilities: Partial<Capabilities>;
  /** Can hold an object and others below it, `a` and `a/b`. */
  readonly nests: boolean;
  /** Pages of versions and of uploads lead on to the next page (not in versitygw 1.8). */
  readonly pagesVersions: boolean;
  /** Keys beside the plain ones that it can hold. */
  readonly oddKeys: readonly string[];
  /** Begins a multipart upload; absent: there are none. */
  readonly beginUpload?: (key: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Legal S3 keys that break careless code. XML cannot carry the last ones. */
export const ODD_KEYS: readonly string[] = [
  'odd/ leading and trailing space ',
  'odd/plus+and%20percent%',
  'odd/ampersand&<tag>"quotes\'',
  'odd/question?mark#hash;semicolon=equals',
  'odd/tilde~star*paren()!bang',
  'odd/ünïcødé/日本語/🪦',
  'odd/backslash\\and:colon|pipe',
  'odd/tab\tnewline\nreturn\r',
  'odd/date=2026-01-02/hour=03/host.data.parquet',
  'odd/control\u0001\u001f',
];

/** Keys that a file system cannot hold as they are. */
export const PATH_LIKE_KEYS: readonly string[] = [
  'path//double//slash',
  'path/./dot',
  'path/../../escape',
  'path/trailing-slash/',
  `path/${'long'.repeat(120)}`,
];

const encoder = new TextEncoder();

export function objectStoreContract(name: string, open: () => Promise<Subject>): void {
  describe(`object store contract: ${name}`, () => {
    let subject: Subject;
    let store: ObjectStore;
    const call = { signal: new AbortController().signal };

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    // A real server may take its time to empty a bucket.
    afterAll(() => subject.close(), 60_000);

    const put = (keys: readonly string[], body = 'x'): Promise<unknown> =>
      mapBounded(keys, 8, (key) => store.putObject(key, encoder.encode(body), {}, call));
    const listPages = async (
      options: ListOptions,
    ): Promise<{ keys: string[]; prefixes: string[]; pages: number }> => {
      const keys: string[] = [];
      const prefixes: string[] = [];
      let page: string | undefined;
      let pages = 0;
      do {
        const answer = await store.listObjects({ ...options, ...(page === undefined ? {} : { page }) }, call);
        keys.push(...answer.items.map((item) => item.key));
        prefixes.push(...answer.commonPrefixes);
        page = answer.next;
        pages++;
      } while (page !== undefined && pages < 1000);
      return { keys, prefixes, pages };
    };
    const keysOf = async (prefix: string): Promise<string[]> => (await listPages({ prefix })).keys;
    const remove = async (targets: readonly DeleteTarget[]): Promise<string[]> => {
      const prepared = await store.prepareDelete(targets, call);
      return (await prepared.send(call)).map((outcome) =>
        outcome.kind === 'failed' ? outcome.error.kind : outcome.kind,
      );
    };
    const onePerPage = (): { maxKeys?: number } => (subject.pagesVersions ? { maxKeys: 1 } : {});
    const all = async <T>(list: (page: { page?: string }) => Promise<Page<T>>): Promise<T[]> => {
      const items: T[] = [];
      let page: string | undefined;
      do {
        const answer = await list(page === undefined ? {} : { page });
        items.push(...answer.items);
        page = answer.next;
      } while (page !== undefined);
      return items;
    };

    it('finds out what it can do, and leaves nothing behind', async () => {
      expect(await store.probe(call)).toMatchObject(subject.capabilities);
      expect(await keysOf('')).toEqual([]);
      expect(await all((page) => store.listVersions({ prefix: '', ...page }, call))).toEqual([]);
    });

    it('describes itself without a credential', () => {
      expect(store.description).not.toBe('');
      for (const secret of ['secret', 'password']) expect(store.description).not.toContain(secret);
    });

    it('reads back what it wrote, and nothing where nothing is', async () => {
      await put(['rw/a'], 'first');
      await put(['rw/a'], 'second');
      expect(Buffer.from((await store.getObject('rw/a', call)) ?? '').toString()).toBe('second');
      expect(await store.getObject('rw/b', call)).toBeUndefined();
      expect(await store.getObject('rw', call)).toBeUndefined();
      await store.deleteObject('rw/a', call);
      await store.deleteObject('rw/a', call);
      expect(await store.getObject('rw/a', call)).toBeUndefined();
    });

    it('creates only once with ifNoneMatch', async () => {
      await store.putObject('once/marker', encoder.encode('ours'), { ifNoneMatch: true }, call);
      await expect(
        store.putObject('once/marker', encoder.encode('theirs'), { ifNoneMatch: true }, call),
      ).rejects.toMatchObject({
        kind: 'PRECONDITION_FAILED',
      });
      expect(Buffer.from((await store.getObject('once/marker', call)) ?? '').toString()).toBe('ours');
    });

    it('lists what is under a prefix, in UTF-8 order, with size, time and etag', async () => {
      const keys = [
        'list/a-b',
        'list/a/1',
        'list/a/2',
        'list/a.b',
        'list/A',
        'list/é',
        'list/\uffee',
        'list/🪦',
        'list/z/y/x',
      ];
      await put([...keys, 'lis', 'listing/x'], 'four');
      const { items, next } = await store.listObjects({ prefix: 'list/' }, call);
      expect(next).toBeUndefined();
      expect(items.map((item) => item.key)).toEqual([...keys].sort(compareKeys));
      for (const item of items) {
        expect(item.sizeBytes).toBe(4);
        expect(item.etag).not.toBe('');
        expect(Math.abs(item.lastModifiedMs - Date.now())).toBeLessThan(120_000);
      }
      expect(await keysOf('list/a')).toEqual(['list/a-b', 'list/a.b', 'list/a/1', 'list/a/2']);
      expect(await keysOf('nothing/here/')).toEqual([]);
    });

    it('pages without losing or repeating a key', async () => {
      const keys = Array.from(
        { length: 57 },
        (_, index) => `pages/${index % 5}/${index % 3 === 0 ? 'sub/' : ''}${index}`,
      );
      await put(keys);
      const whole = [...keys].sort(compareKeys);
      for (const maxKeys of [1, 7, 56, 57, 1000]) {
        const listed = await listPages({ prefix: 'pages/', maxKeys });
        expect(listed.keys).toEqual(whole);
        expect(listed.pages).toBeGreaterThanOrEqual(Math.ceil(57 / maxKeys));
      }
    });

    it('starts after a key, whether or not it exists', async () => {
      await put(['after/a', 'after/b/1', 'after/b/2', 'after/c']);
      expect((await listPages({ prefix: 'after/', startAfter: 'after/b/1' })).keys).toEqual([
        'after/b/2',
        'after/c',
      ]);
      expect((await listPages({ prefix: 'after/', startAfter: 'after/b' })).keys).toEqual([
        'after/b/1',
        'after/b/2',
        'after/c',
      ]);
      expect((await listPages({ prefix: 'after/', startAfter: 'after/b/11', maxKeys: 1 })).keys).toEqual([
        'after/b/2',
        'after/c',
      ]);
      expect((await listPages({ prefix: 'after/', startAfter: 'after/z' })).keys).toEqual([]);
    });

    it('groups by delimiter, page by page', async () => {
      await put(['tree/a/1', 'tree/a/2/3', 'tree/b', 'tree/c/1', 'tree/d', 'tree/c/2']);
      for (const maxKeys of [1, 2, 1000]) {
        const { keys, prefixes } = await listPages({ prefix: 'tree/', delimiter: '/', maxKeys });
        expect(keys).toEqual(['tree/b', 'tree/d']);
        expect(prefixes).toEqual(['tree/a/', 'tree/c/']);
      }
      expect(await listPages({ prefix: 'tree', delimiter: '/' })).toMatchObject({
        keys: [],
        prefixes: ['tree/'],
      });
    });

    it('deletes what it is told to and nothing beside it', async () => {
      await put(['del/1/a', 'del/1/b', 'del/10/a', 'del/1x']);
      expect(await remove([{ key: 'del/1/a' }, { key: 'del/1/absent' }, { key: 'del/1/b' }])).toEqual([
        'deleted',
        'deleted',
        'deleted',
      ]);
      expect(await keysOf('del/')).toEqual(['del/10/a', 'del/1x']);
      const outcome = await remove([{ key: 'del/10' }]);
      // A server on a file system may take it for a directory; what counts is that nothing below it went.
      if (subject.nests) expect(outcome).toEqual(['deleted']);
      expect(await keysOf('del/')).toEqual(['del/10/a', 'del/1x']);
    });

    it('deletes page after page while it lists, batches at once', async () => {
      const keys = Array.from({ length: 330 }, (_, index) => `many/date=${index % 4}/file-${index}`);
      await put(keys);
      const { deleteBatchMax = 1000 } = subject.capabilities;
      const half = Math.min(60, deleteBatchMax === 1 ? 60 : deleteBatchMax);
      let page: string | undefined;
      do {
        const answer = await store.listObjects(
          { prefix: 'many/', maxKeys: 2 * half, ...(page === undefined ? {} : { page }) },
          call,
        );
        await mapBounded([answer.items.slice(0, half), answer.items.slice(half)], 2, async (batch) => {
          if (batch.length > 0) expect(new Set(await remove(batch))).toEqual(new Set(['deleted']));
        });
        page = answer.next;
      } while (page !== undefined);
      expect(await keysOf('many/')).toEqual([]);
    });

    it('sends a prepared delete at most once, and not after its expiry', async () => {
      await put(['expiry/a', 'expiry/b']);
      const prepared = await store.prepareDelete([{ key: 'expiry/a' }], call);
      expect(prepared.expiresAtMs - subject.clock.wallMs()).toBeLessThanOrEqual(60_000);
      await prepared.send(call);
      await expect(prepared.send(call)).rejects.toMatchObject({ kind: 'INVALID' });
      const late = await store.prepareDelete([{ key: 'expiry/b' }], call);
      subject.clock.shiftMs += 61_000;
      try {
        await expect(late.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
      } finally {
        subject.clock.shiftMs -= 61_000;
      }
      expect(await keysOf('expiry/')).toEqual(['expiry/b']);
    });

    it('lets a prepared delete live as short as it is asked to, within bounds', async () => {
      await put(['brief/a']);
      for (const [expiryMs, livesMs] of [
        [10_000, 10_000],
        [2_999, 2_000],
        [60_000, 60_000],
      ] as const) {
        const prepared = await store.prepareDelete([{ key: 'brief/a' }], { ...call, expiryMs });
        const leftMs = prepared.expiresAtMs - subject.clock.wallMs();
        expect(leftMs).toBeLessThanOrEqual(livesMs);
        // The time of the store is known to a second or two.
        expect(leftMs).toBeGreaterThan(livesMs - 5_000);
      }
      const late = await store.prepareDelete([{ key: 'brief/a' }], { ...call, expiryMs: 10_000 });
      subject.clock.shiftMs += 11_000;
      try {
        await expect(late.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
      } finally {
        subject.clock.shiftMs -= 11_000;
      }
      expect(await keysOf('brief/')).toEqual(['brief/a']);
      for (const expiryMs of [1_999, 0, -1, 60_001, NaN, Infinity]) {
        await expect(
          store.prepareDelete([{ key: 'brief/a' }], { ...call, expiryMs }),
          String(expiryMs),
        ).rejects.toMatchObject({ kind: 'INVALID' });
      }
      const inTime = await store.prepareDelete([{ key: 'brief/a' }], { ...call, expiryMs: 10_000 });
      expect(await inTime.send(call)).toEqual([{ kind: 'deleted' }]);
    });

    it('deletes on condition, where it claims to', async () => {
      if (subject.capabilities.conditionalDelete !== true) return;
      await put(['cond/a', 'cond/b'], 'old');
      const before = (await store.listObjects({ prefix: 'cond/' }, call)).items.map(({ key, etag }) => ({
        key,
        ifMatch: etag,
      }));
      await put(['cond/a'], 'newer');
      expect(await remove(before)).toEqual(['PRECONDITION_FAILED', 'deleted']);
      expect(await keysOf('cond/')).toEqual(['cond/a']);
    });

    it('lists and deletes versions', async () => {
      await put(['ver/a'], 'one');
      await put(['ver/a'], 'two');
      await put(['ver/b']);
      await remove([{ key: 'ver/b' }]);
      const listed = await all((page) =>
        store.listVersions({ prefix: 'ver/', ...onePerPage(), ...page }, call),
      );
      if (subject.capabilities.versioning === 'never') {
        expect(
          listed.map(({ key, versionId, isDeleteMarker, isLatest }) => ({
            key,
            versionId,
            isDeleteMarker,
            isLatest,
          })),
        ).toEqual([{ key: 'ver/a', versionId: 'null', isDeleteMarker: false, isLatest: true }]);
      } else {
        // Servers differ in where on a page they put the markers.
        listed.sort((a, b) => compareKeys(a.key, b.key));
        expect(listed.map(({ key, isDeleteMarker, isLatest }) => [key, isDeleteMarker, isLatest])).toEqual([
          ['ver/a', false, true],
          ['ver/a', false, false],
          ['ver/b', true, true],
          ['ver/b', false, false],
        ]);
        expect(await keysOf('ver/')).toEqual(['ver/a']);
      }
      const outcomes = await remove(listed.map(({ key, versionId }) => ({ key, versionId })));
      expect(new Set(outcomes)).toEqual(new Set(['deleted']));
      expect(await all((page) => store.listVersions({ prefix: 'ver/', ...page }, call))).toEqual([]);
      expect(await keysOf('ver/')).toEqual([]);
    });

    it('lists and aborts unfinished uploads', async () => {
      const list = (): Promise<readonly { key: string; uploadId: string; initiatedMs: number }[]> =>
        all((page) => store.listUploads({ prefix: 'up/', ...onePerPage(), ...page }, call));
      if (subject.beginUpload === undefined) {
        expect(await list()).toEqual([]);
        return;
      }
      for (const key of ['up/a', 'up/b', 'up/b', 'other/c']) await subject.beginUpload(key);
      const uploads = await list();
      expect(uploads.map((upload) => upload.key)).toEqual(['up/a', 'up/b', 'up/b']);
      for (const upload of uploads) {
        await store.abortUpload(upload, call);
        await store.abortUpload(upload, call);
      }
      expect(await list()).toEqual([]);
      for (const upload of await all((page) => store.listUploads({ prefix: '', ...page }, call)))
        await store.abortUpload(upload, call);
    });

    it('keeps odd keys apart and deletes each of them', async () => {
      const keys = [...subject.oddKeys].sort(compareKeys);
      for (const key of keys) await store.putObject(key, encoder.encode(key), {}, call);
      const listed = [...(await keysOf('odd/')), ...(await keysOf('path/'))];
      expect(listed.sort(compareKeys)).toEqual(keys);
      for (const key of keys)
        expect(Buffer.from((await store.getObject(key, call)) ?? '').toString()).toBe(key);
      expect(new Set(await remove(keys.map((key) => ({ key }))))).toEqual(new Set(['deleted']));
      expect([...(await keysOf('odd/')), ...(await keysOf('path/'))]).toEqual([]);
    });

    it('holds an object and others below it, or refuses to', async () => {
      await put(['nest/a', 'nest/b/c']);
      if (subject.nests) {
        await put(['nest/a/x', 'nest/b']);
        expect(await keysOf('nest/')).toEqual(['nest/a', 'nest/a/x', 'nest/b', 'nest/b/c']);
      } else {
        await expect(put(['nest/a/x'])).rejects.toMatchObject({ name: 'ObjectStoreError' });
        await expect(put(['nest/b'])).rejects.toMatchObject({ name: 'ObjectStoreError' });
        expect(await keysOf('nest/')).toEqual(['nest/a', 'nest/b/c']);
      }
    });

    it('refuses what is out of bounds', async () => {
      const invalid = { kind: 'INVALID' };
      await expect(store.putObject('', new Uint8Array(), {}, call)).rejects.toMatchObject(invalid);
      await expect(store.putObject('k'.repeat(1025), new Uint8Array(), {}, call)).rejects.toMatchObject(
        invalid,
      );
      await expect(store.putObject('lone\ud800', new Uint8Array(), {}, call)).rejects.toMatchObject(invalid);
      await expect(store.putObject('big', new Uint8Array(1024 * 1024 + 1), {}, call)).rejects.toMatchObject(
        invalid,
      );
      await expect(store.prepareDelete([], call)).rejects.toMatchObject(invalid);
      await expect(
        store.prepareDelete(
          Array.from({ length: 1001 }, () => ({ key: 'a' })),
          call,
        ),
      ).rejects.toMatchObject(invalid);
      await expect(store.listObjects({ prefix: '', maxKeys: 0 }, call)).rejects.toMatchObject(invalid);
    });

    it('does nothing for a caller that has gone', async () => {
      await put(['gone/a']);
      const reason = new Error('leadership ended');
      const gone = { signal: AbortSignal.abort(reason) };
      await expect(store.listObjects({ prefix: '' }, gone)).rejects.toBe(reason);
      await expect(store.putObject('gone/b', new Uint8Array(), {}, gone)).rejects.toBe(reason);
      const prepared = await store.prepareDelete([{ key: 'gone/a' }], call);
      await expect(prepared.send(gone)).rejects.toBe(reason);
      expect(await keysOf('gone/')).toEqual(['gone/a']);
    });
  });
}
