/** The end of LevelDB's log, torn or damaged: what was acknowledged decides (leveldb/log-stream.ts). */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanLog } from '../../src/storage/leveldb/log-format.js';
import { append, commands, nodeFixture, put, readCatalog, readLog } from './node-fixture.js';
import type { NodeFixture } from './node-fixture.js';

let node: NodeFixture;
let database: string;
beforeEach(async () => {
  node = await nodeFixture();
  database = join(node.path, 'db');
});
afterEach(() => node.dispose());

async function logFile(): Promise<string> {
  const names = (await readdir(database)).filter((name) => name.endsWith('.log'));
  expect(names.length).toBe(1);
  return join(database, names[0] ?? '');
}

/** Changes the log; `edit` gets where its records begin. */
async function editLog(edit: (bytes: Buffer, offsets: readonly number[]) => Buffer): Promise<string> {
  const path = await logFile();
  const bytes = await readFile(path);
  await writeFile(
    path,
    edit(
      bytes,
      scanLog(bytes).records.map(({ offset }) => offset),
    ),
  );
  return path;
}

/** Ten acknowledged entries, then seven applied ones, each a batch of its own that was never synced. */
async function live(): Promise<void> {
  const storage = await node.open();
  for (let index = 1; index <= 10; index++) await append(storage, commands(index, 1, 1));
  for (let index = 1; index <= 7; index++) await storage.applyBatch(index, [put(`key ${index}`, 'value')]);
  await storage.close();
}

const flip = (bytes: Buffer, at: number): Buffer => {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
};

async function expectApplied(count: number): Promise<void> {
  const storage = await node.open();
  expect(readLog(storage).length).toBe(10);
  expect(storage.appliedIndex).toBe(count);
  expect((await readCatalog(storage)).length).toBe(count);
  expect(await readdir(node.path)).toEqual(['db', 'identity', 'mark']);
  for (let index = count + 1; index <= 10; index++)
    await storage.applyBatch(index, [put(`key ${index}`, 'value')]);
  await storage.close();
  expect((await readCatalog(await node.open())).length).toBe(10);
}

describe('after the last acknowledged entry', () => {
  beforeEach(live);

  test.each([1, 5, 20])(
    'a log cut %i bytes short loses applied entries, which the log repeats',
    async (short) => {
      await editLog((bytes) => bytes.subarray(0, -short));
      await expectApplied(6);
    },
  );

  test('zeros at the end change nothing', async () => {
    await editLog((bytes) => Buffer.concat([bytes, Buffer.alloc(5000)]));
    await expectApplied(7);
  });

  test('rubbish at the end changes nothing', async () => {
    await editLog((bytes) => Buffer.concat([bytes, Buffer.alloc(5000, 0x5a)]));
    await expectApplied(7);
  });

  test('a damaged record ends the history, though sound ones follow', async () => {
    // LevelDB alone would drop what is left of the block, or leave a hole and go on behind it.
    await editLog((bytes, offsets) => flip(bytes, (offsets.at(-4) ?? 0) + 10));
    await expectApplied(3);
  });

  test('a record that is missing ends the history, though nothing looks damaged', async () => {
    await editLog((bytes, offsets) => {
      const from = offsets.at(-4) ?? 0;
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(offsets.at(-3) ?? 0)]);
    });
    await expectApplied(3);
  });
});

describe('before the last acknowledged entry', () => {
  beforeEach(live);

  test('damage is damage, named, and stays so; what was cut is kept', async () => {
    let offset = 0;
    const path = await editLog((bytes, offsets) => {
      offset = offsets.at(-9) ?? 0;
      return flip(bytes, offset + 10);
    });
    const file = join('db', path.slice(database.length + 1));
    const damaged = {
      kind: 'STORAGE_DAMAGED',
      message: expect.stringMatching(
        `${file} at byte ${offset}: .*log entries 9 to 10 were acknowledged and are gone`,
      ) as string,
    };
    await expect(node.open()).rejects.toMatchObject(damaged);
    await expect(node.open()).rejects.toMatchObject(damaged);
    expect(await readdir(`${database}.set-aside`)).toEqual([
      `${path.slice(database.length + 1)}.from-${offset}`,
    ]);
  });

  test.each([
    ['cut short', (bytes: Buffer, offset: number): Buffer => bytes.subarray(0, offset)],
    ['zeroed', (bytes: Buffer, offset: number): Buffer => bytes.fill(0, offset)],
    ['emptied', (): Buffer => Buffer.alloc(0)],
  ])('a log %s there is damage', async (_name, edit) => {
    await editLog((bytes, offsets) => edit(bytes, offsets.at(-8) ?? 0));
    await expect(node.open()).rejects.toMatchObject({
      kind: 'STORAGE_DAMAGED',
      message: expect.stringContaining('acknowledged') as string,
    });
  });
});

describe("LevelDB's own words", () => {
  test('about dropped bytes stop the node, should the checks before ever miss something', async () => {
    const { suspiciousLine } = await import('../../src/storage/leveldb/info-log.js');
    await (await node.open()).close();
    expect(await suspiciousLine(database)).toBeUndefined();
    const line = '(ignoring error) db/000003.log: dropping 31244 bytes; Corruption: checksum mismatch';
    await writeFile(join(database, 'LOG'), `2026/01/01-00:00:00.000000 7f Recovering log #3\n${line}\n`);
    expect(await suspiciousLine(database)).toBe(line);
  });
});
