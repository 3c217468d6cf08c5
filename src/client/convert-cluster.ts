/** Between the wire's messages and the client's own types: the cluster, its members and nodes. As `convert.ts`. */
import type { Alarm__Output } from '../generated/sexton/v1/Alarm.js';
import type { GetLeaderStatusResponse__Output } from '../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusResponse__Output } from '../generated/sexton/v1/GetNodeStatusResponse.js';
import type { Member__Output } from '../generated/sexton/v1/Member.js';
import type { MemberLink__Output } from '../generated/sexton/v1/MemberLink.js';
import type { MemberProgress__Output } from '../generated/sexton/v1/MemberProgress.js';
import type { ObjectStoreStatus__Output } from '../generated/sexton/v1/ObjectStoreStatus.js';
import { durationMs, enumName, hex, streamState, timeMs, toPurgeSummary, toStoreLoad } from './convert.js';
import type {
  Alarm,
  ClockMeasurement,
  LeaderStatus,
  Member,
  MemberLink,
  MemberProgress,
  NodeRole,
  NodeStatus,
  ObjectStoreStatus,
  ReplicationState,
} from './types.js';

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
    clock: toClock(wire),
  };
}

function toClock({
  clockOffset,
  clockOffsetError,
}: Pick<MemberLink__Output, 'clockOffset' | 'clockOffsetError'>): ClockMeasurement | undefined {
  const offsetMs = durationMs(clockOffset);
  return offsetMs === undefined ? undefined : { offsetMs, errorMs: durationMs(clockOffsetError) ?? 0 };
}

function toLink(wire: MemberLink__Output): MemberLink {
  return {
    from: wire.from,
    to: wire.to,
    state: enumName(wire.state, 'LINK_STATE_', ['HEARD', 'SILENT']) ?? 'UNKNOWN',
    lastHeardMs: durationMs(wire.lastHeard),
    clock: toClock(wire),
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
    clock: wire ? toClock(wire) : undefined,
    load: toStoreLoad(wire?.load),
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
    links: wire.links.map(toLink),
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
    links: wire.links.map(toLink),
  };
}
