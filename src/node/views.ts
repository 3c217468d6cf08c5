/** What status shows, put together from the core, the storage and the purger. */
import { readSummary } from '../catalog/queries.js';
import { clockAlarms, diskAlarms, linkAlarms } from './view-alarms.js';
import type { PurgeStatus, PurgeStopKind, RebornStream } from '../purge/purge-status.js';
import type { CoreStatus, Member } from '../raft/types.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { Engine } from './engine.js';
import type { AlarmView } from './alarm.js';
import type { LeaderView, NodeView, PeerView } from './node-api.js';
import type { NodeOptions } from './options.js';

export interface ViewSources {
  readonly options: NodeOptions;
  readonly storage: NodeStorage;
  readonly engine: Engine;
  readonly version: string;
  readonly purgeStatus: () => PurgeStatus;
  readonly objectStoreDescription: string;
}

export interface NodeViewSources extends Omit<ViewSources, 'engine'> {
  /** Undefined: not in a cluster yet. */
  readonly engine: Engine | undefined;
  readonly startedMs: number;
  readonly removed: boolean;
  /** Of the file system that the data directory lies in; undefined: there is none. */
  readonly diskSpace: (() => Promise<DiskSpace>) | undefined;
}

export interface DiskSpace {
  /** For this process. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export function leaderView(sources: ViewSources): LeaderView {
  const { options, engine, storage } = sources;
  const status = engine.core.status();
  const voters = new Set(status.configuration.voters.map((member) => member.id));
  const peers = engine.membership.members().map((member): PeerView => {
    const role = voters.has(member.id) ? ('voter' as const) : ('learner' as const);
    const digestEqualIndex = engine.digests.equalUpTo(member.id);
    if (member.id === options.memberId)
      return { ...ownView(member, role, status.persistedIndex, status.lastIndex), digestEqualIndex };
    const peer = status.peers.find((each) => each.id === member.id);
    const matchIndex = peer?.matchIndex ?? 0;
    const snapshot = engine.snapshotProgress(member.id);
    return {
      id: member.id,
      address: member.address,
      role,
      progress: peer?.progress ?? 'probe',
      matchIndex,
      trailingEntries: status.lastIndex - matchIndex,
      lastContactMs: peer === undefined ? undefined : peer.lastContactTicks * options.tickMs,
      reachable: peer?.recentlyActive ?? false,
      directoryId: member.directoryId,
      promotionObstacle: engine.membership.promotionObstacle(member.id),
      digestEqualIndex,
      clock: engine.reports.clockOf(member.id),
      ...(snapshot === undefined ? {} : { snapshot }),
    };
  });
  const summary = readSummary(storage.catalog);
  const purge = sources.purgeStatus();
  const clientsStillSending = engine.leadership.sessions?.totals().stillSentTo ?? 0;
  const links = engine.reports.links();
  return {
    clusterId: options.clusterId,
    leaderId: options.memberId,
    leaderAddress: engine.addressOf(options.memberId),
    term: status.term,
    commitIndex: status.commitIndex,
    appliedIndex: engine.applier.appliedIndex,
    leaderSinceMs: engine.leadership.leaderSinceMs ?? 0,
    peers,
    links,
    summary,
    purge,
    clientsStillSending,
    objectStore: sources.objectStoreDescription,
    membershipChangePending: engine.core.configurationIndex > status.commitIndex,
    alarms: [
      ...engine.digests.alarms,
      ...alarms(peers, summary.purges.BLOCKED, clientsStillSending, purge),
      ...linkAlarms(links, options.memberId),
      ...clockAlarms(peers, purge.store?.capabilities, options.clockOffsetAlarmMs),
    ],
  };
}

function ownView(
  member: Member,
  role: 'voter' | 'learner',
  persistedIndex: number,
  lastIndex: number,
): Omit<PeerView, 'digestEqualIndex'> {
  return {
    id: member.id,
    address: member.address,
    role,
    progress: 'leader',
    matchIndex: persistedIndex,
    trailingEntries: lastIndex - persistedIndex,
    lastContactMs: 0,
    reachable: true,
    directoryId: member.directoryId,
    promotionObstacle: '',
    clock: undefined,
  };
}

const STOP_ALARM = {
  storage: 'STORAGE_NOT_READY',
  foreignMarker: 'FOREIGN_MARKER',
  restored: 'PURGES_PAUSED_AFTER_RESTORE',
  paused: 'PURGES_STOPPED',
  stateInDoubt: 'PURGES_STOPPED',
  starting: 'PURGES_STOPPED',
} as const satisfies Record<PurgeStopKind, AlarmView['kind']>;

/** What needs an operator, worst first. */
function alarms(
  peers: readonly PeerView[],
  blockedPurges: number,
  clientsStillSending: number,
  purge: PurgeStatus,
): AlarmView[] {
  const found: AlarmView[] = [];
  const add = (kind: AlarmView['kind'], memberId: number, message: string): void => {
    found.push({ kind, memberId, message, raisedMs: undefined });
  };
  const voters = peers.filter((peer) => peer.role === 'voter');
  const away = voters.filter((peer) => !peer.reachable);
  if (away.length > 0 && voters.length - away.length <= Math.floor(voters.length / 2) + 1) {
    add('NO_FAULT_TOLERANCE', 0, 'no fault tolerance left: one more lost member stops all writes');
  }
  for (const { id, address } of away) {
    add('MEMBER_UNREACHABLE', id, `member ${id} at ${address} is unreachable`);
  }
  if (purge.stopKind !== undefined) {
    add(STOP_ALARM[purge.stopKind], 0, `nothing is purged: ${purge.stoppedBecause}`);
  }
  if (blockedPurges > 0) {
    add(
      'PURGE_BLOCKED',
      0,
      `${blockedPurges} purges are blocked and need an operator: see 'sexton purge list'`,
    );
  }
  if (clientsStillSending > 0) {
    add(
      'CLIENTS_STILL_SENDING',
      0,
      `${clientsStillSending} purges wait because clients still send to deleted streams: stop the clients ` +
        `('sexton purge list' names the nodes), or give up what they send with 'sexton purge retry --discard-new-writes'`,
    );
  }
  for (const reborn of purge.rebornStreams) add('STREAM_REBORN', 0, rebornText(reborn));
  return found;
}

function rebornText({ tenant, name, prefix, createdTimeMs, adoptedAs, obstacle }: RebornStream): string {
  const stream = tenant === '' ? name : `${tenant}/${name}`;
  const when = createdTimeMs === undefined ? '' : ` at ${new Date(createdTimeMs).toISOString()}`;
  const what = `stream ${stream} was purged, and its writer has created it again below ${prefix}${when}, behind the catalog`;
  return adoptedAs === undefined
    ? `${what}: nothing below it is deleted; ${obstacle}`
    : `${what}: it has been adopted as incarnation ${adoptedAs}; stop its clients before you delete it again`;
}

export async function nodeView(sources: NodeViewSources): Promise<NodeView> {
  const { options, engine, storage } = sources;
  const { digest, revision } = readSummary(storage.catalog);
  const space = await sources.diskSpace?.();
  return {
    removed: sources.removed,
    joining: engine === undefined,
    clusterId: options.clusterId,
    memberId: options.memberId,
    directoryId: storage.identity.directoryId,
    address: options.address,
    version: sources.version,
    startedMs: sources.startedMs,
    core: engine?.core.status() ?? coreBefore(sources),
    firstLogIndex: storage.log.start.index + 1,
    snapshotIndex: storage.log.start.index,
    storageSizeBytes: await storage.approximateSizeBytes(),
    diskFreeBytes: space?.freeBytes ?? 0,
    eventLoopLagMs: engine?.ticker.lagMs ?? 0,
    diskSyncP50Ms: engine?.diskSyncs.quantile(0.5) ?? NaN,
    diskSyncP99Ms: engine?.diskSyncs.quantile(0.99) ?? NaN,
    residentBytes: process.memoryUsage.rss(),
    openWatches: engine?.watches.openCount ?? 0,
    pendingProposals: engine?.proposals.pendingCount ?? 0,
    digest,
    revision,
    links: engine?.reports.ownLinks() ?? [],
    alarms: [...(engine?.digests.alarms ?? []), ...diskAlarms(options.memberId, space)],
  };
}

/** What a node that takes part in nothing yet knows of itself: what lies in its directory. */
function coreBefore({ options, storage }: NodeViewSources): CoreStatus {
  const { term, votedFor } = storage.hardState;
  const { configuration } = storage.snapshotMeta;
  const { appliedIndex } = storage;
  const { lastIndex } = storage.log;
  return {
    id: options.memberId,
    role: 'follower',
    term,
    votedFor,
    leader: 0,
    commitIndex: appliedIndex,
    appliedIndex,
    persistedIndex: lastIndex,
    lastIndex,
    configuration,
    transferTarget: 0,
    uncommittedBytes: 0,
    peers: [],
  };
}
