/**
 * S3: verifies the files of a LevelDB database before LevelDB opens it, because LevelDB under Node
 * verifies almost nothing: it skips damaged records of its log, opens without a log that is missing,
 * and returns what it reads from damaged tables.
 *
 *   CURRENT -> MANIFEST, every record -> the live logs, every record -> the live tables, every block
 *
 * Files that LevelDB does not need are not looked at: LOG, LOG.old, LOCK, logs and tables that the
 * MANIFEST does not count as live.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LevelDbDamage } from './damage.js';
import { parseFileName } from './file-names.js';
import { findTear } from './log-stream.js';
import type { Tear } from './log-stream.js';
import { readManifest } from './manifest.js';
import type { LiveTable, Manifest } from './manifest.js';
import { checkTable } from './table-check.js';

/** Tables on their way from the disk while others are verified; a table has 2 to 8 MiB. */
const TABLES_AT_ONCE = 4;

export interface LevelDbCheck {
  /** Names of the live write-ahead logs, in order. */
  readonly logs: readonly string[];
  /** Where the logs must be cut before LevelDB may replay them. */
  readonly tear: Tear | undefined;
  readonly tableBytes: number;
}

/** Throws LevelDbDamage. */
export async function checkLevelDb(database: string): Promise<LevelDbCheck> {
  const manifest = await readCurrentManifest(database);
  const logs = await liveLogs(database, manifest);
  const contents = [];
  for (const name of logs) contents.push({ name, bytes: await readFile(join(database, name)) });
  const tear = findTear(contents);
  const tableBytes = await checkTables(database, manifest.tables);
  return { logs, tear, tableBytes };
}

async function readCurrentManifest(database: string): Promise<Manifest> {
  const current = (await readRequired(database, 'CURRENT')).toString('latin1');
  const name = current.endsWith('\n') ? current.slice(0, -1) : '';
  if (parseFileName(name)?.kind !== 'manifest')
    throw new LevelDbDamage('CURRENT', 'it does not name a MANIFEST');
  return readManifest(name, await readRequired(database, name));
}

async function liveLogs(database: string, manifest: Manifest): Promise<string[]> {
  const { logNumber, previousLogNumber } = manifest;
  const found: [number: number, name: string][] = [];
  for (const name of await readdir(database)) {
    const file = parseFileName(name);
    if (file?.kind !== 'log') continue;
    if (file.number >= logNumber || file.number === previousLogNumber) found.push([file.number, name]);
  }
  // LevelDB makes the log before the MANIFEST names it, and removes it after the MANIFEST names another.
  if (!found.some(([number]) => number === logNumber)) {
    const name = `${String(logNumber).padStart(6, '0')}.log`;
    throw new LevelDbDamage(name, 'the write-ahead log is missing');
  }
  return found.sort(([a], [b]) => a - b).map(([, name]) => name);
}

/** The total size of the tables. */
async function checkTables(database: string, tables: readonly LiveTable[]): Promise<number> {
  const queue = [...tables];
  let total = 0;
  const worker = async (): Promise<void> => {
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      const name = `${String(table.number).padStart(6, '0')}.ldb`;
      // The size first: it bounds what is read into memory.
      const size = await sizeOf(database, name);
      if (size !== table.sizeBytes) {
        throw new LevelDbDamage(name, `the table has ${size} bytes instead of ${table.sizeBytes}`);
      }
      checkTable(name, await readRequired(database, name));
      total += size;
    }
  };
  await Promise.all(Array.from({ length: TABLES_AT_ONCE }, worker));
  return total;
}

async function readRequired(database: string, name: string): Promise<Buffer> {
  return requireFile(name, readFile(join(database, name)));
}

async function sizeOf(database: string, name: string): Promise<number> {
  return (await requireFile(name, stat(join(database, name)))).size;
}

async function requireFile<T>(name: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTDIR: a file where the database was.
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new LevelDbDamage(name, 'the file is missing');
    throw error;
  }
}
