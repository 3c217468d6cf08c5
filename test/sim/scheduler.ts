/**
 * The one queue of everything that will happen in a simulated world, and its time. Events at the same
 * moment run in the order in which they were scheduled; after each, every promise that it settled has run
 * its continuations before the next one starts. So a seed decides the whole run, to the last microtask.
 */
import { settle } from '../support/virtual-clock.js';

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

export interface ScheduledEvent {
  /** Idempotent; the callback will not run afterwards. */
  cancel(): void;
}

export class Scheduler {
  /** A binary heap, earliest first. */
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #sequence = 0;
  #executed = 0;
  readonly #turn: () => Promise<void>;

  /** `turn`: until every promise that is settled has run its continuations. Default: a turn of the event loop. */
  constructor(turn: () => Promise<void> = settle) {
    this.#turn = turn;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have run so far: the position in a run that failures name. */
  get executed(): number {
    return this.#executed;
  }

  /** What was done between two events has its consequences, too. */
  settle(): Promise<void> {
    return this.#turn();
  }

  after(delayMs: number, callback: () => void): ScheduledEvent {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, callback };
    this.#push(event);
    return {
      // The slot stays in the heap, empty: removing it would cost more than passing over it.
      cancel: () => {
        event.callback = undefined;
      },
    };
  }

  /** Runs the next event and what it sets off; false when there is none before `endMs`. */
  async step(endMs: number): Promise<boolean> {
    for (;;) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > endMs) {
        this.#nowMs = Math.max(this.#nowMs, Math.min(endMs, Number.MAX_SAFE_INTEGER));
        return false;
      }
      this.#pop();
      const { callback } = event;
      if (callback === undefined) continue;
      this.#nowMs = event.atMs;
      this.#executed += 1;
      callback();
      await this.#turn();
      return true;
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as Event;
      if (!precedes(event, other)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!precedes(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function precedes(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
