/**
 * The catalog's key space: one byte says what a key is, the rest sorts as its scans need.
 *
 *   01                                     meta: counters, committed time, digest
 *   02 incarnation:u64                     stream record
 *   03 tenant 00 name                      current incarnation of the name
 *   04 tenant 00 name 00 incarnation:u64   listing order; no value
 *   05 prefix                              prefix node (C1)
 *   06 purgeAfterMs:u64 incarnation:u64    DELETED and PURGING streams, longest due first; no value
 *   07 request id:16                       outcome of a request
 *   08 ordinal:u64                         request ids in the order of their arrival
 *   09 revision:u64                        event
 *   0a id:u64                              session record
 *   0b timeMs:u64 incarnation:u64          PURGED streams by when they need the leader: sweep, forget; no value
 *   0c..0f                                 free
 *
 * Texts are UTF-8 and contain no 00 (C6), so that no key is the start of another by accident.
 * Decoders throw DecodeError on anything that this file did not make: page tokens are such keys.
 */
import { assert } from '../shared/assert.js';
import { BinaryReader, DecodeError } from '../shared/binary.js';
import type { Incarnation, Revision, SessionId } from './types.js';

export const KEY_SPACE = {
  META: 0x01,
  STREAM: 0x02,
  CURRENT: 0x03,
  LISTING: 0x04,
  PREFIX: 0x05,
  PURGE_QUEUE: 0x06,
  REQUEST: 0x07,
  REQUEST_QUEUE: 0x08,
  EVENT: 0x09,
  SESSION: 0x0a,
  SWEEP_QUEUE: 0x0b,
} as const;

/** Keys in unsigned byte order; gte inclusive, lt exclusive. Never gte > lt. */
export interface CatalogRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

const U64_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const META_KEY: Uint8Array = Uint8Array.of(KEY_SPACE.META);

/** Everything that the catalog owns, present and future. */
export const CATALOG_RANGE: CatalogRange = { gte: Uint8Array.of(0x01), lt: Uint8Array.of(0x10) };

// --------------------------------------------------------------------------------------------- keys

export function streamKey(incarnation: Incarnation): Uint8Array {
  return numberKey(KEY_SPACE.STREAM, incarnation);
}

export function currentKey(tenant: string, name: string): Uint8Array {
  return textKey(KEY_SPACE.CURRENT, `${tenant}\0${name}`);
}

export function listingKey(tenant: string, name: string, incarnation: Incarnation): Uint8Array {
  const key = textKey(KEY_SPACE.LISTING, `${tenant}\0${name}\0`, U64_BYTES);
  putU64(key, key.length - U64_BYTES, incarnation);
  return key;
}

export function prefixKey(prefix: string): Uint8Array {
  return textKey(KEY_SPACE.PREFIX, prefix);
}

export function purgeQueueKey(purgeAfterMs: number, incarnation: Incarnation): Uint8Array {
  return queueKey(KEY_SPACE.PURGE_QUEUE, purgeAfterMs, incarnation);
}

/** `timeMs`: see `sweepTimeOf` in `sweep-commands.ts`. */
export function sweepQueueKey(timeMs: number, incarnation: Incarnation): Uint8Array {
  return queueKey(KEY_SPACE.SWEEP_QUEUE, timeMs, incarnation);
}

function queueKey(space: number, timeMs: number, incarnation: Incarnation): Uint8Array {
  const key = new Uint8Array(1 + 2 * U64_BYTES);
  key[0] = space;
  putU64(key, 1, timeMs);
  putU64(key, 1 + U64_BYTES, incarnation);
  return key;
}

/** `id`: 16 bytes, see `idempotency.ts`. */
export function requestKey(id: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + id.length);
  key[0] = KEY_SPACE.REQUEST;
  key.set(id, 1);
  return key;
}

export function requestQueueKey(ordinal: number): Uint8Array {
  return numberKey(KEY_SPACE.REQUEST_QUEUE, ordinal);
}

export function eventKey(revision: Revision): Uint8Array {
  return numberKey(KEY_SPACE.EVENT, revision);
}

export function sessionKey(id: SessionId): Uint8Array {
  return numberKey(KEY_SPACE.SESSION, id);
}

// Keys are built by hand, and texts that are ASCII without TextEncoder: apply builds a dozen an entry.

function numberKey(space: number, value: number): Uint8Array {
  const key = new Uint8Array(1 + U64_BYTES);
  key[0] = space;
  putU64(key, 1, value);
  return key;
}

/** With `spare` bytes at the end, for the caller to fill. */
function textKey(space: number, text: string, spare = 0): Uint8Array {
  const key = new Uint8Array(1 + text.length + spare);
  key[0] = space;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return encodedKey(space, text, spare);
    key[1 + at] = unit;
  }
  return key;
}

function encodedKey(space: number, text: string, spare: number): Uint8Array {
  const bytes = encoder.encode(text);
  const key = new Uint8Array(1 + bytes.length + spare);
  key[0] = space;
  key.set(bytes, 1);
  return key;
}

/** Big-endian, so that keys sort as the numbers do. */
function putU64(key: Uint8Array, at: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, () => `no key for ${value}`);
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value % 0x1_0000_0000;
  for (let byte = 0; byte < 4; byte++) {
    key[at + byte] = high >>> (24 - 8 * byte);
    key[at + 4 + byte] = low >>> (24 - 8 * byte);
  }
}

// -------------------------------------------------------------------------------------------- scans

export interface StreamListQuery {
  /** Undefined = every tenant, in their order. '' = the streams without one. */
  readonly tenant?: string | undefined;
  /** Narrows the range when a tenant is given; over all tenants the caller filters decoded keys by it. */
  readonly namePrefix: string;
  /** A listing key: go on after it. Checked with `decodeStreamListKey` first when it came from outside. */
  readonly after?: Uint8Array | undefined;
}

/** Keys in the order tenant, name, incarnation; decode them with {@link decodeStreamListKey}. */
export function streamListRange({ tenant, namePrefix, after }: StreamListQuery): CatalogRange {
  const start =
    tenant === undefined
      ? Uint8Array.of(KEY_SPACE.LISTING)
      : textKey(KEY_SPACE.LISTING, `${tenant}\0${namePrefix}`);
  return resumeAfter({ gte: start, lt: endOfPrefix(start) }, after);
}

/** DELETED and PURGING streams by (purgeAfterMs, incarnation); decode with {@link decodePurgeQueueKey}. */
export function purgeQueueRange(after?: Uint8Array): CatalogRange {
  const start = Uint8Array.of(KEY_SPACE.PURGE_QUEUE);
  return resumeAfter({ gte: start, lt: endOfPrefix(start) }, after);
}

/** PURGED streams by (when they need the leader, incarnation); decode with {@link decodeSweepQueueKey}. */
export function sweepQueueRange(after?: Uint8Array): CatalogRange {
  const start = Uint8Array.of(KEY_SPACE.SWEEP_QUEUE);
  return resumeAfter({ gte: start, lt: endOfPrefix(start) }, after);
}

/** Sessions by id; decode values with `decodeSession`. */
export function sessionRange(): CatalogRange {
  const gte = Uint8Array.of(KEY_SPACE.SESSION);
  return { gte, lt: endOfPrefix(gte) };
}

/** Events after a revision, in order; decode values with `decodeEvent`. */
export function eventRange(afterRevision: Revision): CatalogRange {
  const lt = Uint8Array.of(KEY_SPACE.EVENT + 1);
  if (afterRevision >= Number.MAX_SAFE_INTEGER) return { gte: lt, lt };
  return { gte: eventKey(afterRevision + 1), lt };
}

export interface ListedStream {
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
}

export function decodeStreamListKey(key: Uint8Array): ListedStream {
  const reader = readerOf(key, KEY_SPACE.LISTING);
  const text = reader.raw(Math.max(0, reader.remaining - 8));
  const first = text.indexOf(0);
  const second = text.indexOf(0, first + 1);
  if (first < 0 || second !== text.length - 1) throw new DecodeError('not a listing key');
  const incarnation = reader.u64();
  return { tenant: utf8(text.subarray(0, first)), name: utf8(text.subarray(first + 1, second)), incarnation };
}

export function decodePurgeQueueKey(key: Uint8Array): { purgeAfterMs: number; incarnation: Incarnation } {
  const reader = readerOf(key, KEY_SPACE.PURGE_QUEUE);
  const decoded = { purgeAfterMs: reader.u64(), incarnation: reader.u64() };
  reader.end();
  return decoded;
}

export function decodeSweepQueueKey(key: Uint8Array): { timeMs: number; incarnation: Incarnation } {
  const reader = readerOf(key, KEY_SPACE.SWEEP_QUEUE);
  const decoded = { timeMs: reader.u64(), incarnation: reader.u64() };
  reader.end();
  return decoded;
}

export function decodePrefixKey(key: Uint8Array): string {
  return utf8(readerOf(key, KEY_SPACE.PREFIX).rest());
}

export function decodeCurrentKey(key: Uint8Array): { tenant: string; name: string } {
  const text = readerOf(key, KEY_SPACE.CURRENT).rest();
  const zero = text.indexOf(0);
  if (zero < 0) throw new DecodeError('not a current key');
  return { tenant: utf8(text.subarray(0, zero)), name: utf8(text.subarray(zero + 1)) };
}

function readerOf(key: Uint8Array, space: number): BinaryReader {
  const reader = new BinaryReader(key);
  const found = reader.u8();
  if (found !== space) throw new DecodeError(`key space ${found} where ${space} was expected`);
  return reader;
}

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new DecodeError('key is not UTF-8', { cause });
  }
}

/** The first key that does not start with `prefix`, whose last byte is never ff (UTF-8, 00 or a key space). */
function endOfPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1] = (end[end.length - 1] ?? 0) + 1;
  return end;
}

function resumeAfter(range: CatalogRange, after: Uint8Array | undefined): CatalogRange {
  if (after === undefined || compareBytes(after, range.gte) < 0) return range;
  if (compareBytes(after, range.lt) >= 0) return { gte: range.lt, lt: range.lt };
  const gte = new Uint8Array(after.length + 1);
  gte.set(after);
  return { gte, lt: range.lt };
}

/** Unsigned byte order, as the store sorts. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
