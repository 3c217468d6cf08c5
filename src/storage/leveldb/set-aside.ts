/**
 * Cuts the write-ahead logs at a tear (log-stream.ts), keeping what is cut in a directory beside the
 * database until the mark has shown that it is not needed. On damage it stays there, for whoever looks
 * into it; this program does not read it again.
 *
 * Later logs first, then the torn one: a crash in between leaves the same tear, with less behind it.
 */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../local-durable-files.js';
import type { Tear } from './log-stream.js';

export function setAsideDirectory(database: string): string {
  return `${database}.set-aside`;
}

/** `logs`: names of the live logs, in order. */
export async function cutAt(database: string, tear: Tear, logs: readonly string[]): Promise<void> {
  const aside = setAsideDirectory(database);
  await mkdir(aside, { recursive: true });
  await syncDirectory(dirname(aside));
  const later = logs.slice(logs.indexOf(tear.file) + 1).reverse();
  for (const name of later) await rename(join(database, name), join(aside, name));
  await syncDirectory(aside);
  await syncDirectory(database);

  const file = await open(join(database, tear.file), 'r+');
  try {
    const contents = await file.readFile();
    const copy = await open(join(aside, `${tear.file}.from-${tear.offset}`), 'w');
    try {
      await copy.writeFile(contents.subarray(tear.offset));
      await copy.sync();
    } finally {
      await copy.close();
    }
    await syncDirectory(aside);
    await file.truncate(tear.offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What an earlier start cut, and was then refused by the mark. */
export async function earlierTear(database: string): Promise<Tear | undefined> {
  for (const name of await namesIn(setAsideDirectory(database))) {
    const match = /^(\d+\.log)\.from-(\d+)$/.exec(name);
    if (match?.[1] !== undefined) {
      const what = 'an earlier start found damage here and set the rest aside';
      return { file: match[1], offset: Number(match[2]), what };
    }
  }
  return undefined;
}

export async function discardSetAside(database: string): Promise<void> {
  const aside = setAsideDirectory(database);
  if ((await namesIn(aside)).length > 0) await rm(aside, { recursive: true });
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
