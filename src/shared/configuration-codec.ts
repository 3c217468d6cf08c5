/**
 * The members of a configuration as bytes: the data of a CONFIGURATION entry, in the log, between
 * members and in a snapshot's header alike. Version 1; both lists in ascending order of id, so that
 * equal configurations have equal bytes (C3, S7).
 */
import type { Configuration, Member } from '../raft/types.js';
import { BinaryReader, BinaryWriter, DecodeError } from './binary.js';

const VERSION = 1;
/** Far beyond any sensible cluster; keeps a damaged count from allocating. */
const MEMBERS_MAX = 1000;

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const writer = new BinaryWriter(256).u8(VERSION);
  for (const members of [configuration.voters, configuration.learners]) {
    writer.varint(members.length);
    for (const member of [...members].sort((a, b) => a.id - b.id)) {
      writer.varint(member.id).string(member.address).string(member.directoryId);
    }
  }
  return writer.finish();
}

/** Throws DecodeError unless it is one configuration, whole, sorted, with a voter and no id twice. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new BinaryReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new DecodeError(`configuration version ${version} is not known`);
  const voters = readMembers(reader);
  const learners = readMembers(reader);
  reader.end();
  if (voters.length === 0) throw new DecodeError('a configuration without voters');
  const ids = new Set([...voters, ...learners].map((member) => member.id));
  if (ids.size !== voters.length + learners.length) {
    throw new DecodeError('a member is both voter and learner');
  }
  return { voters, learners };
}

function readMembers(reader: BinaryReader): Member[] {
  const count = reader.varint();
  if (count > MEMBERS_MAX) throw new DecodeError(`${count} members in a configuration`);
  const members: Member[] = [];
  let previousId = 0;
  for (let i = 0; i < count; i++) {
    const id = reader.varint();
    if (id <= previousId) throw new DecodeError(`member ids not ascending: ${id} after ${previousId}`);
    previousId = id;
    members.push({ id, address: reader.string(), directoryId: reader.string() });
  }
  return members;
}
