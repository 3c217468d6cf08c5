/** Writes LevelDB's log format as LevelDB does (db/log_writer.cc), to make logs that it would not. */
import { maskedChecksum } from '../../../src/storage/leveldb/checksum.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;

export function writeLog(payloads: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  let used = 0;
  const emit = (part: Uint8Array): void => {
    parts.push(part);
    used = (used + part.length) % BLOCK_BYTES;
  };
  for (const payload of payloads) {
    let rest = payload;
    let first = true;
    do {
      if (BLOCK_BYTES - used < HEADER_BYTES) emit(new Uint8Array(BLOCK_BYTES - used));
      const piece = rest.subarray(0, BLOCK_BYTES - used - HEADER_BYTES);
      rest = rest.subarray(piece.length);
      const last = rest.length === 0;
      emit(record(first && last ? 1 : first ? 2 : last ? 4 : 3, piece));
      first = false;
    } while (rest.length > 0);
  }
  return Buffer.concat(parts);
}

export function record(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes[6] = type;
  bytes.set(payload, HEADER_BYTES);
  bytes.writeUInt32LE(maskedChecksum(bytes.subarray(6)), 0);
  bytes.writeUInt16LE(payload.length, 4);
  return bytes;
}

/** The header of a write batch, and filling. */
export function batch(sequence: number, count: number, size = 50): Buffer {
  const bytes = Buffer.alloc(size, 0x61);
  bytes.writeBigUInt64LE(BigInt(sequence), 0);
  bytes.writeUInt32LE(count, 8);
  return bytes;
}
