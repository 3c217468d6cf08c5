/** A clock that stands still until a test moves it; timers fire in order of time, then of making. */
import type { Clock, Timer } from '../../src/shared/clock.js';

interface Pending {
  readonly atMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 1_000;
  #sequence = 0;
  #pending: Pending[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const pending = { atMs: this.#nowMs + delayMs, sequence: this.#sequence++, callback };
    this.#pending.push(pending);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((each) => each !== pending);
      },
    };
  }

  get timerCount(): number {
    return this.#pending.length;
  }

  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      this.#pending.sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
      const next = this.#pending[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pending.shift();
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}
