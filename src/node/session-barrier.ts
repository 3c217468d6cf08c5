/**
 * P3: which purges have to wait for which sessions. A purge whose drain began at revision r waits for every session
 * that was opened before r, or covers earlier ones, and has not said that everything up to r has drained on its node.
 *
 * Both come down to one number a session, its *floor*: the revision at which it opened, or what it has drained
 * where that is more. A session waits for nothing at or below its floor, so a stream is free exactly when its
 * drain began at or below the lowest floor of all, whatever the number of streams and sessions.
 *
 * Beside its floor a session names the streams that its node has taken up again after it had let them go. Those wait,
 * and no others do: one stream whose clients never stop must not hold up every later one (P5). An operator's word to
 * discard what such clients write lifts this second condition, and never the first.
 *
 * Nothing is free beyond `coveredIndex`: a session that was opened just before may not have been told of yet.
 * Pure bookkeeping: no clock, no leases; whose session ended is not its business.
 */
import type { Incarnation, Revision, SessionId, SessionRecord, StreamRecord } from '../catalog/types.js';
import type { TakenUpStream, WaitingSessions } from './session-api.js';

/** Purges remembered as waiting. Beyond it they are still held back, and looked at again by the purger's poll. */
const WAITING_PURGES_MAX = 100_000;
const NODE_IDS_MAX = 20;

interface Floor {
  readonly nodeId: string;
  /** The lease is over: what it waits for is the deadline of the last upload. */
  readonly isExpired: boolean;
  readonly revision: Revision;
  readonly takenUp: readonly TakenUpStream[];
}

interface Waiting {
  readonly drainRevision: Revision;
  readonly discardNewWrites: boolean;
}

/** Lowest first. */
interface Sorted {
  readonly floors: readonly Floor[];
  readonly drains: readonly Revision[];
}

export class SessionBarrier {
  readonly #floors = new Map<SessionId, Floor>();
  readonly #waiting = new Map<Incarnation, Waiting>();
  /** Which sessions name a stream as taken up again. */
  readonly #takenUp = new Map<Incarnation, Set<SessionId>>();
  #coveredIndex = 0;
  /** Infinity without sessions; undefined: to be found again. */
  #lowest: number | undefined = Infinity;
  #sorted: Sorted | undefined;
  /** Up to where purges were looked through last for those that need not wait any more. */
  #freedUpTo = 0;
  /** Some session has stopped to name a stream. */
  #letGo = false;

  /** Every session opened at or before this index is known here. 0: none is. */
  get coveredIndex(): number {
    return this.#coveredIndex;
  }

  cover(index: number): void {
    this.#coveredIndex = Math.max(this.#coveredIndex, index);
  }

  /** A session, up to where it waits for nothing, and the streams below that it names all the same. */
  set(
    { id, nodeId, state }: Pick<SessionRecord, 'id' | 'nodeId' | 'state'>,
    revision: Revision,
    takenUp: readonly TakenUpStream[] = [],
  ): void {
    const before = this.#floors.get(id);
    const isExpired = state === 'EXPIRED';
    const isSame = before?.revision === revision && before.isExpired === isExpired;
    if (isSame && before.takenUp.length === 0 && takenUp.length === 0) return;
    this.#name(id, before?.takenUp ?? [], takenUp);
    this.#floors.set(id, { nodeId, isExpired, revision, takenUp });
    this.#sorted = undefined;
    if (before !== undefined && before.revision === this.#lowest) this.#lowest = undefined;
    else if (this.#lowest !== undefined) this.#lowest = Math.min(this.#lowest, revision);
  }

  delete(id: SessionId): void {
    const before = this.#floors.get(id);
    if (before === undefined) return;
    this.#name(id, before.takenUp, []);
    this.#floors.delete(id);
    this.#sorted = undefined;
    if (before.revision === this.#lowest) this.#lowest = undefined;
  }

  /** The purger's question, about a stream that is DRAINING. A no is remembered. */
  readyToBegin(stream: StreamRecord): boolean {
    const { incarnation, drainRevision } = stream;
    const { discardNewWrites } = stream.purge;
    const wanted: Waiting = { drainRevision, discardNewWrites };
    if (this.#isFree(incarnation, wanted)) {
      this.#forget(incarnation);
      return true;
    }
    const known = this.#waiting.get(incarnation);
    if (known?.drainRevision === drainRevision && known.discardNewWrites === discardNewWrites) return false;
    if (this.#waiting.size < WAITING_PURGES_MAX || known !== undefined) {
      this.#waiting.set(incarnation, wanted);
      this.#sorted = undefined;
      // A session that covers earlier ones may have taken the lowest floor down since the last look: what waits from
      // now on is freed when it is back where it was.
      this.#freedUpTo = Math.min(this.#freedUpTo, this.#freeUpTo());
    }
    return false;
  }

  /** Paused, begun, or with another word on new writes: what waited is not what would wait now. */
  streamChanged({ incarnation }: StreamRecord): void {
    this.#forget(incarnation);
  }

  /** Purges that waited and need not any more. Each is handed out once. */
  takeFreed(): readonly Incarnation[] {
    const freeUpTo = this.#freeUpTo();
    const isSame = freeUpTo === this.#freedUpTo && !this.#letGo;
    this.#freedUpTo = freeUpTo;
    this.#letGo = false;
    if (isSame) return [];
    const freed: Incarnation[] = [];
    for (const [incarnation, waiting] of this.#waiting) {
      if (this.#isFree(incarnation, waiting)) freed.push(incarnation);
    }
    for (const incarnation of freed) this.#forget(incarnation);
    return freed;
  }

  get waitingPurges(): number {
    return this.#waiting.size;
  }

  /** Of them, those that wait for nothing but nodes that have taken the stream up again. */
  get stillSentTo(): number {
    let count = 0;
    for (const [incarnation, { drainRevision, discardNewWrites }] of this.#waiting) {
      const isNamed = !discardNewWrites && this.#takenUp.has(incarnation);
      if (isNamed && this.#isDrained(drainRevision)) count += 1;
    }
    return count;
  }

  /** How many purges wait for a session: those that it has not drained, and those that it names. */
  waitingOn(id: SessionId): number {
    const floor = this.#floors.get(id);
    if (floor === undefined) return 0;
    const { drains } = this.#sort();
    const named = floor.takenUp.filter(({ incarnation }) => {
      const waiting = this.#waiting.get(incarnation);
      return waiting !== undefined && !waiting.discardNewWrites && waiting.drainRevision <= floor.revision;
    });
    return drains.length - countUpTo(drains, (drain) => drain <= floor.revision) + named.length;
  }

  /** The latest drain that some purge waits for; 0: none. */
  get highestAwaited(): Revision {
    return this.#sort().drains.at(-1) ?? 0;
  }

  /** Sessions that some purge waits for. */
  get awaitedSessions(): number {
    const { floors } = this.#sort();
    const highest = this.highestAwaited;
    return countUpTo(floors, (floor) => floor.revision < highest);
  }

  /** Sessions that a purge waits for: those behind its drain, and those that name it. */
  waitingFor({ incarnation, drainRevision, purge }: StreamRecord): WaitingSessions {
    const { floors } = this.#sort();
    const count = countUpTo(floors, (floor) => floor.revision < drainRevision);
    const nodeIds = new Set<string>();
    const heardNodeIds = new Set<string>();
    for (let at = 0; at < count && nodeIds.size < NODE_IDS_MAX; at++) {
      const { nodeId = '', isExpired = false } = floors[at] ?? {};
      nodeIds.add(nodeId);
      if (!isExpired) heardNodeIds.add(nodeId);
    }
    const silentNodeIds = [...nodeIds].filter((nodeId) => !heardNodeIds.has(nodeId));
    const naming = purge.discardNewWrites ? [] : [...(this.#takenUp.get(incarnation) ?? [])];
    const takenUp = naming
      .flatMap((id) => {
        const floor = this.#floors.get(id);
        const named = floor?.takenUp.find((one) => one.incarnation === incarnation);
        return floor === undefined || named === undefined
          ? []
          : [{ nodeId: floor.nodeId, lastSeenTimeMs: named.lastSeenTimeMs }];
      })
      .sort((a, b) => b.lastSeenTimeMs - a.lastSeenTimeMs)
      .slice(0, NODE_IDS_MAX);
    return { count, nodeIds: [...nodeIds], silentNodeIds, takenUp };
  }

  /** How many streams a session names. */
  takenUpBy(id: SessionId): number {
    return this.#floors.get(id)?.takenUp.length ?? 0;
  }

  #isFree(incarnation: Incarnation, { drainRevision, discardNewWrites }: Waiting): boolean {
    return this.#isDrained(drainRevision) && (discardNewWrites || !this.#takenUp.has(incarnation));
  }

  #isDrained(drainRevision: Revision): boolean {
    return drainRevision <= this.#freeUpTo();
  }

  /** Drains that began later wait for some session, or may do so. */
  #freeUpTo(): number {
    return Math.min(this.#coveredIndex, this.#lowestFloor());
  }

  #name(id: SessionId, before: readonly TakenUpStream[], after: readonly TakenUpStream[]): void {
    for (const { incarnation } of after) {
      const naming = this.#takenUp.get(incarnation);
      if (naming === undefined) this.#takenUp.set(incarnation, new Set([id]));
      else naming.add(id);
    }
    if (before.length === 0) return;
    const stays = new Set(after.map(({ incarnation }) => incarnation));
    for (const { incarnation } of before) {
      if (stays.has(incarnation)) continue;
      const naming = this.#takenUp.get(incarnation);
      naming?.delete(id);
      if (naming?.size === 0) this.#takenUp.delete(incarnation);
      this.#letGo = true;
    }
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
      drains: Array.from(this.#waiting.values(), ({ drainRevision }) => drainRevision).sort((a, b) => a - b),
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
