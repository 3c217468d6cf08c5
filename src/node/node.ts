/**
 * One Sexton node: joins or starts its cluster, runs the engine, answers the faces, stops in order. The
 * composition root of everything that is replicated; what listens to the outside (`serve.ts`) wraps it.
 */
import { encodeCommand } from '../catalog/codec.js';
import { readSummary } from '../catalog/queries.js';
import { validateAgainst } from '../catalog/validate-against.js';
import { validateCommand } from '../catalog/validate-command.js';
import type { Command, Refusal, StreamRecord } from '../catalog/types.js';
import type { PurgeStatus } from '../purge/purge-status.js';
import type { MemberId } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import { FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { NodeStorage } from '../storage/node-storage.js';
import { bootstrap } from './bootstrap.js';
import { Engine } from './engine.js';
import { Introductions } from './introductions.js';
import type { LeadershipDeps } from './leadership.js';
import { handOver, transferLeadership, type LeadershipTransferDeps } from './leadership-transfer.js';
import type {
  CallContext,
  Consistency,
  LeaderView,
  ListStreamsQuery,
  MembershipAnswer,
  NewMember,
  NodeApi,
  NodeView,
  PrefixLookup,
  ProposeOptions,
  ProposeResult,
  StreamPage,
  StreamSelector,
  WatchItem,
  WatchOptions,
} from './node-api.js';
import { joinCluster } from './member-join.js';
import { removedError, wipedError } from './member-refusals.js';
import { noMetrics, type NodeMetrics } from './node-metrics.js';
import { electionTimeoutMs, type NodeOptions } from './options.js';
import { noLeader } from './proposals.js';
import type { LeaderSessions } from './session-api.js';
import type {
  IncomingSnapshot,
  PeerItem,
  Transport,
  SnapshotOffer,
  SnapshotOfferAnswer,
} from './transport/transport.js';
import { type DiskSpace, leaderView, nodeView } from './views.js';

export interface NodeDeps {
  readonly options: NodeOptions;
  readonly storage: NodeStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: (callback: () => void) => void;
  /** Random id of this process, below 2^53: tells an answer to it from one to an earlier life. */
  readonly boot: number;
  readonly logger: Logger;
  readonly metrics?: NodeMetrics;
  readonly version: string;
  readonly startService: LeadershipDeps['startService'];
  readonly purgeStatus: () => PurgeStatus;
  readonly objectStoreDescription: string;
  /** For status; absent where there is no file system. */
  readonly diskSpace?: () => Promise<DiskSpace>;
  /** Path of the data directory, for messages. */
  readonly directory: string;
  /** The node has failed and does nothing more: the process should exit with the error's status. */
  readonly fatal: (error: unknown) => void;
}

const QUIESCE_POLL_MS = 5;

type State =
  | { readonly kind: 'joining' }
  | { readonly kind: 'running'; readonly engine: Engine }
  /** No member any more, and said so: it takes no part, and its process goes on until it is stopped. */
  | { readonly kind: 'removed'; readonly engine: Engine; readonly ended: Promise<void> }
  | { readonly kind: 'stopped' };

export class SextonNode implements NodeApi {
  readonly #deps: NodeDeps;
  readonly #metrics: NodeMetrics;
  readonly #startedMs: number;
  readonly #introductions: Introductions;
  readonly #stopping = new AbortController();
  readonly #leaderListeners = new Set<() => void>();
  #state: State = { kind: 'joining' };
  /** It has followed a leader, or led, since this process began. */
  #tookPart = false;

  constructor(deps: NodeDeps) {
    this.#deps = deps;
    this.#metrics = deps.metrics ?? noMetrics;
    this.#startedMs = deps.clock.wallMs();
    this.#introductions = new Introductions({ ...deps, engine: () => this.engine });
  }

  get memberId(): MemberId {
    return this.#deps.options.memberId;
  }

  get clusterId(): string {
    return this.#deps.options.clusterId;
  }

  /** Undefined until the directory is initialised, and when this node takes part no more. */
  get engine(): Engine | undefined {
    return this.#state.kind === 'running' ? this.#state.engine : undefined;
  }

  /** Takes part in the cluster, after the first start's handshakes. Rejects with FatalError. */
  async start(): Promise<void> {
    const { storage, transport, options, clock, logger } = this.#deps;
    transport.start({
      handshake: (request) => this.#introductions.answer(request),
      receive: (from, item) => {
        this.#receive(from, item);
      },
      peerUnreachable: (member) => {
        this.engine?.driver.feed({ kind: 'peerUnreachable', member });
      },
      offerSnapshot: (offer) => this.#offerSnapshot(offer),
      receiveSnapshot: (snapshot) => this.#receiveSnapshot(snapshot),
    });
    const { signal } = this.#stopping;
    const entry = { storage, transport, clock, logger, signal, owner: this.#introductions.owner };
    const members = options.initialMembers;
    if (options.join) await joinCluster({ ...entry, contacts: members });
    else await bootstrap({ ...entry, members });
    const engine = new Engine({
      ...this.#deps,
      metrics: this.#metrics,
      owner: () => this.#introductions.owner,
      leaderChanged: ({ leader }) => {
        this.#tookPart ||= leader !== 0;
        this.#leaderMayHaveChanged();
      },
      removed: (by, message) => {
        this.#removed(engine, by, message);
      },
      wiped: (by, message) => {
        this.#deps.fatal(wipedError(by, message, this.#introductions.owner));
      },
    });
    this.#state = { kind: 'running', engine };
    engine.start();
  }

  /**
   * A node that was removed while it ran stays up, to say so to whoever asks it. One that is started on the
   * directory of a removed member has no business to run at all.
   */
  #removed(engine: Engine, by: string, message: string): void {
    const { logger, transport, fatal } = this.#deps;
    if (this.#state.kind !== 'running') return;
    const error = removedError(by, message, this.#introductions.owner);
    if (!this.#tookPart) {
      fatal(error);
      return;
    }
    logger.error({ by }, `this node takes part no more. ${error.message}`);
    transport.setPeers([]);
    this.#state = { kind: 'removed', engine, ended: engine.stop().catch(fatal) };
    this.#leaderMayHaveChanged();
  }

  #leaderMayHaveChanged(): void {
    for (const listener of this.#leaderListeners) listener();
  }

  /** The first step of an orderly stop: nobody has to wait for an election. Calls are still answered. */
  async handOver(): Promise<void> {
    if (this.engine !== undefined) await handOver(this.#transfer(this.engine));
  }

  /** Resolves once no call waits for consensus any more, or after `timeoutMs`. */
  async quiesce(timeoutMs: number): Promise<void> {
    const { clock } = this.#deps;
    const untilMs = clock.monotonicMs() + timeoutMs;
    const waiting = (): number =>
      (this.engine?.proposals.pendingCount ?? 0) + (this.engine?.reads.pendingCount ?? 0);
    while (waiting() > 0 && clock.monotonicMs() < untilMs) await delay(clock, QUIESCE_POLL_MS);
  }

  /** Hands over, ends open calls, finishes what is on its way to the disk, and closes the directory. */
  async stop(): Promise<void> {
    this.#stopping.abort(new SextonError('NODE_STOPPING', 'this node is stopping'));
    await this.handOver();
    const state = this.#state;
    if (state.kind === 'running') await state.engine.stop();
    if (state.kind === 'removed') await state.ended;
    this.#state = { kind: 'stopped' };
    await this.#deps.transport.close();
    await this.#deps.storage.close();
  }

  // ------------------------------------------------------------------------------------- NodeApi

  appliedIndex(): number {
    return this.engine?.applier.appliedIndex ?? 0;
  }

  async propose(command: Command, options: ProposeOptions): Promise<ProposeResult> {
    const engine = this.#running();
    const commandBytes = this.#checked(command);
    try {
      const { result, index } = await engine.proposals.submit(
        { requestId: options.requestId, commandBytes },
        engine.driver.leadership,
        { timeoutMs: this.#timeoutMs(options) },
      );
      this.#metrics.proposal(result.ok ? 'committed' : 'refused');
      if (!result.ok) throw refusalError(result.refusal);
      return { stream: result.stream, session: result.session, changed: result.changed, index };
    } catch (error) {
      if (error instanceof SextonError && error.reason === 'OUTCOME_UNKNOWN')
        this.#metrics.proposal('unknown');
      throw error;
    }
  }

  async validate(command: Command, context: CallContext): Promise<StreamRecord | undefined> {
    this.#checked(command);
    await this.linearizableRead(context);
    const result = validateAgainst(this.#deps.storage.catalog, command, this.#deps.clock.wallMs());
    if (!result.ok) throw refusalError(result.refusal);
    return result.stream;
  }

  async getStream(
    selector: StreamSelector,
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamRecord> {
    const engine = await this.#readable(consistency, context);
    return engine.catalogReads.get(selector);
  }

  async listStreams(
    query: ListStreamsQuery,
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamPage> {
    const engine = await this.#readable(consistency, context);
    return engine.catalogReads.list(query);
  }

  async listPurges(
    query: { readonly pageSize: number; readonly after: Uint8Array | undefined },
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamPage> {
    const engine = await this.#readable(consistency, context);
    return engine.catalogReads.purges(query);
  }

  async lookUpPrefix(prefix: string, context: CallContext): Promise<PrefixLookup> {
    const engine = await this.#readable('linearizable', context);
    return engine.catalogReads.prefix(prefix);
  }

  watchStreams(options: WatchOptions): AsyncIterable<WatchItem> {
    return this.#running().watches.watch(options);
  }

  async linearizableRead(context: CallContext): Promise<{ readonly readIndex: number }> {
    return { readIndex: await this.#running().reads.read(this.#timeoutMs(context)) };
  }

  async leaderView(): Promise<LeaderView | undefined> {
    const engine = this.#running();
    if (engine.core.role !== 'leader') return undefined;
    // Confirmed by a majority first, so that a deposed leader never answers as one.
    const { term } = engine.core;
    await engine.reads.read(electionTimeoutMs(this.#deps.options));
    if (engine.core.role !== 'leader' || engine.core.term !== term) return undefined;
    return leaderView({ ...this.#deps, engine });
  }

  nodeView(): Promise<NodeView> {
    const state = this.#state;
    const removed = state.kind === 'removed';
    // A node that waits to be added has nothing to say for the cluster, and something about itself.
    const engine = removed ? state.engine : state.kind === 'joining' ? undefined : this.#running();
    const { diskSpace } = this.#deps;
    return nodeView({ ...this.#deps, engine, startedMs: this.#startedMs, removed, diskSpace });
  }

  sessions(): LeaderSessions | undefined {
    return this.engine?.leadership.sessions;
  }

  leaderHint(): { readonly id: MemberId; readonly address: string } | undefined {
    const engine = this.engine;
    if (engine === undefined || engine.core.leader === 0) return undefined;
    return { id: engine.core.leader, address: engine.addressOf(engine.core.leader) };
  }

  async transferLeadership(
    target: MemberId,
    context: CallContext,
  ): Promise<{ readonly leaderId: MemberId; readonly term: number }> {
    const engine = this.#running();
    if (engine.core.role !== 'leader') {
      const hint = this.leaderHint();
      if (hint === undefined) throw noLeader();
      throw new SextonError('NOT_LEADER', `member ${hint.id} leads`, {
        metadata: { leader_id: String(hint.id), leader_address: hint.address },
      });
    }
    return transferLeadership(this.#transfer(engine), target, context.deadlineMs);
  }

  async addMember(member: NewMember, context: CallContext): Promise<MembershipAnswer> {
    return this.#running().membership.changes.add(member, this.#timeoutMs(context));
  }

  async promoteMember(id: MemberId, context: CallContext): Promise<MembershipAnswer> {
    return this.#running().membership.changes.promote(id, this.#timeoutMs(context));
  }

  async removeMember(id: MemberId, context: CallContext): Promise<MembershipAnswer> {
    return this.#running().membership.changes.remove(id, this.#timeoutMs(context));
  }

  onLeaderChanged(listener: () => void): () => void {
    this.#leaderListeners.add(listener);
    return () => this.#leaderListeners.delete(listener);
  }

  // ------------------------------------------------------------------------------------- private

  #running(): Engine {
    switch (this.#state.kind) {
      case 'running':
        return this.#state.engine;
      case 'joining':
        throw new SextonError('NO_LEADER', this.#whyNotYet());
      case 'removed':
        throw new SextonError(
          'NODE_STOPPING',
          `member ${this.memberId} was removed from the cluster; ask another one`,
        );
      case 'stopped':
        throw new SextonError('NODE_STOPPING', 'this node has stopped');
    }
  }

  async #readable(consistency: Consistency, context: CallContext): Promise<Engine> {
    const engine = this.#running();
    if (consistency === 'linearizable') await this.linearizableRead(context);
    return engine;
  }

  /** Bad input is told before anything is proposed; the catalog checks again at apply. */
  #checked(command: Command): Uint8Array {
    const violations = validateCommand(command);
    if (violations.length > 0) {
      const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
      throw new SextonError('INVALID_ARGUMENT', text, { violations });
    }
    const bytes = encodeCommand(command);
    if (bytes.length > this.#deps.options.maxCommandBytes) {
      throw new SextonError(
        'INVALID_ARGUMENT',
        `the request is ${bytes.length} bytes encoded; at most ${this.#deps.options.maxCommandBytes} fit one log entry`,
      );
    }
    return bytes;
  }

  #whyNotYet(): string {
    const { join, memberId, address } = this.#deps.options;
    return join
      ? `this node waits to be added to its cluster: sexton member add ${memberId} --address ${address}`
      : 'this node is in its first start: every initial member must be reachable once';
  }

  #transfer(engine: Engine): LeadershipTransferDeps {
    const { options, clock, logger } = this.#deps;
    return { engine, options, clock, logger, onLeaderChanged: (listener) => this.onLeaderChanged(listener) };
  }

  /** What a call may take here, whatever its caller would wait. */
  #timeoutMs({ deadlineMs }: CallContext): number {
    return Math.min(deadlineMs, this.#deps.options.proposalTimeoutMs);
  }

  #receive(from: MemberId, item: PeerItem): void {
    this.engine?.receive(from, item);
  }

  async #offerSnapshot(offer: SnapshotOffer): Promise<SnapshotOfferAnswer> {
    return Promise.resolve(this.#running().snapshotReceiver.offered(offer));
  }

  #receiveSnapshot(
    snapshot: IncomingSnapshot,
  ): Promise<{ readonly term: number; readonly matchIndex: number }> {
    return this.#running().snapshotReceiver.receive(snapshot);
  }

  /** Exposed for status of the stream counts without a leader. */
  summary(): ReturnType<typeof readSummary> {
    return readSummary(this.#deps.storage.catalog);
  }
}

function refusalError(refusal: Refusal): SextonError {
  return new SextonError(refusal.reason, refusal.message, { metadata: refusal.metadata });
}

/** What a failed node reports: FatalErrors as they are, everything else as the bug that it is. */
export function asFatal(error: unknown): FatalError {
  if (error instanceof FatalError) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new FatalError('BUG', `internal error, please report: ${text}`, { cause: error });
}
