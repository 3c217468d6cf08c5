/** Sessions of ingest nodes: requests of IngestService checked, and what is known of a session on the wire. */
import type { KeepAliveRequest__Output } from '../../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse } from '../../generated/sexton/v1/KeepAliveResponse.js';
import type { ListSessionsRequest__Output } from '../../generated/sexton/v1/ListSessionsRequest.js';
import type { OpenSessionRequest__Output } from '../../generated/sexton/v1/OpenSessionRequest.js';
import type { Session } from '../../generated/sexton/v1/Session.js';
import {
  SESSION_TTL_MS_MAX,
  SESSION_TTL_MS_MIN,
  TAKEN_UP_MAX,
  TIME_MS_MAX,
  UPLOAD_DEADLINE_MS_MAX,
  UPLOAD_DEADLINE_MS_MIN,
} from '../../catalog/limits.js';
import { nodeIdViolations } from '../../catalog/names.js';
import type { OpenSession, SessionId, SessionRecord } from '../../catalog/types.js';
import type { SessionLease, SessionReport, SessionView, TakenUpStream } from '../../node/node-api.js';
import { BinaryReader, BinaryWriter } from '../../shared/binary.js';
import { Checks } from './checks.js';
import { pageSizeOf, safeInteger } from './common-fields.js';
import { decodePageToken, encodePageToken, type KeyCheck } from './page-token.js';
import { finish, type WriteRequest } from './stream-requests.js';
import { type DurationBounds, durationMs, fromTimestamp, toDuration, toTimestamp } from './time.js';

const TTL_DEFAULT_MS = 30_000;
const TTL: DurationBounds = { minMs: SESSION_TTL_MS_MIN, maxMs: SESSION_TTL_MS_MAX, text: '5 s to 1 hour' };
const UPLOAD_DEADLINE_DEFAULT_MS = 60_000;
const UPLOAD_DEADLINE: DurationBounds = {
  minMs: UPLOAD_DEADLINE_MS_MIN,
  maxMs: UPLOAD_DEADLINE_MS_MAX,
  text: '1 s to 1 hour',
};
const SESSION_ID_CHARACTERS_MAX = 64;
const UINT32_MAX = 0xffff_ffff;

export function fromOpenSession(request: OpenSessionRequest__Output): WriteRequest<OpenSession> {
  const checks = new Checks();
  const { nodeId, requestId } = request;
  const command: OpenSession = {
    kind: 'openSession',
    nodeId,
    ttlMs: durationMs(request.ttl, 'ttl', TTL, checks) ?? TTL_DEFAULT_MS,
    uploadDeadlineMs:
      durationMs(request.uploadDeadline, 'upload_deadline', UPLOAD_DEADLINE, checks) ??
      UPLOAD_DEADLINE_DEFAULT_MS,
    coversEarlier: request.coversEarlier,
  };
  return finish(command, requestId, false, checks);
}

/** Undefined: well-formed, and no session ever had it. Throws INVALID_ARGUMENT. */
export function sessionIdOf(text: string): SessionId | undefined {
  const checks = new Checks();
  if (text === '') checks.add('session_id', 'is required: the one that OpenSession answered');
  if (text.length > SESSION_ID_CHARACTERS_MAX)
    checks.add('session_id', `is longer than ${SESSION_ID_CHARACTERS_MAX} characters`);
  checks.throwIfAny();
  const id = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : 0;
  return id > 0 && Number.isSafeInteger(id) ? id : undefined;
}

/** A frame as what it reports. Throws INVALID_ARGUMENT. `after`: the sequence of the one before. */
export function fromKeepAlive(
  frame: KeepAliveRequest__Output,
  after: number,
): Omit<SessionReport, 'sessionId'> {
  const checks = new Checks();
  const { drainedRevision, renewOnly } = frame;
  if (!renewOnly) safeInteger(drainedRevision, 'drained_revision', checks);
  const takenUp = renewOnly ? [] : takenUpOf(frame, checks);
  if (!Number.isSafeInteger(frame.sequence) || frame.sequence <= after) {
    checks.add('sequence', `is ${frame.sequence}; it must be above ${after}, the one before, and below 2^53`);
  }
  checks.throwIfAny();
  return { drainedRevision, takenUp, renewOnly };
}

function takenUpOf({ takenUp }: KeepAliveRequest__Output, checks: Checks): readonly TakenUpStream[] {
  if (takenUp.length > TAKEN_UP_MAX) {
    checks.add(
      'taken_up',
      `names ${takenUp.length} streams; at most ${TAKEN_UP_MAX}: report a lower revision`,
    );
    return [];
  }
  const seen = new Set<number>();
  return takenUp.map(({ incarnation, lastSeenTime }, at) => {
    const isNew = Number.isSafeInteger(incarnation) && incarnation > 0 && !seen.has(incarnation);
    if (!isNew) checks.add(`taken_up[${at}].incarnation`, 'must be a positive number below 2^53, each once');
    seen.add(incarnation);
    const lastSeenTimeMs = fromTimestamp(lastSeenTime) ?? 0;
    const isTime =
      Number.isSafeInteger(lastSeenTimeMs) && lastSeenTimeMs >= 0 && lastSeenTimeMs <= TIME_MS_MAX;
    if (!isTime) checks.add(`taken_up[${at}].last_seen_time`, 'must be a time from 1970 to 9999');
    return { incarnation, lastSeenTimeMs: isTime ? lastSeenTimeMs : 0 };
  });
}

export function toKeepAliveResponse(sequence: number, lease: SessionLease): KeepAliveResponse {
  return {
    sequence,
    leaseRemaining: toDuration(lease.leaseMs),
    drainedRevision: lease.drainedRevision,
    awaitedRevision: lease.awaitedRevision,
    revision: lease.revision,
  };
}

/** `leaseMs` undefined: closed with everything settled, so that nothing is left of it. */
export function toSession(
  record: SessionRecord,
  leaseMs: number | undefined,
  live?: Pick<SessionView, 'drainedRevision' | 'waitingPurges' | 'takenUpStreams'>,
): Session {
  return {
    sessionId: String(record.id),
    nodeId: record.nodeId,
    state: leaseMs === undefined ? 'SESSION_STATE_CLOSED' : `SESSION_STATE_${record.state}`,
    ttl: toDuration(record.ttlMs),
    uploadDeadline: toDuration(record.uploadDeadlineMs),
    openedRevision: record.openedRevision,
    ...(live?.drainedRevision === undefined ? {} : { drainedRevision: live.drainedRevision }),
    leaseRemaining: leaseMs === undefined ? null : toDuration(leaseMs),
    openTime: toTimestamp(record.openTimeMs),
    waitingPurges: Math.min(live?.waitingPurges ?? 0, UINT32_MAX),
    takenUpStreams: live?.takenUpStreams ?? 0,
  };
}

// --------------------------------------------------------------------------------------------- list

export type SessionKey = Pick<SessionRecord, 'nodeId' | 'id'>;

export interface ListSessionsCall {
  /** '' = all. */
  readonly nodeId: string;
  readonly waitingOnly: boolean;
  readonly pageSize: number;
  /** Go on after it. */
  readonly after: SessionKey | undefined;
  readonly nextToken: (last: SessionKey, revision: number) => string;
}

const checkKey: KeyCheck = (after) => {
  decodeKey(after);
};

export function fromListSessions(request: ListSessionsRequest__Output): ListSessionsCall {
  const checks = new Checks();
  const { nodeId, waitingOnly } = request;
  if (nodeId !== '') checks.addAll(nodeIdViolations(nodeId));
  const pageSize = pageSizeOf(request.pageSize, checks);
  const bound = ['ListSessions', nodeId, waitingOnly];
  const position = decodePageToken(request.pageToken, bound, checkKey, checks);
  checks.throwIfAny();
  return {
    nodeId,
    waitingOnly,
    pageSize,
    after: position?.after === undefined ? undefined : decodeKey(position.after),
    nextToken: (last, revision) => encodePageToken({ revision, stage: 0, after: encodeKey(last) }, bound),
  };
}

function encodeKey({ nodeId, id }: SessionKey): Uint8Array {
  return new BinaryWriter().varint(id).string(nodeId).finish();
}

function decodeKey(bytes: Uint8Array): SessionKey {
  const reader = new BinaryReader(bytes);
  const key = { id: reader.varint(), nodeId: reader.string() };
  reader.end();
  return key;
}
