/** P12 in small: what a look asks of the store, what it makes of the answers, and how often. */
import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../src/catalog/types.js';
import { ObjectStoreError, type ObjectStore } from '../../src/objectstore/object-store.js';
import type { PurgeEnvironment } from '../../src/purge/environment.js';
import { PurgeFailure, StreamReborn } from '../../src/purge/failure.js';
import { LifeCheck } from '../../src/purge/life-check.js';
import { MemoryObjectStore, storeError } from '../support/memory-object-store.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { streamJson } from './purge-world.js';

const PREFIX = 'app/';
const OWN = `${PREFIX}.stream/.stream.json`;

class Scene {
  readonly clock = new VirtualClock();
  readonly bucket: MemoryObjectStore;
  readonly leading = new AbortController();
  readonly finished: string[] = [];
  readonly deletedMs = this.clock.wallMs();
  record: StreamRecord;
  readonly check: LifeCheck;

  constructor(options: { readonly pageKeys?: number; readonly store?: Partial<ObjectStore> } = {}) {
    const { store = {}, ...rest } = options;
    setMaxListeners(0, this.leading.signal);
    this.bucket = new MemoryObjectStore({ clock: this.clock, ...rest });
    this.record = {
      incarnation: 7,
      state: 'PURGING',
      prefix: PREFIX,
      prefixReusable: true,
      deleteTimeMs: this.deletedMs,
      purgeTimeMs: 0,
      purge: { phase: 'RUNNING', discardNewWrites: false },
    } as StreamRecord;
    this.check = this.checkOf(this.record, store);
  }

  checkOf(record: StreamRecord, store: Partial<ObjectStore> = {}): LifeCheck {
    const env = {
      cluster: { stream: () => this.record },
      store: { ...this.bucket.as('leader'), ...store },
      clock: this.clock,
      leading: this.leading.signal,
      metrics: {
        requestFinished: (kind: string, outcome: string) => this.finished.push(`${kind} ${outcome}`),
      },
    };
    return new LifeCheck(env as unknown as PurgeEnvironment, record);
  }

  put(key: string, createdMs = this.deletedMs - 3_600_000): void {
    this.bucket.put(key, streamJson(createdMs));
  }

  /** What the look came to. */
  async look(check = this.check): Promise<unknown> {
    return this.clock.run(
      check.mustBeDead().then(
        () => 'dead',
        (error: unknown) => error,
      ),
    );
  }

  get requests(): string[] {
    return this.bucket.requests.map(({ request }) =>
      request.kind === 'get' ? `get ${request.key}` : request.kind,
    );
  }
}

describe('a look at the metadata', () => {
  it('passes where there is none, and has seen none', async () => {
    const scene = new Scene();
    scene.bucket.put(`${PREFIX}date=2026-01-01/a.parquet`);
    scene.bucket.put(`${PREFIX}.stream/.schema`);
    expect(await scene.look()).toBe('dead');
    expect(scene.check.sawMetadata).toBe(false);
    expect(scene.requests).toEqual(['listObjects']);
    expect(scene.finished).toEqual(['look ok']);
  });

  it('reads every stream.json, of the old layout too, and nothing else', async () => {
    const scene = new Scene();
    scene.put(OWN);
    scene.put(`${PREFIX}.stream/.ingestor.a.stream.json`);
    scene.put(`${PREFIX}.stream.json`);
    scene.bucket.put(`${PREFIX}.stream/.schema`);
    scene.bucket.put(`${PREFIX}.stream/deeper/.stream.json`);
    expect(await scene.look()).toBe('dead');
    expect(scene.check.sawMetadata).toBe(true);
    expect(scene.requests.slice(1).sort()).toEqual([
      `get ${PREFIX}.stream.json`,
      `get ${PREFIX}.stream/.ingestor.a.stream.json`,
      `get ${OWN}`,
    ]);
  });

  it.each([`${PREFIX}.stream.json`, `${PREFIX}.stream/.ingestor.a.stream.json`])(
    'finds the new life that says so in %s',
    async (key) => {
      const scene = new Scene();
      scene.put(OWN);
      scene.put(key, scene.deletedMs + 60_000);
      const reborn = await scene.look();
      expect(reborn).toBeInstanceOf(StreamReborn);
      expect(reborn).toMatchObject({ createdMs: scene.deletedMs + 60_000, key });
    },
  );

  it('reads nothing again that did not change, and everything that did', async () => {
    const scene = new Scene();
    scene.put(OWN);
    scene.put(`${PREFIX}.stream.json`);
    await scene.look();
    scene.bucket.requests.length = 0;
    expect(await scene.look()).toBe('dead');
    expect(scene.requests).toEqual(['listObjects']);
    scene.put(OWN, scene.deletedMs + 60_000);
    expect(await scene.look()).toBeInstanceOf(StreamReborn);
    expect(scene.requests).toEqual(['listObjects', 'listObjects', `get ${OWN}`]);
  });

  it('reads it again each time where the store gives no etag to know it by', async () => {
    const scene = new Scene();
    const { listObjects } = scene.bucket.as('leader');
    const check = scene.checkOf(scene.record, {
      listObjects: async (options, call) => {
        const page = await listObjects(options, call);
        return { ...page, items: page.items.map((item) => ({ ...item, etag: '' })) };
      },
    });
    scene.put(OWN);
    await scene.look(check);
    scene.put(OWN, scene.deletedMs + 60_000);
    expect(await scene.look(check)).toBeInstanceOf(StreamReborn);
  });

  it('takes what is gone between the listing and the read for gone', async () => {
    const scene = new Scene({ store: { getObject: () => Promise.resolve(undefined) } });
    scene.put(OWN, scene.deletedMs + 60_000);
    expect(await scene.look()).toBe('dead');
  });

  it('goes through pages, empty ones too, and gives up where there is no end', async () => {
    const scene = new Scene({ pageKeys: 3 });
    for (let at = 0; at < 20; at++)
      scene.put(`${PREFIX}.stream/.ingestor.${String(at).padStart(2)}.stream.json`);
    scene.bucket.emptyPages = true;
    scene.put(`${PREFIX}.stream/.ingestor.99.stream.json`, scene.deletedMs + 60_000);
    expect(await scene.look()).toBeInstanceOf(StreamReborn);

    let pages = 0;
    const endless = new Scene({
      store: { listObjects: () => Promise.resolve({ items: [], commonPrefixes: [], next: `p${pages++}` }) },
    });
    const failure = await endless.look();
    expect(failure).toMatchObject({ blockedReason: 'METADATA_UNCLEAR' });
    expect((failure as Error).message).toMatch(/more than 100 pages/);
    expect(pages).toBe(100);
  });

  it.each<[string, string | number]>([
    ['cannot be read', 'garbage'],
    ['is empty', 0],
    ['has no time of creation', '{"first-event-at":null}'],
  ])('is unclear about metadata that %s, and names it and the ways out', async (_what, content) => {
    const scene = new Scene();
    scene.bucket.put(OWN, content);
    const failure = (await scene.look()) as PurgeFailure;
    expect(failure).toBeInstanceOf(PurgeFailure);
    expect(failure).toMatchObject({ blockedReason: 'METADATA_UNCLEAR', storeWide: false });
    expect(failure.message).toContain(`"${OWN}"`);
    expect(failure.message).toMatch(/remove that object, or say `sexton purge retry --discard-new-writes`/);
  });

  it('is unclear about metadata that is too large to be read in one piece', async () => {
    const tooLarge = new ObjectStoreError('INVALID', '', 'larger than 1 MiB');
    const scene = new Scene({ store: { getObject: () => Promise.reject(tooLarge) } });
    scene.put(OWN);
    expect(await scene.look()).toMatchObject({ blockedReason: 'METADATA_UNCLEAR' });
  });

  it('names the permission that it lacks', async () => {
    const scene = new Scene();
    scene.put(OWN);
    scene.bucket.onRequest = ({ kind }) =>
      kind === 'get' ? { error: storeError('ACCESS_DENIED', 'AccessDenied') } : undefined;
    const failure = (await scene.look()) as PurgeFailure;
    expect(failure).toMatchObject({ blockedReason: 'ACCESS_DENIED' });
    expect(failure.message).toMatch(/allow s3:GetObject to Sexton's identity.*reading the metadata/);
    expect(scene.finished).toEqual(['look ok', 'look ACCESS_DENIED']);
  });

  it.each(['THROTTLED', 'TRANSIENT'] as const)('leaves %s to the patience of whoever asks', async (kind) => {
    const scene = new Scene();
    scene.bucket.onRequest = () => ({ error: storeError(kind) });
    expect(await scene.look()).toMatchObject({ name: 'ObjectStoreError', kind });
    scene.bucket.onRequest = () => undefined;
    expect(await scene.look()).toBe('dead');
  });

  it('ends with leadership, however long the store takes', async () => {
    const scene = new Scene();
    scene.bucket.hangsOn = PREFIX;
    const looked = scene.check.mustBeDead();
    const refused = expect(looked).rejects.toThrow('over');
    await scene.clock.advance(1_000);
    scene.leading.abort(new Error('over'));
    await refused;
  });
});

describe('looks', () => {
  it('are shared, and never join one that has begun', async () => {
    const scene = new Scene();
    const many = Promise.all(Array.from({ length: 50 }, () => scene.check.mustBeDead()));
    await scene.clock.run(many);
    expect(scene.requests).toEqual(['listObjects', 'listObjects']);
  });

  it('are made by a sweep with the time of PURGED: an event after it is a new life', async () => {
    const scene = new Scene();
    const purged = { ...scene.record, state: 'PURGED', purgeTimeMs: scene.deletedMs + 60_000 } as const;
    const old = scene.deletedMs - 3_600_000;
    const firstEvent = new Date(purged.purgeTimeMs + 60_000).toISOString();
    scene.bucket.put(OWN, streamJson(old, { 'first-event-at': firstEvent }));
    expect(await scene.look()).toBe('dead');
    scene.record = purged;
    expect(await scene.look(scene.checkOf(purged))).toBeInstanceOf(StreamReborn);
  });

  it('are not made below a default prefix, which nobody uses again', async () => {
    const scene = new Scene();
    scene.put(OWN, scene.deletedMs + 60_000);
    expect(await scene.look(scene.checkOf({ ...scene.record, prefixReusable: false }))).toBe('dead');
    expect(scene.requests).toEqual([]);
  });

  it('end when an operator discards new writes, for a purge and not for a sweep', async () => {
    const scene = new Scene();
    scene.put(OWN, scene.deletedMs + 60_000);
    const purge = { ...scene.record.purge, discardNewWrites: true };
    // Said while the try is under way: its own record is older.
    scene.record = { ...scene.record, purge };
    expect(await scene.look()).toBe('dead');
    expect(scene.requests).toEqual([]);
    const purged = { ...scene.record, state: 'PURGED', purgeTimeMs: scene.deletedMs + 1 } as const;
    scene.record = purged;
    expect(await scene.look(scene.checkOf(purged))).toBeInstanceOf(StreamReborn);
  });
});
