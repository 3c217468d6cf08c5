/**
 * The deployment's nodes, as one of its query nodes lists them from the files that each node leaves in the
 * bucket. Asked again and again, since nodes are added while the helper runs.
 *
 * - D1 A node is never dropped because it is no longer listed: one that was taken off the list may still be
 *   writing. It is released by an operator, or left out at the next start.
 */
import { SextonError } from '../shared/errors.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { parseNodeUrl } from './node-address.js';
import { NodeProblem, type ListedNode, type NodeKind, type ParseableNode } from './parseable-node.js';
import { sleep, Wakeable } from './wakeable.js';

const KIND_OF_TYPE: Readonly<Record<string, NodeKind>> = { ingestor: 'ingest', querier: 'query' };
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
    const { querier, clock, logger, intervalMs } = this.#deps;
    try {
      while (!signal.aborted) {
        try {
          await querier.identify(signal);
          for (const listed of await querier.listNodes(signal)) this.#take(listed);
          this.#error = '';
        } catch (error) {
          if (signal.aborted || !(error instanceof NodeProblem)) throw error;
          if (this.#error !== error.message) {
            logger.warn({ node: querier.url, problem: error.message }, 'nodes cannot be listed');
          }
          this.#error = error.message;
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

  #take({ address, type }: ListedNode): void {
    const kind = KIND_OF_TYPE[type];
    if (kind === undefined) return;
    try {
      this.#deps.onNode(parseNodeUrl(address, type), kind);
    } catch (error) {
      // One node that wrote nonsense about itself must not hide the others, nor pass unseen.
      if (!(error instanceof SextonError)) throw error;
      throw new NodeProblem(`lists a node that cannot be asked: ${error.rawMessage}`, { cause: error });
    }
  }
}
