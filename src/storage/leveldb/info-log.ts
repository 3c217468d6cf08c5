/**
 * LevelDB's info log (`LOG`), begun anew at every open: where it says what it dropped, while `open()`
 * succeeds. With the checks before the open there must be nothing of the kind; if there is, LevelDB
 * read the files otherwise than we did, and that is doubt enough (S4).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SUSPICIOUS = /dropping \d+ bytes|ignoring error|corrupt/i;

/** The first line that tells of loss; undefined when there is none, or no info log. */
export async function suspiciousLine(database: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(database, 'LOG'), 'latin1');
  } catch (error) {
    // LevelDB does without when it cannot write one.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return text.split('\n').find((line) => SUSPICIOUS.test(line));
}
