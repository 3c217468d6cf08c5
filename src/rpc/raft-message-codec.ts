/**
 * Consensus messages as protobuf (sexton/raft/v1: Message), by hand because every replicated byte passes
 * here. `raft-wire.ts` makes frames of them, `raft-entry-codec.ts` knows the entries.
 *
 * Everything is validated on arrival, once, so that the core may trust what it is fed: numbers are
 * safe integers, kinds are known, entries follow one another and the request's previous entry, terms
 * never fall and never exceed the message's, and each entry's checksum holds. `data` fields are views
 * into the frame.
 */
import type {
  AppendRequest,
  AppendResponse,
  Entry,
  HeartbeatRequest,
  Message,
  ReadIndexResponse,
} from '../raft/types.js';
import { assertNever } from '../shared/assert.js';
import { type ProtoReader, type ReverseProtoWriter, WireError } from './protobuf-wire.js';
import { readCount, readEntry, writeEntry } from './raft-entry-codec.js';

/** The field numbers of `Message.body`. */
const BODY = {
  preVoteRequest: 4,
  preVoteResponse: 5,
  voteRequest: 6,
  voteResponse: 7,
  appendRequest: 8,
  appendResponse: 9,
  heartbeatRequest: 10,
  heartbeatResponse: 11,
  readIndexRequest: 12,
  readIndexResponse: 13,
  timeoutNow: 14,
} as const satisfies Record<Message['kind'], number>;

/** What a message adds to a frame besides its entries, at most. */
export const MESSAGE_OVERHEAD_BYTES = 96;

// ----------------------------------------------------------------------------------------- writing

/** Writes `Message` as `field` of the enclosing message. */
export function writeMessage(writer: ReverseProtoWriter, field: number, message: Message): void {
  const start = writer.length;
  writeBody(writer, message);
  writer.endMessage(BODY[message.kind], start);
  writer.uint(3, message.term);
  writer.uint(2, message.to);
  writer.uint(1, message.from);
  writer.endMessage(field, start);
}

function writeBody(writer: ReverseProtoWriter, message: Message): void {
  switch (message.kind) {
    case 'preVoteRequest':
      writer.uint(2, message.lastLogTerm);
      writer.uint(1, message.lastLogIndex);
      return;
    case 'voteRequest':
      writer.bool(3, message.leadershipTransfer);
      writer.uint(2, message.lastLogTerm);
      writer.uint(1, message.lastLogIndex);
      return;
    case 'preVoteResponse':
    case 'voteResponse':
      writer.bool(1, message.granted);
      return;
    case 'appendRequest':
      writer.uint(4, message.commitIndex);
      for (let i = message.entries.length - 1; i >= 0; i--)
        writeEntry(writer, 3, message.entries[i] as Entry);
      writer.uint(2, message.prevLogTerm);
      writer.uint(1, message.prevLogIndex);
      return;
    case 'appendResponse':
      writer.uint(5, message.hintTerm);
      writer.uint(4, message.hintIndex);
      writer.uint(3, message.conflictIndex);
      writer.uint(2, message.matchIndex);
      writer.bool(1, message.rejected);
      return;
    case 'heartbeatRequest':
      writer.uint(2, message.readSequence);
      writer.uint(1, message.commitIndex);
      return;
    case 'heartbeatResponse':
      writer.uint(1, message.readSequence);
      return;
    case 'readIndexRequest':
      writer.uint(1, message.context);
      return;
    case 'readIndexResponse':
      writer.bool(3, message.refused);
      writer.uint(2, message.index);
      writer.uint(1, message.context);
      return;
    case 'timeoutNow':
      return;
    default:
      assertNever(message);
  }
}

// ----------------------------------------------------------------------------------------- reading

interface Envelope {
  from: number;
  to: number;
  term: number;
}

/**
 * Reads a `Message`. Undefined: its body is of a kind this version does not know, and what is not
 * understood was not received. Throws WireError.
 */
export function readMessage(reader: ProtoReader): Message | undefined {
  const envelope: Envelope = { from: 0, to: 0, term: 0 };
  let body: ((envelope: Envelope) => Message) | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        envelope.from = reader.uint32();
        break;
      case 2:
        envelope.to = reader.uint32();
        break;
      case 3:
        envelope.term = readCount(reader);
        break;
      default:
        body = readBody(reader, reader.field) ?? body;
    }
  }
  if (body === undefined) return undefined;
  if (envelope.from === 0) throw new WireError('a message without `from`');
  if (envelope.to === 0) throw new WireError('a message without `to`');
  return body(envelope);
}

/** The envelope may follow the body on the wire, hence a function of it. */
function readBody(reader: ProtoReader, field: number): ((envelope: Envelope) => Message) | undefined {
  switch (field) {
    case BODY.preVoteRequest: {
      const [lastLogIndex, lastLogTerm] = readNumbers(reader, 2);
      return ({ from, to, term }) => ({ kind: 'preVoteRequest', from, to, term, lastLogIndex, lastLogTerm });
    }
    case BODY.voteRequest: {
      const [lastLogIndex, lastLogTerm, transfer] = readNumbers(reader, 3);
      const leadershipTransfer = transfer !== 0;
      return ({ from, to, term }) => ({
        kind: 'voteRequest',
        from,
        to,
        term,
        lastLogIndex,
        lastLogTerm,
        leadershipTransfer,
      });
    }
    case BODY.preVoteResponse: {
      const [granted] = readNumbers(reader, 1);
      return ({ from, to, term }) => ({ kind: 'preVoteResponse', from, to, term, granted: granted !== 0 });
    }
    case BODY.voteResponse: {
      const [granted] = readNumbers(reader, 1);
      return ({ from, to, term }) => ({ kind: 'voteResponse', from, to, term, granted: granted !== 0 });
    }
    case BODY.appendRequest:
      return reader.message(readAppendRequest);
    case BODY.appendResponse: {
      const [rejected, matchIndex, conflictIndex, hintIndex, hintTerm] = readNumbers(reader, 5);
      return ({ from, to, term }): AppendResponse => ({
        kind: 'appendResponse',
        from,
        to,
        term,
        rejected: rejected !== 0,
        matchIndex,
        conflictIndex,
        hintIndex,
        hintTerm,
      });
    }
    case BODY.heartbeatRequest: {
      const [commitIndex, readSequence] = readNumbers(reader, 2);
      return ({ from, to, term }): HeartbeatRequest => ({
        kind: 'heartbeatRequest',
        from,
        to,
        term,
        commitIndex,
        readSequence,
      });
    }
    case BODY.heartbeatResponse: {
      const [readSequence] = readNumbers(reader, 1);
      return ({ from, to, term }) => ({ kind: 'heartbeatResponse', from, to, term, readSequence });
    }
    case BODY.readIndexRequest: {
      const [context] = readNumbers(reader, 1);
      return ({ from, to, term }) => ({ kind: 'readIndexRequest', from, to, term, context });
    }
    case BODY.readIndexResponse: {
      const [context, index, refused] = readNumbers(reader, 3);
      return ({ from, to, term }): ReadIndexResponse => ({
        kind: 'readIndexResponse',
        from,
        to,
        term,
        context,
        index,
        refused: refused !== 0,
      });
    }
    case BODY.timeoutNow:
      readNumbers(reader, 0);
      return ({ from, to, term }) => ({ kind: 'timeoutNow', from, to, term });
    default:
      reader.skip();
      return undefined;
  }
}

type Numbers = readonly [number, number, number, number, number];

/** The body of a message whose fields 1 to `count` are all numbers or booleans. Absent ones are 0. */
function readNumbers(reader: ProtoReader, count: number): Numbers {
  return reader.message((body): Numbers => {
    const values: [number, number, number, number, number] = [0, 0, 0, 0, 0];
    while (body.next()) {
      if (body.field <= count) values[body.field - 1] = readCount(body);
      else body.skip();
    }
    return values;
  });
}

function readAppendRequest(reader: ProtoReader): (envelope: Envelope) => AppendRequest {
  let prevLogIndex = 0;
  let prevLogTerm = 0;
  let commitIndex = 0;
  const entries: Entry[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        prevLogIndex = readCount(reader);
        break;
      case 2:
        prevLogTerm = readCount(reader);
        break;
      case 3:
        entries.push(reader.message(readEntry));
        break;
      case 4:
        commitIndex = readCount(reader);
        break;
      default:
        reader.skip();
    }
  }
  return ({ from, to, term }) => {
    checkSequence(entries, prevLogIndex, prevLogTerm, term);
    return { kind: 'appendRequest', from, to, term, prevLogIndex, prevLogTerm, entries, commitIndex };
  };
}

/** A log has consecutive indexes and terms that never fall, none above the sender's (thesis §3.5). */
function checkSequence(entries: readonly Entry[], prevIndex: number, prevTerm: number, term: number): void {
  let index = prevIndex;
  let lastTerm = prevTerm;
  for (const entry of entries) {
    index++;
    if (entry.index !== index) throw new WireError(`entry ${entry.index} where ${index} must follow`);
    if (entry.term < lastTerm)
      throw new WireError(`entry ${index} of term ${entry.term} after term ${lastTerm}`);
    lastTerm = entry.term;
  }
  if (lastTerm > term) throw new WireError(`an entry of term ${lastTerm} in a message of term ${term}`);
}
