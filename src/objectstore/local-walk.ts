/**
 * Walks a directory tree in the order of keys, a bounded number of keys at a time.
 *
 * Holds one sorted list of names per level, so memory grows with the widest directory and the depth,
 * not with the number of keys. A directory is seen as it was when the walk entered it. Symbolic links
 * and special files are listed as objects and never followed. What this does not do: stat files.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys, sortByKey } from './key-order.js';
import { isAbsent, localError } from './local-errors.js';
import { decodeName, directoryToNames, pathOf } from './local-paths.js';
import { ObjectStoreError } from './object-store.js';

export type WalkHit =
  | { readonly kind: 'object'; readonly key: string; readonly path: string }
  | { readonly kind: 'prefix'; readonly key: string };

export interface WalkOptions {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after: string | undefined;
  /** `after` is a common prefix: nothing below it either. */
  readonly afterWholePrefix: boolean;
  readonly delimiter: boolean;
}

interface Entry {
  /** What the entry adds to the key: a directory's ends in a slash, so that sorting pieces sorts keys. */
  readonly piece: string;
  readonly isDirectory: boolean;
  readonly path: string;
}

interface Frame {
  readonly base: string;
  readonly entries: readonly Entry[];
  at: number;
}

export class LocalWalk {
  readonly #options: WalkOptions;
  readonly #stack: Frame[] = [];
  #lookahead: WalkHit | undefined;

  private constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** The directory of the prefix may be missing: the walk is then empty. */
  static async open(root: string, options: WalkOptions): Promise<LocalWalk> {
    const walk = new LocalWalk(options);
    const base = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
    await walk.#enter(base, pathOf(root, directoryToNames(base)));
    return walk;
  }

  /** At most `max` hits, and whether more follow. */
  async take(max: number, signal: AbortSignal): Promise<{ hits: WalkHit[]; more: boolean }> {
    const hits: WalkHit[] = [];
    if (this.#lookahead !== undefined) hits.push(this.#lookahead);
    this.#lookahead = undefined;
    while (hits.length <= max) {
      const hit = await this.#next(signal);
      if (hit === undefined) return { hits, more: false };
      hits.push(hit);
    }
    this.#lookahead = hits.pop();
    return { hits, more: true };
  }

  async #next(signal: AbortSignal): Promise<WalkHit | undefined> {
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      const entry = frame.entries[frame.at++];
      if (entry === undefined) {
        this.#stack.pop();
        continue;
      }
      const key = frame.base + entry.piece;
      if (!key.startsWith(this.#options.prefix) || this.#isBefore(key, entry.isDirectory)) continue;
      if (!entry.isDirectory) return { kind: 'object', key, path: entry.path };
      signal.throwIfAborted();
      if (!this.#options.delimiter) {
        await this.#enter(key, entry.path);
      } else if (await this.#holdsObject(key, entry.path, signal)) {
        return { kind: 'prefix', key };
      }
    }
    return undefined;
  }

  /** Whether the key, or everything in the directory, lies at or before the point to go on from. */
  #isBefore(key: string, isDirectory: boolean): boolean {
    const { after, afterWholePrefix } = this.#options;
    if (after === undefined || compareKeys(key, after) > 0) return false;
    return !isDirectory || afterWholePrefix || !after.startsWith(key);
  }

  /** An empty directory is no common prefix: the bucket holds objects only. */
  async #holdsObject(prefix: string, path: string, signal: AbortSignal): Promise<boolean> {
    const below = new LocalWalk({
      prefix,
      after: this.#options.after,
      afterWholePrefix: false,
      delimiter: false,
    });
    await below.#enter(prefix, path);
    return (await below.#next(signal)) !== undefined;
  }

  async #enter(base: string, path: string): Promise<void> {
    const entries = await readEntries(path, '', base === '');
    if (entries.length > 0)
      this.#stack.push({ base, entries: sortByKey(entries, (entry) => entry.piece), at: 0 });
  }
}

async function readEntries(directory: string, continued: string, isRoot: boolean): Promise<Entry[]> {
  let found;
  try {
    found = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    // Removed by a concurrent delete, or never there.
    if (isAbsent(error)) return [];
    throw localError(error, `reading directory ${directory}`);
  }
  const entries: Entry[] = [];
  for (const item of found) {
    const path = join(directory, item.name);
    const isDirectory = item.isDirectory();
    const name = decodeName(item.name, continued);
    if (name.kind === 'segment') {
      entries.push({ piece: isDirectory ? `${name.segment}/` : name.segment, isDirectory, path });
    } else if (name.kind === 'continued' && isDirectory) {
      // Keys of more than 255 bytes between slashes are rare; their tails are sorted with the names beside them.
      entries.push(...(await readEntries(path, name.body, false)));
    } else if (name.kind !== 'temporary' || !isRoot || continued !== '') {
      // Skipping it would call a prefix empty that is not (P4).
      throw new ObjectStoreError(
        'UNSUPPORTED',
        '',
        `${path} has a name that the local store did not write; move or remove it`,
      );
    }
  }
  return entries;
}
