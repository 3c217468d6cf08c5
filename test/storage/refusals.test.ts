/** Directories that a node must not start on, and what it says then. */
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MARK_FILE } from '../../src/storage/mark-file.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import { append, commands, nodeFixture, nodeOptions } from './node-fixture.js';
import type { NodeFixture } from './node-fixture.js';
import { NO_CRASH, SimulatedEnvironment } from './simulated-environment.js';

let node: NodeFixture;
beforeEach(async () => {
  node = await nodeFixture();
});
afterEach(() => node.dispose());

describe('a directory of another node', () => {
  test('of another cluster or member is refused, naming both', async () => {
    await (await node.open()).close();
    await expect(node.open({ clusterId: 'other' })).rejects.toMatchObject({
      kind: 'WRONG_DATA_DIRECTORY',
      message: expect.stringMatching(/member 1 of cluster "test".*member 1 of cluster "other"/s) as string,
    });
    await expect(node.open({ memberId: 7 })).rejects.toMatchObject({
      kind: 'WRONG_DATA_DIRECTORY',
      message: expect.stringMatching(/belongs to member 1 .*configured as member 7/s) as string,
    });
    await (await node.open()).close();
  });

  test('partly: a mark or a database brought from elsewhere is refused', async () => {
    const other = await nodeFixture();
    await (await other.open()).close();
    const storage = await node.open();
    await storage.close();
    const ours = await readFile(join(node.path, MARK_FILE));
    await writeFile(join(node.path, MARK_FILE), await readFile(join(other.path, MARK_FILE)));
    await expect(node.open()).rejects.toMatchObject({ kind: 'WRONG_DATA_DIRECTORY' });
    await writeFile(join(node.path, MARK_FILE), ours);
    await rm(join(node.path, 'db'), { recursive: true });
    await cp(join(other.path, 'db'), join(node.path, 'db'), { recursive: true });
    await expect(node.open()).rejects.toMatchObject({ kind: 'STORAGE_DAMAGED' });
    await other.dispose();
  });
});

describe('a directory that cannot be used', () => {
  test('is in use by another node', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 10, 1));
    await expect(node.open()).rejects.toMatchObject({
      kind: 'DATA_DIRECTORY_LOCKED',
      message: expect.stringContaining('in use by another process') as string,
    });
    await append(storage, commands(11, 10, 1));
  });

  test('is in use by another node, and looks damaged because of it', async () => {
    const storage = await node.open();
    await append(storage, commands(1, 10, 1));
    const current = join(node.path, 'db', 'CURRENT');
    const contents = await readFile(current);
    await rm(current);
    // Without CURRENT nothing is there to be opened, but the lock is still held.
    await expect(node.open()).rejects.toMatchObject({ kind: 'DATA_DIRECTORY_LOCKED' });
    await writeFile(current, contents);
  });

  test('is a file, or lies below one', async () => {
    await writeFile(node.path, 'not a directory');
    await expect(node.open()).rejects.toMatchObject({ kind: 'DATA_DIRECTORY_UNUSABLE' });
    const below = nodeOptions(join(node.path, 'below'));
    await expect(node.open({ directory: below.directory })).rejects.toMatchObject({
      kind: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining(below.directory) as string,
    });
  });

  // Permission bits do not bind root; the tests above use a file in the way, which does.
  test.skipIf(process.getuid?.() === 0)('may not be written', async () => {
    await mkdir(node.path);
    await chmod(node.path, 0o500);
    await expect(node.open()).rejects.toMatchObject({ kind: 'DATA_DIRECTORY_UNUSABLE' });
    await chmod(node.path, 0o700);
  });

  test('whose database is a file is damaged', async () => {
    await (await node.open()).close();
    await rm(join(node.path, 'db'), { recursive: true });
    await writeFile(join(node.path, 'db'), '');
    await expect(node.open()).rejects.toMatchObject({ kind: 'STORAGE_DAMAGED' });
  });
});

describe('an interrupted first start', () => {
  test('starts over at whatever step it was interrupted', async () => {
    const options = nodeOptions('simulated');
    const whole = new SimulatedEnvironment();
    await (await openNodeStorageIn(whole, options)).close();
    expect(whole.steps).toBeGreaterThan(4);
    for (let step = 1; step <= whole.steps; step++) {
      for (const fraction of [0, 1]) {
        const environment = new SimulatedEnvironment({ ...NO_CRASH, step, fraction });
        await expect(openNodeStorageIn(environment, options)).rejects.toThrow();
        const storage = await openNodeStorageIn(environment.restart(), options);
        expect(storage.membership.initialized).toBe(false);
        await append(storage, commands(1, 1, 1));
      }
    }
  });
});

describe('a failed write', () => {
  test('is fatal, and everything after it is refused (S5)', async () => {
    const environment = new SimulatedEnvironment();
    const storage = await openNodeStorageIn(environment, nodeOptions('simulated'));
    await append(storage, commands(1, 3, 1));
    environment.store?.fail(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
    const failure = {
      kind: 'STORAGE_WRITE_FAILED',
      message: expect.stringContaining('no space left') as string,
    };
    await expect(append(storage, commands(4, 1, 1))).rejects.toMatchObject(failure);
    environment.store?.fail(new Error('another'));
    for (const write of [
      () => append(storage, commands(4, 1, 1)),
      () => storage.applyBatch(3, []),
      () => storage.recordDirectory(2, 'b'.repeat(32)),
      () =>
        storage
          .initialize({ configuration: { voters: [], learners: [] } }, new Map())
          .catch((e: unknown) => Promise.reject(e as Error)),
    ]) {
      await expect(write()).rejects.toThrow();
    }
    await expect(storage.applyBatch(3, [])).rejects.toMatchObject(failure);
    // What was acknowledged is still there to be read.
    expect(storage.log.lastIndex).toBe(3);
  });

  test('of the mark alone is fatal just the same', async () => {
    const environment = new SimulatedEnvironment();
    const storage = await openNodeStorageIn(environment, nodeOptions('simulated'));
    await append(storage, commands(1, 3, 1));
    environment.plan({ step: 2, kept: 0, fraction: 0 });
    await expect(append(storage, commands(4, 1, 1))).rejects.toMatchObject({ kind: 'STORAGE_WRITE_FAILED' });
    await expect(append(storage, commands(4, 1, 1))).rejects.toMatchObject({ kind: 'STORAGE_WRITE_FAILED' });
    expect(storage.log.lastIndex).toBe(3);
    // Written, not acknowledged: a restart may find it.
    expect((await openNodeStorageIn(environment.restart(), nodeOptions('simulated'))).log.lastIndex).toBe(4);
  });
});
