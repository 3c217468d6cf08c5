/**
 * Whether a node may be asked to forget a stream, decided right before each request: the catalog as the watch shows it
 * may be behind, and to forget a stream that lives loses events.
 *
 * - A1 While a stream drains, one linearizable read since the node's session has been held is enough for all nodes: the
 *   point of no return is not taken back, and the purge waits for the session. It is read again for a node whose lease
 *   may have run out, and for a stream that its session has reported as drained before (F6).
 * - A2 Where the request empties the prefix in the bucket, the catalog is read each time.
 * - Q2, Q3: query-window.ts.
 */
import type { SextonClient, Stream } from '../client/index.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Ask } from './forget-plan.js';
import type { Permission } from './node-worker.js';
import { NodeProblem, StreamProblem, type ParseableNode } from './parseable-node.js';
import { queryWindowEndMs } from './query-window.js';
import type { Tombstone } from './tombstone.js';

export interface AskPermissionDeps {
  readonly client: Pick<SextonClient, 'getStream'>;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  /** A query node that answers, of the deployment of the node that is to be asked; undefined: none is known. */
  readonly queryNodeBeside: (node: ParseableNode) => ParseableNode | undefined;
}

/** See {@link SessionKeeper.holdsBack}. Of a node for which no purge waits: never. */
export type HoldsBack = (drainRevision: number, sinceMs: number) => boolean;

interface DrainRead {
  readonly sentMs: number;
  readonly isDraining: Promise<boolean>;
}

export class AskPermission {
  readonly #deps: AskPermissionDeps;
  /** All nodes are asked about one stream at about the same time. */
  readonly #drainReads = new WeakMap<Tombstone, DrainRead>();

  constructor(deps: AskPermissionDeps) {
    this.#deps = deps;
  }

  /** Rejects with {@link StreamProblem} when nobody can say, and with {@link NodeProblem} of the node itself. */
  mayAsk(
    ask: Ask,
    node: ParseableNode,
    holdsBack: HoldsBack | undefined,
    signal: AbortSignal,
  ): Promise<Permission> {
    switch (ask.kind) {
      case 'drain':
        return this.#mayDrain(ask.tombstone, node, holdsBack, signal);
      case 'window':
        return this.#mayAskInWindow(ask.tombstone, node, signal);
      case 'stale':
        return this.#mayAskStale(ask.tombstone, node, signal);
    }
  }

  async #mayDrain(
    tombstone: Tombstone,
    { kind }: ParseableNode,
    holdsBack: HoldsBack | undefined,
    signal: AbortSignal,
  ): Promise<Permission> {
    const before = kind === 'ingest' ? this.#drainReads.get(tombstone) : undefined;
    const isEnough = before !== undefined && holdsBack?.(tombstone.drainRevision, before.sentMs) === true; // A1
    const read = isEnough ? before : this.#readDrain(tombstone, signal);
    return (await read.isDraining) ? 'yes' : 'over';
  }

  #readDrain(tombstone: Tombstone, signal: AbortSignal): DrainRead {
    const isDraining = this.#latest(tombstone, signal).then(
      (stream) =>
        stream?.incarnation === tombstone.incarnation &&
        stream.state === 'PURGING' &&
        stream.purge?.beginTimeMs === undefined,
    );
    const read = { sentMs: this.#deps.clock.monotonicMs(), isDraining };
    this.#drainReads.set(tombstone, read);
    isDraining.catch(() => {
      if (this.#drainReads.get(tombstone) === read) this.#drainReads.delete(tombstone);
    });
    return read;
  }

  /**
   * Q2: a linearizable read, of whichever life of the name is the latest, and both clocks once more when it is
   * answered: the monotonic one stands still while a machine sleeps. Q3 first: within the window too a client may have
   * made the stream again, behind the catalog.
   */
  async #mayAskInWindow(tombstone: Tombstone, node: ParseableNode, signal: AbortSignal): Promise<Permission> {
    const { clock, callTimeoutMs } = this.#deps;
    if (!(await node.holds(tombstone, signal))) return 'over';
    if ((await node.listStreams(tombstone.tenant, signal)).includes(tombstone.name)) return 'over';
    const stream = await this.#latest(tombstone, signal);
    if (stream?.incarnation !== tombstone.incarnation || stream.state !== 'PURGED') return 'over';
    const nowMs = clock.monotonicMs();
    const reusableAfterMs = stream.reusableAfterMs ?? 0;
    const endMs = queryWindowEndMs({ nowMs, wallMs: clock.wallMs(), reusableAfterMs, callTimeoutMs });
    return endMs > nowMs ? 'yes' : 'late';
  }

  /**
   * Q3: only what has no metadata in the bucket is stale. A name that is listed there lives again, behind the catalog or
   * through it, and a node that is made to forget it would lose events of that life. Whoever can list is asked last; without
   * anybody who can, nobody is made to forget.
   */
  async #mayAskStale(tombstone: Tombstone, node: ParseableNode, signal: AbortSignal): Promise<Permission> {
    const { tenant, name, incarnation } = tombstone;
    // First, since most nodes hold nothing: the other two questions cost more. A query node loads what the bucket has.
    if (!(await node.holds(tombstone, signal))) return 'over';
    const stream = await this.#latest(tombstone, signal);
    if (stream?.incarnation !== incarnation || stream.state !== 'PURGED') return 'over';
    const lister = node.kind === 'ingest' ? this.#deps.queryNodeBeside(node) : node;
    if (lister === undefined)
      throw new StreamProblem('no query node answers that could say whether the stream lives again');
    try {
      const names = await lister.listStreams(tenant, signal);
      return names.includes(name) ? 'over' : 'yes';
    } catch (error) {
      // Of another node than the one that is asked: that one is not down for it.
      if (!(error instanceof NodeProblem) || lister === node) throw error;
      throw new StreamProblem(`${lister.url} ${error.message}`, { cause: error });
    }
  }

  /** Undefined: the catalog has no life of the name. */
  async #latest({ tenant, name }: Tombstone, signal: AbortSignal): Promise<Stream | undefined> {
    try {
      return (await this.#deps.client.getStream({ tenant, name }, { signal })).stream;
    } catch (error) {
      if (signal.aborted || !(error instanceof SextonError)) throw error;
      if (error.reason === 'STREAM_NOT_FOUND') return undefined;
      throw new StreamProblem(`the cluster cannot say whether it lives again: ${error.message}`, {
        cause: error,
      });
    }
  }
}
