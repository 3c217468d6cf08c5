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
import { Rate } from './rate.js';

/** The interval between two commits as a part of the try's age. */
const INTERVAL_PER_AGE = 1 / 50;

export class ProgressCount {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #everyObjects: number;
  readonly #startedMs: number;
  readonly #atStart: number;
  #objects: number;
  #bytes: number;
  #uploads: number;
  /** Objects and uploads. */
  #committedRemovals: number;
  #committedMs: number;
  readonly #objectRate: Rate;
  readonly #byteRate: Rate;

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
    this.#uploads = record.uploadsAborted;
    this.#atStart = this.removals;
    this.#committedRemovals = this.#atStart;
    this.#startedMs = clock.monotonicMs();
    this.#committedMs = this.#startedMs;
    this.#objectRate = new Rate(clock);
    this.#byteRate = new Rate(clock);
  }

  get objects(): number {
    return this.#objects;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get uploads(): number {
    return this.#uploads;
  }

  /** Objects and uploads together: what tells whether a commit says anything new. */
  get removals(): number {
    return this.#objects + this.#uploads;
  }

  /** Removed by this try alone. */
  get removalsThisTry(): number {
    return this.removals - this.#atStart;
  }

  get hasUncommitted(): boolean {
    return this.removals > this.#committedRemovals;
  }

  get commitIsDue(): boolean {
    const uncommitted = this.removals - this.#committedRemovals;
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
    this.#objectRate.add(objects);
    this.#byteRate.add(bytes);
  }

  addUpload(): void {
    this.#uploads++;
  }

  /** `removals` as they were when the commit was proposed. */
  committed(removals: number): void {
    this.#committedRemovals = Math.max(this.#committedRemovals, removals);
    this.#committedMs = this.#clock.monotonicMs();
  }

  objectsPerSecond(): number {
    return this.#objectRate.perSecond();
  }

  bytesPerSecond(): number {
    return this.#byteRate.perSecond();
  }
}
