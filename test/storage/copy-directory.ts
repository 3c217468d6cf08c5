import { cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A copy of a node's directory as it is on disk now: what a killed process leaves. */
export async function copyDirectory(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
}

export interface FileInDirectory {
  /** Relative to the directory. */
  readonly name: string;
  readonly sizeBytes: number;
}

export async function filesIn(directory: string, prefix = ''): Promise<FileInDirectory[]> {
  const found: FileInDirectory[] = [];
  for (const entry of await readdir(join(directory, prefix), { withFileTypes: true })) {
    const name = join(prefix, entry.name);
    if (entry.isDirectory()) found.push(...(await filesIn(directory, name)));
    else found.push({ name, sizeBytes: (await stat(join(directory, name))).size });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
