/**
 * What a purge has removed so far, and when to tell the log.
 *
 * Totals go on from the committed record after a failover and never shrink. They may be off by the batches
 * in hand at a failover (deleted but not yet committed, or counted again by the next leader when a store
 * confirms keys that are gone), and a store that answers "deleted" for a key that stays is counted again at
 * the next pass. They are for people; nothing is decided by them.
 *
 * A commit is due every `progressIntervalMs` or `progressObjects`, never per batch, and only when something
 * changed. The interval grows with the try, to a fiftieth of its age: what a failover forgets is at most a
 * fiftieth of the work (or a second's), a purge of a million objects costs the log some tens of entries, and one that takes
 * days a few hundred.
 */
import type { PurgeProgress } from '../catalog/types.js';
import type { Clock } from '../shared/clock.js';

/** The interval between two commits as a part of the try's age. */
const INTERVAL_PER_AGE = 1 / 50;
const RATE_BUCKETS = 10;
const RATE_BUCKET_MS = 1_000;

export class ProgressCount {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #everyObjects: number;
  readonly #startedMs: number;
  readonly #atStart: number;
  #objects: number;
  #bytes: number;
  #committedObjects: number;
  #committedMs: number;
  /** Objects per one-second bucket, a ring; `#rateSecond` is the second that was written last. */
  readonly #rate = new Array<number>(RATE_BUCKETS).fill(0);
  #rateSecond: number;

  constructor(
    record: PurgeProgress,
    clock: Clock,
    options: { readonly intervalMs: number; readonly everyObjects: number },
  ) {
    this.#clock = clock;
    this.#intervalMs = options.intervalMs;
    this.#everyObjects = options.everyObjects;
    this.#objects = record.objectsDeleted;
    this.#bytes = record.bytesDeleted;
    this.#atStart = record.objectsDeleted;
    this.#committedObjects = record.objectsDeleted;
    this.#startedMs = clock.monotonicMs();
    this.#committedMs = this.#startedMs;
    this.#rateSecond = this.#second();
  }

  get objects(): number {
    return this.#objects;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Removed by this try alone. */
  get objectsThisTry(): number {
    return this.#objects - this.#atStart;
  }

  get hasUncommitted(): boolean {
    return this.#objects > this.#committedObjects;
  }

  get commitIsDue(): boolean {
    const uncommitted = this.#objects - this.#committedObjects;
    if (uncommitted === 0) return false;
    if (uncommitted >= this.#everyObjects) return true;
    const nowMs = this.#clock.monotonicMs();
    const intervalMs = Math.max(this.#intervalMs, (nowMs - this.#startedMs) * INTERVAL_PER_AGE);
    return nowMs - this.#committedMs >= intervalMs;
  }

  add(objects: number, bytes: number): void {
    if (objects === 0) return;
    this.#objects += objects;
    this.#bytes += bytes;
    this.#turnRing();
    const bucket = this.#rateSecond % RATE_BUCKETS;
    this.#rate[bucket] = (this.#rate[bucket] ?? 0) + objects;
  }

  /** `objects` as they were when the commit was proposed. */
  committed(objects: number): void {
    this.#committedObjects = Math.max(this.#committedObjects, objects);
    this.#committedMs = this.#clock.monotonicMs();
  }

  /** Over the last ten seconds, or since the start when that is less. */
  objectsPerSecond(): number {
    this.#turnRing();
    const sum = this.#rate.reduce((total, count) => total + count, 0);
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs;
    const windowMs = Math.min(RATE_BUCKETS * RATE_BUCKET_MS, Math.max(RATE_BUCKET_MS, elapsedMs));
    return (sum * 1_000) / windowMs;
  }

  #second(): number {
    return Math.floor(this.#clock.monotonicMs() / RATE_BUCKET_MS);
  }

  #turnRing(): void {
    const second = this.#second();
    const stale = Math.min(RATE_BUCKETS, second - this.#rateSecond);
    for (let back = 0; back < stale; back++) this.#rate[(second - back) % RATE_BUCKETS] = 0;
    this.#rateSecond = second;
  }
}
