/**
 * What only a leader may do, bound to one term. The services start once an entry of the term is
 * applied here (the leader then knows everything its predecessors committed, P1) and get a signal that
 * fires in the same turn in which the core stops leading.
 */
import { decodePurgeQueueKey, purgeQueueRange } from '../catalog/keys.js';
import { encodeCommand } from '../catalog/codec.js';
import { readStreamByIncarnation, readSummary } from '../catalog/queries.js';
import type { Command, CommandResult, StreamRecord } from '../catalog/types.js';
import type { PurgeCluster } from '../purge/purge-cluster.js';
import type { RoleChange, Term } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { SextonError } from '../shared/errors.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { Driver } from './driver.js';
import type { Proposals } from './proposals.js';
import type { Reads } from './reads.js';

/** Purge queue entries read at once: bounds memory whatever waits. */
const PURGE_PAGE = 500;
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
  /** Whether this node's catalog may be the wrong one (S7): then nothing is purged by it. */
  readonly inDoubt: () => boolean;
  readonly startService: (cluster: PurgeCluster, signal: AbortSignal) => LeaderService;
  readonly fatal: (error: unknown) => void;
}

interface Reign {
  readonly term: Term;
  readonly sinceMs: number;
  readonly abort: AbortController;
  service: LeaderService | undefined;
}

export class LeadershipServices {
  readonly #deps: LeadershipDeps;
  #reign: Reign | undefined;
  /** Services of ended terms that have not finished yet. */
  readonly #ending = new Set<Promise<void>>();
  readonly #listeners = new Set<(stream: StreamRecord | undefined) => void>();

  constructor(deps: LeadershipDeps) {
    this.#deps = deps;
  }

  /** Wall clock of the start of the present reign; undefined when not leading. */
  get leaderSinceMs(): number | undefined {
    return this.#reign?.sinceMs;
  }

  get isServing(): boolean {
    return this.#reign?.service !== undefined;
  }

  roleChanged(change: RoleChange): void {
    if (this.#reign !== undefined && (change.role !== 'leader' || change.term !== this.#reign.term))
      this.#end();
    if (change.role === 'leader' && this.#reign === undefined) {
      const abort = new AbortController();
      this.#reign = { term: change.term, sinceMs: this.#deps.clock.wallMs(), abort, service: undefined };
      void this.#startWhenApplied(this.#reign);
    }
  }

  /** Lifecycle or purge of these streams changed in applied state. Undefined: many may have. */
  streamsChanged(streams: readonly (StreamRecord | undefined)[]): void {
    for (const stream of streams) for (const listener of this.#listeners) listener(stream);
  }

  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#ending);
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
      logger.info({ term: reign.term }, 'leader services start');
      reign.service = this.#deps.startService(this.#clusterFor(reign), reign.abort.signal);
      reign.service.done.catch((error: unknown) => {
        this.#deps.fatal(error);
      });
    }
  }

  #end(): void {
    const reign = this.#reign;
    if (reign === undefined) return;
    this.#reign = undefined;
    reign.abort.abort(new SextonError('NOT_LEADER', `this node no longer leads in term ${reign.term}`));
    if (reign.service === undefined) return;
    const ended = reign.service.done.catch(() => undefined).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
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
      pendingPurges: () => this.#pendingPurges(),
      onStreamChanged: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      propose: (command) => this.#propose(reign, command),
      confirmLeadership: () => this.#confirm(reign),
    };
  }

  async *#pendingPurges(): AsyncGenerator<StreamRecord, void, undefined> {
    const { storage } = this.#deps;
    let after: Uint8Array | undefined;
    for (;;) {
      const keys: Uint8Array[] = [];
      for await (const [key] of storage.iterateCatalog({ ...purgeQueueRange(after), limit: PURGE_PAGE }))
        keys.push(key);
      for (const key of keys) {
        const record = readStreamByIncarnation(storage.catalog, decodePurgeQueueKey(key).incarnation);
        if (record !== undefined) yield record;
      }
      after = keys[keys.length - 1];
      if (keys.length < PURGE_PAGE || after === undefined) return;
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
