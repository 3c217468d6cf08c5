/**
 * One flipped bit on a simulated disk, and who must find it:
 *
 *   entry     in the value of a log entry: left as it is, for the chain to find (S1)
 *   database  anywhere else in the database: LevelDB's files are verified before they are opened (S3)
 *   tail      in the last record of LevelDB's log: looks like a tear, is cut; the mark must tell (S2)
 *   mark, identity: in a file: left as it is, for the file's own checksum to find (S2)
 */
import { IDENTITY_FILE } from '../../src/storage/identity-file.js';
import { logRange } from '../../src/storage/keys.js';
import { MARK_FILE } from '../../src/storage/mark-file.js';
import type { DiskDatabase } from './disk-database.js';
import type { DiskFiles } from './disk-files.js';
import { toKey } from './ordered-map.js';
import type { Prng } from './prng.js';

export interface BitFlip {
  readonly place: 'entry' | 'database' | 'tail' | 'mark' | 'identity';
  /** Byte of the file, index of the entry: for the trace. */
  readonly position: number;
}

/** Entries twice: theirs is the only check that is our own and not a file's. */
export const FLIP_PLACES: readonly BitFlip['place'][] = [
  'entry',
  'entry',
  'database',
  'tail',
  'mark',
  'identity',
];
/** What a restart is likely to read again. */
const LAST_ENTRIES = 3;

/** In the first of `places`, in a drawn order, that there is. */
export function flipBitOf(
  files: DiskFiles,
  database: DiskDatabase | undefined,
  random: Prng,
  places: readonly BitFlip['place'][],
): BitFlip | undefined {
  for (const place of random.shuffle(places)) {
    const position =
      place === 'mark' || place === 'identity'
        ? flipFile(files, place === 'mark' ? MARK_FILE : IDENTITY_FILE, random)
        : database === undefined
          ? undefined
          : flipDatabase(database, place, random);
    if (position !== undefined) return { place, position };
  }
  return undefined;
}

function flipFile(files: DiskFiles, name: string, random: Prng): number | undefined {
  const bytes = files.visible(name);
  if (bytes === undefined) return undefined;
  // The unused end of a slot matters to nobody: aim where there is something.
  const used = [...bytes.keys()].filter((at) => bytes[at] !== 0);
  const at = random.pick(used);
  files.corrupt(name, at, random.between(0, 7));
  return at;
}

function flipDatabase(
  database: DiskDatabase,
  place: 'entry' | 'database' | 'tail',
  random: Prng,
): number | undefined {
  if (place === 'tail') {
    if (!database.cutTail()) return undefined;
    const offset = random.between(0, 32_000);
    database.tear = { file: 'db/000007.log', offset, what: 'a record whose checksum does not match' };
    return offset;
  }
  if (place === 'database') {
    if (database.visible.size === 0) return undefined;
    const offset = random.between(0, 2 ** 20);
    database.damage = { file: 'db/000005.ldb', offset, what: 'a block whose checksum does not match' };
    return offset;
  }
  const { gte, lt } = logRange(0);
  const entries = [...database.visible.scan(toKey(gte), toKey(lt))];
  if (entries.length === 0) return undefined;
  const [key, value] = random.pick(random.chance(0.5) ? entries.slice(-LAST_ENTRIES) : entries);
  const damaged = value.slice();
  const at = random.between(0, damaged.length - 1);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << random.between(0, 7));
  database.corrupt(key, damaged);
  return Number.parseInt(Buffer.from(key, 'latin1').toString('hex', 1), 16);
}
