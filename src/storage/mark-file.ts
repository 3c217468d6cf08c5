/**
 * S2: the durable mark, a second witness of what this node has promised, in a file of its own.
 *
 *   mark = term, vote, last index, last term, chain value of the last entry
 *
 * The mark is a lower bound that includes everything ever acknowledged. What LevelDB recovers is
 * compared with it: LevelDB may know more than the mark, never less.
 *
 * Why no crash makes a healthy directory look damaged, and no acknowledged loss looks healthy:
 *
 * - Append, or a new term or vote: 1. LevelDB batch, synced. 2. mark, synced. 3. acknowledge.
 *   A crash before 2 leaves LevelDB ahead of the mark: nothing of the batch was acknowledged, and
 *   keeping it is as good as having received it; the mark is brought up to date at open. After 2 both
 *   agree. So LevelDB behind the mark can only mean that synced, acknowledged data is gone.
 * - Truncation from T on, at or below the mark: 0. the mark is lowered to T - 1, synced, with the term
 *   and vote as they were (the new ones are not in LevelDB yet). Then 1 to 3. A crash between 0 and 1
 *   leaves entries from T on above the mark: healthy, and unprotected, which is right: a leader of a
 *   newer term has just shown that they are not committed. Without step 0 a crash between 1 and 2
 *   would leave a log that ends before the mark, or holds another chain there: false damage.
 * - Snapshot at S replaces the log: with S above the mark, as an append. With the mark at or above S,
 *   the mark is lowered first to the committed index, which is below S: all that anybody may rely on.
 *   A crash then leaves the old log, with the mark inside it; or the new log, which starts above the
 *   mark, and so covers it.
 * - Compaction never moves the log's start beyond the applied index, hence never beyond the mark.
 *
 * The file is two slots of 4 KiB, written by turns, each with a sequence number and a checksum. A
 * crash can tear only the slot in writing, which was not acknowledged, so one bad slot is survivable:
 * the other one holds the last acknowledged mark, or, if it was the newest slot that rotted, the one
 * before it, and LevelDB still holds the rest (one fault is found or harmless; two at once in
 * different files are beyond what two witnesses can tell). Two bad slots are damage.
 */
import { crc32c } from '@node-rs/crc32';
import type { HardState } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import { FatalError } from '../shared/fatal.js';
import type { Chain } from './chain.js';
import type { DurableFiles, SlotFile } from './durable-file.js';
import type { LogPosition } from './log.js';
import type { DurableMark } from './node-storage.js';
import { damageError } from './rejoin-advice.js';
import type { DirectoryOwner } from './rejoin-advice.js';

export interface Mark extends DurableMark {
  /** Chain value (S1) of the entry at lastIndex. */
  readonly chain: Chain;
}

/** What the mark says when the log ends at `last`. */
export function markOf(hardState: Pick<HardState, 'term' | 'votedFor'>, last: LogPosition): Mark {
  const { term, votedFor } = hardState;
  return { term, votedFor, lastIndex: last.index, lastTerm: last.term, chain: last.chain };
}

export function sameMark(a: Mark, b: Mark): boolean {
  return (
    a.term === b.term &&
    a.votedFor === b.votedFor &&
    a.lastIndex === b.lastIndex &&
    a.lastTerm === b.lastTerm &&
    a.chain === b.chain
  );
}

export const MARK_FILE = 'mark';
const SLOT_BYTES = 4096;
const SLOT_COUNT = 2;
const MAGIC = 0x53_58_4d_4b; // 'SXMK'
const VERSION = 1;

interface Slot {
  readonly sequence: number;
  readonly directoryId: string;
  readonly mark: Mark;
}

export class MarkFile {
  readonly #file: SlotFile;
  readonly #directoryId: string;
  #sequence: number;
  #current: Mark;

  private constructor(file: SlotFile, newest: Slot) {
    this.#file = file;
    this.#directoryId = newest.directoryId;
    this.#sequence = newest.sequence;
    this.#current = newest.mark;
  }

  /** Writes a new file with both slots valid. */
  static async create(files: DurableFiles, directoryId: string, mark: Mark): Promise<void> {
    const bytes = new Uint8Array(SLOT_BYTES * SLOT_COUNT);
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      bytes.set(encodeSlot({ sequence: slot, directoryId, mark }), slot * SLOT_BYTES);
    }
    await files.replace(MARK_FILE, bytes);
  }

  /** Throws FatalError STORAGE_DAMAGED, or WRONG_DATA_DIRECTORY for another directory's file. */
  static async open(files: DurableFiles, directoryId: string, owner: DirectoryOwner): Promise<MarkFile> {
    const bytes = await files.read(MARK_FILE);
    if (bytes === undefined) throw damageError(owner, { file: MARK_FILE, what: 'the file is missing' });
    if (bytes.length !== SLOT_BYTES * SLOT_COUNT) {
      const what = `the file has ${bytes.length} bytes instead of ${SLOT_BYTES * SLOT_COUNT}`;
      throw damageError(owner, { file: MARK_FILE, what });
    }
    const newest = newestSlot(bytes, owner);
    if (newest.directoryId !== directoryId) {
      throw new FatalError(
        'WRONG_DATA_DIRECTORY',
        `${owner.directory}: the file ${MARK_FILE} belongs to data directory ${newest.directoryId}, ` +
          `the identity file to ${directoryId}; files of two directories were mixed`,
      );
    }
    return new MarkFile(await files.openSlots(MARK_FILE), newest);
  }

  get current(): Mark {
    return this.#current;
  }

  /** Resolves when the mark is durable. One call at a time. */
  async write(mark: Mark): Promise<void> {
    assert(mark.term >= this.#current.term, () => `mark's term ${this.#current.term} -> ${mark.term}`);
    const sequence = this.#sequence + 1;
    const bytes = encodeSlot({ sequence, directoryId: this.#directoryId, mark });
    await this.#file.write((sequence % SLOT_COUNT) * SLOT_BYTES, bytes);
    this.#sequence = sequence;
    this.#current = mark;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function encodeSlot(slot: Slot): Uint8Array {
  const { mark } = slot;
  const content = new BinaryWriter(128)
    .u32(MAGIC)
    .u8(VERSION)
    .u64(slot.sequence)
    .string(slot.directoryId)
    .u64(mark.term)
    .u64(mark.votedFor)
    .u64(mark.lastIndex)
    .u64(mark.lastTerm)
    .u32(mark.chain)
    .finish();
  // A whole slot is written, so that the device sees one aligned block and never has to read first.
  const bytes = new Uint8Array(SLOT_BYTES);
  bytes.set(content);
  new DataView(bytes.buffer).setUint32(content.length, crc32c(content));
  return bytes;
}

function decodeSlot(bytes: Uint8Array): Slot {
  const reader = new BinaryReader(bytes);
  if (reader.u32() !== MAGIC) throw new DecodeError('not a mark');
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`mark version ${version}, known is ${VERSION}`);
  const sequence = reader.u64();
  const directoryId = reader.string();
  const mark = {
    term: reader.u64(),
    votedFor: reader.u64(),
    lastIndex: reader.u64(),
    lastTerm: reader.u64(),
    chain: reader.u32(),
  };
  const length = bytes.length - reader.remaining;
  if (reader.u32() !== crc32c(bytes.subarray(0, length))) throw new DecodeError('checksum does not match');
  return { sequence, directoryId, mark };
}

function newestSlot(bytes: Uint8Array, owner: DirectoryOwner): Slot {
  let newest: Slot | undefined;
  let failure: unknown;
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    try {
      const decoded = decodeSlot(bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES));
      if (newest === undefined || decoded.sequence > newest.sequence) newest = decoded;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      failure = error;
    }
  }
  if (newest === undefined) {
    const what = `no slot is readable (${(failure as Error).message}), but a crash can tear only one`;
    throw damageError(owner, { file: MARK_FILE, what }, failure);
  }
  return newest;
}
