/**
 * The helper: follows the catalog, and makes every node of a Parseable deployment forget what was deleted.
 * Composition only; what is decided is decided in forget-plan.ts, ask-permission.ts, query-window.ts and tombstone.ts.
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
import { AskPermission } from './ask-permission.js';
import type { ComparisonClient } from './behind-actions.js';
import { CatalogComparison } from './catalog-comparison.js';
import { CatalogFollower } from './catalog-follower.js';
import { Discovery } from './discovery.js';
import type { HttpPort } from './http-call.js';
import { NodeWorker } from './node-worker.js';
import {
  BACKOFF,
  checkedSettings,
  DISCOVERY_INTERVAL_MS,
  NODES_MAX,
  TOMBSTONES_MAX,
  type ParseableSyncSettings,
} from './options.js';
import { ParseableNode, type NodeKind } from './parseable-node.js';
import { queryWindowEndMs } from './query-window.js';
import { SessionKeeper, type SessionPort } from './session-keeper.js';
import type { NodeStatus, SyncStatus } from './status.js';
import type { CatalogStep } from './tombstone.js';

export interface ParseableSyncDeps {
  readonly client: Pick<SextonClient, 'watchStreams' | 'getStream'> & ComparisonClient;
  readonly sessions: SessionPort;
  /** One for each node. */
  readonly openHttp: () => HttpPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Member {
  readonly kind: NodeKind;
  /** It has been, or is being, shown everything that a listing holds. */
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
  readonly #permission: AskPermission;
  readonly #follower: CatalogFollower;
  readonly #discovery: Discovery | undefined;
  readonly #comparison: CatalogComparison | undefined;
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
        endListing: () => this.#endListing(),
        onRevision: (revision) => this.#onRevision(revision),
        wantsListing: () =>
          [...this.#members.values()].some(({ isListed, worker }) => !isListed || worker.wantsListing),
      },
    );
    const { discover, ingestNodes, queryNodes, standaloneNodes, callTimeoutMs, comparison } = this.#settings;
    this.#permission = new AskPermission({
      client,
      clock,
      callTimeoutMs,
      queryNodeBeside: (node) => this.#queryNodeBeside(node),
    });
    if (comparison !== undefined) {
      const workers = () => Array.from(this.#members.values(), ({ worker }) => worker);
      const catalogError = () => this.#follower.error;
      this.#comparison = new CatalogComparison(comparison, { ...deps, workers, catalogError });
    }
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
    for (const url of standaloneNodes) this.#add(url, 'standalone');
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
    if (this.#comparison !== undefined) begin(this.#comparison.run(scope.signal));
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
      comparison: this.#comparison?.status(),
    };
  }

  #add(url: string, kind: NodeKind): void {
    const { clock, random, logger, sessions, openHttp } = this.#deps;
    if (this.#members.has(url)) return;
    if (this.#members.size >= NODES_MAX) {
      throw new SextonError('INVALID_ARGUMENT', `the deployment has more than ${NODES_MAX} nodes`);
    }
    const { uploadDeadlineMs } = this.#settings;
    const worker: NodeWorker = new NodeWorker(
      {
        node: new ParseableNode(url, kind, this.#settings, openHttp()),
        clock,
        random,
        logger,
        mayAsk: (ask, node, signal) => this.#permission.mayAsk(ask, node, keeper?.holdsBack, signal),
        onChange: () => keeper?.notify(),
      },
      { uploadDeadlineMs, backoff: BACKOFF, tombstonesMax: TOMBSTONES_MAX },
    );
    const keeper: SessionKeeper | undefined =
      kind === 'query'
        ? undefined
        : new SessionKeeper({
            nodeId: url,
            port: sessions,
            clock,
            random,
            logger,
            backoff: BACKOFF,
            report: (reported) =>
              member.viewRevision === 0 ? undefined : worker.report(member.viewRevision, reported),
            hasAnsweredSince: (sinceMs) => worker.hasAnsweredSince(sinceMs),
          });
    const member: Member = { kind, isListed: false, viewRevision: 0, worker, keeper };
    this.#members.set(url, member);
    this.#start?.(member);
  }

  #beginListing(): void {
    this.#comparison?.behind.beginListing();
    this.#each((member) => {
      member.isListed = true;
      member.worker.beginListing();
    });
  }

  #endListing(): void {
    this.#comparison?.behind.endListing();
    this.#each(({ worker }) => worker.endListing());
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
    this.#comparison?.behind.onStep(step);
    this.#each((to) => (to.kind === 'query' ? this.#tellQuery(to, step) : this.#tellHolder(to, step)));
  }

  /** A node that takes events in: purges wait for it (P3). */
  #tellHolder({ worker }: Member, step: CatalogStep): void {
    switch (step.kind) {
      case 'owned':
      case 'purging':
        worker.release(step.prefix);
        return;
      case 'draining':
        worker.require(step.tombstone, { kind: 'drain' });
        return;
      case 'purged':
        // From here on the name may live again, and what the node has staged may be that life's. A listing shows PURGED
        // too, and says nothing of what is stale.
        worker.release(step.tombstone.prefix, step.tombstone.incarnation, 'drain');
        return;
      case 'stale':
        worker.require(step.tombstone, { kind: 'stale' });
        return;
      case 'gone':
        worker.release(step.prefix, step.incarnation);
    }
  }

  #tellQuery({ worker }: Member, step: CatalogStep): void {
    switch (step.kind) {
      case 'owned':
      case 'purging':
        worker.release(step.prefix); // Q1
        return;
      case 'draining':
        worker.release(step.tombstone.prefix); // Q1
        return;
      case 'stale':
      case 'purged': {
        const reusableAfterMs = step.kind === 'purged' ? step.reusableAfterMs : 0;
        const expiresMs = this.#queryWindowEndMs(reusableAfterMs);
        const isOpen = expiresMs > this.#deps.clock.monotonicMs();
        worker.require(step.tombstone, isOpen ? { kind: 'window', expiresMs } : { kind: 'stale' }); // Q2, Q3
        return;
      }
      case 'gone':
        worker.release(step.prefix, step.incarnation);
    }
  }

  #queryWindowEndMs(reusableAfterMs: number): number {
    const { callTimeoutMs } = this.#settings;
    const [nowMs, wallMs] = [this.#deps.clock.monotonicMs(), this.#deps.clock.wallMs()];
    return queryWindowEndMs({ nowMs, wallMs, reusableAfterMs, callTimeoutMs });
  }

  /** Q3: the bucket's streams are listed by a node of the same deployment, and of no other. */
  #queryNodeBeside(node: ParseableNode): ParseableNode | undefined {
    const deploymentId = this.#members.get(node.url)?.worker.identity?.deploymentId;
    if (deploymentId === undefined) return undefined;
    for (const { kind, worker } of this.#members.values()) {
      if (kind === 'query' && worker.identity?.deploymentId === deploymentId) return worker.node;
    }
    return undefined;
  }

  #each(act: (member: Member) => void): void {
    for (const member of this.#members.values()) act(member);
  }
}
