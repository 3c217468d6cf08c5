/**
 * How commands travel: the bytes of a Raft entry of kind `command`.
 *
 *   envelope = version:u8  member boot sequence  requestId:string  stampMs  command
 *   command  = version:u8  tag:u8  fields
 *
 * The command is the last field and needs no length, so that a leader stamps what a follower encoded
 * without decoding it ({@link stampCommand}). Versions are single bytes and come first; a number that
 * this program does not know is a DecodeError, never a guess. Tags are never given to another command.
 * Encoders assume a command that `validateCommand` accepted; integers out of range are AssertionErrors.
 */
import { assertNever } from '../shared/assert.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import { normalizeLabels } from './names.js';
import type { Command, CommandEnvelope, CommandKind, ProposalId } from './types.js';

const COMMAND_VERSION = 1;
const ENVELOPE_VERSION = 1;

const TAGS: Readonly<Record<CommandKind, number>> = {
  createStream: 1,
  markDeleted: 2,
  undelete: 3,
  beginPurge: 4,
  recordPurgeProgress: 5,
  markPurged: 6,
  forgetStream: 7,
  retryPurge: 8,
  setPurgePaused: 9,
  // 10 openSession, 11 closeSession, 12 expireSession
};

const KINDS_BY_TAG: ReadonlyMap<number, CommandKind> = new Map(
  (Object.keys(TAGS) as CommandKind[]).map((kind) => [TAGS[kind], kind]),
);

const PROGRESS_PHASES = ['RUNNING', 'RETRYING', 'BLOCKED'] as const;

// ----------------------------------------------------------------------------------------- envelope

/** What is stamped around an encoded command. */
export interface CommandStamp {
  readonly proposal: ProposalId;
  readonly requestId: string;
  readonly stampMs: number;
  /** From {@link encodeCommand}. */
  readonly commandBytes: Uint8Array;
}

export function encodeEnvelope(envelope: CommandEnvelope): Uint8Array {
  return stampCommand({ ...envelope, commandBytes: encodeCommand(envelope.command) });
}

/** The same bytes as `encodeEnvelope`, around a command that is already encoded. */
export function stampCommand({ proposal, requestId, stampMs, commandBytes }: CommandStamp): Uint8Array {
  return new BinaryWriter(80 + commandBytes.length)
    .u8(ENVELOPE_VERSION)
    .varint(proposal.member)
    .varint(proposal.boot)
    .varint(proposal.sequence)
    .string(requestId)
    .varint(stampMs)
    .raw(commandBytes)
    .finish();
}

/** Throws DecodeError. */
export function decodeEnvelope(bytes: Uint8Array): CommandEnvelope {
  const reader = new BinaryReader(bytes);
  readVersion(reader, ENVELOPE_VERSION, 'envelope');
  const proposal = { member: reader.varint(), boot: reader.varint(), sequence: reader.varint() };
  const requestId = reader.string();
  const stampMs = reader.varint();
  return { proposal, requestId, stampMs, command: decodeCommand(reader.rest()) };
}

/** Throws DecodeError unless the next byte is `known`. */
export function readVersion(reader: BinaryReader, known: number, what: string): void {
  const version = reader.u8();
  if (version !== known) {
    throw new DecodeError(`${what} has version ${version}, this program knows ${known}`);
  }
}

// ------------------------------------------------------------------------------------------ command

/** Labels are written sorted by key: two spellings of one map are one command (AIP-155). */
export function encodeCommand(command: Command): Uint8Array {
  const writer = new BinaryWriter(96).u8(COMMAND_VERSION).u8(TAGS[command.kind]);
  switch (command.kind) {
    case 'createStream':
      writer.string(command.tenant).string(command.name).string(command.prefix);
      writeLabels(writer, normalizeLabels(command.labels));
      break;
    case 'markDeleted':
      writeTarget(writer, command);
      writer.varint(command.gracePeriodMs).varint(command.ifRevision).bool(command.allowMissing);
      break;
    case 'undelete':
      writeTarget(writer, command);
      writer.varint(command.ifRevision);
      break;
    case 'beginPurge':
    case 'forgetStream':
      writer.varint(command.incarnation);
      break;
    case 'recordPurgeProgress':
      writer.varint(command.incarnation).u8(PROGRESS_PHASES.indexOf(command.phase));
      writer.varint(command.objectsDeleted).varint(command.bytesDeleted).varint(command.attempts);
      writer.string(command.lastError).varint(command.nextAttemptTimeMs);
      break;
    case 'markPurged':
      writer.varint(command.incarnation).varint(command.objectsDeleted).varint(command.bytesDeleted);
      writer.varint(command.reusableAfterMs);
      break;
    case 'retryPurge':
      writeTarget(writer, command);
      break;
    case 'setPurgePaused':
      writeTarget(writer, command);
      writer.bool(command.paused);
      break;
    default:
      assertNever(command);
  }
  return writer.finish();
}

/** Throws DecodeError. What comes back has the right types; `validateCommand` says whether it makes sense. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new BinaryReader(bytes);
  readVersion(reader, COMMAND_VERSION, 'command');
  const tag = reader.u8();
  const kind = KINDS_BY_TAG.get(tag);
  if (kind === undefined) throw new DecodeError(`unknown command tag ${tag}`);
  const command = readFields(reader, kind);
  reader.end();
  return command;
}

// Object literals evaluate their properties in order: the fields are read as they were written.
function readFields(reader: BinaryReader, kind: CommandKind): Command {
  switch (kind) {
    case 'createStream':
      return {
        kind,
        tenant: reader.string(),
        name: reader.string(),
        prefix: reader.string(),
        labels: readLabels(reader),
      };
    case 'markDeleted':
      return {
        kind,
        ...readTarget(reader),
        gracePeriodMs: reader.varint(),
        ifRevision: reader.varint(),
        allowMissing: reader.bool(),
      };
    case 'undelete':
      return { kind, ...readTarget(reader), ifRevision: reader.varint() };
    case 'beginPurge':
    case 'forgetStream':
      return { kind, incarnation: reader.varint() };
    case 'recordPurgeProgress':
      return {
        kind,
        incarnation: reader.varint(),
        phase: readChoice(reader, PROGRESS_PHASES, 'phase'),
        objectsDeleted: reader.varint(),
        bytesDeleted: reader.varint(),
        attempts: reader.varint(),
        lastError: reader.string(),
        nextAttemptTimeMs: reader.varint(),
      };
    case 'markPurged':
      return {
        kind,
        incarnation: reader.varint(),
        objectsDeleted: reader.varint(),
        bytesDeleted: reader.varint(),
        reusableAfterMs: reader.varint(),
      };
    case 'retryPurge':
      return { kind, ...readTarget(reader) };
    case 'setPurgePaused':
      return { kind, ...readTarget(reader), paused: reader.bool() };
    default:
      return assertNever(kind);
  }
}

// ------------------------------------------------------------------------------------------- pieces

interface Target {
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: number;
}

function writeTarget(writer: BinaryWriter, target: Target): void {
  writer.string(target.tenant).string(target.name).varint(target.incarnation);
}

function readTarget(reader: BinaryReader): Target {
  return { tenant: reader.string(), name: reader.string(), incarnation: reader.varint() };
}

export function writeLabels(writer: BinaryWriter, labels: readonly (readonly [string, string])[]): void {
  writer.varint(labels.length);
  for (const [key, value] of labels) writer.string(key).string(value);
}

export function readLabels(reader: BinaryReader): readonly (readonly [string, string])[] {
  const count = reader.varint();
  // Each label takes two bytes at least: a damaged count is refused before anything is read for it.
  if (count * 2 > reader.remaining) throw new DecodeError(`${count} labels in ${reader.remaining} bytes`);
  const labels: (readonly [string, string])[] = [];
  for (let at = 0; at < count; at++) labels.push([reader.string(), reader.string()]);
  return labels;
}

/** One of a closed list, as its position. Lists are only ever appended to. */
export function readChoice<T extends string>(reader: BinaryReader, choices: readonly T[], what: string): T {
  const at = reader.u8();
  const choice = choices[at];
  if (choice === undefined) throw new DecodeError(`unknown ${what} ${at}`);
  return choice;
}
