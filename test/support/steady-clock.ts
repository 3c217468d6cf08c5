/**
 * The machine's time, less whatever time this process was not run: between two looks at it, it moves on by
 * `STEP_MAX_MS` at most. Nodes that share a process stand still together, so none of them should take that for the
 * silence of another one, or for a stall of its own. What takes long while the process runs (a disk) still counts.
 */
import { systemClock, type Clock, type Timer } from '../../src/shared/clock.js';

const STEP_MAX_MS = 20;
const LOOK_EVERY_MS = 5;

export class SteadyClock implements Clock {
  #seenMs = systemClock.monotonicMs();
  #nowMs = 0;
  readonly #look = setInterval(() => this.monotonicMs(), LOOK_EVERY_MS).unref();

  monotonicMs(): number {
    const realMs = systemClock.monotonicMs();
    this.#nowMs += Math.min(realMs - this.#seenMs, STEP_MAX_MS);
    this.#seenMs = realMs;
    return this.#nowMs;
  }

  wallMs(): number {
    return systemClock.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const dueMs = this.monotonicMs() + delayMs;
    let timer: Timer;
    const arm = (waitMs: number): void => {
      timer = systemClock.setTimer(waitMs, () => {
        const leftMs = dueMs - this.monotonicMs();
        if (leftMs > 0) arm(leftMs);
        else callback();
      });
    };
    arm(delayMs);
    return {
      cancel: () => {
        timer.cancel();
      },
    };
  }

  /** Ends the look-out; the clock may still be read. */
  stop(): void {
    clearInterval(this.#look);
  }
}
