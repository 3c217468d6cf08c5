/**
 * A machine's clocks over the world's one time: the monotonic one drifts, the wall clock drifts and jumps.
 * Timers reach a process through its scope, so a paused one sees them late and a dead one never.
 */
import type { Clock, Timer } from '../../src/shared/clock.js';
import { VIRTUAL_EPOCH_MS } from '../support/virtual-clock.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

/** The hardware: survives its processes. */
export class MachineClock {
  readonly #scheduler: Scheduler;
  /** Monotonic time when the rate was last changed, and true time then. */
  #baseMs = 0;
  #baseTrueMs = 0;
  #rate = 1;
  /** Of the wall clock alone. */
  offsetMs = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Local milliseconds for a true one. Quartz is good to 100 ppm; bad virtual machines to a percent. */
  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    this.#baseMs = this.monotonicMs;
    this.#baseTrueMs = this.#scheduler.nowMs;
    this.#rate = rate;
  }

  get monotonicMs(): number {
    return this.#baseMs + (this.#scheduler.nowMs - this.#baseTrueMs) * this.#rate;
  }

  get wallMs(): number {
    return VIRTUAL_EPOCH_MS + Math.floor(this.monotonicMs + this.offsetMs);
  }
}

export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #scope: ProcessScope;
  readonly #machine: MachineClock;

  constructor(scheduler: Scheduler, scope: ProcessScope, machine = new MachineClock(scheduler)) {
    this.#scheduler = scheduler;
    this.#scope = scope;
    this.#machine = machine;
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs;
  }

  wallMs(): number {
    return this.#machine.wallMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const event = this.#scheduler.after(delayMs / this.#machine.rate, () => {
      this.#scope.enter(() => {
        // It may have been cancelled while it waited for a paused process to go on.
        if (!cancelled) callback();
      });
    });
    return {
      cancel: () => {
        cancelled = true;
        event.cancel();
      },
    };
  }
}
