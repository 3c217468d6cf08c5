/**
 * Time for tests: it moves only when told to, from one timer to the next, and lets everything that a timer
 * set off run to its end before the next one fires. Deterministic; a day passes in milliseconds.
 */
import type { Clock, Timer } from '../../src/shared/clock.js';

interface PendingTimer {
  readonly atMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** 2026-01-01T00:00:00Z. */
export const VIRTUAL_EPOCH_MS = 1_767_225_600_000;

export class VirtualClock implements Clock {
  readonly #timers: PendingTimer[] = [];
  #nowMs = 0;
  #sequence = 0;
  /** Added to the wall clock: steps and drift. */
  wallOffsetMs = 0;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return VIRTUAL_EPOCH_MS + Math.floor(this.#nowMs) + this.wallOffsetMs;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer: PendingTimer = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
    };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle] as PendingTimer;
      // Sorted latest first, so that the next one is popped.
      if (other.atMs > timer.atMs || (other.atMs === timer.atMs && other.sequence > timer.sequence))
        low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
    };
  }

  /** Runs every timer of the next `ms`, in order. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    while ((this.#timers.at(-1)?.atMs ?? Infinity) <= endMs) await this.#step();
    this.#nowMs = endMs;
    await settle();
  }

  /** Moves from timer to timer until `condition` holds. Fails after `withinMs` of virtual time. */
  async runUntil(condition: () => boolean, withinMs = 24 * 3_600_000): Promise<void> {
    const endMs = this.#nowMs + withinMs;
    const realEndMs = performance.now() + 60_000;
    await settle();
    while (!condition()) {
      if (this.#nowMs > endMs) throw new Error(`the condition did not hold within ${withinMs} virtual ms`);
      if (this.#timers.length > 0) await this.#step();
      // Without a timer the test waits for real I/O.
      else if (performance.now() > realEndMs)
        throw new Error('nothing happens any more, and the condition does not hold');
      else await settle();
    }
  }

  /** Runs until `promise` is settled, and returns what it returns. */
  async run<T>(promise: Promise<T>, withinMs?: number): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await this.runUntil(() => settled, withinMs);
    return promise;
  }

  async #step(): Promise<void> {
    const timer = this.#timers.pop();
    if (timer === undefined) return;
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.callback();
    await settle();
  }
}

/** Counts the timers of one component that are still set. */
export class TimerCount implements Clock {
  readonly #clock: Clock;
  active = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let over = false;
    const end = (): void => {
      if (!over) this.active--;
      over = true;
    };
    this.active++;
    const timer = this.#clock.setTimer(delayMs, () => {
      end();
      callback();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }
}

/** One turn of the event loop: every microtask that was set off has run to its end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A seeded generator (mulberry32): the same seed, the same run. */
export function seededRandom(seed: number): { next(): number } {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
    },
  };
}
