/**
 * Closes a gap in LevelDB's durability: `sync` syncs the current write-ahead log only.
 *
 * 1. Unsynced batches (applied entries) go to the end of log 5.
 * 2. LevelDB's write buffer is full: log 6 is begun, log 5 is not synced, its memtable is being flushed.
 * 3. A synced batch goes to log 6, and with it, later, more unsynced ones.
 * 4. Power fails before the flush has ended: the end of log 5 is gone, log 6 is there. LevelDB replays
 *    both: a hole in the middle of the history, and no error.
 *
 * So before a synced batch counts as durable, every older log still on disk is synced here. What a crash
 * leaves is then a prefix of the history that reaches at least to the last synced batch. (The check at
 * open finds such a hole by the sequence numbers, see `log-stream.ts`; this keeps it from costing the
 * node anything acknowledged.)
 *
 * Cheap because a new log shows in the directory's modification time: one stat per synced batch. A time
 * stamp is not trusted while it is so young that a second change could bear the same one.
 */
import { open, readdir } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../local-durable-files.js';
import { parseFileName } from './file-names.js';

/** File time stamps come from a clock that ticks at 4 to 10 ms on Linux. */
const TIMESTAMP_GRAIN_MS = 50;

export class WriteAheadLogGuard {
  readonly #directory: string;
  readonly #syncFile: (path: string) => Promise<void>;
  /** The directory's time stamp as of the last look, if later changes are sure to show in it. */
  #seenMs: number | undefined;
  #newestLog = 0;

  constructor(directory: string, syncFile = syncIfPresent) {
    this.#directory = directory;
    this.#syncFile = syncFile;
  }

  /** Resolves when every log but the newest is durable, or gone. */
  async syncOlderLogs(): Promise<void> {
    const { mtimeMs } = statSync(this.#directory);
    if (mtimeMs === this.#seenMs) return;
    const settled = Date.now() - mtimeMs > TIMESTAMP_GRAIN_MS;
    await this.#look();
    this.#seenMs = settled ? mtimeMs : undefined;
  }

  async #look(): Promise<void> {
    const logs: { readonly name: string; readonly number: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      const file = parseFileName(name);
      if (file?.kind === 'log') logs.push({ name, number: file.number });
    }
    logs.sort((a, b) => a.number - b.number);
    const newest = logs.pop()?.number ?? 0;
    if (newest === this.#newestLog) return;
    for (const { name } of logs) await this.#syncFile(join(this.#directory, name));
    // The new log's own directory entry: LevelDB syncs the directory only with the next MANIFEST record.
    await syncDirectory(this.#directory);
    this.#newestLog = newest;
  }
}

async function syncIfPresent(path: string): Promise<void> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    // Flushed to a table, which LevelDB synced, and removed since the directory was read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
