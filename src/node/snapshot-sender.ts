/**
 * Streams the state to followers that are behind the first log entry kept: one at a time, so that a
 * leader with two lost disks still has one disk's worth of reading for everything else. How each ended
 * goes back to the core, which decides what follows.
 */
import type { LogIndex, MemberId, Term } from '../raft/types.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { Transport } from './transport/transport.js';

export interface SnapshotSenderDeps {
  readonly storage: Pick<NodeStorage, 'openSnapshot'>;
  readonly transport: Pick<Transport, 'sendSnapshot'>;
  readonly logger: Logger;
  readonly sent: (to: MemberId, index: LogIndex, ok: boolean) => void;
}

interface Order {
  readonly to: MemberId;
  readonly term: Term;
}

export class SnapshotSender {
  readonly #deps: SnapshotSenderDeps;
  #orders: Order[] = [];
  #current: { readonly to: MemberId; readonly abort: AbortController } | undefined;
  #running: Promise<void> | undefined;
  #pinnedIndex: LogIndex | undefined;

  constructor(deps: SnapshotSenderDeps) {
    this.#deps = deps;
  }

  start(to: MemberId, term: Term): void {
    this.#orders = this.#orders.filter((order) => order.to !== to);
    this.#orders.push({ to, term });
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** The log must be kept from here on: the follower goes on after the snapshot with it. */
  get pinnedIndex(): LogIndex | undefined {
    return this.#pinnedIndex;
  }

  /** This node leads no more: nothing further is worth sending. */
  cancelAll(): void {
    this.#orders = [];
    this.#current?.abort.abort(new Error('this node no longer leads'));
  }

  async stop(): Promise<void> {
    this.cancelAll();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      const abort = new AbortController();
      this.#current = { to: order.to, abort };
      await this.#sendOne(order, abort.signal);
      this.#current = undefined;
    }
  }

  async #sendOne({ to, term }: Order, signal: AbortSignal): Promise<void> {
    const { storage, transport, logger } = this.#deps;
    let index: LogIndex = 0;
    try {
      const source = await storage.openSnapshot();
      index = source.header.meta.index;
      this.#pinnedIndex = index;
      logger.info({ to, index, approximateBytes: source.approximateSizeBytes }, 'sending a snapshot');
      const outcome = await transport.sendSnapshot(to, term, source, signal);
      if (outcome.kind === 'installed') {
        logger.info({ to, matchIndex: outcome.matchIndex }, 'snapshot installed');
        this.#deps.sent(to, Math.max(index, outcome.matchIndex), true);
        return;
      }
      logger.warn({ to, index, cause: outcome.message }, 'snapshot not installed');
    } catch (error) {
      logger.warn({ to, index, err: error }, 'snapshot not sent');
    } finally {
      this.#pinnedIndex = undefined;
    }
    this.#deps.sent(to, index, false);
  }
}
