/**
 * The deployment's nodes, as one of its query nodes lists them from the files that each node leaves in the
 * bucket. Asked again and again, since nodes are added while the helper runs.
 *
 * - D1 A node is never dropped because it is no longer listed: one that was taken off the list may still be
 *   writing. It is released by an operator, or left out at the next start.
 * - D2 One row that cannot be read hides no other node, and is told: a node that nobody knows of is one that no
 *   purge waits for.
 */
import { SextonError } from '../shared/errors.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { parseNodeUrl } from './node-address.js';
import {
  excerpt,
  NodeProblem,
  type ListedNode,
  type NodeKind,
  type ParseableNode,
} from './parseable-node.js';
import { sleep, Wakeable } from './wakeable.js';

/** Those without a kind hold nobody's streams. Of any other type nobody knows whether purges must wait for it. */
const KIND_OF_TYPE: ReadonlyMap<string, NodeKind | undefined> = new Map([
  ['ingestor', 'ingest'],
  ['querier', 'query'],
  ['indexer', undefined],
  ['prism', undefined],
]);
const AFTER_FAILURE_MS = 5_000;

export interface DiscoveryDeps {
  readonly querier: ParseableNode;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly onNode: (url: string, kind: NodeKind) => void;
}

export class Discovery {
  readonly #deps: DiscoveryDeps;
  #error = 'not asked yet';

  constructor(deps: DiscoveryDeps) {
    this.#deps = deps;
  }

  /** Why the nodes are not known; '' = they are, as of the last time. */
  get error(): string {
    return this.#error;
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { querier, clock, intervalMs } = this.#deps;
    try {
      while (!signal.aborted) {
        try {
          await querier.identify(signal);
          const problems = (await querier.listNodes(signal)).map((listed) => this.#take(listed));
          this.#say(problems.find((problem) => problem !== '') ?? '');
        } catch (error) {
          if (signal.aborted || !(error instanceof NodeProblem)) throw error;
          this.#say(error.message);
        }
        const waitMs = this.#error === '' ? intervalMs : Math.min(intervalMs, AFTER_FAILURE_MS);
        await sleep(clock, waitMs, new Wakeable(), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      querier.close();
    }
  }

  #say(problem: string): void {
    const { querier, logger } = this.#deps;
    if (problem !== '' && problem !== this.#error) {
      logger.warn({ node: querier.url, problem }, 'nodes cannot be listed');
    }
    this.#error = problem;
  }

  /** D2: '' or what is wrong with it. */
  #take({ address, type }: ListedNode): string {
    if (address === '' || type === '') return 'lists a node without an address or a type';
    const kind = KIND_OF_TYPE.get(type);
    if (kind === undefined) {
      return KIND_OF_TYPE.has(type)
        ? ''
        : `lists a node of the type ${excerpt(type)}, which is not known here`;
    }
    try {
      this.#deps.onNode(parseNodeUrl(address, type), kind);
      return '';
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      return `lists a node that cannot be asked: ${error.rawMessage}`;
    }
  }
}
