/**
 * How far the snapshot that is being received has come: written in the same batch as each of its chunks. LevelDB
 * keeps a prefix of what it was given, so a record that survived a crash has all its chunks, and the stream can
 * go on after them; without any sync of its own.
 */
import type { LogIndex, Term } from '../raft/types.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import { readConfiguration, writeConfiguration } from './entry-codec.js';
import type { Generation } from './keys.js';
import type { SnapshotHeader } from './node-storage.js';

const VERSION = 1;

export interface InstallRecord {
  readonly header: SnapshotHeader;
  readonly generation: Generation;
  /** Chunks stored, the end chunk among them, and the CRC-32C of all of them. */
  readonly chunks: number;
  readonly checksum: number;
  readonly recordCount: number;
  /** Empty: no record yet. */
  readonly lastKey: Uint8Array;
  /** The end chunk was there: only the swap is left. */
  readonly complete: boolean;
}

export function encodeInstallRecord(record: InstallRecord): Uint8Array {
  const { header, lastKey } = record;
  const writer = new BinaryWriter(256 + lastKey.length)
    .u8(VERSION)
    .varint(header.meta.index)
    .varint(header.meta.term)
    .u32(header.chain)
    .u8(record.generation)
    .varint(record.chunks)
    .u32(record.checksum)
    .varint(record.recordCount)
    .bytes(lastKey)
    .bool(record.complete);
  writeConfiguration(writer, header.meta.configuration);
  return writer.finish();
}

/** Throws DecodeError. */
export function decodeInstallRecord(bytes: Uint8Array): InstallRecord {
  const reader = new BinaryReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`install record version ${version}, known is ${VERSION}`);
  const index: LogIndex = reader.varint();
  const term: Term = reader.varint();
  const chain = reader.u32();
  const generation = reader.u8();
  if (generation !== 0 && generation !== 1) throw new DecodeError(`generation ${generation}`);
  const chunks = reader.varint();
  const checksum = reader.u32();
  const recordCount = reader.varint();
  const lastKey = reader.bytes().slice();
  const complete = reader.bool();
  const configuration = readConfiguration(reader);
  reader.end();
  const header = { meta: { index, term, configuration }, chain };
  return { header, generation, chunks, checksum, recordCount, lastKey, complete };
}
