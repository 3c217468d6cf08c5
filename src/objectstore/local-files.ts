/**
 * File operations below a root directory that never follow a symbolic link out of it.
 *
 * Node has no `openat`, so every operation first checks that the real path of the parent directory is
 * the path it was asked for. That refuses links that are there, hostile keys included; it cannot stop
 * somebody who swaps directories for links between the check and the call, which takes write access to
 * the directory that this store already trusts.
 *
 * Writes go to a temporary file first and appear under their name at once, whole or not at all.
 * `durable` syncs files and the directories that name them.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkObjectSize } from './limits.js';
import { errnoOf, isAbsent } from './local-errors.js';
import { TEMPORARY_NAME } from './local-paths.js';
import { ObjectStoreError } from './object-store.js';

/** A writer that keeps losing its directory to concurrent deletes gives up after so many tries. */
const WRITE_ATTEMPTS = 100;
/** Files left in the temporary directory by a process that died. */
const STALE_TEMPORARY_MS = 60 * 60 * 1000;

/** S3 calls it opaque. A file that was written anew has another inode or another time. */
export function etagOf(stats: Stats): string {
  return `"${stats.ino.toString(16)}-${stats.size.toString(16)}-${Math.round(stats.mtimeMs * 1000).toString(16)}"`;
}

export class LocalFiles {
  /** With every symbolic link resolved. */
  readonly root: string;
  readonly #temporary: string;
  readonly #durable: boolean;
  readonly #device: number;
  readonly #inode: number;
  readonly #instance = randomUUID();
  #temporaryCount = 0;

  private constructor(root: string, identity: Stats, durable: boolean) {
    this.root = root;
    this.#temporary = join(root, TEMPORARY_NAME);
    this.#durable = durable;
    this.#device = identity.dev;
    this.#inode = identity.ino;
  }

  /** Creates the directory when it is missing, and clears what a killed process left half written. */
  static async open(directory: string, durable: boolean, nowMs: number): Promise<LocalFiles> {
    await mkdir(directory, { recursive: true });
    const root = await realpath(directory);
    const files = new LocalFiles(root, await stat(root), durable);
    await mkdir(files.#temporary, { recursive: true });
    for (const name of await readdir(files.#temporary)) {
      const path = join(files.#temporary, name);
      const age = await lstat(path).then(
        (stats) => nowMs - stats.mtimeMs,
        () => 0,
      );
      if (age > STALE_TEMPORARY_MS) await unlink(path).catch(ignoreAbsent);
    }
    return files;
  }

  /**
   * Throws NO_SUCH_BUCKET when the root is not the directory that was opened. An unmounted volume
   * leaves an empty directory behind, and an empty listing is what proves a purge done (P4).
   */
  async checkRoot(): Promise<void> {
    const now = await stat(this.root).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (now?.dev === this.#device && now.ino === this.#inode) return;
    const what = now === undefined ? 'is gone' : 'is another directory than at start (unmounted?)';
    throw new ObjectStoreError('NO_SUCH_BUCKET', '', `the object store's directory ${this.root} ${what}`);
  }

  /** Whether the directory exists. Throws UNSUPPORTED when the way there leads over a symbolic link. */
  async checkDirectory(directory: string): Promise<boolean> {
    try {
      const real = await realpath(directory);
      if (real === directory) return true;
      throw new ObjectStoreError(
        'UNSUPPORTED',
        '',
        `${directory} is reached through a symbolic link, which the local store does not follow`,
      );
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Replaces, or with `createOnly` refuses with PRECONDITION_FAILED, what has the name. */
  async write(path: string, body: Uint8Array, createOnly: boolean): Promise<void> {
    const temporary = this.#temporaryPath();
    try {
      await writeFile(temporary, body, { flag: 'wx', flush: this.#durable });
      await this.#place(temporary, path, createOnly);
    } catch (error) {
      await unlink(temporary).catch(ignoreAbsent);
      throw error;
    }
    if (createOnly) await unlink(temporary);
    // Gone with its directory already, by a delete of another process: there is no name left to keep.
    if (this.#durable) await syncDirectory(dirname(path)).catch(ignoreAbsent);
  }

  async #place(temporary: string, path: string, createOnly: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#ensureDirectory(dirname(path));
        await (createOnly ? link(temporary, path) : rename(temporary, path));
        return;
      } catch (error) {
        const code = errnoOf(error);
        const isDirectory = code === 'EISDIR' || (code === 'EEXIST' && (await isDirectoryAt(path)));
        if (code === 'EEXIST' && !isDirectory) {
          throw new ObjectStoreError('PRECONDITION_FAILED', 'PreconditionFailed', `${path} exists already`);
        }
        // A delete that emptied the directory removed it between our two calls, or left an empty one in the way.
        const retry = code === 'ENOENT' || (isDirectory && (await this.#removeEmptyDirectory(path)));
        if (retry && attempt < WRITE_ATTEMPTS) continue;
        if (!isDirectory) throw error;
        throw new ObjectStoreError(
          'INVALID',
          'ExistingObjectIsDirectory',
          `${path} is a directory: the local store cannot hold an object and others below it`,
        );
      }
    }
  }

  async #ensureDirectory(directory: string, attempt = 1): Promise<void> {
    if (await this.checkDirectory(directory)) return;
    if (directory === this.root) return this.checkRoot();
    await this.#ensureDirectory(dirname(directory));
    try {
      await mkdir(directory);
      if (this.#durable) await syncDirectory(dirname(directory));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOTDIR') throw error;
      // One look, or what two of them saw would be two moments: other processes make and remove directories too.
      const found = await lstat(directory).catch(ignoreAbsent);
      if (found?.isDirectory() === true) return;
      // It was there, and another process has emptied and removed it since: as if it had never been there.
      const isGone = errnoOf(error) === 'EEXIST' && found === undefined;
      if (isGone && attempt < WRITE_ATTEMPTS) return this.#ensureDirectory(directory, attempt + 1);
      throw new ObjectStoreError(
        'INVALID',
        'ObjectParentIsFile',
        `${directory} is an object: the local store cannot hold others below it`,
      );
    }
  }

  /** Undefined: no such file. */
  async read(path: string): Promise<Uint8Array | undefined> {
    let handle;
    try {
      if (!(await this.checkDirectory(dirname(path)))) return undefined;
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (errnoOf(error) !== 'ELOOP') throw error;
      throw new ObjectStoreError(
        'UNSUPPORTED',
        '',
        `${path} is a symbolic link, which the local store does not follow`,
      );
    }
    try {
      const stats = await handle.stat();
      if (stats.isDirectory()) return undefined;
      if (!stats.isFile()) throw new ObjectStoreError('UNSUPPORTED', '', `${path} is not a regular file`);
      checkObjectSize(stats.size, path);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  /** Removes a file, link or special file; true when nothing has the name now. The parent is checked already. */
  async remove(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (isAbsent(error) || errnoOf(error) === 'EISDIR') return;
      if (errnoOf(error) === 'EPERM' && (await isDirectoryAt(path))) return;
      throw error;
    }
  }

  /**
   * Removes the file only if it is the one with this etag. It is moved aside first and looked at there,
   * where no writer can replace it: comparing and then unlinking could remove what was written in between.
   */
  async removeIfMatch(path: string, etag: string): Promise<void> {
    const changed = (): ObjectStoreError =>
      new ObjectStoreError('PRECONDITION_FAILED', 'PreconditionFailed', `${path} has changed`);
    const aside = this.#temporaryPath();
    try {
      const before = await lstat(path);
      if (before.isDirectory()) return;
      if (etag !== '*' && etagOf(before) !== etag) throw changed();
      await rename(path, aside);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    const moved = await lstat(aside);
    if (etag !== '*' && etagOf(moved) !== etag) {
      // Give it back, unless a still newer one has the name.
      await link(aside, path).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error;
      });
      await unlink(aside);
      throw changed();
    }
    await unlink(aside);
  }

  /** Removes the directory and those above it while they are empty; syncs the one that stays. */
  async removeEmptied(directory: string): Promise<void> {
    let at = directory;
    while (at !== this.root && (await this.#removeEmptyDirectory(at))) at = dirname(at);
    if (this.#durable) await syncDirectory(at).catch(ignoreAbsent);
  }

  /** True when the directory is gone. */
  async #removeEmptyDirectory(directory: string): Promise<boolean> {
    try {
      await rmdir(directory);
      return true;
    } catch (error) {
      if (isAbsent(error)) return true;
      // Not empty, a mount point, or not ours to remove: it stays, and an empty directory is no object.
      if (['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM'].includes(errnoOf(error))) return false;
      throw error;
    }
  }

  #temporaryPath(): string {
    return join(this.#temporary, `${this.#instance}-${this.#temporaryCount++}`);
  }
}

async function isDirectoryAt(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** A name is durable when its directory is synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error;
}
