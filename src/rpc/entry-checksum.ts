/**
 * The checksum that travels with each log entry: CRC-32C over term and index (8 bytes each,
 * big-endian), kind (1 byte) and data. It catches what TCP's own sum misses and what memory changed
 * between two members. It is not the chained checksum of the log on disk, which each member makes for
 * itself (S1).
 */
import { crc32c } from '@node-rs/crc32';

const HEADER_BYTES = 17;
/** Below this size one copy beside the header and one native call are cheaper than two calls. */
const COPY_BYTES_MAX = 2048;

const scratch = Buffer.allocUnsafe(HEADER_BYTES + COPY_BYTES_MAX);

export function entryChecksum(term: number, index: number, kind: number, data: Uint8Array): number {
  scratch.writeUInt32BE(Math.floor(term / 0x1_0000_0000), 0);
  scratch.writeUInt32BE(term >>> 0, 4);
  scratch.writeUInt32BE(Math.floor(index / 0x1_0000_0000), 8);
  scratch.writeUInt32BE(index >>> 0, 12);
  scratch[16] = kind;
  if (data.length <= COPY_BYTES_MAX) {
    scratch.set(data, HEADER_BYTES);
    return crc32c(scratch.subarray(0, HEADER_BYTES + data.length));
  }
  return crc32c(data, crc32c(scratch.subarray(0, HEADER_BYTES)));
}
