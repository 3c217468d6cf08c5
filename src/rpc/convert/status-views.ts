/** What ClusterService says: the leader's view of the cluster, and a node's view of itself. */
import type { Alarm } from '../../generated/sexton/v1/Alarm.js';
import type { GetLeaderStatusResponse } from '../../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusResponse } from '../../generated/sexton/v1/GetNodeStatusResponse.js';
import type { MemberLink } from '../../generated/sexton/v1/MemberLink.js';
import type { MemberProgress } from '../../generated/sexton/v1/MemberProgress.js';
import { STREAM_STATES } from '../../catalog/types.js';
import type { ObjectStoreStatus } from '../../generated/sexton/v1/ObjectStoreStatus.js';
import type { AlarmView, LeaderView, LinkView, NodeView, PeerView } from '../../node/node-api.js';
import type { Role } from '../../raft/types.js';
import { toMember, toMembers } from './member.js';
import { toPurgeSummary, toStoreLoad } from './purge.js';
import { WIRE_STATE } from './stream.js';
import { toDuration, toSignedDuration, toTimestamp } from './time.js';

const WIRE_PROGRESS = {
  leader: 'REPLICATION_STATE_UNSPECIFIED',
  probe: 'REPLICATION_STATE_PROBE',
  replicate: 'REPLICATION_STATE_REPLICATE',
  snapshot: 'REPLICATION_STATE_SNAPSHOT',
} as const satisfies Record<PeerView['progress'], string>;

const WIRE_LINK = {
  heard: 'LINK_STATE_HEARD',
  silent: 'LINK_STATE_SILENT',
  unknown: 'LINK_STATE_UNSPECIFIED',
} as const satisfies Record<LinkView['state'], string>;

const WIRE_ROLE = {
  follower: 'NODE_ROLE_FOLLOWER',
  preCandidate: 'NODE_ROLE_PRE_CANDIDATE',
  candidate: 'NODE_ROLE_CANDIDATE',
  leader: 'NODE_ROLE_LEADER',
  learner: 'NODE_ROLE_LEARNER',
} as const satisfies Record<Role, string>;

export function toLeaderStatus(view: LeaderView): GetLeaderStatusResponse {
  const { summary } = view;
  const leader = view.peers.find((peer) => peer.id === view.leaderId);
  return {
    clusterId: view.clusterId,
    leader: toMember(leader ?? { id: view.leaderId, address: view.leaderAddress, role: 'voter' }),
    term: view.term,
    commitIndex: view.commitIndex,
    appliedIndex: view.appliedIndex,
    membershipChangePending: view.membershipChangePending,
    revision: summary.revision,
    leaderSince: toTimestamp(view.leaderSinceMs),
    members: view.peers.map(toMemberProgress),
    streamCounts: STREAM_STATES.filter((state) => summary.streams[state] > 0).map((state) => ({
      state: WIRE_STATE[state],
      count: summary.streams[state],
    })),
    purges: toPurgeSummary(view),
    openSessions: summary.sessions.OPEN,
    objectStore: toObjectStore(view),
    appliedDigest: Buffer.from(summary.digest, 'hex'),
    digestIndex: view.appliedIndex,
    alarms: view.alarms.map(toAlarm),
    links: view.links.map(toLink),
  };
}

function toLink({ from, to, state, lastHeardMs, clock }: LinkView): MemberLink {
  return {
    from,
    to,
    state: WIRE_LINK[state],
    lastHeard: lastHeardMs === undefined ? null : toDuration(lastHeardMs),
    ...toClock(clock),
  };
}

function toClock(clock: LinkView['clock']): Pick<MemberLink, 'clockOffset' | 'clockOffsetError'> {
  if (clock === undefined) return { clockOffset: null, clockOffsetError: null };
  return { clockOffset: toSignedDuration(clock.offsetMs), clockOffsetError: toDuration(clock.errorMs) };
}

function toAlarm({ kind, memberId, message, raisedMs }: AlarmView): Alarm {
  const raiseTime = raisedMs === undefined ? null : toTimestamp(raisedMs);
  return { kind: `ALARM_KIND_${kind}`, memberId, message, raiseTime };
}

/** Paused purges, and members that differ, say nothing about the store. */
function toObjectStore({ objectStore, purge }: LeaderView): ObjectStoreStatus {
  const { stopKind, stoppedBecause, store } = purge;
  const isTrouble = stopKind === 'storage' || stopKind === 'foreignMarker' || stopKind === 'starting';
  const problem = isTrouble ? stoppedBecause.replace(/^storage: /, '') : '';
  const status: ObjectStoreStatus = {
    description: objectStore,
    ready: problem === '',
    problem,
    load: toStoreLoad(purge),
  };
  if (store === undefined) return status;
  const { versioning, requestExpiry, conditionalDelete, deleteBatchMax } = store.capabilities;
  const { clockOffsetMs, clockErrorMs = 0 } = store.capabilities;
  return {
    ...status,
    versioned: versioning !== 'never',
    enforcesExpiry: requestExpiry,
    conditionalDelete,
    deleteBatchLimit: deleteBatchMax,
    ...toClock(clockOffsetMs === undefined ? undefined : { offsetMs: clockOffsetMs, errorMs: clockErrorMs }),
    probeTime: toTimestamp(store.probedMs),
  };
}

function toMemberProgress(peer: PeerView): MemberProgress {
  return {
    member: toMember(peer, peer.directoryId),
    matchIndex: peer.matchIndex,
    trailingEntries: Math.max(0, peer.trailingEntries),
    lastContact: peer.lastContactMs === undefined ? null : toDuration(peer.lastContactMs),
    reachable: peer.reachable,
    state: WIRE_PROGRESS[peer.progress],
    promotable: peer.role === 'learner' && peer.promotionObstacle === '',
    promotionObstacle: peer.promotionObstacle,
    digestEqualIndex: peer.digestEqualIndex,
    snapshotBytesSent: peer.snapshot?.sentBytes ?? 0,
    snapshotBytesApproximate: peer.snapshot?.approximateBytes ?? 0,
    ...toClock(peer.clock),
  };
}

export function toNodeStatus(view: NodeView, leaderAddress: string): GetNodeStatusResponse {
  const { core } = view;
  return {
    clusterId: view.clusterId,
    memberId: view.memberId,
    directoryId: view.directoryId,
    role: roleOf(view),
    term: core.term,
    votedFor: core.votedFor,
    leaderId: core.leader,
    leaderAddress,
    commitIndex: core.commitIndex,
    appliedIndex: core.appliedIndex,
    firstLogIndex: view.firstLogIndex,
    lastLogIndex: core.lastIndex,
    snapshotIndex: view.snapshotIndex,
    revision: view.revision,
    dataBytes: view.storageSizeBytes,
    diskFreeBytes: view.diskFreeBytes,
    version: view.version,
    startTime: toTimestamp(view.startedMs),
    eventLoopLag: toDuration(view.eventLoopLagMs),
    diskSyncP50: optionalDuration(view.diskSyncP50Ms),
    diskSyncP99: optionalDuration(view.diskSyncP99Ms),
    residentMemoryBytes: view.residentBytes,
    openWatches: view.openWatches,
    pendingProposals: view.pendingProposals,
    members: toMembers(core.configuration),
    appliedDigest: Buffer.from(view.digest, 'hex'),
    digestIndex: core.appliedIndex,
    alarms: view.alarms.map(toAlarm),
    links: view.links.map(toLink),
  };
}

function roleOf({ removed, joining, core }: NodeView) {
  if (removed) return 'NODE_ROLE_REMOVED' as const;
  return joining ? ('NODE_ROLE_JOINING' as const) : WIRE_ROLE[core.role];
}

/** 0 and NaN mean that nothing was measured. */
function optionalDuration(ms: number): ReturnType<typeof toDuration> | null {
  return ms > 0 ? toDuration(ms) : null;
}
