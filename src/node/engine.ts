/**
 * One running member: the core with everything that carries out its effects, wired together. Exists from
 * the moment the directory is initialised until the node stops; `node.ts` is what lives longer.
 */
import { readSummary } from '../catalog/queries.js';
import { RaftCore } from '../raft/core.js';
import { raftConfig } from '../raft/config.js';
import type { MemberId, RoleChange } from '../raft/types.js';
import { DecodeError } from '../shared/binary.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { DirectoryOwner } from '../storage/rejoin-advice.js';
import { Applier } from './applier.js';
import { CatalogReads } from './catalog-reads.js';
import type { StateDigest } from './digest-history.js';
import { DigestMonitor } from './digest-monitor.js';
import { Driver } from './driver.js';
import { LatencyWindow } from './latency-window.js';
import { LeadershipServices, type LeadershipDeps } from './leadership.js';
import { compactionPoint } from './log-compaction.js';
import { LogWriter } from './log-writer.js';
import { MemberServices, type MemberServicesDeps } from './member-services.js';
import type { NodeMetrics } from './node-metrics.js';
import { electionTimeoutMs, type NodeOptions } from './options.js';
import { PeerReports } from './peer-reports.js';
import { Proposals } from './proposals.js';
import { Reads } from './reads.js';
import { SnapshotReceiver } from './snapshot-receiver.js';
import { type SnapshotSendProgress, SnapshotSender } from './snapshot-sender.js';
import { Ticker } from './ticker.js';
import { PeerRefusals } from './transport/peer-refusals.js';
import type { PeerItem, Transport } from './transport/transport.js';
import { WatchHub } from './watch-hub.js';

export interface EngineDeps {
  readonly options: NodeOptions;
  readonly storage: NodeStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: (callback: () => void) => void;
  /** Random id of this process, below 2^53. */
  readonly boot: number;
  readonly logger: Logger;
  readonly metrics: NodeMetrics;
  /** For messages: whose directory this is, and how it would come back. */
  readonly owner: () => DirectoryOwner;
  readonly startService: LeadershipDeps['startService'];
  readonly leaderChanged: (change: RoleChange) => void;
  /** This node is no member any more, or its id belongs to another disk; told at most once, by whom and why. */
  readonly removed: MemberServicesDeps['removed'];
  readonly wiped: MemberServicesDeps['wiped'];
  readonly fatal: (error: unknown) => void;
}

export class Engine {
  readonly #deps: EngineDeps;
  readonly core: RaftCore;
  readonly driver: Driver;
  readonly writer: LogWriter;
  readonly applier: Applier;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly watches: WatchHub;
  readonly catalogReads: CatalogReads;
  readonly leadership: LeadershipServices;
  readonly digests: DigestMonitor;
  readonly membership: MemberServices;
  readonly reports: PeerReports;
  readonly snapshotReceiver: SnapshotReceiver;
  readonly ticker: Ticker;
  readonly diskSyncs = new LatencyWindow();
  readonly #snapshotSender: SnapshotSender;
  readonly #refusals: PeerRefusals;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    const { options, storage, transport, clock, logger, metrics, fatal } = deps;
    this.#refusals = new PeerRefusals({
      logger,
      isMember: (id) => this.addressOf(id) !== '',
      count: (peer, cause) => {
        metrics.peerRefused(peer, cause);
      },
    });
    this.core = new RaftCore({
      id: options.memberId,
      config: raftConfig({
        electionTicks: options.electionTicks,
        heartbeatTicks: options.heartbeatTicks,
        maxUncommittedBytes: options.maxUncommittedBytes,
        maxMessageBytes: options.maxMessageBytes,
      }),
      log: storage.log,
      hardState: storage.hardState,
      snapshotConfiguration: storage.snapshotMeta.configuration,
      appliedIndex: storage.appliedIndex,
      random: () => deps.random.next(),
    });
    this.driver = new Driver({
      core: this.core,
      transport,
      logger,
      defer: deps.defer,
      onRoleChange: (change) => {
        this.#roleChanged(change);
      },
      fatal,
    });
    this.writer = new LogWriter({
      storage,
      clock,
      send: (messages) => {
        this.driver.send(messages);
      },
      persisted: (index, term) => {
        this.driver.feed({ kind: 'persisted', index, term });
      },
      compacted: (upTo) => {
        this.driver.feed({ kind: 'compacted', upTo });
      },
      observeSync: (durationMs) => {
        this.diskSyncs.add(durationMs);
        metrics.diskSync(durationMs);
      },
      fatal,
    });
    this.proposals = new Proposals({
      memberId: options.memberId,
      boot: deps.boot,
      clock,
      maxPending: options.maxPendingProposals,
      maxCommandBytes: options.maxCommandBytes,
      send: (to, item) => {
        transport.send(to, item);
      },
      addressOf: (member) => this.addressOf(member),
      wake: () => {
        this.driver.wake();
      },
    });
    this.reads = new Reads({
      clock,
      maxPending: options.maxPendingReads,
      roundTimeoutMs: electionTimeoutMs(options),
      appliedIndex: () => this.applier.appliedIndex,
      hasLeader: () => this.core.leader !== 0,
      wake: () => {
        this.driver.wake();
      },
    });
    this.applier = new Applier({
      storage,
      applied: (index, commands) => {
        this.proposals.applied(commands);
        this.watches.applied();
        this.reads.applied(index);
        this.driver.feed({ kind: 'applied', index });
        this.membership.changes.settle();
        this.#maybeCompact(index);
      },
      eventsApplied: (events, progressed) => {
        this.watches.publish(events, progressed);
      },
      sessionsApplied: (index, changed) => {
        this.leadership.sessionsApplied(index, changed);
      },
      streamsChanged: (streams) => {
        this.leadership.streamsChanged(streams);
      },
      digests: (digests) => {
        this.digests.applied(digests);
      },
      observeApply: (count) => {
        metrics.entriesApplied(count);
      },
      yieldToLoop: () =>
        new Promise((resolve) => {
          deps.defer(resolve);
        }),
      fatal,
    });
    this.digests = new DigestMonitor({
      memberId: options.memberId,
      owner: deps.owner,
      storage,
      start: this.#stateDigest(),
      reportTicks: options.electionTicks,
      clock,
      logger,
      metrics,
      leadership: () => this.driver.leadership,
      members: () => {
        const { voters, learners } = this.core.configuration;
        const ids = voters.map(({ id }) => id);
        return { voters: ids, all: new Set([...ids, ...learners.map(({ id }) => id)]) };
      },
      send: (to, item) => {
        transport.send(to, item);
      },
      doubtChanged: () => {
        // Purges stop, or may go on.
        this.leadership.streamsChanged([undefined]);
      },
      fatal,
    });
    this.membership = new MemberServices({
      ...deps,
      core: this.core,
      driver: this.driver,
      reads: this.reads,
      appliedIndex: () => this.applier.appliedIndex,
    });
    this.reports = new PeerReports({
      memberId: options.memberId,
      boot: deps.boot,
      clock,
      logger,
      tickMs: options.tickMs,
      reportTicks: options.electionTicks,
      clockOffsetAlarmMs: options.clockOffsetAlarmMs,
      members: () => {
        const { voters, learners } = this.core.configuration;
        return [...voters, ...learners].map(({ id }) => id);
      },
      send: (to, item) => {
        transport.send(to, item);
      },
    });
    this.catalogReads = new CatalogReads(storage);
    this.watches = new WatchHub({
      clock,
      maxWatches: options.maxWatches,
      appliedIndex: () => this.applier.appliedIndex,
      eventFloor: () => readSummary(storage.catalog).eventFloor,
      readHistory: (after, limit) => this.catalogReads.events(after, limit),
    });
    this.leadership = new LeadershipServices({
      clusterId: options.clusterId,
      storage,
      driver: this.driver,
      proposals: this.proposals,
      reads: this.reads,
      proposalTimeoutMs: options.proposalTimeoutMs,
      appliedIndex: () => this.applier.appliedIndex,
      commitIndex: () => this.core.commitIndex,
      inDoubt: () => this.digests.inDoubt,
      clock,
      logger,
      startService: deps.startService,
      fatal,
    });
    this.#snapshotSender = new SnapshotSender({
      storage,
      transport,
      clock,
      logger,
      sent: (to, index, ok) => {
        this.driver.feed({ kind: 'snapshotSent', to, index, ok });
      },
    });
    this.snapshotReceiver = new SnapshotReceiver({
      core: this.core,
      driver: this.driver,
      applier: this.applier,
      storage,
      clock,
      logger,
      fatal,
      replaced: () => {
        this.digests.replaced(this.#stateDigest());
        this.watches.reset();
        this.reads.applied(this.applier.appliedIndex);
        this.leadership.streamsChanged([undefined]);
      },
    });
    this.ticker = new Ticker({
      clock,
      tickMs: options.tickMs,
      stallMs: electionTimeoutMs(options),
      logger,
      diskInFlightMs: () => this.writer.inFlightMs,
      isLeader: () => this.core.role === 'leader',
      tick: () => {
        this.#tick();
      },
      stepDown: (cause) => {
        this.driver.feed({ kind: 'stepDown', cause });
      },
      observeLag: (lagMs) => {
        metrics.eventLoopLag(lagMs);
      },
    });
  }

  start(): void {
    this.driver.start({
      writer: this.writer,
      applier: this.applier,
      proposals: this.proposals,
      reads: this.reads,
      snapshots: this.#snapshotSender,
    });
    this.membership.follow();
    this.ticker.start();
  }

  receive(from: MemberId, item: PeerItem): void {
    this.membership.heardFrom(from);
    this.reports.heardFrom(from);
    switch (item.kind) {
      case 'message':
        this.driver.feed({ kind: 'message', message: item.message });
        return;
      case 'proposal':
        try {
          this.proposals.receive(from, item.proposal, this.driver.leadership);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          this.#refusals.refused(from, 'bad_proposal', error.message);
        }
        return;
      case 'refusal':
        this.proposals.refused(item.refusal);
        return;
      case 'digest':
        this.digests.receive(from, item.digest);
        return;
      case 'digestNotice':
        this.digests.receiveNotice(from, item.notice);
        return;
      case 'report':
        this.reports.receive(from, item.report);
        return;
    }
  }

  /** '' when the configuration does not know the member. */
  addressOf(member: MemberId): string {
    return this.membership.addressOf(member);
  }

  /** Undefined: no snapshot is on its way to the member. */
  snapshotProgress(member: MemberId): SnapshotSendProgress | undefined {
    return this.#snapshotSender.progressOf(member);
  }

  /** Ends everything in order; what was acknowledged is durable before it returns. */
  async stop(): Promise<void> {
    this.ticker.stop();
    this.membership.stop();
    await this.leadership.stop();
    this.proposals.stop();
    this.reads.stop();
    this.watches.stop();
    await this.#snapshotSender.stop();
    await this.snapshotReceiver.stop();
    this.driver.stop();
    await this.applier.stop();
    await this.writer.stop();
  }

  #tick(): void {
    this.proposals.expire();
    this.reads.expire();
    this.driver.feed({ kind: 'tick' });
    this.digests.tick();
    this.membership.tick();
    this.reports.tick();
  }

  #roleChanged(change: RoleChange): void {
    this.#deps.metrics.leaderChanged();
    this.#deps.logger.info({ role: change.role, term: change.term, leader: change.leader }, 'role');
    if (change.role !== 'leader') this.#snapshotSender.cancelAll();
    this.leadership.roleChanged(change);
    this.digests.leadershipChanged();
    this.membership.changes.settle();
    this.#deps.leaderChanged(change);
  }

  #stateDigest(): StateDigest {
    const { storage } = this.#deps;
    return { index: storage.appliedIndex, digest: readSummary(storage.catalog).digest };
  }

  #maybeCompact(appliedIndex: number): void {
    const upTo = compactionPoint({
      options: this.#deps.options,
      startIndex: this.#deps.storage.log.start.index,
      appliedIndex,
      pinnedIndex: this.#snapshotSender.pinnedIndex,
      configurationAt: (index) => this.core.configurationAt(index),
    });
    if (upTo !== undefined) this.writer.requestCompaction(upTo);
  }
}
