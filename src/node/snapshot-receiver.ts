/**
 * Takes the state from the leader into the inactive key space and swaps it in. Nothing of it is visible
 * before the sender's end frame was verified; a broken stream leaves the node as it was.
 *
 * What a broken stream brought is kept for a while: when the same snapshot is offered again, it goes on
 * after the last chunk stored. What nobody comes back for is given up, and its space with it.
 *
 * One at a time. A new stream takes over from one that is still open: its connection is the newer one,
 * and the old one may be dead without either end having noticed.
 */
import type { RaftCore } from '../raft/core.js';
import type { LogIndex, SnapshotVerdict, Term } from '../raft/types.js';
import { DecodeError } from '../shared/binary.js';
import type { Clock, Timer } from '../shared/clock.js';
import { deferred } from '../shared/deferred.js';
import { SextonError } from '../shared/errors.js';
import { FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage, SnapshotHeader, SnapshotInstall } from '../storage/node-storage.js';
import type { Applier } from './applier.js';
import type { Driver } from './driver.js';
import type { IncomingSnapshot, SnapshotOffer, SnapshotOfferAnswer } from './transport/transport.js';

/** How long a part of a snapshot waits to be continued: twice what a leader keeps its side for. */
export const HOLD_PART_MS = 120_000;
/** A stream that brings nothing for this long is broken, whatever its connection says. */
export const RECEIVE_STALL_MS = 60_000;

export interface SnapshotReceiverDeps {
  readonly core: Pick<RaftCore, 'judgeSnapshot' | 'term'>;
  readonly driver: Pick<Driver, 'exclusively' | 'feed'>;
  readonly applier: Pick<Applier, 'reset'>;
  readonly storage: Pick<NodeStorage, 'beginSnapshotInstall' | 'unfinishedInstall'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Catalog and applied index were replaced. */
  readonly replaced: (appliedIndex: LogIndex) => void;
  readonly fatal: (error: unknown) => void;
}

/** The answer to a stream: the receiver's term, and up to where its log now equals the sender's. */
interface Received {
  readonly term: Term;
  readonly matchIndex: LogIndex;
}

interface Run {
  /** Ends the wait for chunks; without effect once everything is here. */
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class SnapshotReceiver {
  readonly #deps: SnapshotReceiverDeps;
  #run: Run | undefined;
  #expiry: Timer | undefined;
  #dropping: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: SnapshotReceiverDeps) {
    this.#deps = deps;
    // Of the process before this one.
    if (deps.storage.unfinishedInstall !== undefined) this.#hold();
  }

  /** What a stream of this snapshot would find here. */
  offered({ term, header }: SnapshotOffer): SnapshotOfferAnswer {
    const verdict = this.#deps.core.judgeSnapshot({ term, meta: header.meta });
    if (verdict.kind !== 'install') return { kind: 'notWanted', ...this.#declined(verdict) };
    const held = this.#partOf(header)?.progress ?? { chunks: 0, checksum: 0 };
    return { kind: 'wanted', held };
  }

  async receive(snapshot: IncomingSnapshot): Promise<Received> {
    if (this.#stopped) throw new SextonError('NODE_STOPPING', 'this node is stopping');
    const { core } = this.#deps;
    const { meta } = snapshot.header;
    const verdict = core.judgeSnapshot({ term: snapshot.term, meta });
    if (verdict.kind !== 'install') return this.#declined(verdict);
    const before = this.#run;
    const done = deferred<void>();
    const abort = new AbortController();
    const run: Run = { abort, done: done.promise };
    this.#run = run;
    before?.abort.abort(
      new SextonError('TOO_MANY_REQUESTS', 'a newer stream took over', { retryAfterMs: 0 }),
    );
    await before?.done;
    try {
      abort.signal.throwIfAborted();
      return await this.#receive(snapshot, abort.signal);
    } finally {
      if (this.#run === run) this.#run = undefined;
      done.resolve();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#expiry?.cancel();
    this.#run?.abort.abort(new SextonError('NODE_STOPPING', 'this node is stopping'));
    await this.#run?.done;
    await this.#dropping;
  }

  async #receive(snapshot: IncomingSnapshot, signal: AbortSignal): Promise<Received> {
    const { core, logger } = this.#deps;
    const { header, from, term } = snapshot;
    const { meta } = header;
    // Asked again: a stream that this one took over from may have been all there already.
    const verdict = core.judgeSnapshot({ term, meta });
    if (verdict.kind !== 'install') return this.#declined(verdict);
    this.#expiry?.cancel();
    await this.#dropping;
    try {
      const install = await this.#begin(snapshot);
      logger.info({ from, index: meta.index, after: install.progress.chunks }, 'receiving a snapshot');
      await this.#write(install, snapshot.chunks, signal);
      return await this.#swapIn(install, snapshot);
    } catch (error) {
      // S5: a disk that failed a write is not to be used again, and its node would look alive without it.
      if (error instanceof FatalError) this.#deps.fatal(error);
      if (this.#deps.storage.unfinishedInstall !== undefined) this.#hold();
      throw error;
    }
  }

  async #begin({ header, after }: IncomingSnapshot): Promise<SnapshotInstall> {
    if (after === undefined) return this.#deps.storage.beginSnapshotInstall(header);
    const part = this.#partOf(header);
    const { chunks, checksum } = part?.progress ?? { chunks: 0, checksum: 0 };
    if (part === undefined || chunks !== after.chunks || checksum !== after.checksum) {
      throw new SextonError(
        'TOO_MANY_REQUESTS',
        `the stream goes on after ${after.chunks} chunks, ${chunks} are held: offer it again`,
        { retryAfterMs: 0 },
      );
    }
    return part;
  }

  async #write(
    install: SnapshotInstall,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const iterator = chunks[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#orStall(iterator.next(), signal);
      if (next.done === true) return;
      try {
        await install.write(next.value);
      } catch (error) {
        // It passed every check on its way: what was sent is wrong, and so may be what came before.
        await install.abort();
        throw error;
      }
    }
  }

  /** The next chunk, unless a newer stream takes over or nothing comes. */
  #orStall<T>(next: Promise<T>, signal: AbortSignal): Promise<T> {
    const outcome = deferred<T>();
    const timer = this.#deps.clock.setTimer(RECEIVE_STALL_MS, () => {
      outcome.reject(new Error(`nothing came for ${RECEIVE_STALL_MS} ms`));
    });
    const onAbort = (): void => {
      outcome.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    next.then(outcome.resolve, outcome.reject);
    return outcome.promise.finally(() => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    });
  }

  #swapIn(install: SnapshotInstall, { header, from, term }: IncomingSnapshot): Promise<Received> {
    const { core, driver, applier, logger } = this.#deps;
    const { meta } = header;
    return driver.exclusively(async () => {
      // Asked again: the log may have caught up, or the leader have lost its term, meanwhile.
      const now = core.judgeSnapshot({ term, meta });
      if (now.kind !== 'install') {
        await install.abort();
        return this.#declined(now);
      }
      await this.#commit(install);
      applier.reset(meta.index);
      this.#deps.replaced(meta.index);
      driver.feed({ kind: 'snapshotInstalled', from, term, meta });
      logger.info({ from, index: meta.index }, 'snapshot installed');
      return { term: core.term, matchIndex: meta.index };
    });
  }

  async #commit(install: SnapshotInstall): Promise<void> {
    try {
      await install.commit();
    } catch (error) {
      // Its sender says that it is whole, and it is not: going on after it would say so for ever.
      if (error instanceof DecodeError) await install.abort();
      throw error;
    }
  }

  /** What is stored here of exactly this snapshot. */
  #partOf(header: SnapshotHeader): SnapshotInstall | undefined {
    const part = this.#deps.storage.unfinishedInstall;
    if (part === undefined) return undefined;
    const { meta, chain } = part.header;
    const isSame =
      meta.index === header.meta.index && meta.term === header.meta.term && chain === header.chain;
    return isSame ? part : undefined;
  }

  /** For a while; then its space is given back. */
  #hold(): void {
    const { clock, storage, logger, fatal } = this.#deps;
    this.#expiry?.cancel();
    if (this.#stopped) return;
    this.#expiry = clock.setTimer(HOLD_PART_MS, () => {
      const part = storage.unfinishedInstall;
      if (part === undefined || this.#run !== undefined) return;
      logger.info({ index: part.header.meta.index }, 'nobody continues this snapshot: its part is dropped');
      this.#dropping = part.abort().catch(fatal);
    });
  }

  #declined(verdict: Exclude<SnapshotVerdict, { kind: 'install' }>): Received {
    return { term: this.#deps.core.term, matchIndex: verdict.kind === 'present' ? verdict.matchIndex : 0 };
  }
}
