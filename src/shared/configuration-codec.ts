/**
 * The members of a configuration as bytes: the data of a CONFIGURATION entry, in the log, between
 * members and in a snapshot's header alike. Both lists in ascending order of id, so that equal
 * configurations have equal bytes (C3, S7).
 *
 *   version u8 | voters | learners | highest id varint, in version 2 only
 */
import type { Configuration, Member } from '../raft/types.js';
import { BinaryReader, BinaryWriter, DecodeError } from './binary.js';

/** Without a highest id of its own: that of the members. */
const PLAIN = 1;
const WITH_HIGHEST_ID = 2;
/** Far beyond any sensible cluster; keeps a damaged count from allocating. */
const MEMBERS_MAX = 1000;

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { highestId } = configuration;
  const writer = new BinaryWriter(256).u8(highestId === undefined ? PLAIN : WITH_HIGHEST_ID);
  for (const members of [configuration.voters, configuration.learners]) {
    writer.varint(members.length);
    for (const member of [...members].sort((a, b) => a.id - b.id)) {
      writer.varint(member.id).string(member.address).string(member.directoryId);
    }
  }
  if (highestId !== undefined) writer.varint(highestId);
  return writer.finish();
}

/** Throws DecodeError unless it is one configuration, whole, sorted, with a voter, no id twice, none above the highest. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new BinaryReader(bytes);
  const version = reader.u8();
  if (version !== PLAIN && version !== WITH_HIGHEST_ID) {
    throw new DecodeError(`configuration version ${version} is not known`);
  }
  const voters = readMembers(reader);
  const learners = readMembers(reader);
  const highestId = version === WITH_HIGHEST_ID ? reader.varint() : undefined;
  reader.end();
  if (voters.length === 0) throw new DecodeError('a configuration without voters');
  const ids = new Set([...voters, ...learners].map((member) => member.id));
  if (ids.size !== voters.length + learners.length) {
    throw new DecodeError('a member is both voter and learner');
  }
  if (highestId === undefined) return { voters, learners };
  if ([...ids].some((id) => id >= highestId)) {
    throw new DecodeError(`a member's id is not below the highest one that was used, ${highestId}`);
  }
  return { voters, learners, highestId };
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
