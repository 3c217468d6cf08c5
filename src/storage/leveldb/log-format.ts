/**
 * Reads LevelDB's log format (doc/log_format.md), which both the write-ahead logs and the MANIFEST have:
 *
 *   file    =  blocks of 32 KiB, the last one shorter
 *   record  =  checksum u32 | length u16 | type u8 | payload      never across a block's end
 *   type    =  FULL 1, or FIRST 2, MIDDLE 3 *, LAST 4 for a record in pieces; less than 7 bytes left in a block: zeros
 *
 * Stricter than LevelDB's own reader, which skips what it cannot read and goes on with the next block.
 * Here reading ends at the first thing that is wrong, and the caller learns how it ended:
 *
 * - `clean`: at the end of the file, or in zeros up to it (space that was allocated and never written).
 * - `incomplete`: the last record lacks its end. The writer died in the middle of it: a torn tail.
 * - `bad`: something that an interrupted writer does not leave.
 */
import { maskedChecksum } from './checksum.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

export interface LogRecord {
  /** Of its first piece. */
  readonly offset: number;
  readonly payload: Uint8Array;
}

export type LogEnd =
  | { readonly kind: 'clean' }
  /** `offset`: where the record that could not be read begins, and everything readable ends. */
  | { readonly kind: 'incomplete' | 'bad'; readonly offset: number; readonly what: string };

export interface LogScan {
  readonly records: readonly LogRecord[];
  readonly end: LogEnd;
}

interface Piece {
  readonly type: number;
  readonly payload: Uint8Array;
}

export function scanLog(bytes: Uint8Array): LogScan {
  const records: LogRecord[] = [];
  let pieces: Uint8Array[] = [];
  let startedAt = 0;
  let at = 0;
  while (at < bytes.length) {
    const blockEnd = Math.min(at - (at % BLOCK_BYTES) + BLOCK_BYTES, bytes.length);
    if (blockEnd - at < HEADER_BYTES) {
      // The padding of a block, or a header cut short at the end of the file.
      at = blockEnd;
      continue;
    }
    const begin = pieces.length > 0 ? startedAt : at;
    const ended = (kind: 'incomplete' | 'bad', what: string): LogScan => ({
      records,
      end: { kind, offset: begin, what },
    });
    const piece = readPiece(bytes, at, blockEnd);
    if (piece === 'zeros') {
      if (pieces.length > 0) return ended('bad', 'zeros in the middle of a record');
      return { records, end: { kind: 'clean' } };
    }
    if (piece === 'cut') return ended('incomplete', 'the last record is cut off by the end of the file');
    if (typeof piece === 'string') return ended('bad', piece);

    const first = piece.type === FULL || piece.type === FIRST;
    if (first !== (pieces.length === 0)) return ended('bad', 'the pieces of a record are out of order');
    if (first) startedAt = at;
    pieces.push(piece.payload);
    at += HEADER_BYTES + piece.payload.length;
    if (piece.type === FULL || piece.type === LAST) {
      records.push({ offset: startedAt, payload: joined(pieces) });
      pieces = [];
    }
  }
  if (pieces.length > 0) {
    return {
      records,
      end: { kind: 'incomplete', offset: startedAt, what: 'the last record lacks its last piece' },
    };
  }
  return { records, end: { kind: 'clean' } };
}

/** A piece, or what is wrong. `cut`, `zeros`: see the ends of a log. */
function readPiece(bytes: Uint8Array, at: number, blockEnd: number): Piece | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, blockEnd - at);
  const checksum = view.getUint32(0, true);
  const length = view.getUint16(4, true);
  const type = view.getUint8(6);
  if (checksum === 0 && length === 0 && type === 0) {
    return bytes.subarray(at).every((byte) => byte === 0) ? 'zeros' : 'zeros in the middle of the file';
  }
  if (HEADER_BYTES + length > view.byteLength) {
    // LevelDB takes this for a torn tail only in a block that is not full.
    return blockEnd === bytes.length && blockEnd % BLOCK_BYTES !== 0
      ? 'cut'
      : 'a record reaches beyond its block';
  }
  const covered = bytes.subarray(at + 6, at + HEADER_BYTES + length);
  if (maskedChecksum(covered) !== checksum) return 'the checksum of a record does not match';
  if (type < FULL || type > LAST) return `unknown record type ${type}`;
  return { type, payload: covered.subarray(1) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
