/**
 * How much of one stream is left to delete. A bucket does not say how much it holds, so this says no more than the
 * listing has shown, and how much that is worth:
 *
 *   atLeast   the listing goes on: what it has shown and is not deleted yet
 *   folders   the folders right below the prefix were counted by one request; those that the listing has passed
 *             held so many objects on average. Right where the folders are alike, as day folders are
 *   listed    the listing has ended: what it showed and is not deleted yet. Exact, unless somebody still writes
 *
 * For people only; nothing is decided by it, and a new leader begins anew.
 */
import type { PurgeEstimate } from './purge-status.js';

export class RemainderEstimate {
  readonly #prefix: string;
  /** Folder to its place in the listing; empty: not counted, or of no use. */
  #folders: ReadonlyMap<string, number> = new Map();
  /** The one that the listing is in. */
  #folder = '/';
  #found = 0;
  #deleted = 0;
  /** Folders that the listing has passed, and what it showed before the present one. */
  #passed = 0;
  #foundInPassed = 0;
  #listing: 'notBegun' | 'goesOn' | 'ended' = 'notBegun';

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A pass over a listing begins: what the one before it left is listed again. */
  passBegan(): void {
    this.#folders = new Map();
    this.#folder = '/';
    this.#found = 0;
    this.#deleted = 0;
    this.#passed = 0;
    this.#foundInPassed = 0;
    this.#listing = 'goesOn';
  }

  /** The folders right below the prefix, all of them, in the order of the listing. */
  surveyed(folders: readonly string[]): void {
    this.#folders = new Map(folders.map((folder, at) => [folder, at]));
  }

  /** Listed, in order. */
  saw(keys: readonly string[]): void {
    for (const key of keys) {
      if (this.#folders.size > 0 && !key.startsWith(this.#folder)) this.#enter(this.#folderOf(key));
      this.#found++;
    }
  }

  #enter(folder: string): void {
    const passed = this.#folders.get(folder);
    if (passed === undefined) return;
    this.#folder = folder;
    if (passed <= this.#passed) return;
    this.#passed = passed;
    this.#foundInPassed = this.#found;
  }

  /** Of this pass's, in all. */
  deleted(objects: number): void {
    this.#deleted = objects;
  }

  /** The listing has shown everything. */
  listingEnded(): void {
    this.#listing = 'ended';
  }

  /** Undefined before the first listing. */
  current(): PurgeEstimate | undefined {
    if (this.#listing === 'notBegun') return undefined;
    const inHand = Math.max(0, this.#found - this.#deleted);
    if (this.#listing === 'ended') return { basis: 'listed', objectsLeft: inHand };
    if (this.#passed === 0) return { basis: 'atLeast', objectsLeft: inHand };
    const perFolder = this.#foundInPassed / this.#passed;
    const sinceThen = this.#found - this.#foundInPassed;
    const toCome = perFolder * (this.#folders.size - this.#passed) - sinceThen;
    return { basis: 'folders', objectsLeft: inHand + Math.max(0, Math.round(toCome)) };
  }

  /** `''` for an object that lies in none. */
  #folderOf(key: string): string {
    const end = key.indexOf('/', this.#prefix.length);
    return end < 0 ? '' : key.slice(0, end + 1);
  }
}
