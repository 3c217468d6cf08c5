/** {@link DurableFiles} in a directory of the local file system. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DurableFiles, SlotFile } from './durable-file.js';

export class LocalDurableFiles implements DurableFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#directory, name);
    const temporary = `${path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(this.#directory);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
    await syncDirectory(this.#directory);
  }

  async openSlots(name: string): Promise<SlotFile> {
    return new LocalSlotFile(await open(join(this.#directory, name), 'r+'));
  }
}

class LocalSlotFile implements SlotFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, offset);
    if (bytesWritten !== bytes.length) {
      throw new Error(`short write: ${bytesWritten} of ${bytes.length} bytes at ${offset}`);
    }
    // The blocks exist already and the size does not change, so data alone is enough: no journal commit.
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Makes creations, renames and removals in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
