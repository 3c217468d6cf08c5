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
import { bootstrap, handshakeInfo, judgePeer } from './bootstrap.js';
import { Engine } from './engine.js';
import type { LeadershipDeps } from './leadership.js';
import type {
  CallContext,
  Consistency,
  LeaderView,
  ListStreamsQuery,
  NodeApi,
  NodeView,
  ProposeOptions,
  ProposeResult,
  StreamPage,
  StreamSelector,
  WatchItem,
  WatchOptions,
} from './node-api.js';
import { noMetrics, type NodeMetrics } from './node-metrics.js';
import { electionTimeoutMs, type NodeOptions } from './options.js';
import { noLeader } from './proposals.js';
import type { HandshakeInfo, IncomingSnapshot, PeerItem, Transport } from './transport/transport.js';
import { leaderView, nodeView } from './views.js';

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
  /** Path of the data directory, for messages. */
  readonly directory: string;
  /** The node has failed and does nothing more: the process should exit with the error's status. */
  readonly fatal: (error: unknown) => void;
}

const QUIESCE_POLL_MS = 5;

type State =
  | { readonly kind: 'joining' }
  | { readonly kind: 'running'; readonly engine: Engine }
  | { readonly kind: 'stopped' };

export class SextonNode implements NodeApi {
  readonly #deps: NodeDeps;
  readonly #metrics: NodeMetrics;
  readonly #startedMs: number;
  readonly #stopping = new AbortController();
  readonly #leaderListeners = new Set<() => void>();
  #state: State = { kind: 'joining' };

  constructor(deps: NodeDeps) {
    this.#deps = deps;
    this.#metrics = deps.metrics ?? noMetrics;
    this.#startedMs = deps.clock.wallMs();
  }

  get memberId(): MemberId {
    return this.#deps.options.memberId;
  }

  get clusterId(): string {
    return this.#deps.options.clusterId;
  }

  /** Undefined until the directory is initialised. */
  get engine(): Engine | undefined {
    return this.#state.kind === 'running' ? this.#state.engine : undefined;
  }

  /** Takes part in the cluster, after the first start's handshakes. Rejects with FatalError. */
  async start(): Promise<void> {
    const { storage, transport, options, clock, logger } = this.#deps;
    transport.start({
      handshake: (request) => this.#answerHandshake(request),
      receive: (from, item) => {
        this.#receive(from, item);
      },
      peerUnreachable: (member) => {
        this.engine?.driver.feed({ kind: 'peerUnreachable', member });
      },
      receiveSnapshot: (snapshot) => this.#receiveSnapshot(snapshot),
    });
    await bootstrap({
      storage,
      transport,
      members: options.initialMembers,
      clock,
      logger,
      signal: this.#stopping.signal,
      directory: this.#deps.directory,
    });
    const engine = new Engine({
      ...this.#deps,
      metrics: this.#metrics,
      leaderChanged: () => {
        for (const listener of this.#leaderListeners) listener();
      },
    });
    this.#state = { kind: 'running', engine };
    engine.start();
  }

  /** The first step of an orderly stop: nobody has to wait for an election. Calls are still answered. */
  async handOver(): Promise<void> {
    if (this.engine !== undefined) await this.#handOver(this.engine);
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
    await this.engine?.stop();
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
        { timeoutMs: Math.min(options.deadlineMs, this.#deps.options.proposalTimeoutMs) },
      );
      this.#metrics.proposal(result.ok ? 'committed' : 'refused');
      if (!result.ok) throw refusalError(result.refusal);
      return { stream: result.stream, changed: result.changed, index };
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

  watchStreams(options: WatchOptions): AsyncIterable<WatchItem> {
    return this.#running().watches.watch(options);
  }

  async linearizableRead(context: CallContext): Promise<{ readonly readIndex: number }> {
    const timeoutMs = Math.min(context.deadlineMs, this.#deps.options.proposalTimeoutMs);
    return { readIndex: await this.#running().reads.read(timeoutMs) };
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
    return nodeView({ ...this.#deps, engine: this.#running(), startedMs: this.#startedMs });
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
    this.#checkTransferTarget(engine, target);
    const self = this.memberId;
    if (target === self) return { leaderId: self, term: engine.core.term };
    const outcome = engine.driver.feed({ kind: 'transferLeadership', target });
    if (outcome.kind !== 'done') {
      throw new SextonError('TRANSFER_FAILED', `not started: ${JSON.stringify(outcome)}`, {
        retryAfterMs: 1_000,
      });
    }
    const { term } = engine.core;
    const timeoutMs = Math.min(context.deadlineMs, 2 * electionTimeoutMs(this.#deps.options));
    const moved = await this.#until(() => engine.core.term > term && engine.core.leader !== 0, timeoutMs);
    if (!moved || engine.core.leader === self) {
      throw new SextonError('TRANSFER_FAILED', 'the target did not take over in time; the leader goes on', {
        retryAfterMs: 1_000,
      });
    }
    return { leaderId: engine.core.leader, term: engine.core.term };
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
        throw new SextonError('NO_LEADER', 'this node is still joining its cluster');
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

  #checkTransferTarget(engine: Engine, target: MemberId): void {
    if (target === 0) return;
    const { voters, learners } = engine.core.configuration;
    if (voters.some((member) => member.id === target)) return;
    if (learners.some((member) => member.id === target)) {
      throw new SextonError('NOT_A_VOTER', `member ${target} is a learner; promote it first`);
    }
    throw new SextonError('MEMBER_NOT_FOUND', `there is no member ${target}`);
  }

  async #handOver(engine: Engine): Promise<void> {
    if (engine.core.role !== 'leader' || engine.core.configuration.voters.length === 1) return;
    const outcome = engine.driver.feed({ kind: 'transferLeadership', target: 0 });
    if (outcome.kind !== 'done') return;
    const moved = await this.#until(
      () => engine.core.role !== 'leader' && engine.core.leader !== 0,
      2 * electionTimeoutMs(this.#deps.options),
    );
    this.#deps.logger.info({ moved, leader: engine.core.leader }, 'leadership handed over before the stop');
  }

  /** Waits for a condition on role, term or leader. */
  async #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return true;
    const timeout = new AbortController();
    const unsubscribe = this.onLeaderChanged(() => {
      if (condition()) timeout.abort();
    });
    try {
      await delay(this.#deps.clock, timeoutMs, timeout.signal).catch(() => undefined);
      return condition();
    } finally {
      unsubscribe();
    }
  }

  async #answerHandshake(request: HandshakeInfo): ReturnType<Parameters<Transport['start']>[0]['handshake']> {
    const { storage } = this.#deps;
    const refusal = await judgePeer(storage, request);
    return refusal ?? handshakeInfo(storage, request.from);
  }

  #receive(from: MemberId, item: PeerItem): void {
    this.engine?.receive(from, item);
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
