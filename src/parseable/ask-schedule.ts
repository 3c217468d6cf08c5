/**
 * When each stream of a plan is due. Two lanes that take turns while both have something due: asking again, which
 * never ends while streams drain, delays no first ask, and many first asks delay no last one.
 *
 * A binary heap a lane. An entry that was replaced or taken off stays in the heap until its time and is passed over
 * then, so that nothing is searched for.
 */
export type Lane = 'first' | 'again';

const LANES: readonly Lane[] = ['first', 'again'];

interface Entry<T> {
  readonly atMs: number;
  /** Equal times: in the order in which they were put. */
  readonly sequence: number;
  readonly item: T;
}

export class AskSchedule<T> {
  readonly #heaps: Readonly<Record<Lane, Entry<T>[]>> = { first: [], again: [] };
  readonly #current = new Map<T, Entry<T>>();
  #sequence = 0;
  #lastLane: Lane = 'again';

  /** Replaces what was put for the same item. */
  put(item: T, lane: Lane, atMs: number): void {
    const entry = { atMs, sequence: this.#sequence++, item };
    this.#current.set(item, entry);
    push(this.#heaps[lane], entry);
  }

  remove(item: T): void {
    this.#current.delete(item);
  }

  /** Takes off the next item that is due; undefined: none is. */
  take(nowMs: number): T | undefined {
    const [first, again] = LANES.map((lane) => this.#top(lane)).map((entry) =>
      entry !== undefined && entry.atMs <= nowMs ? entry : undefined,
    );
    const isAgain = again !== undefined && (first === undefined || this.#lastLane === 'first');
    const entry = isAgain ? again : first;
    if (entry === undefined) return undefined;
    this.#lastLane = isAgain ? 'again' : 'first';
    this.#current.delete(entry.item);
    return entry.item;
  }

  /** Infinity: nothing is put. */
  nextTimeMs(): number {
    return Math.min(...LANES.map((lane) => this.#top(lane)?.atMs ?? Infinity));
  }

  #top(lane: Lane): Entry<T> | undefined {
    const heap = this.#heaps[lane];
    for (let entry = heap[0]; entry !== undefined; entry = heap[0]) {
      if (this.#current.get(entry.item) === entry) return entry;
      pop(heap);
    }
    return undefined;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

function push<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt] as Entry<T>;
    if (!isBefore(entry, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function pop<T>(heap: Entry<T>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  while (true) {
    let childAt = 2 * at + 1;
    const left = heap[childAt];
    const right = heap[childAt + 1];
    if (left === undefined) break;
    if (right !== undefined && isBefore(right, left)) childAt += 1;
    const child = heap[childAt] as Entry<T>;
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
}
