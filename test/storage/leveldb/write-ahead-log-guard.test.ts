import { rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLevelStore } from '../../../src/storage/level-store.js';
import { WriteAheadLogGuard } from '../../../src/storage/leveldb/write-ahead-log-guard.js';
import { temporaryDirectory } from '../temporary-directory.js';
import type { TemporaryDirectory } from '../temporary-directory.js';

let directory: TemporaryDirectory;
let synced: string[];
let guard: WriteAheadLogGuard;
beforeEach(async () => {
  directory = await temporaryDirectory();
  synced = [];
  guard = new WriteAheadLogGuard(directory.path, (path) => {
    synced.push(basename(path));
    return Promise.resolve();
  });
});
afterEach(() => directory.remove());

const add = (name: string): Promise<void> => writeFile(join(directory.path, name), '');

/** Long enough ago for a later change to bear another time stamp. */
async function age(): Promise<void> {
  await utimes(directory.path, new Date(1_000_000), new Date(1_000_000));
}

test('syncs every older log once, as soon as there is a newer one', async () => {
  await add('000005.log');
  await guard.syncOlderLogs();
  expect(synced).toEqual([]);
  await add('000008.log');
  await add('000007.ldb');
  await guard.syncOlderLogs();
  expect(synced).toEqual(['000005.log']);
  await guard.syncOlderLogs();
  await age();
  await guard.syncOlderLogs();
  expect(synced).toEqual(['000005.log']);
  await add('000010.log');
  await guard.syncOlderLogs();
  expect(synced).toEqual(['000005.log', '000005.log', '000008.log']);
});

test('does not trust a time stamp that a second change could bear', async () => {
  await add('000005.log');
  await guard.syncOlderLogs();
  // Within the same tick of the file system's clock, as far as the guard can tell.
  const now = new Date();
  await utimes(directory.path, now, now);
  await guard.syncOlderLogs();
  await add('000006.log');
  await utimes(directory.path, now, now);
  await guard.syncOlderLogs();
  expect(synced).toEqual(['000005.log']);
});

test('finds the logs that LevelDB really begins, and those that are gone already do not matter', async () => {
  const path = join(directory.path, 'db');
  const store = await openLevelStore({ directory: path, create: true });
  const value = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 20; i++) {
    await store.batch([{ kind: 'put', key: Uint8Array.of(i), value }], { sync: i % 4 === 3 });
  }
  await store.close();
  await add('000001.log');
  const real = new WriteAheadLogGuard(directory.path);
  await add('000002.log');
  const racing = real.syncOlderLogs();
  await rm(join(directory.path, '000001.log'));
  await racing;
});
