/**
 * What only a leader may do, bound to one term. The services start once an entry of the term is
 * applied here (the leader then knows everything its predecessors committed, P1) and get a signal that
 * fires in the same turn in which the core stops leading.
 */
import {
  decodePurgeQueueKey,
  decodeSweepQueueKey,
  purgeQueueRange,
  sweepQueueRange,
  type CatalogRange,
} from '../catalog/keys.js';
import { encodeCommand } from '../catalog/codec.js';
import { maySweepPrefix } from '../catalog/ownership.js';
import { readStreamByIncarnation, readSummary } from '../catalog/queries.js';
import type { Command, CommandResult, SessionId, StreamRecord } from '../catalog/types.js';
import type { PurgeCluster } from '../purge/purge-cluster.js';
import type { RoleChange, Term } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { SextonError } from '../shared/errors.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { Driver } from './driver.js';
import type { Proposals } from './proposals.js';
import type { Reads } from './reads.js';
import { SessionService } from './session-service.js';

/** Queue entries read at once: bounds memory whatever waits. */
const QUEUE_PAGE = 500;
const CONFIRM_AGAIN_MS = 50;

/** A service that runs while this node leads; it must end soon after the signal fires. */
export interface LeaderService {
  readonly done: Promise<void>;
}

export interface LeadershipDeps {
  readonly clusterId: string;
  readonly storage: Pick<NodeStorage, 'catalog' | 'iterateCatalog'>;
  readonly driver: Driver;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly proposalTimeoutMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly appliedIndex: () => number;
  readonly commitIndex: () => number;
  /** Whether this node's catalog may be the wrong one (S7): then nothing is purged by it. */
  readonly inDoubt: () => boolean;
  readonly startService: (cluster: PurgeCluster, signal: AbortSignal) => LeaderService;
  readonly fatal: (error: unknown) => void;
}

interface Reign {
  readonly term: Term;
  readonly sinceMs: number;
  readonly abort: AbortController;
  readonly sessions: SessionService;
  service: LeaderService | undefined;
}

export class LeadershipServices {
  readonly #deps: LeadershipDeps;
  #reign: Reign | undefined;
  /** What present and ended terms have running: nothing of it may outlive the storage. */
  readonly #running = new Set<Promise<void>>();
  readonly #listeners = new Set<(stream: StreamRecord | undefined) => void>();

  constructor(deps: LeadershipDeps) {
    this.#deps = deps;
  }

  /** Wall clock of the start of the present reign; undefined when not leading. */
  get leaderSinceMs(): number | undefined {
    return this.#reign?.sinceMs;
  }

  /** Undefined until the leader's services run, and when not leading. */
  get sessions(): SessionService | undefined {
    return this.isServing ? this.#reign?.sessions : undefined;
  }

  get isServing(): boolean {
    return this.#reign?.service !== undefined;
  }

  roleChanged(change: RoleChange): void {
    if (this.#reign !== undefined && (change.role !== 'leader' || change.term !== this.#reign.term))
      this.#end();
    if (change.role === 'leader' && this.#reign === undefined) {
      this.#reign = this.#newReign(change.term);
      void this.#startWhenApplied(this.#reign);
    }
  }

  /** Lifecycle or purge of these streams changed in applied state. Undefined: many may have. */
  streamsChanged(streams: readonly (StreamRecord | undefined)[]): void {
    this.#reign?.sessions.streamsChanged(streams);
    this.#tell(streams);
  }

  /** Everything up to `index` is applied, and these sessions were changed by it. */
  sessionsApplied(index: number, changed: readonly SessionId[]): void {
    this.#reign?.sessions.applied(index, changed);
  }

  #tell(streams: readonly (StreamRecord | undefined)[]): void {
    for (const stream of streams) for (const listener of this.#listeners) listener(stream);
  }

  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#running);
  }

  #newReign(term: Term): Reign {
    const { clock, storage, logger, commitIndex } = this.#deps;
    const abort = new AbortController();
    const sessions = new SessionService({
      storage,
      clock,
      logger,
      commitIndex,
      propose: (command) => this.#propose(reign, command),
      confirm: () => this.#confirm(reign),
      freed: (streams) => {
        this.#tell(streams);
      },
      signal: abort.signal,
    });
    const reign: Reign = { term, sinceMs: clock.wallMs(), abort, sessions, service: undefined };
    return reign;
  }

  /** A read through the quorum proves the lead and brings apply up to this term's first entry. */
  async #startWhenApplied(reign: Reign): Promise<void> {
    const { reads, logger } = this.#deps;
    while (this.#reign === reign && reign.service === undefined) {
      try {
        await reads.read(this.#deps.proposalTimeoutMs);
      } catch (error) {
        logger.debug({ term: reign.term, err: error }, 'the new term is not confirmed yet');
        await delay(this.#deps.clock, CONFIRM_AGAIN_MS);
        continue;
      }
      if (this.#reign !== reign) return;
      // P3: before the purger asks whom it has to wait for.
      await this.#run(reign.sessions.load(this.#deps.appliedIndex));
      if (this.#reign !== reign) return;
      logger.info({ term: reign.term }, 'leader services start');
      reign.service = this.#deps.startService(this.#clusterFor(reign), reign.abort.signal);
      void this.#run(reign.service.done);
      void this.#run(reign.sessions.run());
    }
  }

  #end(): void {
    const reign = this.#reign;
    if (reign === undefined) return;
    this.#reign = undefined;
    reign.abort.abort(new SextonError('NOT_LEADER', `this node no longer leads in term ${reign.term}`));
  }

  /** Resolves however it ends; what it ends with by itself is this node's end. */
  #run(work: Promise<void>): Promise<void> {
    const ended = work
      .catch((error: unknown) => {
        this.#deps.fatal(error);
      })
      .finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    return ended;
  }

  #clusterFor(reign: Reign): PurgeCluster {
    const { storage, clusterId } = this.#deps;
    return {
      clusterId,
      term: reign.term,
      stream: (incarnation) => readStreamByIncarnation(storage.catalog, incarnation),
      summary: () => {
        const summary = readSummary(storage.catalog);
        return this.#deps.inDoubt() ? { ...summary, purgesPaused: true } : summary;
      },
      inDoubt: this.#deps.inDoubt,
      pendingPurges: () => this.#queued(purgeQueueRange, (key) => decodePurgeQueueKey(key).incarnation),
      pendingSweeps: () => this.#queued(sweepQueueRange, (key) => decodeSweepQueueKey(key).incarnation),
      maySweep: (stream) => maySweepPrefix(storage.catalog, stream),
      onStreamChanged: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      propose: (command) => this.#propose(reign, command),
      sessionsDrained: (stream) => reign.sessions.readyToBegin(stream),
      confirmLeadership: () => this.#confirm(reign),
    };
  }

  /**
   * The records of a queue in its order, as they are when their turn comes. A page of keys is read to its end before
   * the first of its records is handed out: whoever takes long over one holds no snapshot of the database meanwhile.
   */
  async *#queued(
    rangeAfter: (after?: Uint8Array) => CatalogRange,
    incarnationOf: (key: Uint8Array) => number,
  ): AsyncGenerator<StreamRecord, void, undefined> {
    const { storage } = this.#deps;
    let after: Uint8Array | undefined;
    for (;;) {
      const keys: Uint8Array[] = [];
      for await (const [key] of storage.iterateCatalog({ ...rangeAfter(after), limit: QUEUE_PAGE }))
        keys.push(key);
      for (const key of keys) {
        const record = readStreamByIncarnation(storage.catalog, incarnationOf(key));
        if (record !== undefined) yield record;
      }
      after = keys[keys.length - 1];
      if (keys.length < QUEUE_PAGE || after === undefined) return;
    }
  }

  async #propose(reign: Reign, command: Command): Promise<CommandResult> {
    reign.abort.signal.throwIfAborted();
    const outcome = await this.#deps.proposals.submit(
      { requestId: '', commandBytes: encodeCommand(command) },
      this.#deps.driver.leadership,
      { timeoutMs: this.#deps.proposalTimeoutMs, onlyTerm: reign.term },
    );
    return outcome.result;
  }

  /** P2: the round starts after the call, and this node must lead in the same term before and after. */
  async #confirm(reign: Reign): Promise<void> {
    reign.abort.signal.throwIfAborted();
    await this.#deps.reads.read(this.#deps.proposalTimeoutMs);
    reign.abort.signal.throwIfAborted();
  }
}
