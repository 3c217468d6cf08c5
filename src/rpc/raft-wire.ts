/**
 * The frames of RaftService.Connect: what one member sends another, as bytes and back.
 *
 * `decodeFrame` never throws on bad bytes, and a frame is used whole or not at all. Who the frame
 * claims to come from is checked by the receiver, who knows the connection: {@link checkEnvelopes}.
 * Items keep the order in which they were produced.
 */
import type { MemberId } from '../raft/types.js';
import type {
  DigestNotice,
  ForwardedProposal,
  PeerItem,
  ProposalRefusal,
  ProposalRefusalCause,
  StateDigest,
} from '../node/transport/transport.js';
import { assertNever } from '../shared/assert.js';
import type { Decoded } from './decoded.js';
import { ProtoReader, ReverseProtoWriter, WireError } from './protobuf-wire.js';
import { ChecksumError, ENTRY_OVERHEAD_BYTES, readCount } from './raft-entry-codec.js';
import { MESSAGE_OVERHEAD_BYTES, readMessage, writeMessage } from './raft-message-codec.js';
import { peerReportBytes, readPeerReport, writePeerReport } from './raft-report-codec.js';

/** What this version speaks; see HandshakeRequest.protocol_version. */
export const PEER_PROTOCOL_VERSION = 1;

/** The first frame of a connection: who sends from here on. */
export interface PeerHello {
  readonly protocolVersion: number;
  readonly clusterId: string;
  readonly from: MemberId;
  readonly to: MemberId;
  readonly directoryId: string;
  /** Random at each process start, a safe integer. */
  readonly bootId: number;
  /** '' from a node that knows none. */
  readonly address: string;
}

export type PeerFrame =
  | { readonly kind: 'hello'; readonly hello: PeerHello }
  | { readonly kind: 'batch'; readonly items: readonly PeerItem[] };

const REFUSAL_REASON = {
  notLeader: 1,
  overloaded: 2,
  transferring: 3,
  tooLarge: 4,
} as const satisfies Record<ProposalRefusalCause, number>;

/** Of a state digest (S7): two words of 32 bits. */
const DIGEST_BYTES = 8;

/** About what `item` adds to a frame, never less: for keeping a frame below its limit. */
export function estimateItemBytes(item: PeerItem): number {
  if (item.kind === 'proposal') return MESSAGE_OVERHEAD_BYTES + item.proposal.command.length;
  if (item.kind === 'report') return MESSAGE_OVERHEAD_BYTES + peerReportBytes(item.report);
  if (item.kind !== 'message' || item.message.kind !== 'appendRequest') return MESSAGE_OVERHEAD_BYTES;
  let bytes = MESSAGE_OVERHEAD_BYTES;
  for (const { payload } of item.message.entries) {
    bytes += ENTRY_OVERHEAD_BYTES;
    if (payload.kind === 'command') bytes += payload.data.length;
    else if (payload.kind === 'configuration') {
      const { voters, learners } = payload.configuration;
      for (const member of [...voters, ...learners]) bytes += 64 + 3 * member.address.length;
    }
  }
  return bytes;
}

export function encodeFrame(frame: PeerFrame): Buffer {
  if (frame.kind === 'hello') return encodeHello(frame.hello);
  let capacity = MESSAGE_OVERHEAD_BYTES;
  for (const item of frame.items) capacity += estimateItemBytes(item);
  const writer = new ReverseProtoWriter(capacity);
  for (let i = frame.items.length - 1; i >= 0; i--) writeItem(writer, frame.items[i] as PeerItem);
  writer.endMessage(2, 0);
  return writer.finish();
}

function encodeHello(hello: PeerHello): Buffer {
  const writer = new ReverseProtoWriter(256);
  writer.string(7, hello.address);
  writer.uint(6, hello.bootId);
  writer.string(5, hello.directoryId);
  writer.uint(4, hello.to);
  writer.uint(3, hello.from);
  writer.string(2, hello.clusterId);
  writer.uint(1, hello.protocolVersion);
  writer.endMessage(1, 0);
  return writer.finish();
}

function writeItem(writer: ReverseProtoWriter, item: PeerItem): void {
  const start = writer.length;
  switch (item.kind) {
    case 'message':
      writeMessage(writer, 1, item.message);
      return;
    case 'proposal':
      writer.bytes(3, item.proposal.command);
      writer.uint(2, item.proposal.boot);
      writer.uint(1, item.proposal.sequence);
      writer.endMessage(2, start);
      return;
    case 'refusal':
      writer.uint(4, item.refusal.leaderHint);
      writer.uint(3, REFUSAL_REASON[item.refusal.cause]);
      writer.uint(2, item.refusal.boot);
      writer.uint(1, item.refusal.sequence);
      writer.endMessage(3, start);
      return;
    case 'digest':
      writer.bytes(2, Buffer.from(item.digest.digest, 'hex'));
      writer.uint(1, item.digest.index);
      writer.endMessage(4, start);
      return;
    case 'digestNotice':
      writer.uint(6, item.notice.voters);
      writer.uint(5, item.notice.agreeing);
      writer.bytes(4, Buffer.from(item.notice.expected, 'hex'));
      writer.bytes(3, Buffer.from(item.notice.reported, 'hex'));
      writer.uint(2, item.notice.index);
      writer.uint(1, item.notice.term);
      writer.endMessage(5, start);
      return;
    case 'report':
      writePeerReport(writer, item.report);
      writer.endMessage(6, start);
      return;
    default:
      assertNever(item);
  }
}

/** Reads one frame. `data` and `command` fields of the result are views into `bytes`. */
export function decodeFrame(bytes: Buffer): Decoded<PeerFrame> {
  try {
    return { ok: true, value: readFrame(new ProtoReader(bytes)) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return {
      ok: false,
      code: error instanceof ChecksumError ? 'DATA_LOSS' : 'INVALID_ARGUMENT',
      cause: error.message,
    };
  }
}

/**
 * Says what is wrong when some message claims another sender or receiver than the connection's Hello:
 * a vote or an acknowledgement counted for the wrong member would break consensus.
 */
export function checkEnvelopes(
  items: readonly PeerItem[],
  connection: { readonly from: MemberId; readonly to: MemberId },
): string | undefined {
  for (const item of items) {
    if (item.kind !== 'message') continue;
    const { kind, from, to } = item.message;
    if (from !== connection.from || to !== connection.to) {
      return `${kind} from ${from} to ${to} on the connection from ${connection.from} to ${connection.to}`;
    }
  }
  return undefined;
}

function readFrame(reader: ProtoReader): PeerFrame {
  let frame: PeerFrame | undefined;
  while (reader.next()) {
    if (reader.field === 1) frame = { kind: 'hello', hello: reader.message(readHello) };
    else if (reader.field === 2) frame = { kind: 'batch', items: reader.message(readBatch) };
    else reader.skip();
  }
  if (frame === undefined) throw new WireError('a frame that is neither hello nor batch');
  return frame;
}

function readHello(reader: ProtoReader): PeerHello {
  const hello = {
    protocolVersion: 0,
    clusterId: '',
    from: 0,
    to: 0,
    directoryId: '',
    bootId: 0,
    address: '',
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        hello.protocolVersion = reader.uint32();
        break;
      case 2:
        hello.clusterId = reader.string();
        break;
      case 3:
        hello.from = reader.uint32();
        break;
      case 4:
        hello.to = reader.uint32();
        break;
      case 5:
        hello.directoryId = reader.string();
        break;
      case 6:
        hello.bootId = reader.uint();
        break;
      case 7:
        hello.address = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  return hello;
}

function readBatch(reader: ProtoReader): PeerItem[] {
  const items: PeerItem[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1: {
        const message = reader.message(readMessage);
        if (message !== undefined) items.push({ kind: 'message', message });
        break;
      }
      case 2:
        items.push({ kind: 'proposal', proposal: reader.message(readProposal) });
        break;
      case 3:
        items.push({ kind: 'refusal', refusal: reader.message(readRefusal) });
        break;
      case 4:
        items.push({ kind: 'digest', digest: reader.message(readDigest) });
        break;
      case 5:
        items.push({ kind: 'digestNotice', notice: reader.message(readDigestNotice) });
        break;
      case 6:
        items.push({ kind: 'report', report: reader.message(readPeerReport) });
        break;
      default:
        reader.skip();
    }
  }
  return items;
}

function readProposal(reader: ProtoReader): ForwardedProposal {
  let sequence = 0;
  let boot = 0;
  let command: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) sequence = reader.uint();
    else if (reader.field === 2) boot = reader.uint();
    else if (reader.field === 3) command = reader.bytes();
    else reader.skip();
  }
  if (sequence === 0 || command === undefined) throw new WireError('a proposal without sequence or command');
  return { sequence, boot, command };
}

function readRefusal(reader: ProtoReader): ProposalRefusal {
  let sequence = 0;
  let boot = 0;
  let reason = 0;
  let leaderHint = 0;
  while (reader.next()) {
    if (reader.field === 1) sequence = reader.uint();
    else if (reader.field === 2) boot = reader.uint();
    else if (reader.field === 3) reason = reader.uint32();
    else if (reader.field === 4) leaderHint = reader.uint32();
    else reader.skip();
  }
  if (sequence === 0) throw new WireError('a refusal without sequence');
  return { sequence, boot, cause: toCause(reason), leaderHint };
}

function readDigest(reader: ProtoReader): StateDigest {
  let index = 0;
  let digest = '';
  while (reader.next()) {
    if (reader.field === 1) index = readCount(reader);
    else if (reader.field === 2) digest = readDigestBytes(reader);
    else reader.skip();
  }
  if (index === 0 || digest === '') throw new WireError('a state digest without index or digest');
  return { index, digest };
}

function readDigestNotice(reader: ProtoReader): DigestNotice {
  const notice = { term: 0, index: 0, reported: '', expected: '', agreeing: 0, voters: 0 };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        notice.term = readCount(reader);
        break;
      case 2:
        notice.index = readCount(reader);
        break;
      case 3:
        notice.reported = readDigestBytes(reader);
        break;
      case 4:
        notice.expected = readDigestBytes(reader);
        break;
      case 5:
        notice.agreeing = reader.uint32();
        break;
      case 6:
        notice.voters = reader.uint32();
        break;
      default:
        reader.skip();
    }
  }
  const { term, index, reported, expected, agreeing, voters } = notice;
  if (term === 0 || index === 0 || reported === '' || expected === '') {
    throw new WireError('a digest notice without term, index or digests');
  }
  if (voters === 0 || agreeing > voters) {
    throw new WireError(`a digest notice with ${agreeing} of ${voters} voters`);
  }
  return notice;
}

function readDigestBytes(reader: ProtoReader): string {
  const bytes = reader.bytes();
  if (bytes.length !== DIGEST_BYTES) throw new WireError(`a state digest of ${bytes.length} bytes`);
  return bytes.toString('hex');
}

function toCause(reason: number): ProposalRefusalCause {
  for (const [cause, number] of Object.entries(REFUSAL_REASON)) {
    if (number === reason) return cause as ProposalRefusalCause;
  }
  throw new WireError(`unknown refusal reason ${reason}`);
}
