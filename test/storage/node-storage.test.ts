import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import {
  append,
  bytes,
  command,
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

let node: NodeFixture;
beforeEach(async () => {
  node = await nodeFixture();
});
afterEach(() => node.dispose());

async function reopen(storage: NodeStorage): Promise<NodeStorage> {
  await storage.close();
  return node.open();
}

describe('a new directory', () => {
  test('is empty, not initialised, and knows its own directory id', async () => {
    const storage = await node.open({ makeDirectoryId: () => 'd'.repeat(32) });
    expect(storage.identity).toMatchObject({ clusterId: 'test', memberId: 1, directoryId: 'd'.repeat(32) });
    expect(storage.membership.initialized).toBe(false);
    expect([...storage.membership.knownDirectories]).toEqual([[1, 'd'.repeat(32)]]);
    expect(storage.hardState).toEqual({ term: 0, votedFor: 0, commitIndex: 0 });
    expect(storage.log).toMatchObject({ lastIndex: 0, start: { index: 0, term: 0 } });
    expect(storage.snapshotMeta).toEqual({ index: 0, term: 0, configuration: { voters: [], learners: [] } });
    expect(storage.appliedIndex).toBe(0);
  });

  test('keeps its id, the directories it learned and its first configuration', async () => {
    let storage = await node.open();
    const { directoryId } = storage.identity;
    await storage.recordDirectory(2, 'b'.repeat(32));
    storage = await reopen(storage);
    expect(storage.identity.directoryId).toBe(directoryId);
    expect(storage.membership.initialized).toBe(false);
    expect(storage.membership.knownDirectories.get(2)).toBe('b'.repeat(32));
    const directories = new Map([
      [1, directoryId],
      [2, 'b'.repeat(32)],
      [3, 'c'.repeat(32)],
    ]);
    await storage.initialize({ configuration: VOTERS }, directories);
    const check = (opened: NodeStorage): void => {
      expect(opened.membership.initialized).toBe(true);
      expect(new Map(opened.membership.knownDirectories)).toEqual(directories);
      expect(opened.snapshotMeta.configuration).toEqual(VOTERS);
    };
    check(storage);
    check(await reopen(storage));
  });

  test('refuses another directory id for a member it knows', async () => {
    const storage = await node.open();
    await storage.recordDirectory(2, 'b'.repeat(32));
    await storage.recordDirectory(2, 'b'.repeat(32));
    await expect(storage.recordDirectory(2, 'c'.repeat(32))).rejects.toThrow(/S6/);
  });
});

describe('the log', () => {
  test('survives with its terms, its hard state and every kind of entry', async () => {
    const storage = await node.open();
    const configuration = { voters: [member(1)], learners: [member(4)] };
    await storage.appendLog({
      hardState: { term: 2, votedFor: 3, commitIndex: 1 },
      truncateFrom: undefined,
      entries: [
        { index: 1, term: 1, payload: { kind: 'noop' } },
        command(2, 1),
        { index: 3, term: 2, payload: { kind: 'configuration', configuration } },
        command(4, 2, ''),
      ],
    });
    const check = (opened: NodeStorage): void => {
      expect(opened.hardState).toEqual({ term: 2, votedFor: 3, commitIndex: 1 });
      expect(readLog(opened)).toEqual([
        '1.1 (noop)',
        '2.1 command 2 of term 1',
        '3.2 (configuration)',
        '4.2 ',
      ]);
      expect([0, 1, 2, 3, 4, 5].map((index) => opened.log.termAt(index))).toEqual([0, 1, 1, 2, 2, undefined]);
      expect(opened.log.entries(3, 4, 0)[0]?.payload).toEqual({ kind: 'configuration', configuration });
    };
    check(storage);
    check(await reopen(storage));
  });

  test('keeps a commit index that came alone, without a sync', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 3, 1));
    await storage.appendLog({
      hardState: { term: 0, votedFor: 0, commitIndex: 3 },
      truncateFrom: undefined,
      entries: [],
    });
    expect((await reopen(storage)).hardState.commitIndex).toBe(3);
  });

  test('is cut and written anew from where a new leader says', async () => {
    let storage = await node.open();
    await append(storage, commands(1, 10, 1));
    await append(storage, [command(6, 2), command(7, 2)], 6);
    const expected = [...commands(1, 5, 1), ...commands(6, 2, 2)].map(
      ({ index, term }) => `${index}.${term} command ${index} of term ${term}`,
    );
    expect(readLog(storage)).toEqual(expected);
    storage = await reopen(storage);
    expect(readLog(storage)).toEqual(expected);
    await append(storage, [], 6);
    expect(storage.log.lastIndex).toBe(5);
    expect((await reopen(storage)).log.lastIndex).toBe(5);
  });

  test('hands out at least one entry and stops at the size limit', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 10, 1, 100));
    expect(storage.log.entries(1, 11, 0).map((entry) => entry.index)).toEqual([1]);
    expect(storage.log.entries(3, 11, 350).map((entry) => entry.index)).toEqual([3, 4, 5]);
    expect(storage.log.entries(3, 5, Infinity).map((entry) => entry.index)).toEqual([3, 4]);
  });

  test('reads the same below the cached tail as within it', async () => {
    const small = await node.open({ tailCacheBytes: 2_000 });
    for (let from = 1; from <= 91; from += 10) await append(small, commands(from, 10, from, 100));
    await append(small, commands(96, 3, 95, 100), 96);
    const fromStore = readLog(small);
    expect(fromStore.length).toBe(98);
    expect(readLog(await reopen(small))).toEqual(fromStore);
  });
});

describe('the catalog', () => {
  test('moves with its applied index (C4)', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 5, 1));
    await storage.applyBatch(3, [put('a', '1'), put('b', '2')]);
    await storage.applyBatch(4, [{ key: bytes('a'), value: undefined }]);
    const check = async (opened: NodeStorage): Promise<void> => {
      expect(opened.appliedIndex).toBe(4);
      expect(opened.catalog.get(bytes('a'))).toBeUndefined();
      expect(text(opened.catalog.get(bytes('b')))).toBe('2');
      expect(await readCatalog(opened)).toEqual(['b=2']);
    };
    await check(storage);
    await check(await reopen(storage));
  });

  test('is seen by a view as of when it was opened', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 5, 1));
    await storage.applyBatch(1, [put('a', '1')]);
    const view = storage.openCatalogView();
    await storage.applyBatch(2, [put('a', '2'), put('b', '2')]);
    expect(view.appliedIndex).toBe(1);
    expect(await readCatalog(storage, view)).toEqual(['a=1']);
    expect(await readCatalog(storage)).toEqual(['a=2', 'b=2']);
    await view.close();
  });

  test('refuses to apply what is not in the log, or twice', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 2, 1));
    await expect(storage.applyBatch(3, [])).rejects.toThrow(/log ends at 2/);
  });
});
