import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, test } from 'vitest';
import { scanLog } from '../../../src/storage/leveldb/log-format.js';
import { findTear } from '../../../src/storage/leveldb/log-stream.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { batch, record, writeLog } from './log-writer.js';

const sizes = [0, 1, 50, 32_768 - 7, 32_768 - 6, 40_000, 100_000, 3];
const payloads = sizes.map((size, i) => Buffer.alloc(size, i + 1));

describe('scanLog', () => {
  test('reads records of all sizes, across blocks', () => {
    const { records, end } = scanLog(writeLog(payloads));
    expect(end).toEqual({ kind: 'clean' });
    expect(records.length).toBe(payloads.length);
    for (const [i, { payload }] of records.entries()) expect(payloads[i]?.equals(payload)).toBe(true);
  });

  test('ends cleanly in zeros up to the end of the file', () => {
    const log = Buffer.concat([writeLog([Buffer.from('one')]), Buffer.alloc(70_000)]);
    expect(scanLog(log)).toMatchObject({ records: [{ offset: 0 }], end: { kind: 'clean' } });
  });

  test('takes a log cut anywhere for clean or incomplete, with every whole record before the cut', () => {
    const log = writeLog(payloads);
    const ends = scanLog(log).records.map(({ offset }) => offset);
    for (let length = 0; length < log.length; length += 997) {
      const { records, end } = scanLog(log.subarray(0, length));
      // A cut at a block's end looks as if the writer had been stopped there.
      expect(['clean', 'incomplete']).toContain(end.kind);
      if (end.kind !== 'clean') expect(ends).toContain(end.offset);
      expect(records.length).toBeGreaterThanOrEqual(ends.filter((offset) => offset < length).length - 1);
    }
  });

  test('ends at the first thing that no interrupted writer leaves, and says where', () => {
    const one = record(1, Buffer.from('one'));
    const cases: [Buffer, number, RegExp][] = [
      [Buffer.concat([one, flipped(one, 8), one]), one.length, /checksum/],
      [Buffer.concat([one, flipped(one, 0), one]), one.length, /checksum/],
      [Buffer.concat([one, Buffer.alloc(10), one]), one.length, /zeros in the middle/],
      [Buffer.concat([one, record(4, Buffer.from('x'))]), one.length, /out of order/],
      [Buffer.concat([one, record(2, Buffer.from('x')), one]), one.length, /out of order/],
      [Buffer.concat([one, record(9, Buffer.from('x'))]), one.length, /unknown record type 9/],
      [Buffer.concat([one, record(2, Buffer.from('x')), Buffer.alloc(10)]), one.length, /zeros/],
    ];
    for (const [bytes, offset, what] of cases) {
      const { records, end } = scanLog(bytes);
      expect(records.length).toBe(1);
      expect(end).toMatchObject({ kind: 'bad', offset });
      expect(end.kind === 'clean' ? '' : end.what).toMatch(what);
    }
  });

  test('a length that overshoots a full block is damage, at the end of the file it is a torn tail', () => {
    const log = writeLog([Buffer.alloc(20_000), Buffer.alloc(40_000)]);
    const grown = Buffer.from(log);
    grown.writeUInt16LE(0xffff, 4);
    expect(scanLog(grown).end).toMatchObject({ kind: 'bad', offset: 0 });
    const short = writeLog([Buffer.alloc(100)]);
    short.writeUInt16LE(101, 4);
    expect(scanLog(short).end).toMatchObject({ kind: 'incomplete', offset: 0 });
  });
});

describe('findTear', () => {
  const log = (name: string, batches: readonly Buffer[]): { name: string; bytes: Buffer } => ({
    name,
    bytes: writeLog(batches),
  });
  const a = log('000005.log', [batch(10, 2), batch(12, 1), batch(13, 5)]);

  test('accepts logs whose batches follow one another', () => {
    expect(findTear([a])).toBeUndefined();
    expect(findTear([a, log('000006.log', [batch(18, 1)]), log('000007.log', [])])).toBeUndefined();
    expect(findTear([log('000005.log', [])])).toBeUndefined();
  });

  test('finds the unsynced end of an older log that a power failure took, though both logs read well', () => {
    expect(findTear([a, log('000006.log', [batch(19, 1)])])).toMatchObject({ file: '000006.log', offset: 0 });
    const nothing = log('000005.log', []);
    expect(findTear([nothing, log('000006.log', [batch(19, 1)])])).toMatchObject({
      file: '000006.log',
      offset: 0,
    });
  });

  test('finds a batch that is missing in the middle', () => {
    const holed = log('000005.log', [batch(10, 2), batch(13, 5)]);
    expect(findTear([holed])).toMatchObject({ file: '000005.log', offset: 57 });
  });

  test('forgives a torn tail in the last log only', () => {
    const cut = { name: '000005.log', bytes: a.bytes.subarray(0, -1) };
    expect(findTear([cut])).toBeUndefined();
    expect(findTear([cut, log('000006.log', [])])).toBeUndefined();
    expect(findTear([cut, log('000006.log', [batch(18, 1)])])).toMatchObject({
      file: '000005.log',
      offset: 114,
    });
  });

  test('accepts what LevelDB writes, batches of many operations and of many blocks', async () => {
    const directory = await temporaryDirectory();
    const database = new Level<string, string>(directory.path);
    await database.open();
    for (let i = 0; i < 50; i++) await database.put(`key ${i}`, 'x'.repeat(i * 100));
    await database.batch(
      Array.from({ length: 300 }, (_, i) => ({ type: 'put', key: `many ${i}`, value: 'y'.repeat(500) })),
    );
    // In flight together: LevelDB joins them into larger batches.
    await Promise.all(Array.from({ length: 200 }, (_, i) => database.put(`together ${i}`, 'z')));
    const names = (await readdir(directory.path)).filter((name) => name.endsWith('.log'));
    const bytes = await readFile(join(directory.path, names[0] ?? ''));
    await database.close();
    expect(bytes.length).toBeGreaterThan(200_000);
    expect(scanLog(bytes).end).toEqual({ kind: 'clean' });
    expect(findTear([{ name: 'log', bytes }])).toBeUndefined();
    await directory.remove();
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
