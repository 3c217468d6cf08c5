/**
 * Log entries as protobuf (sexton/raft/v1: Entry). An entry that arrives is whole, of a known kind, and
 * its checksum holds, or it is a WireError. Its `data` is a view into the frame.
 */
import type { Entry, EntryPayload } from '../raft/types.js';
import { COUNT_MAX } from '../raft/message-check.js';
import { DecodeError } from '../shared/binary.js';
import { decodeConfiguration, encodeConfiguration } from '../shared/configuration-codec.js';
import { entryChecksum } from './entry-checksum.js';
import { type ProtoReader, type ReverseProtoWriter, WireError } from './protobuf-wire.js';

/** An entry's checksum does not match: DATA_LOSS, where other faults are INVALID_ARGUMENT. */
export class ChecksumError extends WireError {}

const ENTRY_KIND = { noop: 1, command: 2, configuration: 3 } as const satisfies Record<
  EntryPayload['kind'],
  number
>;

const NO_DATA = Buffer.alloc(0);

/** What an entry adds to a frame besides its data, at most. */
export const ENTRY_OVERHEAD_BYTES = 40;

/** Writes `entry` as `field` of the enclosing message. */
export function writeEntry(writer: ReverseProtoWriter, field: number, entry: Entry): void {
  const { index, term, payload } = entry;
  const kind = ENTRY_KIND[payload.kind];
  const data =
    payload.kind === 'command'
      ? payload.data
      : payload.kind === 'configuration'
        ? encodeConfiguration(payload.configuration)
        : NO_DATA;
  const start = writer.length;
  writer.fixed32(5, entryChecksum(term, index, kind, data));
  writer.bytes(4, data);
  writer.uint(3, kind);
  writer.uint(2, term);
  writer.uint(1, index);
  writer.endMessage(field, start);
}

/** A term, an index or what else the core counts on from. Throws WireError. */
export function readCount(reader: ProtoReader): number {
  const value = reader.uint();
  if (value > COUNT_MAX)
    throw new WireError(`field ${reader.field} is ${value}, at most ${COUNT_MAX} can be`);
  return value;
}

/** Throws WireError. */
export function readEntry(reader: ProtoReader): Entry {
  let index = 0;
  let term = 0;
  let kind = 0;
  let data: Buffer = NO_DATA;
  let checksum = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        index = readCount(reader);
        break;
      case 2:
        term = readCount(reader);
        break;
      case 3:
        kind = reader.uint32();
        break;
      case 4:
        data = reader.bytes();
        break;
      case 5:
        checksum = reader.fixed32();
        break;
      default:
        reader.skip();
    }
  }
  if (index === 0 || term === 0) throw new WireError(`an entry with index ${index} and term ${term}`);
  if (kind < 1 || kind > 3) throw new WireError(`entry ${index} is of unknown kind ${kind}`);
  if (checksum !== entryChecksum(term, index, kind, data)) {
    throw new ChecksumError(`the checksum of entry ${index} (term ${term}) does not match`);
  }
  return { index, term, payload: toPayload(kind, data, index) };
}

function toPayload(kind: number, data: Buffer, index: number): EntryPayload {
  if (kind === ENTRY_KIND.command) return { kind: 'command', data };
  if (kind === ENTRY_KIND.noop) {
    if (data.length > 0) throw new WireError(`no-op entry ${index} has data`);
    return { kind: 'noop' };
  }
  try {
    return { kind: 'configuration', configuration: decodeConfiguration(data) };
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new WireError(`configuration entry ${index}: ${cause.message}`, { cause });
  }
}
