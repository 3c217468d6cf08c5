/**
 * Between the wire's messages and the client's own types (`types.ts`). Pure and total: what a newer
 * server says is kept as 'UNKNOWN' or passed over, and nothing here throws.
 */
import type { Duration, Duration__Output } from '../generated/google/protobuf/Duration.js';
import type { Timestamp__Output } from '../generated/google/protobuf/Timestamp.js';
import type { Alarm__Output } from '../generated/sexton/v1/Alarm.js';
import type { GetLeaderStatusResponse__Output } from '../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusResponse__Output } from '../generated/sexton/v1/GetNodeStatusResponse.js';
import type { Member__Output } from '../generated/sexton/v1/Member.js';
import type { MemberProgress__Output } from '../generated/sexton/v1/MemberProgress.js';
import type { ObjectStoreStatus__Output } from '../generated/sexton/v1/ObjectStoreStatus.js';
import type { Purge__Output } from '../generated/sexton/v1/Purge.js';
import type { PurgeStatus__Output } from '../generated/sexton/v1/PurgeStatus.js';
import type { PurgeSummary__Output } from '../generated/sexton/v1/PurgeSummary.js';
import type { Stream__Output } from '../generated/sexton/v1/Stream.js';
import type { StreamEvent__Output } from '../generated/sexton/v1/StreamEvent.js';
import type {
  Alarm,
  BlockedReason,
  LeaderStatus,
  Member,
  MemberProgress,
  NodeRole,
  NodeStatus,
  ObjectStoreStatus,
  Purge,
  PurgePhase,
  PurgeStatus,
  PurgeSummary,
  ReplicationState,
  Stream,
  StreamEvent,
  StreamEventType,
  StreamState,
} from './types.js';

// ------------------------------------------------------------------------------------ small values

/** Undefined when the field is absent. */
export function timeMs(timestamp: Timestamp__Output | null | undefined): number | undefined {
  return timestamp ? timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1_000_000) : undefined;
}

/** With its fraction: a disk write may take a third of a millisecond. Undefined when absent. */
export function durationMs(duration: Duration__Output | null | undefined): number | undefined {
  return duration ? duration.seconds * 1000 + duration.nanos / 1_000_000 : undefined;
}

export function wireDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

function hex(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('hex');
}

/**
 * The part of an enum's name behind its prefix. Undefined for UNSPECIFIED; 'UNKNOWN' for what is not
 * in `known` (a newer server's value arrives as a number).
 */
function enumName<Name extends string>(
  value: string | number,
  prefix: string,
  known: readonly Name[],
): Name | 'UNKNOWN' | undefined {
  if (value === `${prefix}UNSPECIFIED`) return undefined;
  return known.find((name) => value === prefix + name) ?? 'UNKNOWN';
}

const STREAM_STATES = ['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const;
const PURGE_PHASES = [
  'WAITING',
  'DRAINING',
  'QUEUED',
  'RUNNING',
  'VERIFYING',
  'RETRYING',
  'BLOCKED',
  'PAUSED',
  'DONE',
] as const satisfies readonly PurgePhase[];
const BLOCKED_REASONS = [
  'ACCESS_DENIED',
  'OBJECT_LOCKED',
  'BUCKET_MISSING',
  'FOREIGN_MARKER',
  'STORE_UNSUITABLE',
  'NO_PROGRESS',
] as const satisfies readonly BlockedReason[];
const EVENT_TYPES = [
  'CREATED',
  'DELETED',
  'UNDELETED',
  'PURGE_STARTED',
  'PURGE_PROGRESSED',
  'PURGED',
  'FORGOTTEN',
] as const satisfies readonly StreamEventType[];
const NODE_ROLES = [
  'FOLLOWER',
  'PRE_CANDIDATE',
  'CANDIDATE',
  'LEADER',
  'LEARNER',
  'JOINING',
  'REMOVED',
] as const satisfies readonly NodeRole[];
const REPLICATION_STATES = ['PROBE', 'REPLICATE', 'SNAPSHOT'] as const satisfies readonly ReplicationState[];

// ----------------------------------------------------------------------------------------- streams

export function streamState(value: string | number): StreamState {
  return enumName(value, 'STREAM_STATE_', STREAM_STATES) ?? 'UNKNOWN';
}

export function toStream(wire: Stream__Output): Stream {
  return {
    tenant: wire.tenant,
    name: wire.name,
    incarnation: wire.incarnation,
    state: streamState(wire.state),
    prefix: wire.prefix,
    labels: wire.labels,
    revision: wire.revision,
    etag: wire.etag,
    createTimeMs: timeMs(wire.createTime),
    deleteTimeMs: timeMs(wire.deleteTime),
    purgeAfterMs: timeMs(wire.purgeAfter),
    purgeTimeMs: timeMs(wire.purgeTime),
    reusableAfterMs: timeMs(wire.reusableAfter),
    purge: wire.purge ? toPurgeStatus(wire.purge) : undefined,
  };
}

function toPurgeStatus(wire: PurgeStatus__Output): PurgeStatus {
  return {
    phase: enumName(wire.phase, 'PURGE_PHASE_', PURGE_PHASES) ?? 'UNKNOWN',
    objectsDeleted: wire.objectsDeleted,
    bytesDeleted: wire.bytesDeleted,
    uploadsAborted: wire.uploadsAborted,
    attempts: wire.attempts,
    lastError: wire.lastError,
    lastErrorTimeMs: timeMs(wire.lastErrorTime),
    nextAttemptTimeMs: timeMs(wire.nextAttemptTime),
    blockedReason: enumName(wire.blockedReason, 'BLOCKED_REASON_', BLOCKED_REASONS),
    beginTimeMs: timeMs(wire.beginTime),
    pauseTimeMs: timeMs(wire.pauseTime),
    lateObjectsDeleted: wire.lateObjectsDeleted,
    waitingSessions: wire.waitingSessions,
  };
}

/** Undefined for a kind of event that is newer than this client; its revision still counts. */
export function toEvent(wire: StreamEvent__Output): StreamEvent | undefined {
  const type = enumName(wire.type, 'STREAM_EVENT_TYPE_', EVENT_TYPES);
  if (type === undefined || type === 'UNKNOWN' || !wire.stream) return undefined;
  return { kind: 'event', type, revision: wire.revision, stream: toStream(wire.stream) };
}

// ------------------------------------------------------------------------------------------ purges

export function toPurge(wire: Purge__Output): Purge | undefined {
  if (!wire.stream) return undefined;
  return {
    stream: toStream(wire.stream),
    waitingNodeIds: wire.waitingNodeIds,
    objectsPerSecond: wire.objectsPerSecond,
  };
}

export function toPurgeSummary(wire: PurgeSummary__Output | null | undefined): PurgeSummary {
  return {
    waiting: wire?.waiting ?? 0,
    running: wire?.running ?? 0,
    retrying: wire?.retrying ?? 0,
    blocked: wire?.blocked ?? 0,
    paused: wire?.paused ?? 0,
    clusterPaused: wire?.clusterPaused ?? false,
    pauseReason: wire ? enumName(wire.pauseReason, 'PAUSE_REASON_', ['OPERATOR', 'RESTORED']) : undefined,
    oldestPendingAgeMs: durationMs(wire?.oldestPendingAge),
    objectsDeletedTotal: wire?.objectsDeletedTotal ?? 0,
    bytesDeletedTotal: wire?.bytesDeletedTotal ?? 0,
    lateObjectsTotal: wire?.lateObjectsTotal ?? 0,
  };
}

// ----------------------------------------------------------------------------------------- cluster

export function toMember(wire: Member__Output | null | undefined): Member {
  return {
    memberId: wire?.memberId ?? 0,
    address: wire?.address ?? '',
    httpAddress: wire?.httpAddress ?? '',
    role: (wire ? enumName(wire.role, 'MEMBER_ROLE_', ['VOTER', 'LEARNER']) : undefined) ?? 'UNKNOWN',
    directoryId: wire?.directoryId ?? '',
  };
}

function toMemberProgress(wire: MemberProgress__Output): MemberProgress {
  return {
    member: toMember(wire.member),
    matchIndex: wire.matchIndex,
    trailingEntries: wire.trailingEntries,
    lastContactMs: durationMs(wire.lastContact),
    reachable: wire.reachable,
    state: enumName(wire.state, 'REPLICATION_STATE_', REPLICATION_STATES),
    appliedIndex: wire.appliedIndex,
    snapshotBytesSent: wire.snapshotBytesSent,
    snapshotBytesApproximate: wire.snapshotBytesApproximate,
    promotable: wire.promotable,
    promotionObstacle: wire.promotionObstacle,
    digestEqualIndex: wire.digestEqualIndex,
  };
}

function toObjectStore(wire: ObjectStoreStatus__Output | null): ObjectStoreStatus {
  return {
    description: wire?.description ?? '',
    ready: wire?.ready ?? false,
    problem: wire?.problem ?? '',
    versioned: wire?.versioned ?? false,
    enforcesExpiry: wire?.enforcesExpiry ?? false,
    conditionalDelete: wire?.conditionalDelete ?? false,
    deleteBatchLimit: wire?.deleteBatchLimit ?? 0,
    clockOffsetMs: durationMs(wire?.clockOffset),
    probeTimeMs: timeMs(wire?.probeTime),
  };
}

function toAlarm(wire: Alarm__Output): Alarm {
  return {
    kind: alarmKind(wire.kind),
    memberId: wire.memberId,
    message: wire.message,
    raiseTimeMs: timeMs(wire.raiseTime),
  };
}

function alarmKind(kind: string | number): string {
  if (typeof kind === 'number' || kind === 'ALARM_KIND_UNSPECIFIED') return 'UNKNOWN';
  return kind.replace(/^ALARM_KIND_/, '');
}

export function toLeaderStatus(wire: GetLeaderStatusResponse__Output): LeaderStatus {
  return {
    clusterId: wire.clusterId,
    leader: toMember(wire.leader),
    term: wire.term,
    commitIndex: wire.commitIndex,
    appliedIndex: wire.appliedIndex,
    revision: wire.revision,
    leaderSinceMs: timeMs(wire.leaderSince),
    members: wire.members.map(toMemberProgress),
    streamCounts: Object.fromEntries(
      wire.streamCounts.map(({ state, count }) => [streamState(state), count]),
    ),
    purges: toPurgeSummary(wire.purges),
    objectStore: toObjectStore(wire.objectStore),
    appliedDigest: hex(wire.appliedDigest),
    digestIndex: wire.digestIndex,
    alarms: wire.alarms.map(toAlarm),
    openSessions: wire.openSessions,
    membershipChangePending: wire.membershipChangePending,
  };
}

export function toNodeStatus(wire: GetNodeStatusResponse__Output): NodeStatus {
  return {
    clusterId: wire.clusterId,
    memberId: wire.memberId,
    directoryId: wire.directoryId,
    role: enumName(wire.role, 'NODE_ROLE_', NODE_ROLES) ?? 'UNKNOWN',
    term: wire.term,
    votedFor: wire.votedFor,
    leaderId: wire.leaderId,
    leaderAddress: wire.leaderAddress,
    commitIndex: wire.commitIndex,
    appliedIndex: wire.appliedIndex,
    firstLogIndex: wire.firstLogIndex,
    lastLogIndex: wire.lastLogIndex,
    snapshotIndex: wire.snapshotIndex,
    revision: wire.revision,
    dataBytes: wire.dataBytes,
    diskFreeBytes: wire.diskFreeBytes,
    version: wire.version,
    startTimeMs: timeMs(wire.startTime),
    eventLoopLagMs: durationMs(wire.eventLoopLag),
    diskSyncP50Ms: durationMs(wire.diskSyncP50),
    diskSyncP99Ms: durationMs(wire.diskSyncP99),
    residentMemoryBytes: wire.residentMemoryBytes,
    openWatches: wire.openWatches,
    pendingProposals: wire.pendingProposals,
    members: wire.members.map(toMember),
    appliedDigest: hex(wire.appliedDigest),
    digestIndex: wire.digestIndex,
    alarms: wire.alarms.map(toAlarm),
  };
}
