/**
 * The small records beside the log: hard state, log start, active generation, applied index.
 * Each begins with a version byte. LevelDB's blocks are verified at open (S3), so these carry no
 * checksum of their own; what they say is compared with the mark (S2) and with one another.
 */
import type { Configuration, HardState, LogIndex, SnapshotMeta, Term } from '../raft/types.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import type { Chain } from './chain.js';
import { readConfiguration, writeConfiguration } from './entry-codec.js';
import type { Operation } from './key-value-store.js';
import { LOG_START_KEY } from './keys.js';
import type { Generation } from './keys.js';

const VERSION = 1;

/** The entry before the first kept one, with all that must be known about it once it is gone. */
export interface LogStart {
  readonly index: LogIndex;
  readonly term: Term;
  readonly chain: Chain;
  /** In force as of `index`. Without voters only before the first start has ended (S6). */
  readonly configuration: Configuration;
}

/** What a snapshot at the start of the log says of itself. */
export function metaOf({ index, term, configuration }: LogStart): SnapshotMeta {
  return { index, term, configuration };
}

function open(bytes: Uint8Array): BinaryReader {
  const reader = new BinaryReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`record version ${version}, known is ${VERSION}`);
  return reader;
}

export function encodeHardState(state: HardState): Uint8Array {
  return new BinaryWriter()
    .u8(VERSION)
    .varint(state.term)
    .varint(state.votedFor)
    .varint(state.commitIndex)
    .finish();
}

export function decodeHardState(bytes: Uint8Array): HardState {
  const reader = open(bytes);
  const state = { term: reader.varint(), votedFor: reader.varint(), commitIndex: reader.varint() };
  reader.end();
  return state;
}

function encodeLogStart(start: LogStart): Uint8Array {
  const writer = new BinaryWriter(256).u8(VERSION).varint(start.index).varint(start.term).u32(start.chain);
  writeConfiguration(writer, start.configuration);
  return writer.finish();
}

export function logStartOperation(start: LogStart): Operation {
  return { kind: 'put', key: LOG_START_KEY, value: encodeLogStart(start) };
}

export function decodeLogStart(bytes: Uint8Array): LogStart {
  const reader = open(bytes);
  const start = {
    index: reader.varint(),
    term: reader.varint(),
    chain: reader.u32(),
    configuration: readConfiguration(reader),
  };
  reader.end();
  return start;
}

export function encodeGeneration(generation: Generation): Uint8Array {
  return Uint8Array.of(VERSION, generation);
}

export function decodeGeneration(bytes: Uint8Array): Generation {
  const reader = open(bytes);
  const generation = reader.u8();
  reader.end();
  if (generation !== 0 && generation !== 1) throw new DecodeError(`generation ${generation}`);
  return generation;
}

export function encodeApplied(index: LogIndex): Uint8Array {
  return new BinaryWriter(12).u8(VERSION).varint(index).finish();
}

export function decodeApplied(bytes: Uint8Array): LogIndex {
  const reader = open(bytes);
  const index = reader.varint();
  reader.end();
  return index;
}

export function encodeDirectoryId(directoryId: string): Uint8Array {
  return new BinaryWriter(48).u8(VERSION).string(directoryId).finish();
}

export function decodeDirectoryId(bytes: Uint8Array): string {
  const reader = open(bytes);
  const directoryId = reader.string();
  reader.end();
  return directoryId;
}
