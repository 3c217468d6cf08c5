/**
 * The helper: follows the catalog, and makes every node of a Parseable deployment forget what was deleted.
 * Composition only; what is decided is decided in forget-plan.ts, query-window.ts and tombstone.ts.
 *
 *   CatalogFollower --steps--> NodeWorker (one a node) --HTTP--> Parseable
 *                                   | drained
 *                              SessionKeeper (one an ingest node) --keep-alive--> Sexton's leader
 */
import { setMaxListeners } from 'node:events';
import type { SextonClient } from '../client/index.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import { CatalogFollower } from './catalog-follower.js';
import { Discovery } from './discovery.js';
import type { HttpPort } from './http-call.js';
import { NodeWorker, type Permission } from './node-worker.js';
import {
  BACKOFF,
  checkedSettings,
  DISCOVERY_INTERVAL_MS,
  NODES_MAX,
  TOMBSTONES_MAX,
  type ParseableSyncSettings,
} from './options.js';
import { ParseableNode, StreamProblem, type NodeKind } from './parseable-node.js';
import { queryWindowEndMs } from './query-window.js';
import { SessionKeeper, type SessionPort } from './session-keeper.js';
import type { NodeStatus, SyncStatus } from './status.js';
import type { CatalogStep, Tombstone } from './tombstone.js';

export interface ParseableSyncDeps {
  readonly client: Pick<SextonClient, 'watchStreams' | 'getStream'>;
  readonly sessions: SessionPort;
  /** One for each node. */
  readonly openHttp: () => HttpPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Member {
  readonly kind: NodeKind;
  /** It has been, or is being, told of everything that a listing holds. */
  isListed: boolean;
  /** Everything up to it was handed to this node's plan: one that came later has seen less. */
  viewRevision: number;
  readonly worker: NodeWorker;
  /** Query nodes upload nothing of a stream: no purge waits for them. */
  readonly keeper: SessionKeeper | undefined;
}

export class ParseableSync {
  readonly #settings: ParseableSyncSettings;
  readonly #deps: ParseableSyncDeps;
  readonly #members = new Map<string, Member>();
  readonly #follower: CatalogFollower;
  readonly #discovery: Discovery | undefined;
  #revision: number | undefined;
  #start: ((member: Member) => void) | undefined;

  /** Throws INVALID_ARGUMENT that names the flag. */
  constructor(settings: ParseableSyncSettings, deps: ParseableSyncDeps) {
    this.#settings = checkedSettings(settings);
    this.#deps = deps;
    const { client, clock, random, logger } = deps;
    this.#follower = new CatalogFollower(
      { client, clock, random, logger, backoff: BACKOFF },
      {
        beginListing: () => this.#beginListing(),
        onStep: (step) => this.#onStep(step),
        endListing: () => this.#each(({ worker }) => worker.endListing()),
        onRevision: (revision) => this.#onRevision(revision),
        wantsListing: () =>
          [...this.#members.values()].some(({ isListed, worker }) => !isListed || worker.wantsListing),
      },
    );
    const { discover, ingestNodes, queryNodes } = this.#settings;
    if (discover !== '') {
      this.#discovery = new Discovery({
        querier: new ParseableNode(discover, 'query', this.#settings, deps.openHttp()),
        clock,
        logger,
        intervalMs: DISCOVERY_INTERVAL_MS,
        onNode: (url, kind) => this.#add(url, kind),
      });
    }
    for (const url of ingestNodes) this.#add(url, 'ingest');
    for (const url of queryNodes) this.#add(url, 'query');
  }

  /** Until `signal` aborts; sessions stay open then. Rejects with what will not pass by itself. */
  async run(signal: AbortSignal): Promise<void> {
    const scope = new AbortController();
    setMaxListeners(0, scope.signal); // Each call under way listens, of each node.
    const onStop = (): void => scope.abort(signal.reason);
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
    let failure: { readonly error: unknown } | undefined;
    const running: Promise<void>[] = [];
    const begin = (part: Promise<void>): void => {
      running.push(
        part.catch((error: unknown) => {
          failure ??= { error };
          scope.abort(error);
        }),
      );
    };
    this.#start = ({ worker, keeper }) => {
      begin(worker.run(scope.signal));
      if (keeper !== undefined) begin(keeper.run(scope.signal));
    };
    this.#each(this.#start);
    if (this.#discovery !== undefined) begin(this.#discovery.run(scope.signal));
    begin(this.#follower.run(scope.signal));
    // Nodes that are discovered later end with the same signal as those that are awaited here.
    for (let at = 0; at < running.length; at++) await running[at];
    signal.removeEventListener('abort', onStop);
    if (failure !== undefined) throw failure.error;
  }

  status(): SyncStatus {
    const nodes = [...this.#members.values()].map(({ worker, keeper }): NodeStatus => {
      const session = keeper?.status() ?? { session: 'NONE', sessionId: '', drainedRevision: 0 };
      return { ...worker.status(), ...session };
    });
    return {
      revision: this.#revision,
      catalogError: this.#follower.error,
      discoveryError: this.#discovery?.error ?? '',
      nodes,
    };
  }

  #add(url: string, kind: NodeKind): void {
    const { clock, random, logger, sessions, openHttp } = this.#deps;
    if (this.#members.has(url)) return;
    if (this.#members.size >= NODES_MAX) {
      throw new SextonError('INVALID_ARGUMENT', `the deployment has more than ${NODES_MAX} nodes`);
    }
    const { uploadDeadlineMs } = this.#settings;
    const worker = new NodeWorker(
      {
        node: new ParseableNode(url, kind, this.#settings, openHttp()),
        clock,
        random,
        logger,
        mayTell: (tombstone, signal) => (kind === 'ingest' ? ALLOWED : this.#mayTellQuery(tombstone, signal)),
        onChange: () => keeper?.notify(),
      },
      { uploadDeadlineMs, backoff: BACKOFF, tombstonesMax: TOMBSTONES_MAX },
    );
    const keeper =
      kind === 'query'
        ? undefined
        : new SessionKeeper({
            nodeId: url,
            port: sessions,
            clock,
            random,
            logger,
            backoff: BACKOFF,
            drainedRevision: () => worker.drainedRevision(member.viewRevision),
            hasAnsweredSince: (sinceMs) => worker.hasAnsweredSince(sinceMs),
          });
    const member: Member = { kind, isListed: false, viewRevision: 0, worker, keeper };
    this.#members.set(url, member);
    this.#start?.(member);
  }

  #beginListing(): void {
    this.#each((member) => {
      member.isListed = true;
      member.worker.beginListing();
    });
  }

  #onRevision(revision: number): void {
    this.#revision = revision;
    this.#each((member) => {
      if (!member.isListed) return;
      member.viewRevision = revision;
      member.keeper?.notify();
    });
  }

  #onStep(step: CatalogStep): void {
    this.#each((member) =>
      (member.kind === 'ingest' ? this.#tellIngest : this.#tellQuery).call(this, member, step),
    );
  }

  #tellIngest({ worker }: Member, step: CatalogStep): void {
    switch (step.kind) {
      case 'tombstoned':
        worker.require(step.tombstone, { barrier: true, remindAtMs: this.#reminderMs(step.tombstone) });
        return;
      case 'purging':
        worker.require(step.tombstone, { barrier: false });
        return;
      case 'purged':
        // From here on the name may live again, and what an ingest node has staged may be that life's.
        worker.release(step.tombstone.prefix, step.tombstone.incarnation);
        return;
      case 'live':
        worker.release(step.prefix);
        return;
      case 'gone':
        worker.release(step.prefix, step.incarnation);
    }
  }

  #tellQuery({ worker }: Member, step: CatalogStep): void {
    switch (step.kind) {
      case 'tombstoned':
      case 'purging':
        worker.release(step.tombstone.prefix); // Q1
        return;
      case 'purged': {
        const expiresMs = this.#queryWindowEndMs(step.reusableAfterMs);
        if (expiresMs > this.#deps.clock.monotonicMs())
          worker.require(step.tombstone, { barrier: false, expiresMs }); // Q2
        return;
      }
      case 'live':
        worker.release(step.prefix);
        return;
      case 'gone':
        worker.release(step.prefix, step.incarnation);
    }
  }

  /** One upload deadline before the grace ends, so that what that call ends has settled by then. */
  #reminderMs({ purgeAfterMs }: Tombstone): number {
    const { clock } = this.#deps;
    return clock.monotonicMs() + (purgeAfterMs - clock.wallMs()) - this.#settings.uploadDeadlineMs;
  }

  #queryWindowEndMs(reusableAfterMs: number): number {
    const { clock } = this.#deps;
    const { callTimeoutMs } = this.#settings;
    return queryWindowEndMs({
      nowMs: clock.monotonicMs(),
      wallMs: clock.wallMs(),
      reusableAfterMs,
      callTimeoutMs,
    });
  }

  /**
   * Q2: a linearizable read, of whichever life of the name is the latest, and both clocks once more when it is
   * answered: the monotonic one stands still while a machine sleeps.
   */
  async #mayTellQuery({ tenant, name, incarnation }: Tombstone, signal: AbortSignal): Promise<Permission> {
    const { client, clock } = this.#deps;
    try {
      const { stream } = await client.getStream({ tenant, name }, { signal });
      if (stream.incarnation !== incarnation || stream.state !== 'PURGED') return 'over';
      return this.#queryWindowEndMs(stream.reusableAfterMs ?? 0) > clock.monotonicMs() ? 'yes' : 'late';
    } catch (error) {
      if (signal.aborted || !(error instanceof SextonError)) throw error;
      if (error.reason === 'STREAM_NOT_FOUND') return 'over';
      throw new StreamProblem(`the cluster cannot say whether it lives again: ${error.message}`, {
        cause: error,
      });
    }
  }

  #each(act: (member: Member) => void): void {
    for (const member of this.#members.values()) act(member);
  }
}

const ALLOWED = Promise.resolve<Permission>('yes');
