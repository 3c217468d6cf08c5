/** The real files as they are between any two durable steps: the copy is what a killed process leaves. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localEnvironment } from '../../src/storage/local-environment.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import type { StorageEnvironment } from '../../src/storage/storage-environment.js';
import type { DurableFiles } from '../../src/storage/durable-file.js';
import type { KeyValueStore } from '../../src/storage/key-value-store.js';
import { copyDirectory } from './copy-directory.js';
import { CrashModel } from './crash-model.js';
import type { Action } from './crash-model.js';
import { nodeOptions } from './node-fixture.js';
import { temporaryDirectory } from './temporary-directory.js';
import type { TemporaryDirectory } from './temporary-directory.js';

let temporary: TemporaryDirectory;
beforeEach(async () => {
  temporary = await temporaryDirectory();
});
afterEach(() => temporary.remove());

/** Calls `after` whenever something has reached the disk. */
function watched(environment: StorageEnvironment, after: () => Promise<void>): StorageEnvironment {
  const then = async <T>(result: Promise<T>): Promise<T> => {
    const value = await result;
    await after();
    return value;
  };
  const files: DurableFiles = {
    read: (name) => environment.files.read(name),
    replace: (name, bytes) => then(environment.files.replace(name, bytes)),
    remove: (name) => environment.files.remove(name),
    openSlots: async (name) => {
      const file = await environment.files.openSlots(name);
      return { write: (offset, bytes) => then(file.write(offset, bytes)), close: () => file.close() };
    },
  };
  const wrap = (store: KeyValueStore): KeyValueStore => ({
    getSync: (key, snapshot) => store.getSync(key, snapshot),
    batch: (operations, options) => then(store.batch(operations, options)),
    iterate: (options) => store.iterate(options),
    snapshot: () => store.snapshot(),
    approximateSizeBytes: () => store.approximateSizeBytes(),
    close: () => store.close(),
  });
  return {
    files,
    databaseExists: () => environment.databaseExists(),
    createDatabase: async () => wrap(await environment.createDatabase()),
    openDatabase: async () => {
      const opened = await environment.openDatabase();
      return { ...opened, store: wrap(opened.store) };
    },
    removeDatabase: () => environment.removeDatabase(),
    confirmDatabase: () => environment.confirmDatabase(),
  };
}

const ACTIONS: readonly Action[] = (
  [
    ['append', 5],
    ['commit', 2],
    ['apply', 2],
    ['vote', 3],
    ['truncate', 1],
    ['append', 3],
    ['apply', 1],
    ['compact', 1],
    ['install', 2],
    ['append', 6],
    ['truncate', 2],
    ['install', 5],
    ['append', 2],
    ['apply', 2],
    ['compact', 1],
  ] as const
).map(([kind, amount]) => ({ kind, amount }));

test('every state between two steps opens with everything acknowledged', async () => {
  const options = nodeOptions(join(temporary.path, 'node'));
  const model = new CrashModel();
  let copies = 0;
  let ready = false;
  const after = async (): Promise<void> => {
    if (!ready) return;
    const copy = join(temporary.path, `copy-${(copies += 1)}`);
    await copyDirectory(options.directory, copy);
    const reopened = await openNodeStorageIn(await localEnvironment({ ...options, directory: copy }), {
      ...options,
      directory: copy,
    });
    await model.fork().check(reopened);
    await reopened.close();
  };
  const storage = await openNodeStorageIn(watched(await localEnvironment(options), after), options);
  ready = true;
  for (const action of ACTIONS) await model.run(storage, action);
  await storage.close();
  expect(copies).toBeGreaterThanOrEqual(40);
});
