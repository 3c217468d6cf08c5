import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logRange } from '../../src/storage/keys.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import { append, commands, member, nodeFixture, nodeOptions, put, readLog, VOTERS } from './node-fixture.js';
import type { NodeFixture } from './node-fixture.js';
import { SimulatedEnvironment } from './simulated-environment.js';

let node: NodeFixture;
beforeEach(async () => {
  node = await nodeFixture();
});
afterEach(() => node.dispose());

describe('compacting the log', () => {
  test('moves its start, with term and configuration as of there', async () => {
    const storage = await node.open();
    await storage.initialize({ configuration: VOTERS }, new Map());
    await append(storage, commands(1, 9, 1));
    const configuration = { voters: [member(1)], learners: [] };
    await append(storage, [{ index: 10, term: 2, payload: { kind: 'configuration', configuration } }]);
    await append(storage, commands(11, 9, 3));
    await storage.applyBatch(15, []);

    await storage.compactLog(9);
    expect(storage.snapshotMeta).toEqual({ index: 9, term: 1, configuration: VOTERS });
    expect(storage.log.start).toMatchObject({ index: 9, term: 1 });
    await storage.compactLog(12);
    expect(storage.snapshotMeta).toEqual({ index: 12, term: 3, configuration });
    const expected = readLog(storage);
    expect(expected.length).toBe(7);
    expect(storage.log.termAt(12)).toBe(3);
    expect(storage.log.termAt(11)).toBeUndefined();
    await storage.compactLog(12);
    await storage.compactLog(3);

    await storage.close();
    const reopened = await node.open();
    expect(reopened.snapshotMeta).toEqual({ index: 12, term: 3, configuration });
    expect(readLog(reopened)).toEqual(expected);
    await append(reopened, commands(20, 1, 3));
    expect(reopened.log.lastIndex).toBe(20);
  });

  test('never passes the applied index', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 10, 1));
    await storage.applyBatch(5, []);
    await expect(storage.compactLog(6)).rejects.toThrow(/applied is 5/);
  });

  test('up to the last entry leaves a log that goes on', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 10, 1));
    await storage.applyBatch(10, [put('a', '1')]);
    await storage.compactLog(10);
    expect(readLog(storage)).toEqual([]);
    await append(storage, commands(11, 2, 2));
    await storage.close();
    expect(readLog(await node.open())).toEqual(['11.2 command 11 of term 2', '12.2 command 12 of term 2']);
  });

  test('removes the entries from the disk, and a restart goes on with what was interrupted', async () => {
    const options = nodeOptions('simulated');
    const environment = new SimulatedEnvironment();
    const kept = async (): Promise<number> => {
      let count = 0;
      for await (const [key] of environment.store?.iterate(logRange(0)) ?? [])
        count += key.length > 0 ? 1 : 0;
      return count;
    };
    const storage = await openNodeStorageIn(environment, options);
    for (let from = 1; from <= 2000; from += 200) await append(storage, commands(from, 200, 1));
    await storage.applyBatch(2000, []);
    await storage.compactLog(1990);
    await storage.close();
    expect(await kept()).toBeGreaterThan(10);
    const reopened = await openNodeStorageIn(environment, options);
    await expect.poll(kept).toBe(10);
    expect(readLog(reopened).length).toBe(10);
    await reopened.close();
  });
});
