/**
 * The chunks of a snapshot of the catalog.
 *
 *   chunk  =  version u8 | snapshot index varint | sequence varint | kind u8 | content | crc32c u32
 *   kind 0 =  records: (key bytes, value bytes)*, keys ascending within and across chunks
 *   kind 1 =  end: number of records in the whole snapshot
 *
 * Each chunk decodes and verifies by itself. Sequence numbers and the end chunk make a stream that was
 * cut, doubled or reordered on the way as plain as a damaged one.
 */
import { crc32c } from '@node-rs/crc32';
import type { LogIndex } from '../raft/types.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';

export type CatalogRecord = readonly [key: Uint8Array, value: Uint8Array];

export interface SnapshotChunk {
  readonly snapshotIndex: LogIndex;
  /** 0, 1, 2, ... */
  readonly sequence: number;
  readonly content:
    | { readonly kind: 'records'; readonly records: readonly CatalogRecord[] }
    | { readonly kind: 'end'; readonly recordCount: number };
}

/** A chunk is closed before it would grow beyond this, and never exceeds CHUNK_LIMIT_BYTES. */
export const CHUNK_TARGET_BYTES = 192 * 1024;
export const CHUNK_LIMIT_BYTES = 256 * 1024;
/** Of one record, key and value, so that any record fits a chunk that is below its target. */
export const RECORD_LIMIT_BYTES = CHUNK_LIMIT_BYTES - CHUNK_TARGET_BYTES - 64;

const VERSION = 1;
const RECORDS = 0;
const END = 1;

export function encodeChunk(chunk: SnapshotChunk): Uint8Array {
  const writer = new BinaryWriter(chunk.content.kind === 'records' ? CHUNK_LIMIT_BYTES : 32);
  writer.u8(VERSION).varint(chunk.snapshotIndex).varint(chunk.sequence);
  if (chunk.content.kind === 'records') {
    writer.u8(RECORDS);
    for (const [key, value] of chunk.content.records) writer.bytes(key).bytes(value);
  } else {
    writer.u8(END).varint(chunk.content.recordCount);
  }
  const body = writer.finish();
  return new BinaryWriter(body.length + 4).raw(body).u32(crc32c(body)).finish();
}

/** Throws DecodeError. Keys and values are views into `bytes`. */
export function decodeChunk(bytes: Uint8Array): SnapshotChunk {
  if (bytes.length < 4 || bytes.length > CHUNK_LIMIT_BYTES)
    throw new DecodeError(`chunk of ${bytes.length} bytes`);
  const body = bytes.subarray(0, bytes.length - 4);
  if (new BinaryReader(bytes.subarray(body.length)).u32() !== crc32c(body)) {
    throw new DecodeError('snapshot chunk: checksum does not match');
  }
  const reader = new BinaryReader(body);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`snapshot chunk version ${version}, known is ${VERSION}`);
  const snapshotIndex = reader.varint();
  const sequence = reader.varint();
  const kind = reader.u8();
  if (kind === END) {
    const recordCount = reader.varint();
    reader.end();
    return { snapshotIndex, sequence, content: { kind: 'end', recordCount } };
  }
  if (kind !== RECORDS) throw new DecodeError(`snapshot chunk kind ${kind}`);
  const records: CatalogRecord[] = [];
  while (reader.remaining > 0) records.push([reader.bytes(), reader.bytes()]);
  return { snapshotIndex, sequence, content: { kind: 'records', records } };
}
