/**
 * How a log entry and a configuration are stored.
 *
 *   record  =  chain u32 | body
 *   body    =  version u8 | index varint | term varint | kind u8 | payload
 *
 *   configuration  =  voters | learners | highest id varint, where it is above those of the members
 *
 * A configuration is always the last thing in its record, so that its end tells whether it has a highest id.
 *
 * The chain (S1) covers the body, and the body names its own index: an entry found under another
 * entry's key does not verify. A body is never changed once written; a new layout gets a new version.
 */
import type { Configuration, Entry, EntryPayload, Member } from '../raft/types.js';
import { assertNever } from '../shared/assert.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import { extendChain } from './chain.js';
import type { Chain } from './chain.js';

const VERSION = 1;
const CHAIN_BYTES = 4;
const KIND = { noop: 0, command: 1, configuration: 2 } as const;

export interface StoredEntry {
  readonly entry: Entry;
  /** As stored beside the entry; says nothing until compared with {@link chainOf}. */
  readonly chain: Chain;
}

export interface EntryRecord {
  readonly chain: Chain;
  readonly bytes: Uint8Array;
}

export function encodeEntry(entry: Entry, previous: Chain): EntryRecord {
  const { payload } = entry;
  const writer = new BinaryWriter(payload.kind === 'command' ? payload.data.length + 32 : 64);
  writer.u32(0).u8(VERSION).varint(entry.index).varint(entry.term).u8(KIND[payload.kind]);
  switch (payload.kind) {
    case 'noop':
      break;
    case 'command':
      writer.raw(payload.data);
      break;
    case 'configuration':
      writeConfiguration(writer, payload.configuration);
      break;
    default:
      assertNever(payload);
  }
  const bytes = writer.finish();
  const chain = extendChain(previous, bytes.subarray(CHAIN_BYTES));
  new DataView(bytes.buffer).setUint32(0, chain);
  return { chain, bytes };
}

/** The chain value that the record must carry if it follows `previous` and nothing was changed. */
export function chainOf(record: Uint8Array, previous: Chain): Chain {
  return extendChain(previous, record.subarray(CHAIN_BYTES));
}

/** Throws DecodeError. A command's data is a view into `record`. */
export function decodeEntry(record: Uint8Array): StoredEntry {
  const reader = new BinaryReader(record);
  const chain = reader.u32();
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`entry version ${version}, known is ${VERSION}`);
  const index = reader.varint();
  const term = reader.varint();
  const payload = readPayload(reader);
  return { entry: { index, term, payload }, chain };
}

function readPayload(reader: BinaryReader): EntryPayload {
  const kind = reader.u8();
  switch (kind) {
    case KIND.noop:
      reader.end();
      return { kind: 'noop' };
    case KIND.command:
      return { kind: 'command', data: reader.rest() };
    case KIND.configuration: {
      const configuration = readConfiguration(reader);
      reader.end();
      return { kind: 'configuration', configuration };
    }
    default:
      throw new DecodeError(`unknown entry kind ${kind}`);
  }
}

export function writeConfiguration(writer: BinaryWriter, configuration: Configuration): void {
  writeMembers(writer, configuration.voters);
  writeMembers(writer, configuration.learners);
  if (configuration.highestId !== undefined) writer.varint(configuration.highestId);
}

export function readConfiguration(reader: BinaryReader): Configuration {
  const voters = readMembers(reader);
  const learners = readMembers(reader);
  return reader.remaining === 0 ? { voters, learners } : { voters, learners, highestId: reader.varint() };
}

function writeMembers(writer: BinaryWriter, members: readonly Member[]): void {
  writer.varint(members.length);
  for (const member of members) {
    writer.varint(member.id).string(member.address).string(member.directoryId);
  }
}

function readMembers(reader: BinaryReader): Member[] {
  const count = reader.varint();
  // Three bytes is the least a member takes: a damaged count must not allocate without bound.
  if (count * 3 > reader.remaining) throw new DecodeError(`${count} members in ${reader.remaining} bytes`);
  const members: Member[] = [];
  for (let i = 0; i < count; i++) {
    members.push({ id: reader.varint(), address: reader.string(), directoryId: reader.string() });
  }
  return members;
}
