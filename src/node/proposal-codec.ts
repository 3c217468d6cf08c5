/** What a forwarded proposal carries: the caller's request id and its encoded command. */
import { BinaryReader, BinaryWriter } from '../shared/binary.js';

export interface ProposedCommand {
  /** '' = none. */
  readonly requestId: string;
  /** `encodeCommand` of the catalog. */
  readonly commandBytes: Uint8Array;
}

export function encodeProposal(proposed: ProposedCommand): Uint8Array {
  return new BinaryWriter(proposed.commandBytes.length + 64)
    .string(proposed.requestId)
    .raw(proposed.commandBytes)
    .finish();
}

/** Throws DecodeError. */
export function decodeProposal(bytes: Uint8Array): ProposedCommand {
  const reader = new BinaryReader(bytes);
  const requestId = reader.string();
  return { requestId, commandBytes: reader.rest() };
}
