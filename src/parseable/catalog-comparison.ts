/**
 * Looks every now and then at what Parseable's nodes list, and does what behind-catalog.ts concludes: adopts streams that
 * Parseable has created by itself and, when an operator wants that, deletes in the catalog those that its own API has
 * deleted, so that what was uploaded late is found and purged.
 *
 * - L1 Nothing is concluded while the catalog is not followed.
 *
 * One call at a time: a look costs a query node a listing of the bucket for each tenant, and another for each stream that
 * it is asked about and does not have. L2, L3: behind-actions.ts.
 */
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import {
  adopt,
  ClusterProblem,
  deleteMissing,
  obstacleOf,
  type ComparedNode,
  type ComparisonClient,
} from './behind-actions.js';
import { BehindCatalog } from './behind-catalog.js';
import type { ComparisonSettings } from './options.js';
import { NodeProblem, type ParseableNode } from './parseable-node.js';
import type { ComparisonStatus } from './status.js';
import { sleep, Wakeable } from './wakeable.js';

export interface CatalogComparisonDeps {
  readonly client: ComparisonClient;
  /** Of all nodes that are known. */
  readonly workers: () => readonly ComparedNode[];
  /** L1: why the catalog is not followed; '' = it is. */
  readonly catalogError: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What one look does of each; the rest is for the next ones. */
const ADOPTIONS_MAX = 100;
const ASKS_MAX = 10;
const FOLLOWS_MAX = 10;

export class CatalogComparison {
  readonly #settings: ComparisonSettings;
  readonly #deps: CatalogComparisonDeps;
  readonly #behind: BehindCatalog;
  #lastLookTimeMs: number | undefined;
  #adopted = 0;
  #followed = 0;
  #clusterProblem = '';
  #saidProblem = '';

  constructor(settings: ComparisonSettings, deps: CatalogComparisonDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#behind = new BehindCatalog(settings, deps.random);
  }

  /** What the catalog says goes there; nothing else is done with it. */
  get behind(): BehindCatalog {
    return this.#behind;
  }

  status(): ComparisonStatus {
    const { problem, ...view } = this.#behind.view();
    const { adoptNew, followDeletes } = this.#settings;
    return {
      lastLookTimeMs: this.#lastLookTimeMs,
      adoptNew,
      followDeletes,
      problem: problem === '' ? this.#clusterProblem : problem,
      ...view,
      adoptedTotal: this.#adopted,
      followedTotal: this.#followed,
    };
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    try {
      while (!signal.aborted) {
        // The first look comes late enough for the catalog to be listed and the nodes to have answered.
        await sleep(clock, this.#settings.compareEveryMs, new Wakeable(), signal);
        if (!signal.aborted) await this.#look(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#clusterProblem = '';
    await this.#list(signal);
    try {
      await this.#ask(signal);
      await this.#adopt(signal);
      await this.#follow(signal);
    } catch (error) {
      if (!(error instanceof ClusterProblem)) throw error;
      this.#clusterProblem = error.message;
    }
    this.#lastLookTimeMs = clock.wallMs();
    this.#say();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const behind = this.#behind;
    const tenants = behind.beginLook();
    const problem = this.#cannotCompare();
    const lister = this.#lister();
    if (problem !== '' || lister === undefined) {
      behind.failed(problem);
      return;
    }
    try {
      await lister.identify(signal);
    } catch (error) {
      if (!(error instanceof NodeProblem)) throw error;
      behind.failed(`the streams cannot be listed: ${lister.url} ${error.message}`);
      return;
    }
    for (const tenant of tenants) {
      try {
        behind.listed(tenant, await lister.listStreams(tenant, signal), this.#now());
      } catch (error) {
        if (!(error instanceof NodeProblem)) throw error;
        const whose = tenant === '' ? '' : ` of the tenant ${tenant}`;
        behind.notListed(tenant, `the streams${whose} cannot be listed: ${lister.url} ${error.message}`);
      }
    }
    behind.endLook();
  }

  #cannotCompare(): string {
    const { catalogError, workers } = this.#deps;
    const error = catalogError();
    if (error !== '') return `the catalog is not followed: ${error}`; // L1
    if (this.#lister() !== undefined) return '';
    return workers().some(({ node }) => node.kind !== 'ingest')
      ? 'no node that could list the streams answers'
      : 'only query nodes and standalone ones list the streams, and none is known';
  }

  #lister(): ParseableNode | undefined {
    const isAble = ({ node, state }: ComparedNode): boolean => node.kind !== 'ingest' && state === 'UP';
    return this.#deps.workers().find(isAble)?.node;
  }

  async #adopt(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#deps;
    const { added } = this.#behind;
    if (!this.#settings.adoptNew) return;
    for (const stream of added.due(clock.monotonicMs()).slice(0, ADOPTIONS_MAX)) {
      if (this.#behind.isOwned(stream.prefix)) continue; // The watch was faster.
      const { tenant, name, prefix } = stream;
      const facts = { tenant, stream: name, prefix };
      const outcome = await adopt(client, stream, signal);
      if (typeof outcome === 'object') {
        const { refusal: problem } = outcome;
        if (added.refused(stream, problem, clock.monotonicMs()))
          logger.warn({ ...facts, problem }, 'a new stream is not adopted');
        continue;
      }
      added.adopted(stream);
      if (outcome === 'known') continue;
      this.#adopted += 1;
      logger.info(facts, 'a stream that Parseable created by itself is adopted');
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { clock, logger, workers } = this.#deps;
    const { missing } = this.#behind;
    for (const stream of missing.toAsk(clock.monotonicMs()).slice(0, ASKS_MAX)) {
      const obstacle = await obstacleOf(workers(), stream, signal);
      if (!missing.answered(stream, obstacle, clock.monotonicMs())) continue;
      const { tenant, name, incarnation } = stream;
      logger.warn({ tenant, stream: name, incarnation }, 'a stream of the catalog is missing in Parseable');
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, clock, logger, workers } = this.#deps;
    const { missing, heldBack } = this.#behind;
    if (!this.#settings.followDeletes || heldBack !== '') return;
    for (const stream of missing.toFollow(clock.monotonicMs()).slice(0, FOLLOWS_MAX)) {
      const { tenant, name, incarnation } = stream;
      const facts = { tenant, stream: name, incarnation };
      const obstacle = await obstacleOf(workers(), stream, signal);
      const problem = obstacle === '' ? await deleteMissing(client, stream, signal) : obstacle;
      if (problem === '') {
        this.#followed += 1;
        missing.followed(stream);
        logger.warn(facts, 'a stream that Parseable deleted by itself is deleted in the catalog');
      } else if (missing.notFollowed(stream, problem, clock.monotonicMs()))
        logger.warn({ ...facts, problem }, 'a missing stream is not deleted in the catalog');
    }
  }

  #now(): { readonly nowMs: number; readonly wallMs: number } {
    const { clock } = this.#deps;
    return { nowMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  #say(): void {
    const { problem } = this.status();
    if (problem !== '' && problem !== this.#saidProblem)
      this.#deps.logger.warn({ problem }, 'the catalog cannot be compared with Parseable');
    this.#saidProblem = problem;
  }
}
