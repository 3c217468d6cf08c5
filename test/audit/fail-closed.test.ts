/** What an audit does not say: nothing is concluded from a listing, or from answers of the catalog, that are not whole. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import { dataKey, NODE_A, NOW_MS, OLD_MS, request, World } from './world.js';

/** Each request of the bucket takes a turn of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('failing closed', () => {
  const broken = new ObjectStoreError('ACCESS_DENIED', 'AccessDenied', 'told to');

  it('says nothing of a prefix whose listing fails in the middle, and is not complete', async () => {
    const world = new World();
    for (let day = 10; day < 20; day++) world.bucket.put(dataKey('gone', `2026-05-${day}`), OLD_MS);
    world.data('other');
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'gone/date=2026-05-15/') throw broken;
    };
    const { said, summary } = await world.audit();
    expect(said).toEqual(['RESIDUE other/']);
    expect(summary).toMatchObject({
      complete: false,
      incompleteReason: 'listing "gone/date=2026-05-15/": AccessDenied: told to',
    });
  });

  it('is not complete when a store lists a folder that was not asked for', async () => {
    const world = new World();
    world.live('web');
    world.create('web', 'web/');
    world.data('gone');
    const { bucket } = world;
    const listObjects = bucket.listObjects.bind(bucket);
    bucket.listObjects = async (options, call) => {
      const page = await listObjects(options, call);
      const isBelow = options.delimiter !== undefined && options.prefix === 'gone/';
      return isBelow ? { ...page, commonPrefixes: [...page.commonPrefixes, 'web/date=2026-05-02/'] } : page;
    };
    const { said, summary } = await world.audit();
    expect(said).toEqual([]);
    expect(summary?.incompleteReason).toContain('which was not asked for');
  });

  it('ends with a store whose pages go round in circles', async () => {
    const world = new World();
    world.data('gone');
    const { bucket } = world;
    const listUploads = bucket.listUploads.bind(bucket);
    let pages = 0;
    bucket.listUploads = async (options, call) => {
      const page = await listUploads({ prefix: options.prefix }, call);
      if (++pages > 100) throw new Error('it goes on for ever');
      return { ...page, next: `p${pages % 3}` };
    };
    expect((await world.audit()).summary?.incompleteReason).toContain('does not advance');
  });

  it('is not complete when the listing of the root breaks off', async () => {
    const world = new World();
    for (let nth = 0; nth < 30; nth++) world.data(`gone${nth}`);
    world.bucket.pageKeys = 10;
    world.bucket.onRequest = ({ prefix, page, kind }) => {
      if (kind === 'listObjects' && prefix === '' && page !== undefined) throw broken;
    };
    const { summary, said } = await world.audit();
    expect(summary?.complete).toBe(false);
    expect(said.length).toBeGreaterThan(0);
  });

  it('says nothing of uploads below a prefix where a stream begins while they are listed', async () => {
    const world = new World();
    world.bucket.pageKeys = 1;
    world.bucket.putUpload(dataKey('app'), OLD_MS);
    world.bucket.putUpload(dataKey('app/zoo'), NOW_MS);
    world.bucket.onRequest = ({ kind, page }) => {
      if (kind === 'listUploads' && page !== undefined) world.create('zoo', 'app/zoo/');
    };
    const { said, summary } = await world.audit();
    expect(said).toEqual([]);
    expect(summary?.incompleteReason).toContain('app/: its streams changed');
  });

  it('is not complete when uploads cannot be listed', async () => {
    const world = new World();
    world.bucket.onRequest = ({ kind }) => {
      if (kind === 'listUploads') throw broken;
    };
    expect((await world.audit()).summary).toMatchObject({ complete: false });
  });

  it('does not accuse a stream that was created while its prefix was listed', async () => {
    const world = new World();
    world.data('late');
    let created = false;
    world.bucket.onRequest = ({ prefix }) => {
      if (created || prefix !== 'late/date=2026-05-02/') return;
      created = true;
      world.create('late', 'late/');
    };
    expect((await world.audit()).said).toEqual([]);
    expect(created).toBe(true);
  });

  it('accuses nothing below a prefix that a stream took while it was listed', async () => {
    const world = new World();
    world.bucket.put('acme/.parseable.json', OLD_MS, '{}');
    world.data('acme/gone');
    let isTaken = false;
    world.bucket.onRequest = ({ kind, prefix }) => {
      if (kind !== 'listObjects' || prefix !== 'acme/' || isTaken) return;
      isTaken = true;
      world.create('acme', 'acme/');
    };
    expect((await world.audit()).said).toEqual([]);
    expect(isTaken).toBe(true);
  });

  it('does not accuse the prefix of a stream that was purged while it was listed', async () => {
    const world = new World();
    world.create('web', 'web/');
    world.live('web');
    const deleted = world.remove('web');
    world.begin(deleted);
    let purged = false;
    world.bucket.onRequest = ({ prefix, page }) => {
      if (purged || prefix !== 'web/date=2026-05-02/' || page !== undefined) return;
      purged = true;
      for (const key of [dataKey('web'), 'web/.stream/.stream.json', 'web/.stream/.schema'])
        world.bucket.remove(key);
      world.bucket.remove(`web/.stream/.ingestor.${NODE_A}.stream.json`);
      world.bucket.remove(`web/date=2026-05-02/ingestor.ing-0.${NODE_A}.manifest.json`);
      world.purge(deleted);
    };
    expect((await world.audit()).said).toEqual([]);
    expect(purged).toBe(true);
  });

  it('judges what lies below once, although the prefix above has to be looked at again', async () => {
    const world = new World();
    const first = world.create('app');
    world.purge(world.remove('app'), { forget: true });
    world.data(first.prefix.slice(0, -1));
    let created = false;
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix !== `${first.prefix}date=2026-05-02/` || created) return;
      created = true;
      // The catalog did not know of anything below `app/` before.
      world.create('other', 'app/other/');
    };
    expect((await world.audit()).said).toEqual([`PURGED_PREFIX ${first.prefix}`]);
  });

  it('gives up on a prefix that never comes to rest', async () => {
    const world = new World();
    world.data('busy');
    let nth = 0;
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix !== 'busy/date=2026-05-02/' && prefix !== 'busy/.stream/') return;
      if (nth++ % 2 === 0) world.create('busy', 'busy/');
      else world.purge(world.remove('busy'));
    };
    const { summary } = await world.audit();
    expect(summary).toMatchObject({
      complete: false,
      incompleteReason: expect.stringContaining('changed each time'),
    });
  });

  it.each([
    ['{"format":1,"cluster_id":"somebody-else"}', "belongs to the Sexton cluster 'somebody-else'"],
    ['not json', 'has an owner that cannot be read'],
  ])('refuses a bucket whose marker says %s', async (body, text) => {
    const world = new World();
    world.bucket.put('.sexton/owner.json', OLD_MS, body);
    world.data('gone');
    await expect(world.audit()).rejects.toMatchObject({
      reason: 'STORAGE_NOT_READY',
      message: expect.stringContaining(text),
    });
    world.bucket.put('.sexton/owner.json', OLD_MS, JSON.stringify({ cluster_id: world.node.clusterId }));
    expect((await world.audit()).said).toEqual(['RESIDUE gone/']);
  });

  it('refuses a bucket that cannot be read at all', async () => {
    const world = new World();
    world.bucket.onRequest = () => {
      throw broken;
    };
    await expect(world.audit()).rejects.toMatchObject({ reason: 'STORAGE_NOT_READY' });
  });

  it('goes on after throttling and failures that pass', async () => {
    const world = new World();
    world.data('gone');
    let nth = 0;
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'gone/date=2026-05-02/' && nth++ === 0)
        throw new ObjectStoreError('TRANSIENT', 'InternalError', 'once');
    };
    expect((await world.audit()).said).toEqual(['RESIDUE gone/']);
  });

  it('ends with the signal, and leaves nothing running', async () => {
    const world = new World();
    for (let nth = 0; nth < 100; nth++) world.data(`gone${nth}`);
    const abort = new AbortController();
    const items = audit(world.deps, request(), abort.signal);
    await items.next();
    abort.abort(new Error('enough'));
    await expect(
      (async () => {
        for await (const _ of items);
      })(),
    ).rejects.toThrow('enough');
    const after = world.bucket.requests.length;
    await turns(100);
    expect(world.bucket.requests.length).toBe(after);
  });

  it('stops its work when nobody reads on', async () => {
    const world = new World();
    for (let nth = 0; nth < 200; nth++) world.data(`gone${nth}`);
    for await (const item of audit(world.deps, request(), new AbortController().signal))
      if (item.kind === 'finding') break;
    await turns(100);
    const after = world.bucket.requests.length;
    await turns(100);
    expect(world.bucket.requests.length).toBe(after);
    expect(after).toBeLessThan(400);
  });
});
