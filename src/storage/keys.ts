/**
 * The key space of a node's database. One byte of prefix, then big-endian integers, so that LevelDB's
 * byte order is the order of the log.
 *
 *   01 01            identity     directory id that the database was made in
 *   01 02            hard state   term, vote, commit index
 *   01 03            log start    index, term, chain, configuration of the entry before the first kept one
 *   01 04            catalog      which of the two generations is the active one
 *   01 05 <g>        applied      applied index of generation g
 *   01 06            install      the snapshot being received, and how far it has come
 *   02 <index u64>   log entry    chain, then the entry
 *   10 <key>         catalog, generation 0
 *   11 <key>         catalog, generation 1
 */
import type { LogIndex } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import type { KeyRange } from './key-value-store.js';

/** One of the two key spaces that the catalog lives in by turns: a snapshot is received into the other. */
export type Generation = 0 | 1;

const META = 0x01;
const LOG = 0x02;
const CATALOG = 0x10;

export const DIRECTORY_KEY = Uint8Array.of(META, 0x01);
export const HARD_STATE_KEY = Uint8Array.of(META, 0x02);
export const LOG_START_KEY = Uint8Array.of(META, 0x03);
export const ACTIVE_GENERATION_KEY = Uint8Array.of(META, 0x04);

export const INSTALL_KEY = Uint8Array.of(META, 0x06);

export function appliedKey(generation: Generation): Uint8Array {
  return Uint8Array.of(META, 0x05, generation);
}

export function otherGeneration(generation: Generation): Generation {
  return generation === 0 ? 1 : 0;
}

export function logKey(index: LogIndex): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  key[0] = LOG;
  view.setUint32(1, Math.floor(index / 0x1_0000_0000));
  view.setUint32(5, index >>> 0);
  return key;
}

/** The index in a key that came out of {@link logRange}. */
export function indexOfLogKey(key: Uint8Array): LogIndex {
  assert(key.length === 9 && key[0] === LOG, 'not a log key');
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(1) * 0x1_0000_0000 + view.getUint32(5);
}

/** Entries with from <= index < end; without `end`, to the last one. */
export function logRange(from: LogIndex, end?: LogIndex): KeyRange {
  return { gte: logKey(from), lt: end === undefined ? Uint8Array.of(LOG + 1) : logKey(end) };
}

export function catalogKey(generation: Generation, key: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(key.length + 1);
  prefixed[0] = CATALOG + generation;
  prefixed.set(key, 1);
  return prefixed;
}

/** The catalog's own key in a key that {@link catalogKey} made. A view, not a copy. */
export function withoutGeneration(key: Uint8Array): Uint8Array {
  return key.subarray(1);
}

/** Everything of one generation. */
export function generationRange(generation: Generation): KeyRange {
  return { gte: Uint8Array.of(CATALOG + generation), lt: Uint8Array.of(CATALOG + generation + 1) };
}
