/**
 * S1: every log entry is stored with a CRC-32C that runs on from its predecessor's,
 *
 *   chain(i) = crc32c(bytes(i), chain(i - 1))      chain(0) = 0
 *
 * so that a changed, missing, swapped or foreign entry anywhere shows in every chain value after it.
 * Verified at open from the first kept entry to the last, and again whenever entries are read back.
 * The last value also stands in the mark file (S2), which ties the whole log to that file.
 *
 * Not a defence against somebody who writes entries on purpose: CRC is no signature.
 */
import { crc32c } from '@node-rs/crc32';

export type Chain = number;

/** The chain value before the first entry of a new log. */
export const CHAIN_ORIGIN: Chain = 0;

export function extendChain(previous: Chain, bytes: Uint8Array): Chain {
  return crc32c(bytes, previous);
}
