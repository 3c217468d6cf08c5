/**
 * Streams the state to followers that are behind the first log entry kept: one at a time, so that a
 * leader with two lost disks still has one disk's worth of reading for everything else. How each ended
 * goes back to the core, which decides what follows.
 *
 * A stream that breaks leaves its source open for a while: when the core orders the next one, it goes on where it
 * stood. A source is a LevelDB snapshot, which keeps old records from being compacted, and it holds the log from
 * its index on; so at most one a follower is kept, briefly after a break, and none for longer than MAX_SOURCE_AGE_MS
 * in all.
 */
import type { LogIndex, MemberId, Term } from '../raft/types.js';
import type { Clock, Timer } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage, SnapshotSource } from '../storage/node-storage.js';
import type { Transport } from './transport/transport.js';

/** How long after a break a source waits for the follower to come back. */
export const HOLD_SOURCE_MS = 60_000;
/** At 1 MB/s more than three gigabytes. After it the state is read anew. */
export const MAX_SOURCE_AGE_MS = 3_600_000;

export interface SnapshotSenderDeps {
  readonly storage: Pick<NodeStorage, 'openSnapshot'>;
  readonly transport: Pick<Transport, 'sendSnapshot' | 'isConnected'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sent: (to: MemberId, index: LogIndex, ok: boolean) => void;
}

/** How far the stream to a member has come. */
export interface SnapshotSendProgress {
  readonly sentBytes: number;
  readonly approximateBytes: number;
}

interface Order {
  readonly to: MemberId;
  readonly term: Term;
}

/** A source and the follower that it is for; open until released. */
interface Kept {
  readonly order: Order;
  readonly source: SnapshotSource;
  readonly openedAtMs: number;
  /** Of this stream, in this attempt and the ones before it. */
  sentBytes: number;
  /** Set between two attempts. */
  expiry: Timer | undefined;
}

export class SnapshotSender {
  readonly #deps: SnapshotSenderDeps;
  #orders: Order[] = [];
  #current: { readonly order: Order; readonly abort: AbortController } | undefined;
  #running: Promise<void> | undefined;
  readonly #kept = new Map<MemberId, Kept>();

  constructor(deps: SnapshotSenderDeps) {
    this.#deps = deps;
  }

  start(to: MemberId, term: Term): void {
    // The core gave up waiting for a stream that is still under way: it goes on.
    if (this.#current?.order.to === to && this.#current.order.term === term) return;
    this.#orders = this.#orders.filter((order) => order.to !== to);
    this.#orders.push({ to, term });
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** The log must be kept from here on: the follower goes on after the snapshot with it. */
  get pinnedIndex(): LogIndex | undefined {
    const indexes = [...this.#kept.values()].map(({ source }) => source.header.meta.index);
    return indexes.length === 0 ? undefined : Math.min(...indexes);
  }

  /** Undefined: nothing is being sent to the member. */
  progressOf(to: MemberId): SnapshotSendProgress | undefined {
    const kept = this.#kept.get(to);
    if (kept === undefined) return undefined;
    return { sentBytes: kept.sentBytes, approximateBytes: kept.source.approximateSizeBytes };
  }

  /** This node leads no more: nothing further is worth sending. */
  cancelAll(): void {
    this.#orders = [];
    this.#current?.abort.abort(new Error('this node no longer leads'));
    for (const kept of [...this.#kept.values()]) {
      if (kept.order.to !== this.#current?.order.to) this.#release(kept);
    }
  }

  async stop(): Promise<void> {
    this.cancelAll();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      const abort = new AbortController();
      this.#current = { order, abort };
      await this.#sendOne(order, abort);
      this.#current = undefined;
    }
  }

  async #sendOne(order: Order, abort: AbortController): Promise<void> {
    const { transport, logger } = this.#deps;
    const { to, term } = order;
    let index: LogIndex = 0;
    let kept: Kept | undefined;
    try {
      if (!transport.isConnected(to)) throw new Error(`member ${to} is not connected`);
      kept = await this.#sourceFor(order);
      index = kept.source.header.meta.index;
      const { approximateSizeBytes: approximateBytes } = kept.source;
      logger.info({ to, index, approximateBytes, sentBytes: kept.sentBytes }, 'sending a snapshot');
      const outcome = await this.#withinAge(kept, abort, (source) =>
        transport.sendSnapshot(to, term, source, abort.signal),
      );
      if (outcome.kind === 'installed') {
        logger.info({ to, matchIndex: outcome.matchIndex }, 'snapshot installed');
        this.#release(kept);
        this.#deps.sent(to, Math.max(index, outcome.matchIndex), true);
        return;
      }
      logger.warn({ to, index, cause: outcome.message }, 'snapshot not installed');
      if (abort.signal.aborted) this.#release(kept);
      else this.#hold(kept);
    } catch (error) {
      logger.warn({ to, index, err: error }, 'snapshot not sent');
      if (kept !== undefined) this.#release(kept);
    }
    this.#deps.sent(to, index, false);
  }

  /** The one that was kept for exactly this, or a new one. */
  async #sourceFor(order: Order): Promise<Kept> {
    const { storage, clock } = this.#deps;
    const before = this.#kept.get(order.to);
    before?.expiry?.cancel();
    if (before?.order.term === order.term) {
      before.expiry = undefined;
      return before;
    }
    if (before !== undefined) this.#release(before);
    const source = await storage.openSnapshot();
    const kept: Kept = { order, source, openedAtMs: clock.monotonicMs(), sentBytes: 0, expiry: undefined };
    this.#kept.set(order.to, kept);
    return kept;
  }

  /** Gives the stream up when its source has become too old; closing it stays with this class. */
  async #withinAge<T>(
    kept: Kept,
    abort: AbortController,
    send: (source: SnapshotSource) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#deps;
    const leftMs = kept.openedAtMs + MAX_SOURCE_AGE_MS - clock.monotonicMs();
    const timer = clock.setTimer(Math.max(0, leftMs), () => {
      abort.abort(new Error('the snapshot has become too old'));
    });
    try {
      return await send(lent(kept));
    } finally {
      timer.cancel();
    }
  }

  /** Until the follower comes back, for a while. */
  #hold(kept: Kept): void {
    kept.expiry = this.#deps.clock.setTimer(HOLD_SOURCE_MS, () => {
      this.#deps.logger.info({ to: kept.order.to }, 'the follower did not come back for its snapshot');
      this.#release(kept);
    });
  }

  #release(kept: Kept): void {
    kept.expiry?.cancel();
    if (this.#kept.get(kept.order.to) === kept) this.#kept.delete(kept.order.to);
    kept.source.close().catch((error: unknown) => {
      this.#deps.logger.warn({ to: kept.order.to, err: error }, 'a snapshot did not close');
    });
  }
}

/** What the transport gets: it closes what it was given however the stream ends, and the source stays open. */
function lent(kept: Kept): SnapshotSource {
  const { source } = kept;
  return {
    header: source.header,
    approximateSizeBytes: source.approximateSizeBytes,
    canResume: (after) => source.canResume(after),
    async *chunks(after) {
      for await (const chunk of source.chunks(after)) {
        kept.sentBytes += chunk.length;
        yield chunk;
      }
    },
    close: () => Promise.resolve(),
  };
}
