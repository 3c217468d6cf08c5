/**
 * LevelDB stores CRC-32C values masked (util/crc32c.h), because a checksum of bytes that contain
 * checksums is weak: rotated right by 15 bits, plus a constant.
 */
import { crc32c } from '@node-rs/crc32';

const MASK_DELTA = 0xa282ead8;

export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
