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
import {
  BLOCKED_REASONS,
  type Command,
  type CommandEnvelope,
  type CommandKind,
  type ProposalId,
} from './types.js';

const ENVELOPE_VERSION = 1;

/** What is written. Older versions are read for ever: entries and request digests were made with them. */
const COMMAND_VERSIONS: Readonly<Record<CommandKind, number>> = {
  createStream: 1,
  markDeleted: 1,
  undelete: 1,
  /** 2: tombstoneRevision. */
  beginPurgeUndrained: 2,
  beginDrain: 1,
  beginPurge: 1,
  /** 2: blockedReason, uploadsAborted. */
  recordPurgeProgress: 2,
  /** 2: nextSweepTimeMs. 3: uploadsAborted. */
  markPurged: 3,
  forgetStream: 1,
  /** 2: discardNewWrites. */
  retryPurge: 2,
  setPurgePaused: 1,
  /** 2: coversEarlier. */
  openSession: 2,
  closeSession: 1,
  expireSession: 1,
  /** 2: foundDataOnly. */
  recordSweep: 2,
  adoptStream: 1,
  beginSweep: 1,
};

const TAGS: Readonly<Record<CommandKind, number>> = {
  createStream: 1,
  markDeleted: 2,
  undelete: 3,
  beginPurgeUndrained: 4,
  recordPurgeProgress: 5,
  markPurged: 6,
  forgetStream: 7,
  retryPurge: 8,
  setPurgePaused: 9,
  openSession: 10,
  closeSession: 11,
  expireSession: 12,
  recordSweep: 13,
  adoptStream: 14,
  beginSweep: 15,
  beginDrain: 16,
  beginPurge: 17,
};

const COMMAND_VERSION_MAX = Math.max(...Object.values(COMMAND_VERSIONS));

const KINDS_BY_TAG: ReadonlyMap<number, CommandKind> = new Map(
  (Object.keys(TAGS) as CommandKind[]).map((kind) => [TAGS[kind], kind]),
);

const ADOPTED_STATES = ['ACTIVE', 'DELETED'] as const;
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

/** From 1 to `newest`; throws DecodeError for any other. */
export function readVersion(reader: BinaryReader, newest: number, what: string): number {
  const version = reader.u8();
  if (version < 1 || version > newest) {
    throw new DecodeError(`${what} has version ${version}, this program knows ${newest}`);
  }
  return version;
}

// ------------------------------------------------------------------------------------------ command

/** Labels are written sorted by key: two spellings of one map are one command (AIP-155). */
export function encodeCommand(command: Command): Uint8Array {
  const writer = new BinaryWriter(96).u8(COMMAND_VERSIONS[command.kind]).u8(TAGS[command.kind]);
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
      writer.varint(command.incarnation).varint(command.drainRevision);
      break;
    case 'beginPurgeUndrained':
      writer.varint(command.incarnation).varint(command.tombstoneRevision);
      break;
    case 'beginDrain':
    case 'forgetStream':
      writer.varint(command.incarnation);
      break;
    case 'recordPurgeProgress':
      writer.varint(command.incarnation).u8(PROGRESS_PHASES.indexOf(command.phase));
      writer.varint(command.objectsDeleted).varint(command.bytesDeleted).varint(command.attempts);
      writer.string(command.lastError).varint(command.nextAttemptTimeMs);
      writer.u8(BLOCKED_REASONS.indexOf(command.blockedReason)).varint(command.uploadsAborted);
      break;
    case 'markPurged':
      writer.varint(command.incarnation).varint(command.objectsDeleted).varint(command.bytesDeleted);
      writer.varint(command.reusableAfterMs).varint(command.nextSweepTimeMs);
      writer.varint(command.uploadsAborted);
      break;
    case 'retryPurge':
      writeTarget(writer, command);
      writer.bool(command.discardNewWrites);
      break;
    case 'setPurgePaused':
      writeTarget(writer, command);
      writer.bool(command.paused);
      break;
    case 'openSession':
      writer.string(command.nodeId).varint(command.ttlMs).varint(command.uploadDeadlineMs);
      writer.bool(command.coversEarlier);
      break;
    case 'closeSession':
      writer.varint(command.sessionId).bool(command.settled);
      break;
    case 'expireSession':
      writer.varint(command.sessionId);
      break;
    case 'beginSweep':
      writer.varint(command.incarnation).varint(command.reusableAfterMs);
      break;
    case 'recordSweep':
      writer.varint(command.incarnation).varint(command.objectsFound).varint(command.bytesFound);
      writer.varint(command.newestWriteMs).varint(command.nextSweepTimeMs).bool(command.foundDataOnly);
      break;
    case 'adoptStream':
      writer.string(command.tenant).string(command.name).string(command.prefix);
      writeLabels(writer, normalizeLabels(command.labels));
      writer.u8(ADOPTED_STATES.indexOf(command.state)).varint(command.gracePeriodMs);
      break;
    default:
      assertNever(command);
  }
  return writer.finish();
}

/** Throws DecodeError. What comes back has the right types; `validateCommand` says whether it makes sense. */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new BinaryReader(bytes);
  const version = readVersion(reader, COMMAND_VERSION_MAX, 'command');
  const tag = reader.u8();
  const kind = KINDS_BY_TAG.get(tag);
  if (kind === undefined) throw new DecodeError(`unknown command tag ${tag}`);
  if (version > COMMAND_VERSIONS[kind]) {
    throw new DecodeError(`${kind} has version ${version}, this program knows ${COMMAND_VERSIONS[kind]}`);
  }
  const command = readFields(reader, kind, version);
  reader.end();
  return command;
}

// Object literals evaluate their properties in order: the fields are read as they were written.
function readFields(reader: BinaryReader, kind: CommandKind, version: number): Command {
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
      return { kind, incarnation: reader.varint(), drainRevision: reader.varint() };
    case 'beginPurgeUndrained':
      return {
        kind,
        incarnation: reader.varint(),
        tombstoneRevision: version >= 2 ? reader.varint() : 0,
      };
    case 'beginDrain':
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
        blockedReason: version >= 2 ? readChoice(reader, BLOCKED_REASONS, 'blocked reason') : 'NONE',
        uploadsAborted: version >= 2 ? reader.varint() : 0,
      };
    case 'markPurged':
      return {
        kind,
        incarnation: reader.varint(),
        objectsDeleted: reader.varint(),
        bytesDeleted: reader.varint(),
        reusableAfterMs: reader.varint(),
        nextSweepTimeMs: version >= 2 ? reader.varint() : 0,
        uploadsAborted: version >= 3 ? reader.varint() : 0,
      };
    case 'retryPurge':
      return { kind, ...readTarget(reader), discardNewWrites: version >= 2 && reader.bool() };
    case 'setPurgePaused':
      return { kind, ...readTarget(reader), paused: reader.bool() };
    case 'openSession':
      return {
        kind,
        nodeId: reader.string(),
        ttlMs: reader.varint(),
        uploadDeadlineMs: reader.varint(),
        coversEarlier: version >= 2 && reader.bool(),
      };
    case 'closeSession':
      return { kind, sessionId: reader.varint(), settled: reader.bool() };
    case 'expireSession':
      return { kind, sessionId: reader.varint() };
    case 'beginSweep':
      return { kind, incarnation: reader.varint(), reusableAfterMs: reader.varint() };
    case 'recordSweep':
      return {
        kind,
        incarnation: reader.varint(),
        objectsFound: reader.varint(),
        bytesFound: reader.varint(),
        newestWriteMs: reader.varint(),
        nextSweepTimeMs: reader.varint(),
        foundDataOnly: version >= 2 && reader.bool(),
      };
    case 'adoptStream':
      return {
        kind,
        tenant: reader.string(),
        name: reader.string(),
        prefix: reader.string(),
        labels: readLabels(reader),
        state: readChoice(reader, ADOPTED_STATES, 'adopted state'),
        gracePeriodMs: reader.varint(),
      };
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
