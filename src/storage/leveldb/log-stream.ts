/**
 * The live write-ahead logs, read as what they are together: one stream of batches, numbered without a
 * gap (each batch carries the sequence number of its first operation and how many it has).
 *
 * A *tear* is the first thing in that stream that is not as written: a damaged record, a gap in the
 * numbers, a log that breaks off although another one follows. What comes after it must not be replayed,
 * as LevelDB would: that makes a hole in the middle of the history (a batch of applied entries lost,
 * later ones kept). So the stream is cut there (set-aside.ts), which leaves a prefix of the history, and
 * then the mark decides (S2):
 *
 * - The prefix reaches the mark: nothing acknowledged was in what was cut. An append is acknowledged only
 *   after its batch, all batches before it, and then the mark were synced; so what was cut
 *   was written after the last acknowledged append: appends nobody was told of, and applied entries,
 *   which the log repeats.
 * - It does not: acknowledged entries were in there. That is damage.
 *
 * A torn tail that LevelDB itself ends at without a word is no tear: the last log's last record lacks
 * its end, or zeros up to the end of the file. The mark judges that just the same.
 */
import { LevelDbReader } from './coding.js';
import { scanLog } from './log-format.js';

export interface WriteAheadLog {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Tear {
  readonly file: string;
  /** Everything before is sound. */
  readonly offset: number;
  readonly what: string;
}

/** Sequence u64, count u32. */
const BATCH_HEADER_BYTES = 12;

/** Logs in the order of their numbers. Undefined: the stream is sound up to its end. */
export function findTear(logs: readonly WriteAheadLog[]): Tear | undefined {
  let expected: number | undefined;
  for (const [position, { name, bytes }] of logs.entries()) {
    const { records, end } = scanLog(bytes);
    for (const { offset, payload } of records) {
      if (payload.length < BATCH_HEADER_BYTES)
        return { file: name, offset, what: 'a batch without its header' };
      const reader = new LevelDbReader(payload);
      const sequence = reader.u64();
      if (sequence !== expected && !(expected === undefined && position === 0)) {
        return {
          file: name,
          offset,
          what: `batch ${sequence} follows where ${expected ?? 'an earlier one'} is due`,
        };
      }
      expected = sequence + reader.u32();
    }
    if (end.kind === 'bad') return { file: name, offset: end.offset, what: end.what };
    const another = logs.slice(position + 1).some((log) => log.bytes.length > 0);
    if (end.kind === 'incomplete' && another) return { file: name, offset: end.offset, what: end.what };
  }
  return undefined;
}
