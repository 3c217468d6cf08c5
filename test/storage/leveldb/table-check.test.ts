import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { beforeAll, describe, expect, test } from 'vitest';
import { LevelDbDamage } from '../../../src/storage/leveldb/damage.js';
import { checkLevelDb } from '../../../src/storage/leveldb/leveldb-check.js';
import { decompress } from '../../../src/storage/leveldb/snappy.js';
import { checkTable } from '../../../src/storage/leveldb/table-check.js';
import { seededRandom } from '../seeded-random.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** A database that was reopened, so that its log has become a table. */
async function tablesOf(options: { compression: boolean; value: (i: number) => string }): Promise<Buffer[]> {
  const directory = await temporaryDirectory();
  for (const round of [0, 1]) {
    const database = new Level<string, string>(directory.path, { compression: options.compression });
    await database.open();
    const puts = Array.from({ length: 2000 }, (_, i) => ({
      type: 'put' as const,
      key: `a long key that shares most of its bytes with its neighbours ${round} ${String(i).padStart(6, '0')}`,
      value: options.value(i),
    }));
    if (round === 0) await database.batch(puts);
    await database.close();
  }
  const { tableBytes, tear } = await checkLevelDb(directory.path);
  expect(tear).toBeUndefined();
  const names = (await readdir(directory.path)).filter((name) => name.endsWith('.ldb'));
  const tables = await Promise.all(names.map((name) => readFile(join(directory.path, name))));
  expect(tables.reduce((sum, bytes) => sum + bytes.length, 0)).toBe(tableBytes);
  await directory.remove();
  return tables;
}

describe('checkTable', () => {
  let compressed: Buffer;
  let plain: Buffer;
  beforeAll(async () => {
    [compressed = Buffer.alloc(0)] = await tablesOf({
      compression: true,
      value: (i) => `value ${i}`.repeat(10),
    });
    [plain = Buffer.alloc(0)] = await tablesOf({ compression: false, value: (i) => `value ${i}`.repeat(10) });
  });

  test('accepts tables as LevelDB writes them, compressed or not', () => {
    expect(plain.length).toBeGreaterThan(compressed.length * 2);
    checkTable('t', compressed);
    checkTable('t', plain);
  });

  test("finds any changed bit but those of the footer's padding", () => {
    const random = seededRandom(7);
    for (const table of [compressed, plain]) {
      for (let i = 0; i < 300; i++) {
        const at = Math.floor(random() * (table.length - 48));
        const bit = 1 << Math.floor(random() * 8);
        table[at] = (table[at] ?? 0) ^ bit;
        expect(() => {
          checkTable('t', table);
        }, `byte ${at}`).toThrow(LevelDbDamage);
        table[at] = (table[at] ?? 0) ^ bit;
      }
    }
  });

  test('finds a table cut short or grown', () => {
    for (const length of [0, 47, 48, 5000, plain.length - 1]) {
      expect(() => {
        checkTable('t', plain.subarray(0, length));
      }).toThrow(LevelDbDamage);
    }
    expect(() => {
      checkTable('t', Buffer.concat([plain, Buffer.alloc(1)]));
    }).toThrow(LevelDbDamage);
  });
});

describe('decompress', () => {
  test.each([
    ['a literal', '05 10 68656c6c6f', 'hello'],
    ['a copy with one byte of distance', '0a 00 61 15 01', 'a'.repeat(10)],
    ['a copy with two bytes of distance', '08 0c 61626364 0e 0400', 'abcdabcd'],
    ['a copy with four bytes of distance', '08 0c 61626364 0f 04000000', 'abcdabcd'],
    ['a literal with its length in a byte', `3d f0 3c ${'62'.repeat(61)}`, 'b'.repeat(61)],
    ['nothing', '00', ''],
  ])('reads %s', (_name, hex, expected) => {
    expect(Buffer.from(decompress(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 1000)).toString()).toBe(
      expected,
    );
  });

  test.each([
    ['a copy from before the start', '08 00 61 15 05'],
    ['more than announced', '02 10 68656c6c6f'],
    ['less than announced', '09 10 68656c6c6f'],
    ['a literal cut short', '05 10 6865'],
    ['more than the limit', 'ffff7f 10 6865'],
  ])('refuses %s', (_name, hex) => {
    expect(() => decompress(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 1000)).toThrow();
  });
});
