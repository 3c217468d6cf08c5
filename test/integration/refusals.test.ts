/** A node that must not start says why, with the documented status, and leaves everything as it was. */
import { createServer, type Server } from 'node:net';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_STATUS } from '../../src/shared/fatal.js';
import { freePorts } from '../../src/demo/local-cluster.js';
import { runProgram, scratchDirectory, testCluster, type Ran } from './processes.js';

let directory = '';
beforeEach(async () => {
  directory = await scratchDirectory();
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function serve(
  overrides: Partial<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  const [port = 0, httpPort = 0] = await freePorts('127.0.0.1', 2);
  const flags: Record<string, string> = {
    'cluster-id': 'one',
    'member-id': '1',
    'data-dir': join(directory, 'node'),
    listen: `127.0.0.1:${port}`,
    advertise: `127.0.0.1:${port}`,
    'http-listen': `127.0.0.1:${httpPort}`,
    members: `1=127.0.0.1:${port}`,
    'object-store': `local:${join(directory, 'bucket')}`,
    'log-format': 'json',
    ...overrides,
  };
  return runProgram(['serve', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)], env);
}

/** A data directory that has run once as member 1 of cluster 'integration'. */
async function usedDirectory(): Promise<string> {
  const used = await testCluster({ members: 1 });
  used.cluster.start();
  await used.client.createStream({ name: 'web' });
  await used.cluster.stop();
  const copy = join(directory, 'used');
  await cp(used.cluster.member(1).options.dataDirectory, copy, { recursive: true });
  await used.close();
  return copy;
}

describe('serve refuses', () => {
  it('a data directory of another cluster, or of another member, naming both', async () => {
    const used = await usedDirectory();
    const cluster = await serve({ 'data-dir': used, 'cluster-id': 'other' });
    expect(cluster.code).toBe(EXIT_STATUS.WRONG_DATA_DIRECTORY);
    expect(cluster.stdout + cluster.stderr).toMatch(/integration/);
    expect(cluster.stdout + cluster.stderr).toMatch(/other/);
    const member = await serve({
      'data-dir': used,
      'cluster-id': 'integration',
      'member-id': '2',
      members: '1=127.0.0.1:1,2=127.0.0.1:2',
      advertise: '127.0.0.1:2',
    });
    expect(member.code).toBe(EXIT_STATUS.WRONG_DATA_DIRECTORY);
  });

  it('a port in use, naming it', async () => {
    const blocker: Server = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      const ran = await serve({
        listen: `127.0.0.1:${port}`,
        advertise: `127.0.0.1:${port}`,
        members: `1=127.0.0.1:${port}`,
      });
      expect(ran.code).toBe(EXIT_STATUS.PORT_IN_USE);
      expect(ran.stdout + ran.stderr).toContain(`127.0.0.1:${port}`);
    } finally {
      blocker.close();
    }
  });

  it('a data directory that cannot be one', async () => {
    await writeFile(join(directory, 'file'), 'not a directory');
    const ran = await serve({ 'data-dir': join(directory, 'file', 'node') });
    expect(ran.code).toBe(EXIT_STATUS.DATA_DIRECTORY_UNUSABLE);
    expect(ran.stdout + ran.stderr).toContain(join(directory, 'file', 'node'));
  });

  it('an object store that cannot be used', async () => {
    await writeFile(join(directory, 'file'), 'not a directory');
    const ran = await serve({ 'object-store': `local:${join(directory, 'file')}` });
    expect(ran.code).toBe(EXIT_STATUS.OBJECT_STORE_UNUSABLE);
  });

  it.each([
    [{ 'member-id': '0' }, /--member-id/],
    [{ 'member-id': 'one' }, /--member-id/],
    [{ members: '1=127.0.0.1' }, /--members/],
    [{ members: '2=127.0.0.1:7402' }, /--members|--member-id/],
    [{ 'default-grace-period': '-1s' }, /--default-grace-period/],
    [{ 'default-grace-period': '11y' }, /--default-grace-period/],
    [{ listen: 'nowhere' }, /--listen/],
    [{ 'object-store': 'ftp://bucket' }, /--object-store/],
    [{ 'cluster-id': '' }, /--cluster-id/],
  ])('%o, naming the flag', async (overrides, message) => {
    const ran = await serve(overrides);
    expect(ran.code).toBe(EXIT_STATUS.INVALID_INPUT);
    expect(ran.stderr).toMatch(message);
  });

  it('damaged data, and says how to rejoin', async () => {
    const used = await usedDirectory();
    await rm(join(used, 'database', 'CURRENT'), { force: true });
    await rm(join(used, 'db', 'CURRENT'), { force: true });
    const ran = await serve({ 'data-dir': used, 'cluster-id': 'integration' });
    expect(ran.code).toBe(EXIT_STATUS.STORAGE_DAMAGED);
    expect(ran.stdout + ran.stderr).toMatch(/member add/);
  });
});
