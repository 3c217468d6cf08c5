/**
 * Which stream is purged next (P5). Two windows of due streams, fresh ones and those that failed before, are
 * filled by scans of the catalog and by events; slots are filled from them; the rest of the time it sleeps
 * until an event, the end of a try, or the next known time.
 *
 * Bounded: the windows, the slots, the tries put off. A scan reads the catalog in pages and stops at the first
 * tombstone whose grace period is not over, since the order is by `purge_after`.
 */
import type { Incarnation, StreamRecord } from '../catalog/types.js';
import { AssertionError } from '../shared/assert.js';
import { DueWindow } from './due-window.js';
import { dueness, type Dueness, type Lane } from './dueness.js';
import type { PurgeEnvironment } from './environment.js';
import { errorText, isUnrecoverable } from './failure.js';
import { PurgeAttempt } from './purge-attempt.js';
import { lifeStateOf } from '../catalog/lifecycle.js';
import { beginDrain, beginPurge, runPurge, type AttemptOutcome } from './purge-job.js';
import type { StoreReadiness } from './store-readiness.js';
import { untilAborted } from './until-aborted.js';
import { Wakeup } from './wakeup.js';

/** A stream whose try ended without a commit is left alone this long; so is the catalog after a failed scan. */
const PUT_OFF_MS = 1_000;
/** Streams put off at once; beyond, the oldest is forgotten, hence tried early. */
const PUT_OFF_MAX = 1_024;
/** A purge that sessions let go is told of at once; this finds those that the barrier could not remember. */
const BARRIER_POLL_MS = 5_000;
/** A scan follows at least this long after the one before, and longer if that took long: at most a fifth of the time. */
const SCAN_SPACING_MS = 100;
const SCAN_SPACING_FACTOR = 4;
/** Scans even if nothing called for it: a lost event would otherwise be a stream left behind. */
const IDLE_SCAN_MS = 60_000;

interface Slot {
  readonly lane: Lane;
  readonly deleteTimeMs: number;
  /** Undefined while beginDrain or beginPurge is under way. */
  attempt: PurgeAttempt | undefined;
}

export class PurgeScheduler {
  readonly #env: PurgeEnvironment;
  readonly #readiness: StoreReadiness;
  readonly #onUnrecoverable: (error: unknown) => void;
  readonly #wakeup: Wakeup;
  readonly #windows: Readonly<Record<Lane, DueWindow>>;
  readonly #slots = new Map<Incarnation, Slot>();
  readonly #ends = new Set<Promise<void>>();
  /** Wall-clock time before which a stream is not looked at again. */
  readonly #putOff = new Map<Incarnation, number>();
  #lastLane: Lane = 'retry';
  #scanWanted = true;
  /** Monotonic. */
  #scanNotBeforeMs = 0;
  #lastScanMs = 0;
  /** Wall clock; Infinity = none known. */
  #nextDueMs = Infinity;
  #oldestSeen: { readonly incarnation: Incarnation; readonly deleteTimeMs: number } | undefined;

  /** `onUnrecoverable` must abort `env.leading`. */
  constructor(env: PurgeEnvironment, readiness: StoreReadiness, onUnrecoverable: (error: unknown) => void) {
    this.#env = env;
    this.#readiness = readiness;
    this.#onUnrecoverable = onUnrecoverable;
    this.#wakeup = new Wakeup(env.clock);
    const max = env.options.dueWindowMax;
    this.#windows = { fresh: new DueWindow(max), retry: new DueWindow(max) };
  }

  get attempts(): readonly PurgeAttempt[] {
    return [...this.#slots.values()].flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt]));
  }

  /** Due streams known to wait for a slot. */
  get waiting(): number {
    return this.#windows.fresh.size + this.#windows.retry.size;
  }

  /** deleteTimeMs of the oldest tombstone whose grace is over; undefined = none known. */
  get oldestPendingMs(): number | undefined {
    let oldestMs = Infinity;
    for (const { deleteTimeMs } of this.#slots.values()) oldestMs = Math.min(oldestMs, deleteTimeMs);
    for (const window of Object.values(this.#windows)) {
      for (const { deleteTimeMs } of window.values()) oldestMs = Math.min(oldestMs, deleteTimeMs);
    }
    if (this.#oldestSeen !== undefined) {
      const state = this.#env.cluster.stream(this.#oldestSeen.incarnation)?.state;
      if (state === 'DELETED' || state === 'PURGING')
        oldestMs = Math.min(oldestMs, this.#oldestSeen.deleteTimeMs);
      else this.#oldestSeen = undefined;
    }
    return oldestMs === Infinity ? undefined : oldestMs;
  }

  /** Runs until `leading` aborts, then until every try has come to its end. Bugs go to `onUnrecoverable`. */
  async run(): Promise<void> {
    const { cluster, leading } = this.#env;
    const unsubscribe = cluster.onStreamChanged((stream) => {
      this.#onStreamChanged(stream);
    });
    try {
      while (!leading.aborted) {
        await this.#readiness.probeIfDue(leading);
        if (this.#mayStart()) {
          this.#fillSlots();
          if (this.#scanIsDue()) {
            await this.#scan();
            continue;
          }
        }
        await this.#wakeup.wait(this.#sleepMs(), leading);
      }
    } catch (error) {
      if (isUnrecoverable(error)) this.#onUnrecoverable(error);
      // Nothing outside this program may reach here: the store, the catalog and single tries have nets of their own.
      else if (!leading.aborted) this.#onUnrecoverable(schedulerBug(error));
    } finally {
      unsubscribe();
      this.#onLeadershipOver();
      while (this.#ends.size > 0) await Promise.all(this.#ends);
    }
  }

  #onLeadershipOver(): void {
    for (const { attempt } of this.#slots.values()) attempt?.stop('leadership');
    for (const window of Object.values(this.#windows)) window.clear();
  }

  #onStreamChanged(stream: StreamRecord | undefined): void {
    if (stream === undefined) {
      if (this.#env.cluster.summary().purgesPaused) this.#stopAll();
      this.#scanWanted = true;
    } else {
      const attempt = this.#slots.get(stream.incarnation)?.attempt;
      if (stream.purge.paused) attempt?.stop('paused');
      if (stream.state === 'PURGED') this.#putOff.delete(stream.incarnation);
      if (attempt === undefined) this.#consider(stream);
    }
    this.#wakeup.ring();
  }

  #stopAll(): void {
    for (const { attempt } of this.#slots.values()) attempt?.stop('paused');
  }

  #mayStart(): boolean {
    return this.#readiness.trouble === '' && !this.#env.cluster.summary().purgesPaused;
  }

  #dueness(stream: StreamRecord): Dueness {
    const nowMs = this.#env.clock.wallMs();
    const { options, readyToBegin } = this.#env;
    const putOffMs = this.#putOff.get(stream.incarnation);
    if (putOffMs !== undefined) {
      if (putOffMs > nowMs) return { kind: 'at', timeMs: putOffMs };
      this.#putOff.delete(stream.incarnation);
    }
    return dueness(stream, {
      nowMs,
      readyToBegin,
      barrierPollMs: BARRIER_POLL_MS,
      longestBackoffMs: Math.max(options.blockedBackoffMaxMs, options.transientBackoffMaxMs),
    });
  }

  /** Puts a stream where it belongs: into a window, or behind the next timer. */
  #consider(stream: StreamRecord): Dueness {
    const due = this.#dueness(stream);
    if (due.kind === 'at') this.#nextDueMs = Math.min(this.#nextDueMs, due.timeMs);
    if (due.kind === 'now' && !this.#slots.has(stream.incarnation)) this.#windows[due.lane].offer(stream);
    return due;
  }

  #fillSlots(): void {
    while (this.#slots.size < this.#env.options.streamConcurrency) {
      const lane = this.#nextLane();
      if (lane === undefined) return;
      const next = this.#windows[lane].take();
      if (next === undefined) return;
      const stream = this.#env.cluster.stream(next.incarnation);
      if (stream === undefined || this.#slots.has(next.incarnation)) continue;
      // The record may have changed while it waited: undeleted, paused, put off.
      if (this.#dueness(stream).kind !== 'now') {
        this.#consider(stream);
        continue;
      }
      this.#lastLane = lane;
      this.#start(stream, lane);
    }
  }

  /**
   * P5: however many streams fail again and again, they get half of the slots at most; with one slot the lanes
   * take turns.
   */
  #nextLane(): Lane | undefined {
    const { fresh, retry } = this.#windows;
    const slots = this.#env.options.streamConcurrency;
    const retrying = [...this.#slots.values()].filter(({ lane }) => lane === 'retry').length;
    const retryMayStart = retry.size > 0 && retrying < Math.max(1, Math.floor(slots / 2));
    if (fresh.size === 0) return retryMayStart ? 'retry' : undefined;
    return retryMayStart && this.#lastLane === 'fresh' ? 'retry' : 'fresh';
  }

  #start(stream: StreamRecord, lane: Lane): void {
    const slot: Slot = { lane, deleteTimeMs: stream.deleteTimeMs, attempt: undefined };
    this.#slots.set(stream.incarnation, slot);
    const end: Promise<void> = this.#work(stream, slot)
      .catch((error: unknown) => {
        if (isUnrecoverable(error)) this.#onUnrecoverable(error);
        else this.#unexpected(stream, error);
      })
      .finally(() => {
        this.#slots.delete(stream.incarnation);
        this.#ends.delete(end);
        const now = this.#env.cluster.stream(stream.incarnation);
        if (now !== undefined && !this.#env.leading.aborted) this.#consider(now);
        this.#wakeup.ring();
      });
    this.#ends.add(end);
  }

  #unexpected(stream: StreamRecord, error: unknown): void {
    this.#putOffFor(stream.incarnation);
    if (this.#env.leading.aborted) return;
    const facts = { incarnation: stream.incarnation, err: error };
    this.#env.logger.error(facts, `a purge ended unexpectedly, it is tried again: ${errorText(error)}`);
  }

  async #work(stream: StreamRecord, slot: Slot): Promise<void> {
    const { incarnation } = stream;
    const purging = await this.#begun(stream);
    if (purging === 'refused') this.#putOffFor(incarnation);
    if (purging === 'refused' || purging === 'draining') return;
    const attempt = new PurgeAttempt(this.#env, purging);
    slot.attempt = attempt;
    try {
      this.#settle(incarnation, await runPurge(attempt));
    } finally {
      attempt.dispose();
    }
  }

  /** Through the point of no return and the barrier. `draining`: it waits for sessions, without a slot. */
  async #begun(stream: StreamRecord): Promise<StreamRecord | 'refused' | 'draining'> {
    let record: StreamRecord | undefined = stream;
    if (record.state === 'DELETED') {
      record = await beginDrain(this.#env, record);
      if (record === undefined) return 'refused';
    }
    if (lifeStateOf(record) !== 'DRAINING') return record;
    if (!this.#env.readyToBegin(record)) return 'draining';
    return (await beginPurge(this.#env, record)) ?? 'refused';
  }

  #settle(incarnation: Incarnation, outcome: AttemptOutcome): void {
    switch (outcome.kind) {
      case 'purged':
        this.#putOff.delete(incarnation);
        return;
      case 'stopped':
        // A pause is lifted by an event; for the rest the record is looked at again a little later.
        if (outcome.because !== 'paused') this.#putOffFor(incarnation);
        return;
      case 'retrying':
      case 'blocked':
        if (outcome.storeWide)
          this.#readiness.doubt('storage: a purge met an error that concerns the whole bucket');
    }
  }

  #putOffFor(incarnation: Incarnation): void {
    this.#putOff.delete(incarnation);
    this.#putOff.set(incarnation, this.#env.clock.wallMs() + PUT_OFF_MS);
    if (this.#putOff.size <= PUT_OFF_MAX) return;
    for (const oldest of this.#putOff.keys()) {
      this.#putOff.delete(oldest);
      return;
    }
  }

  #scanIsDue(): boolean {
    const { clock, options } = this.#env;
    if (this.#slots.size >= options.streamConcurrency) return false;
    return this.#msToScan(clock.monotonicMs()) <= 0;
  }

  /** Infinity: only an event calls for one. */
  #msToScan(nowMs: number): number {
    const { fresh, retry } = this.#windows;
    const drained = (fresh.overflowed && fresh.size === 0) || (retry.overflowed && retry.size === 0);
    const idleMs = this.#lastScanMs + IDLE_SCAN_MS - nowMs;
    const timerMs = this.#nextDueMs - this.#env.clock.wallMs();
    const wantedMs = this.#scanWanted || drained ? 0 : Math.min(idleMs, timerMs);
    return Math.max(wantedMs, this.#scanNotBeforeMs - nowMs);
  }

  async #scan(): Promise<void> {
    const { clock, cluster, leading, logger } = this.#env;
    const startedMs = clock.monotonicMs();
    const { fresh, retry } = this.#windows;
    this.#scanWanted = false;
    this.#nextDueMs = Infinity;
    this.#oldestSeen = undefined;
    fresh.rescanned();
    retry.rescanned();
    const iterator = cluster.pendingPurges()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await untilAborted(iterator.next(), leading);
        if (next.done === true || this.#scanned(next.value)) break;
      }
    } catch (error) {
      if (isUnrecoverable(error) || leading.aborted) throw error;
      logger.error({ err: error }, `scan for due purges failed, it is tried again: ${errorText(error)}`);
      this.#scanWanted = true;
      this.#scanNotBeforeMs = clock.monotonicMs() + PUT_OFF_MS;
      return;
    } finally {
      await iterator.return?.();
    }
    this.#lastScanMs = clock.monotonicMs();
    const tookMs = this.#lastScanMs - startedMs;
    this.#scanNotBeforeMs = this.#lastScanMs + Math.max(SCAN_SPACING_MS, tookMs * SCAN_SPACING_FACTOR);
  }

  /** True: nothing after this stream can be of use. */
  #scanned(stream: StreamRecord): boolean {
    this.#consider(stream);
    // A PURGING stream's purge_after has been passed by committed time, though perhaps not yet by our clock.
    const { committedTimeMs } = this.#env.cluster.summary();
    const graceOver = stream.purgeAfterMs <= Math.max(this.#env.clock.wallMs(), committedTimeMs);
    if (graceOver)
      this.#oldestSeen ??= { incarnation: stream.incarnation, deleteTimeMs: stream.deleteTimeMs };
    const { fresh } = this.#windows;
    return !graceOver || (fresh.isFull && fresh.overflowed);
  }

  #sleepMs(): number {
    if (!this.#mayStart()) return this.#readiness.trouble === '' ? Infinity : this.#readiness.msToNextProbe;
    const nowMs = this.#env.clock.monotonicMs();
    const slotsFull = this.#slots.size >= this.#env.options.streamConcurrency;
    const scanMs = slotsFull ? Infinity : this.#msToScan(nowMs);
    return Math.max(0, Math.min(scanMs, this.#readiness.msToNextProbe));
  }
}

function schedulerBug(cause: unknown): AssertionError {
  return new AssertionError(`the purge scheduler failed: ${errorText(cause)}`, { cause });
}
