import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/shared/binary.js';
import type { NodeStorage, SnapshotSource } from '../../src/storage/node-storage.js';
import { CHUNK_LIMIT_BYTES, encodeChunk } from '../../src/storage/snapshot-chunk.js';
import {
  append,
  bytes,
  commands,
  member,
  nodeFixture,
  put,
  readCatalog,
  readLog,
  text,
  VOTERS,
} from './node-fixture.js';
import type { NodeFixture } from './node-fixture.js';

let leader: NodeFixture;
let follower: NodeFixture;
beforeEach(async () => {
  leader = await nodeFixture();
  follower = await nodeFixture();
});
afterEach(async () => {
  await leader.dispose();
  await follower.dispose();
});

/** Applied up to 40 of 50 entries, with a configuration at 30 and as many records as asked for. */
async function filled(records: number, size = 100): Promise<NodeStorage> {
  const storage = await leader.open();
  await storage.initialize({ configuration: VOTERS }, new Map());
  await append(storage, commands(1, 29, 1));
  const configuration = { voters: [member(1), member(2)], learners: [member(5)] };
  await append(storage, [{ index: 30, term: 2, payload: { kind: 'configuration', configuration } }]);
  await append(storage, commands(31, 20, 2));
  const writes = Array.from({ length: records }, (_, i) =>
    put(`key ${String(i).padStart(7, '0')}`, `value ${i}`.padEnd(size, '.')),
  );
  await storage.applyBatch(40, writes);
  return storage;
}

async function receive(storage: NodeStorage, source: SnapshotSource, chunkLimit = Infinity): Promise<void> {
  const install = await storage.beginSnapshotInstall(source.header);
  let count = 0;
  for await (const chunk of source.chunks()) {
    if (count++ === chunkLimit) break;
    await install.write(chunk);
  }
  await install.commit();
}

describe('a snapshot', () => {
  test('names its position, and the configuration and chain as of there', async () => {
    const storage = await filled(10);
    const source = await storage.openSnapshot();
    expect(source.header.meta).toMatchObject({ index: 40, term: 2 });
    expect(source.header.meta.configuration.learners).toEqual([member(5)]);
    // The chain goes on from there: the same entries make the same chain on the other side.
    await receive(await follower.open(), source);
    await source.close();
  });

  test('comes in bounded chunks and shows the catalog as of when it was opened', async () => {
    const storage = await filled(4000, 300);
    const source = await storage.openSnapshot();
    const expected = await readCatalog(storage);
    await storage.applyBatch(45, [put('later', '1'), { key: bytes('key 0000000'), value: undefined }]);
    await storage.compactLog(45);
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.chunks()) chunks.push(chunk);
    await source.close();
    expect(chunks.length).toBeGreaterThan(4);
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(CHUNK_LIMIT_BYTES);

    const receiver = await follower.open();
    const install = await receiver.beginSnapshotInstall(source.header);
    for (const chunk of chunks) await install.write(chunk);
    await install.commit();
    expect(await readCatalog(receiver)).toEqual(expected);
    expect(receiver.appliedIndex).toBe(40);
  });

  test('of an empty catalog is a snapshot too', async () => {
    const storage = await filled(0);
    const receiver = await follower.open();
    await receive(receiver, await storage.openSnapshot());
    expect(receiver.appliedIndex).toBe(40);
    expect(await readCatalog(receiver)).toEqual([]);
  });
});

describe('installing a snapshot', () => {
  test('replaces catalog, log and configuration at once, and the log goes on from there', async () => {
    const source = await (await filled(20)).openSnapshot();
    const receiver = await follower.open();
    await receiver.appendLog({
      hardState: { term: 2, votedFor: 3, commitIndex: 5 },
      truncateFrom: undefined,
      entries: commands(1, 10, 1),
    });
    await receiver.applyBatch(5, [put('old', '1')]);
    const install = await receiver.beginSnapshotInstall(source.header);
    for await (const chunk of source.chunks()) await install.write(chunk);
    expect(text(receiver.catalog.get(bytes('old')))).toBe('1');
    await install.commit();
    await source.close();

    const check = async (storage: NodeStorage, lastIndex: number): Promise<void> => {
      expect(storage.catalog.get(bytes('old'))).toBeUndefined();
      expect((await readCatalog(storage)).length).toBe(20);
      expect(storage.appliedIndex).toBe(40);
      expect(storage.log.start).toMatchObject({ index: 40, term: 2 });
      expect(storage.log.lastIndex).toBe(lastIndex);
      expect(storage.log.termAt(39)).toBeUndefined();
      expect(storage.snapshotMeta).toEqual(source.header.meta);
      expect(storage.hardState).toEqual({ term: 2, votedFor: 3, commitIndex: 40 });
    };
    await check(receiver, 40);
    await append(receiver, commands(41, 3, 2));
    await receiver.close();
    const reopened = await follower.open();
    await check(reopened, 43);
    expect(readLog(reopened).length).toBe(3);
  });

  test('drops a longer log that disagrees with it', async () => {
    const source = await (await filled(5)).openSnapshot();
    const receiver = await follower.open();
    await append(receiver, commands(1, 80, 1));
    await receive(receiver, source);
    expect(receiver.log.lastIndex).toBe(40);
    await receiver.close();
    const reopened = await follower.open();
    expect(reopened.log.lastIndex).toBe(40);
    expect(reopened.appliedIndex).toBe(40);
  });

  test('is refused where it would drop entries that agree with it', async () => {
    const source = await (await filled(5)).openSnapshot();
    const receiver = await follower.open();
    await append(receiver, commands(1, 50, 2));
    await expect(receive(receiver, source)).rejects.toThrow(/agrees with a log up to 50/);
  });

  test('can be repeated, and leaves nothing of earlier catalogs behind', async () => {
    const storage = await filled(5);
    const receiver = await follower.open();
    await receive(receiver, await storage.openSnapshot());
    await storage.applyBatch(45, [put('more', '1'), { key: bytes('key 0000001'), value: undefined }]);
    await receive(receiver, await storage.openSnapshot());
    expect(await readCatalog(receiver)).toEqual(await readCatalog(storage));
    await storage.applyBatch(50, [{ key: bytes('key 0000002'), value: undefined }]);
    await receive(receiver, await storage.openSnapshot());
    expect(await readCatalog(receiver)).toEqual(await readCatalog(storage));
  });

  test('that was aborted, or cut short by a restart, leaves the node as it was', async () => {
    const storage = await filled(2000, 300);
    let receiver = await follower.open();
    await append(receiver, commands(1, 3, 1));
    await receiver.applyBatch(2, [put('old', '1')]);
    for (const end of ['abort', 'restart', 'nothing']) {
      const source = await storage.openSnapshot();
      const install = await receiver.beginSnapshotInstall(source.header);
      for await (const chunk of source.chunks()) {
        await install.write(chunk);
        break;
      }
      if (end === 'abort') await install.abort();
      if (end === 'restart') {
        await receiver.close();
        receiver = await follower.open();
      }
      expect(await readCatalog(receiver)).toEqual(['old=1']);
      expect(receiver.log.lastIndex).toBe(3);
    }
    const source = await storage.openSnapshot();
    await receive(receiver, source);
    expect(await readCatalog(receiver)).toEqual(await readCatalog(storage));
  });

  test('does not disturb a view or a snapshot opened before', async () => {
    const receiver = await follower.open();
    await append(receiver, commands(1, 3, 1));
    await receiver.applyBatch(3, [put('old', '1')]);
    const view = receiver.openCatalogView();
    const older = await receiver.openSnapshot();
    await receive(receiver, await (await filled(5)).openSnapshot());
    expect(await readCatalog(receiver, view)).toEqual(['old=1']);
    expect(view.appliedIndex).toBe(3);
    let chunks = 0;
    for await (const chunk of older.chunks()) chunks += chunk.length > 0 ? 1 : 0;
    expect(chunks).toBe(2);
    await view.close();
    await older.close();
  });
});

describe('a snapshot that is interrupted', () => {
  const chunksOf = async (source: SnapshotSource): Promise<Uint8Array[]> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.chunks()) chunks.push(chunk);
    return chunks;
  };
  /** Of a closed node: keys of the catalog's second generation, and of the record of an install. */
  const leftovers = async (node: NodeFixture): Promise<number> => {
    const database = new Level<Uint8Array, Uint8Array>(join(node.path, 'db'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    const keys = await database.keys().all();
    await database.close();
    return keys.filter(([kind, what]) => kind === 0x11 || (kind === 0x01 && what === 0x06)).length;
  };

  test.each(['stays up', 'is restarted'])(
    'after each of its chunks goes on there: the node %s',
    async (what) => {
      const storage = await filled(3000, 300);
      const source = await storage.openSnapshot();
      const total = (await chunksOf(source)).length;
      expect(total).toBeGreaterThan(4);
      await storage.applyBatch(45, [put('later', '1'), { key: bytes('key 0000000'), value: undefined }]);
      let receiver = await follower.open();
      await receiver.beginSnapshotInstall(source.header);
      // One chunk at a time, each over a new stream, up to the end chunk.
      for (let held = 0; held < total; held++) {
        const install = receiver.unfinishedInstall;
        if (install === undefined) throw new Error(`forgotten after ${held} chunks`);
        expect(install.header).toEqual(source.header);
        expect(install.progress.chunks).toBe(held);
        expect(source.canResume(install.progress)).toBe(true);
        for await (const chunk of source.chunks(install.progress)) {
          await install.write(chunk);
          break;
        }
        expect(await readCatalog(receiver)).toEqual([]);
        if (what === 'is restarted') {
          await receiver.close();
          receiver = await follower.open();
        }
      }
      const install = receiver.unfinishedInstall;
      expect(install?.progress.chunks).toBe(total);
      for await (const chunk of source.chunks(install?.progress)) throw new Error(`more: ${chunk.length}`);
      await install?.commit();
      await source.close();
      expect(receiver.unfinishedInstall).toBeUndefined();
      expect((await readCatalog(receiver)).length).toBe(3000);
      expect(receiver.appliedIndex).toBe(40);
      await receiver.close();
      expect((await readCatalog(await follower.open())).length).toBe(3000);
    },
  );

  test('cannot go on from another source, nor from other chunks', async () => {
    const storage = await filled(2000, 300);
    const source = await storage.openSnapshot();
    const chunks = await chunksOf(source);
    const again = await storage.openSnapshot();
    const install = await (await follower.open()).beginSnapshotInstall(source.header);
    await install.write(chunks[0]!);
    expect(source.canResume(install.progress)).toBe(true);
    expect(source.canResume({ ...install.progress, checksum: 1 })).toBe(false);
    expect(source.canResume({ chunks: chunks.length + 1, checksum: 1 })).toBe(false);
    // It has not given them out, and knows nothing of them.
    expect(again.canResume(install.progress)).toBe(false);
    await source.close();
    await source.close();
    await again.close();
  });

  test('gives its space back when it is aborted, and when another begins', async () => {
    const source = await (await filled(2000, 300)).openSnapshot();
    const chunks = await chunksOf(source);
    let receiver = await follower.open();
    for (const end of ['abort', 'restart and abort', 'begin anew']) {
      const install = await receiver.beginSnapshotInstall(source.header);
      for (const chunk of chunks.slice(0, 2)) await install.write(chunk);
      if (end === 'restart and abort') {
        await receiver.close();
        receiver = await follower.open();
      }
      if (end === 'begin anew') await receiver.beginSnapshotInstall(source.header);
      else await receiver.unfinishedInstall?.abort();
      await receiver.close();
      expect(await leftovers(follower)).toBe(0);
      receiver = await follower.open();
      expect(receiver.unfinishedInstall).toBeUndefined();
    }
    await receive(receiver, source);
    expect((await readCatalog(receiver)).length).toBe(2000);
    expect(receiver.unfinishedInstall).toBeUndefined();
  });

  test('is forgotten by a node that has caught up otherwise', async () => {
    const source = await (await filled(500, 300)).openSnapshot();
    const chunks = await chunksOf(source);
    let receiver = await follower.open();
    const install = await receiver.beginSnapshotInstall(source.header);
    await install.write(chunks[0]!);
    await append(receiver, commands(1, 45, 1));
    await receiver.applyBatch(45, [put('own', '1')]);
    await receiver.close();
    receiver = await follower.open();
    expect(receiver.unfinishedInstall).toBeUndefined();
    expect(await readCatalog(receiver)).toEqual(['own=1']);
  });
});

describe('a stream of chunks', () => {
  const records = [['a', '1'] as const, ['b', '2'] as const].map(([k, v]) => [bytes(k), bytes(v)] as const);
  const data = (sequence: number, snapshotIndex = 40): Uint8Array =>
    encodeChunk({ snapshotIndex, sequence, content: { kind: 'records', records } });
  const end = (sequence: number, recordCount: number): Uint8Array =>
    encodeChunk({ snapshotIndex: 40, sequence, content: { kind: 'end', recordCount } });

  test.each([
    ['damaged', [data(0).with(5, 0xff)]],
    ['empty', [new Uint8Array(0)]],
    ['of another snapshot', [data(0, 41)]],
    ['without its first chunk', [data(1)]],
    ['with a chunk twice', [data(0), data(0)]],
    ['with keys that go back', [data(0), data(1)]],
    ['with too few records', [data(0), end(1, 3)]],
    ['that goes on after its end', [data(0), end(1, 2), data(2)]],
  ])('%s is refused', async (_name, chunks) => {
    const receiver = await follower.open();
    const meta = { index: 40, term: 1, configuration: VOTERS };
    const install = await receiver.beginSnapshotInstall({ meta, chain: 1 });
    const all = async (): Promise<void> => {
      for (const chunk of chunks) await install.write(chunk);
    };
    await expect(all()).rejects.toThrow(DecodeError);
    await install.abort();
    await install.abort();
    expect(receiver.appliedIndex).toBe(0);
    await append(receiver, commands(1, 1, 1));
  });

  test('that ends early cannot be committed', async () => {
    const receiver = await follower.open();
    const meta = { index: 40, term: 1, configuration: VOTERS };
    const install = await receiver.beginSnapshotInstall({ meta, chain: 1 });
    await install.write(data(0));
    await expect(install.commit()).rejects.toThrow(DecodeError);
    await install.write(end(1, 2));
    await install.commit();
    expect(await readCatalog(receiver)).toEqual(['a=1', 'b=2']);
  });
});
