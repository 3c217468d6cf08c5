/**
 * PeerReport on the wire (`raft-wire.ts` carries it): milliseconds here, whole microseconds there, far
 * below what any clock of a machine is good for.
 */
import type { HeardMember, PeerReport } from '../node/transport/transport.js';
import { type ProtoReader, type ReverseProtoWriter, WireError } from './protobuf-wire.js';

/** Members in one report: more than any cluster has. */
export const HEARD_MAX = 64;
/** A year 2100 against a year 1970, and less than what doubles into a safe integer. */
const MICROSECONDS_MAX = 4e15;
/** Three numbers of at most eight bytes each and one of five, with their tags. */
const HEARD_BYTES = 40;

/** Never less than what the report adds to a frame beyond an empty item. */
export function peerReportBytes(report: PeerReport): number {
  return report.heard.length * HEARD_BYTES;
}

export function writePeerReport(writer: ReverseProtoWriter, report: PeerReport): void {
  for (let at = report.heard.length - 1; at >= 0; at--) {
    const { member, agoMs, clock } = report.heard[at] as HeardMember;
    const start = writer.length;
    if (clock !== undefined) {
      writer.uint(4, Math.max(1, micros(clock.errorMs)));
      writer.uint(3, zigzag(clock.offsetMs));
    }
    writer.uint(2, micros(agoMs));
    writer.uint(1, member);
    writer.endMessage(5, start);
  }
  writer.uint(4, micros(report.echoHeldMs));
  writer.uint(3, report.echo);
  writer.uint(2, Math.max(0, report.wallMs));
  writer.uint(1, report.sequence);
}

/** Throws WireError. */
export function readPeerReport(reader: ProtoReader): PeerReport {
  const report = { sequence: 0, wallMs: 0, echo: 0, echoHeldMs: 0 };
  const heard: HeardMember[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        report.sequence = reader.uint();
        break;
      case 2:
        report.wallMs = reader.uint();
        break;
      case 3:
        report.echo = reader.uint();
        break;
      case 4:
        report.echoHeldMs = reader.uint() / 1000;
        break;
      case 5:
        if (heard.length === HEARD_MAX) throw new WireError(`a report of more than ${HEARD_MAX} members`);
        heard.push(reader.message(readHeard));
        break;
      default:
        reader.skip();
    }
  }
  if (report.sequence === 0) throw new WireError('a peer report without sequence');
  return { ...report, heard };
}

function readHeard(reader: ProtoReader): HeardMember {
  let member = 0;
  let agoUs = 0;
  let offset = 0;
  let errorUs = 0;
  while (reader.next()) {
    if (reader.field === 1) member = reader.uint32();
    else if (reader.field === 2) agoUs = reader.uint();
    else if (reader.field === 3) offset = reader.uint();
    else if (reader.field === 4) errorUs = reader.uint();
    else reader.skip();
  }
  if (member === 0) throw new WireError('a heard member without id');
  const agoMs = agoUs / 1000;
  if (errorUs === 0) return { member, agoMs };
  return { member, agoMs, clock: { offsetMs: unzigzag(offset) / 1000, errorMs: errorUs / 1000 } };
}

function micros(ms: number): number {
  return Math.min(MICROSECONDS_MAX, Math.max(0, Math.round(ms * 1000)));
}

/** Protobuf's sint64: small numbers of either sign stay short. */
function zigzag(ms: number): number {
  const us = micros(Math.abs(ms));
  return ms < 0 && us > 0 ? 2 * us - 1 : 2 * us;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
