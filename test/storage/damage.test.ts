/**
 * Damage to any file, anywhere: the node either has everything it ever acknowledged, or refuses to
 * start with a message that helps. Never a silent loss, never a crash of its own.
 */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FatalError } from '../../src/shared/fatal.js';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { copyDirectory, filesIn } from './copy-directory.js';
import type { FileInDirectory } from './copy-directory.js';
import { append, bytes, commands, nodeOptions, readCatalog, readLog, VOTERS } from './node-fixture.js';
import { seededRandom } from './seeded-random.js';
import { temporaryDirectory } from './temporary-directory.js';
import type { TemporaryDirectory } from './temporary-directory.js';

const COMPACTED_TO = 120;
const APPLIED = 480;
const LAST = 600;
/** Every file gets this many, the larger ones more. */
const POSITIONS_PER_FILE = 10;
const POSITIONS_IN_LARGE_FILES = 120;
/** A trial mostly waits for the disk. */
const TRIALS_AT_ONCE = 4;

const valueAt = (index: number): string => `value of ${index} `.padEnd(180, String(index % 7));

function catalogAt(applied: number): string[] {
  const records = new Map<string, string>();
  for (let index = 1; index <= applied; index++) records.set(`key ${index % 90}`, valueAt(index));
  return [...records].map(([key, value]) => `${key}=${value}`).sort();
}

let temporary: TemporaryDirectory;
let original: string;
let files: FileInDirectory[];
let expectedLog: string[];

/** A node with several tables, a compacted log, a long write-ahead log, a vote and a half-applied log. */
beforeAll(async () => {
  temporary = await temporaryDirectory();
  original = join(temporary.path, 'original');
  let storage: NodeStorage = await openNodeStorage(nodeOptions(original));
  await storage.initialize({ configuration: VOTERS }, new Map([[2, 'b'.repeat(32)]]));
  let applied = 0;
  for (let from = 1; from <= LAST; from += 20) {
    // Reopening turns LevelDB's log into a table; the last stretch stays in the log.
    if (from === 101 || from === 261) {
      await storage.close();
      storage = await openNodeStorage(nodeOptions(original));
    }
    await append(storage, commands(from, 20, 3, 250));
    while (applied < Math.min(from, APPLIED)) {
      applied += 1;
      await storage.applyBatch(applied, [
        { key: bytes(`key ${applied % 90}`), value: bytes(valueAt(applied)) },
      ]);
    }
    if (from === 241) await storage.compactLog(COMPACTED_TO);
  }
  await storage.appendLog({
    hardState: { term: 4, votedFor: 2, commitIndex: APPLIED },
    truncateFrom: undefined,
    entries: [],
  });
  expectedLog = readLog(storage);
  await storage.close();
  files = await filesIn(original);
});
afterAll(() => temporary.remove());

let trial = 0;

/** Opens a damaged copy. Returns what came of it; throws when acknowledged data is silently gone. */
async function openDamaged(damage: (directory: string) => Promise<void>): Promise<'intact' | 'refused'> {
  const directory = join(temporary.path, `trial-${(trial += 1)}`);
  await copyDirectory(original, directory);
  await damage(directory);
  let storage: NodeStorage;
  try {
    storage = await openNodeStorage(nodeOptions(directory));
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    expect(['STORAGE_DAMAGED', 'WRONG_DATA_DIRECTORY']).toContain(error.kind);
    if (error.kind === 'STORAGE_DAMAGED') expect(error.message).toContain('sexton member remove 1');
    await rm(directory, { recursive: true });
    return 'refused';
  }
  try {
    await expectEverythingAcknowledged(storage);
  } finally {
    await storage.close();
  }
  await rm(directory, { recursive: true });
  return 'intact';
}

async function expectEverythingAcknowledged(storage: NodeStorage): Promise<void> {
  const { log } = storage;
  expect(log.start.index).toBeLessThanOrEqual(COMPACTED_TO);
  expect(readLog(storage).slice(COMPACTED_TO - log.start.index)).toEqual(expectedLog);
  expect(storage.hardState).toMatchObject({ term: 4, votedFor: 2 });
  expect(storage.membership.initialized).toBe(true);
  expect(storage.membership.knownDirectories.get(2)).toBe('b'.repeat(32));
  expect(storage.snapshotMeta.configuration).toEqual(VOTERS);
  // Applied records are there, or will be applied again from the log.
  expect(storage.appliedIndex).toBeGreaterThanOrEqual(log.start.index);
  expect((await readCatalog(storage)).sort()).toEqual(catalogAt(storage.appliedIndex));
}

interface Position {
  readonly file: string;
  readonly offset: number;
  readonly bit: number;
}

/** The same positions in every run. */
function positions(seed: number): Position[] {
  const random = seededRandom(seed);
  const large = files.filter((file) => file.sizeBytes > 4096);
  const largeBytes = large.reduce((sum, file) => sum + file.sizeBytes, 0);
  return files.flatMap((file) => {
    const extra = large.includes(file)
      ? Math.ceil((POSITIONS_IN_LARGE_FILES * file.sizeBytes) / largeBytes)
      : 0;
    const count = file.sizeBytes === 0 ? 0 : POSITIONS_PER_FILE + extra;
    return Array.from({ length: count }, () => ({
      file: file.name,
      offset: Math.floor(random() * file.sizeBytes),
      bit: Math.floor(random() * 8),
    }));
  });
}

async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: TRIALS_AT_ONCE }, worker));
}

/** LevelDB does without these. */
const harmless = (file: string): boolean => /LOG|LOCK/.test(file);

async function flipBit(directory: string, { file, offset, bit }: Position): Promise<void> {
  const path = join(directory, file);
  const contents = await readFile(path);
  contents[offset] = (contents[offset] ?? 0) ^ (1 << bit);
  await writeFile(path, contents);
}

describe('a damaged directory', () => {
  test('is what the tests below mean it to be', async () => {
    expect(await openDamaged(() => Promise.resolve())).toBe('intact');
    const names = files.map((file) => file.name).join(' ');
    for (const needed of ['identity', 'mark', 'CURRENT', 'MANIFEST', '.log', '.ldb'])
      expect(names).toContain(needed);
    expect(files.filter((file) => file.name.endsWith('.ldb')).length).toBeGreaterThan(1);
    expect(files.find((file) => file.name.endsWith('.log'))?.sizeBytes).toBeGreaterThan(100_000);
  });

  test('with one bit flipped anywhere', async () => {
    const all = positions(1);
    expect(all.length).toBeGreaterThan(200);
    let refused = 0;
    await forEach(all, async (position) => {
      const outcome = await openDamaged((directory) => flipBit(directory, position));
      if (harmless(position.file)) expect(outcome).toBe('intact');
      if (outcome === 'refused') refused += 1;
      // Nothing in a table, the identity or CURRENT is without meaning, but for a table's footer.
      const needed = /ldb$|identity|CURRENT/.test(position.file);
      const size = files.find((file) => file.name === position.file)?.sizeBytes ?? 0;
      if (needed && position.offset < size - 48)
        expect({ position, outcome }).toMatchObject({ outcome: 'refused' });
    });
    expect(refused).toBeGreaterThan(100);
  });

  test('with any file cut short anywhere', async () => {
    const some = positions(2).filter((_, i) => i % 3 === 0);
    await forEach(some, async ({ file, offset }) => {
      const outcome = await openDamaged((directory) => truncate(join(directory, file), offset));
      if (harmless(file)) expect(outcome).toBe('intact');
      if (/ldb$|identity|CURRENT|mark/.test(file))
        expect({ file, offset, outcome }).toMatchObject({ outcome: 'refused' });
    });
  });

  test('with any file missing', async () => {
    for (const { name } of files) {
      const outcome = await openDamaged((directory) => rm(join(directory, name)));
      expect({ name, outcome }).toEqual({ name, outcome: harmless(name) ? 'intact' : 'refused' });
    }
  });

  test('with its whole database missing, or everything but the database', async () => {
    expect(await openDamaged((directory) => rm(join(directory, 'db'), { recursive: true }))).toBe('refused');
    const onlyDatabase = async (directory: string): Promise<void> => {
      await rm(join(directory, 'identity'));
      await rm(join(directory, 'mark'));
    };
    expect(await openDamaged(onlyDatabase)).toBe('refused');
  });
});
