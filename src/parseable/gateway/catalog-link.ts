/**
 * What the gateway holds of the catalog: the states of names, kept up by a watch, and a session that makes purges wait
 * for the writes that were let through.
 *
 * - K1 A write begins only while both are sure: the watch has said something within `staleAfterMs`, the session's lease
 *   runs, and the watch has come as far as the session's opening. From its beginning to its end purges wait for it.
 * - K2 What was seen of the catalog is applied to the writes in flight in the same turn, so that no write begins between
 *   a tombstone's arrival and the report that it has drained.
 * - K3 The session ends with the gateway, as settled when nothing is on its way. After a crash the cluster waits for one
 *   lease and one upload deadline, by when each write has ended or timed out.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { SextonClient, WatchItem } from '../../client/index.js';
import { backoffMs, type BackoffOptions } from '../../shared/backoff.js';
import type { Clock, Timer } from '../../shared/clock.js';
import { SextonError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logger.js';
import type { Random } from '../../shared/random.js';
import { SessionKeeper, type HeldSession, type LeaseHolder, type SessionPort } from '../session-keeper.js';
import { sleep, Wakeable } from '../wakeable.js';
import { keyOf, type StreamKey } from './route.js';
import { StreamStates } from './stream-states.js';
import { WritesInFlight, type Write } from './writes-in-flight.js';

export interface CatalogLinkOptions {
  readonly nodeId: string;
  readonly staleAfterMs: number;
  readonly brokenWriteMs: number;
  readonly entriesMax: number;
  readonly namesMax: number;
  readonly keepsActive: boolean;
  readonly backoff: BackoffOptions;
}

export interface CatalogLinkDeps {
  readonly client: Pick<SextonClient, 'watchStreams'>;
  readonly sessions: Pick<SessionPort, 'open'>;
  /** Ends a session that is not held any more. */
  readonly closeSession: (sessionId: string, settled: boolean) => Promise<unknown>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const CLOCK_MARGIN_MS = 5_000;
/** The cluster may be away, or starting; what says `never` to a listing will say so for ever. */
const FATAL = new Set(['INVALID_ARGUMENT', 'UNIMPLEMENTED']);
const PRUNE_EVERY_MS = 30_000;

export class CatalogLink {
  readonly states: StreamStates;
  readonly #writes: WritesInFlight;
  readonly #deps: CatalogLinkDeps;
  readonly #options: CatalogLinkOptions;
  readonly #keeper: SessionKeeper;
  readonly #waiters = new Set<() => void>();
  #held: HeldSession | undefined;
  #heardMs = -Infinity;
  #error = 'the first listing is not complete';
  #prunedMs = -Infinity;
  #settling: Timer | undefined;

  constructor(options: CatalogLinkOptions, deps: CatalogLinkDeps) {
    this.#deps = deps;
    this.#options = options;
    const { entriesMax, keepsActive, brokenWriteMs, namesMax, nodeId, backoff } = options;
    this.states = new StreamStates({ entriesMax, keepsActive, clockMarginMs: CLOCK_MARGIN_MS });
    this.#writes = new WritesInFlight({ brokenWriteMs, namesMax });
    const { clock, random, logger } = deps;
    this.#keeper = new SessionKeeper({
      nodeId,
      port: {
        open: (...args) => this.#open(...args),
        // What an earlier run had let through only its own session knows: it runs out by itself.
        settleExpired: () => Promise.resolve(0),
      },
      clock,
      random,
      logger,
      backoff,
      report: () => ({
        drainedRevision: this.#writes.drainedRevision(this.states.revision, clock.monotonicMs()),
        takenUp: [],
      }),
      // A gateway that an operator has released is there still, and wants a session again at once.
      hasAnsweredSince: () => true,
    });
  }

  get writesInFlight(): number {
    return this.#writes.count;
  }

  get sessionId(): string {
    return this.#keeper.status().sessionId;
  }

  get drainedRevision(): number {
    return this.#keeper.status().drainedRevision;
  }

  /** How long ago the watch last said something; Infinity: not yet. */
  ageMs(): number {
    return this.#deps.clock.monotonicMs() - this.#heardMs;
  }

  /** Why the catalog cannot be followed, with addresses and all: for the operator. '' = it can. */
  get error(): string {
    return this.#error;
  }

  /** K1. For whoever asks, so without addresses. Undefined: the state of names is known. */
  unknownBecause(): string | undefined {
    const { staleAfterMs, entriesMax } = this.#options;
    const { states } = this;
    if (!states.isListed) return 'the catalog is not followed yet';
    if (this.ageMs() > staleAfterMs)
      return `the catalog could not be followed for ${Math.floor(this.ageMs() / 1_000)} s`;
    if (states.isOverflowed) return `more than ${entriesMax} streams are being deleted`;
    const held = this.#held;
    if (held === undefined) return 'no session is open that purges would wait for';
    if (held.leaseRemainingMs() <= 0) return 'the lease of the session is not sure';
    if (states.revision < held.floorRevision)
      return `the catalog was seen up to revision ${states.revision}, the session begins at ${held.floorRevision}`;
    return undefined;
  }

  /** To be called in the turn in which the state of the names was looked at. Undefined: too many names. */
  begin(streams: readonly StreamKey[]): Write | undefined {
    return this.#writes.begin(streams.map(keyOf), this.#deps.clock.monotonicMs());
  }

  end(write: Write, outcome: 'answered' | 'broken'): void {
    this.#writes.end(write, outcome, this.#deps.clock.monotonicMs());
    this.#onChange();
  }

  /** Resolves when the catalog was seen up to `revision`, or after `waitMs`: late, but not for long. */
  async reached(revision: number, waitMs: number): Promise<void> {
    if (this.states.revision >= revision) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#waiters.delete(check);
        resolve();
      };
      const check = (): void => {
        if (this.states.revision >= revision) done();
      };
      const timer = this.#deps.clock.setTimer(waitMs, done);
      this.#waiters.add(check);
    });
  }

  /** Until `signal` aborts; rejects with what will not pass by itself. Then the session stays open for {@link close}. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#keeper.run(signal)]);
  }

  /** K3. After {@link run}. */
  async close(): Promise<void> {
    this.#settling?.cancel();
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { clock, logger } = this.#deps;
    const settled = this.#writes.isSettled(clock.monotonicMs());
    try {
      await this.#deps.closeSession(held.sessionId, settled);
      logger.info({ sessionId: held.sessionId, settled }, 'session closed');
    } catch (error) {
      logger.warn(
        { sessionId: held.sessionId, err: String(error) },
        'session could not be closed: it runs out',
      );
    }
  }

  async #open(nodeId: string, holder: LeaseHolder, signal: AbortSignal): Promise<HeldSession> {
    const held = await this.#deps.sessions.open(nodeId, holder, signal);
    this.#held = held;
    void held.ended.then(({ reason }) => {
      // One that was left is still open to the cluster, and to be closed.
      if (reason !== 'LEFT' && this.#held === held) this.#held = undefined;
    });
    return held;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#deps;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#watch(signal, () => (failures = 0));
        await turn();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SextonError) || FATAL.has(error.reason)) throw error;
        failures += 1;
        this.#error = error.message;
        logger.warn({ err: error.message }, 'catalog cannot be followed');
        await sleep(clock, backoffMs(this.#options.backoff, failures, random), new Wakeable(), signal);
      }
    }
  }

  async #watch(signal: AbortSignal, onItem: () => void): Promise<void> {
    const { client } = this.#deps;
    const { staleAfterMs, entriesMax } = this.#options;
    const watch = client.watchStreams({
      from: 'list',
      onCompacted: 'relist',
      progressIntervalMs: Math.max(100, Math.min(5_000, Math.floor(staleAfterMs / 4))),
      signal,
      onDisconnect: (error) => (this.#error = error.message),
    });
    for await (const item of watch) {
      onItem();
      this.#take(item);
      // There is room again: a listing finds out what did not fit before.
      if (item.kind === 'progress' && this.states.isOverflowed && this.states.size < entriesMax * 0.9) return;
    }
  }

  /** K2. */
  #take(item: WatchItem): void {
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    for (const { key, revision } of this.states.apply(item, clock.wallMs()))
      this.#writes.tombstoned(key, revision);
    if (item.kind !== 'snapshot' || item.last) {
      this.#error = '';
      this.#heardMs = nowMs;
    }
    if (nowMs - this.#prunedMs >= PRUNE_EVERY_MS) {
      this.#prunedMs = nowMs;
      this.states.prune(clock.wallMs());
    }
    this.#onChange();
    for (const check of [...this.#waiters]) check();
  }

  /** Something may have drained, now or at a time that is known. */
  #onChange(): void {
    this.#keeper.notify();
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const atMs = this.#writes.nextSettlingMs(nowMs);
    this.#settling?.cancel();
    this.#settling = atMs === undefined ? undefined : clock.setTimer(atMs - nowMs, () => this.#onChange());
  }
}
