/**
 * P3: which purges have to wait for which sessions. A purge of a stream tombstoned at revision r waits for every
 * session that was opened before r and has not said that everything tombstoned up to r has settled on its node.
 *
 * Both come down to one number a session, its *floor*: the revision at which it opened, or what it has drained
 * where that is more. A session waits for nothing at or below its floor, so a stream is free exactly when its
 * tombstone is at or below the lowest floor of all, whatever the number of streams and sessions.
 *
 * Nothing is free beyond `coveredIndex`: a session that was opened just before may not have been told of yet.
 * Pure bookkeeping: no clock, no leases; whose session ended is not its business.
 */
import type { Incarnation, Revision, SessionId, StreamRecord } from '../catalog/types.js';
import type { WaitingSessions } from './session-api.js';

/** Purges remembered as waiting. Beyond it they are still held back, and looked at again by the purger's poll. */
const WAITING_PURGES_MAX = 100_000;
const NODE_IDS_MAX = 20;

interface Floor {
  readonly nodeId: string;
  readonly revision: Revision;
}

/** Lowest first. */
interface Sorted {
  readonly floors: readonly Floor[];
  readonly tombstones: readonly Revision[];
}

export class SessionBarrier {
  readonly #floors = new Map<SessionId, Floor>();
  readonly #waiting = new Map<Incarnation, Revision>();
  #coveredIndex = 0;
  /** Infinity without sessions; undefined: to be found again. */
  #lowest: number | undefined = Infinity;
  #sorted: Sorted | undefined;
  /** What has been freed so far; it only grows, as floors do and new sessions open above every tombstone. */
  #freedUpTo = 0;

  /** Every session opened at or before this index is known here. 0: none is. */
  get coveredIndex(): number {
    return this.#coveredIndex;
  }

  cover(index: number): void {
    this.#coveredIndex = Math.max(this.#coveredIndex, index);
  }

  /** A session, and up to where it waits for nothing. */
  set(id: SessionId, nodeId: string, revision: Revision): void {
    const before = this.#floors.get(id)?.revision;
    if (before === revision) return;
    this.#floors.set(id, { nodeId, revision });
    this.#sorted = undefined;
    if (before !== undefined && before === this.#lowest) this.#lowest = undefined;
    else if (this.#lowest !== undefined) this.#lowest = Math.min(this.#lowest, revision);
  }

  delete(id: SessionId): void {
    const before = this.#floors.get(id)?.revision;
    if (before === undefined) return;
    this.#floors.delete(id);
    this.#sorted = undefined;
    if (before === this.#lowest) this.#lowest = undefined;
  }

  /** The purger's question, about a DELETED stream whose grace period is over. A no is remembered. */
  readyToBegin({ incarnation, tombstoneRevision }: StreamRecord): boolean {
    if (this.isFree(tombstoneRevision)) {
      this.#forget(incarnation);
      return true;
    }
    if (this.#waiting.get(incarnation) === tombstoneRevision) return false;
    if (this.#waiting.size < WAITING_PURGES_MAX || this.#waiting.has(incarnation)) {
      this.#waiting.set(incarnation, tombstoneRevision);
      this.#sorted = undefined;
    }
    return false;
  }

  isFree(tombstoneRevision: Revision): boolean {
    return tombstoneRevision <= this.#coveredIndex && tombstoneRevision <= this.#lowestFloor();
  }

  /** Undeleted, paused, begun, or tombstoned anew: what waited is not what would wait now. */
  streamChanged({ incarnation }: StreamRecord): void {
    this.#forget(incarnation);
  }

  /** Purges that waited and need not any more. Each is told once. */
  takeFreed(): readonly Incarnation[] {
    const freeUpTo = Math.min(this.#coveredIndex, this.#lowestFloor());
    if (freeUpTo <= this.#freedUpTo) return [];
    this.#freedUpTo = freeUpTo;
    const freed: Incarnation[] = [];
    for (const [incarnation, tombstone] of this.#waiting) if (this.isFree(tombstone)) freed.push(incarnation);
    for (const incarnation of freed) this.#forget(incarnation);
    return freed;
  }

  get waitingPurges(): number {
    return this.#waiting.size;
  }

  /** How many purges wait for a session with this floor. */
  waitingAbove(floor: Revision): number {
    const { tombstones } = this.#sort();
    return tombstones.length - countUpTo(tombstones, (tombstone) => tombstone <= floor);
  }

  /** The latest tombstone that some purge waits for; 0: none. */
  get highestAwaited(): Revision {
    return this.#sort().tombstones.at(-1) ?? 0;
  }

  /** Sessions that some purge waits for. */
  get awaitedSessions(): number {
    const { floors } = this.#sort();
    const highest = this.highestAwaited;
    return countUpTo(floors, (floor) => floor.revision < highest);
  }

  /** Sessions that a purge of this tombstone waits for. */
  waitingFor(tombstoneRevision: Revision): WaitingSessions {
    const { floors } = this.#sort();
    const count = countUpTo(floors, (floor) => floor.revision < tombstoneRevision);
    const nodeIds = new Set<string>();
    for (let at = 0; at < count && nodeIds.size < NODE_IDS_MAX; at++) nodeIds.add(floors[at]?.nodeId ?? '');
    return { count, nodeIds: [...nodeIds] };
  }

  #forget(incarnation: Incarnation): void {
    if (this.#waiting.delete(incarnation)) this.#sorted = undefined;
  }

  #lowestFloor(): number {
    if (this.#lowest === undefined) {
      this.#lowest = Infinity;
      for (const { revision } of this.#floors.values()) this.#lowest = Math.min(this.#lowest, revision);
    }
    return this.#lowest;
  }

  #sort(): Sorted {
    this.#sorted ??= {
      floors: [...this.#floors.values()].sort((a, b) => a.revision - b.revision),
      tombstones: [...this.#waiting.values()].sort((a, b) => a - b),
    };
    return this.#sorted;
  }
}

/** Length of the head of a sorted list for which `isWithin` holds. */
function countUpTo<T>(sorted: readonly T[], isWithin: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isWithin(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
