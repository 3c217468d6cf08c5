/**
 * The objects that clients write below their streams' prefixes, straight into the directory that is the
 * bucket, and what must have become of them in the end.
 *
 * The writers hold no session, so that a grace period is all that covers them (and is what is tested here):
 * an upload that ended too late to be covered is counted as a stray and not held against the purge.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Stream } from '../../src/client/index.js';

/** Every delete of the run gives at least this. */
export const GRACE_MIN_MS = 1_500;
/** How old a stream may be when uploads to it begin, and when they have ended. */
const BEGIN_WITHIN_MS = 400;
const END_WITHIN_MS = 1_200;
const OBJECTS = ['date=2026-01-01/a.parquet', 'date=2026-01-01/b.parquet', '.stream/.stream.json'];

export class Objects {
  readonly #bucket: string;
  /** Keys by incarnation. */
  readonly #written = new Map<number, readonly string[]>();
  readonly #strays = new Set<string>();

  constructor(bucket: string) {
    this.#bucket = bucket;
  }

  get writtenCount(): number {
    return [...this.#written.values()].reduce((sum, keys) => sum + keys.length, 0);
  }

  get strayCount(): number {
    return this.#strays.size;
  }

  /** Into a stream that was created a moment ago; later ones stay empty. */
  async upload({ incarnation, prefix, createTimeMs = 0 }: Stream): Promise<void> {
    if (Date.now() - createTimeMs > BEGIN_WITHIN_MS) return;
    const keys = OBJECTS.map((name) => prefix + name);
    this.#written.set(incarnation, keys);
    for (const key of keys) {
      const path = join(this.#bucket, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, key);
    }
    if (Date.now() - createTimeMs > END_WITHIN_MS) for (const key of keys) this.#strays.add(key);
  }

  /** What is in the bucket and should not be, or should be and is not. Empty when all is right. */
  async check(streams: readonly Stream[]): Promise<string[]> {
    const found = new Set(await this.#list());
    const wrong: string[] = [];
    const owned = new Set<string>();
    for (const { name, incarnation, state } of streams) {
      const keys = this.#written.get(incarnation) ?? [];
      if (state !== 'ACTIVE') continue;
      for (const key of keys) {
        owned.add(key);
        if (!found.has(key)) wrong.push(`deleted too early: ${key} of ${name}, which is ACTIVE`);
        else if ((await readFile(join(this.#bucket, key), 'utf8')) !== key)
          wrong.push(`changed: ${key} of ${name}`);
      }
    }
    for (const key of found) {
      if (!owned.has(key) && !this.#strays.has(key)) wrong.push(`left behind: ${key}`);
    }
    return wrong;
  }

  /** Keys of all objects; what the store and Sexton keep for themselves begins with an escape or lies in `.sexton/`. */
  async #list(): Promise<string[]> {
    const entries = await readdir(this.#bucket, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#bucket, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => !key.startsWith('%~~') && !key.startsWith('.sexton/'));
  }
}
