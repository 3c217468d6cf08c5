import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import { nodeOptions, readCatalog, text } from './node-fixture.js';
import { seededRandom } from './seeded-random.js';
import { temporaryDirectory } from './temporary-directory.js';
import type { TemporaryDirectory } from './temporary-directory.js';

const LIVES = 3;

interface Acknowledged {
  readonly lastIndex: number;
  readonly term: number;
  readonly start: number;
}

let temporary: TemporaryDirectory;
beforeAll(async () => {
  temporary = await temporaryDirectory();
});
afterAll(() => temporary.remove());

/** Lets the process acknowledge so many batches, then kills it; returns the last acknowledgement. */
async function liveAndDie(directory: string, batches: number): Promise<Acknowledged> {
  const script = fileURLToPath(new URL('appender.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  let last: Acknowledged | undefined;
  for await (const line of createInterface(child.stdout)) {
    last = JSON.parse(line) as Acknowledged;
    seen += 1;
    if (seen === batches) child.kill('SIGKILL');
  }
  if (last === undefined) throw new Error('the process acknowledged nothing');
  return last;
}

test('a killed process has everything it acknowledged', async () => {
  const directory = join(temporary.path, 'node');
  const random = seededRandom(11);
  for (let life = 0; life < LIVES; life++) {
    const acknowledged = await liveAndDie(directory, 30 + Math.floor(random() * 60));
    const storage = await openNodeStorage(nodeOptions(directory));
    const { log, hardState, appliedIndex } = storage;
    expect(log.lastIndex).toBeGreaterThanOrEqual(acknowledged.lastIndex);
    expect(hardState.term).toBeGreaterThanOrEqual(acknowledged.term);
    for (let index = log.start.index + 1; index <= log.lastIndex; index++) {
      const [entry] = log.entries(index, index + 1, 0);
      const data = entry?.payload.kind === 'command' ? text(entry.payload.data) : '';
      expect(data?.startsWith(`command ${index} of term `)).toBe(true);
    }
    // A killed process, unlike a lost machine, loses not even what was never synced.
    const expected = new Map<string, string>();
    for (let index = 1; index <= appliedIndex; index++) expected.set(`key ${index % 20}`, `value ${index}`);
    const lines = [...expected].map(([key, value]) => `${key}=${value}`).sort();
    expect((await readCatalog(storage)).sort()).toEqual(lines);
    expect(appliedIndex).toBeGreaterThanOrEqual(acknowledged.start);
    await storage.close();
  }
});
