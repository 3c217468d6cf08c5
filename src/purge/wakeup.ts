/**
 * The scheduler's bell: many may ring, one waits. A ring while nobody waits is kept, so that an event
 * between "nothing to do" and "wait" is never lost.
 */
import type { Clock } from '../shared/clock.js';

export class Wakeup {
  readonly #clock: Clock;
  #rung = false;
  #release: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#release?.();
  }

  /** Resolves at the next ring, after `maxMs` (Infinity = never by time), or when the signal aborts. */
  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          timer?.cancel();
          signal.removeEventListener('abort', finish);
          this.#release = undefined;
          resolve();
        };
        const timer = maxMs === Infinity ? undefined : this.#clock.setTimer(maxMs, finish);
        signal.addEventListener('abort', finish, { once: true });
        this.#release = finish;
      });
    }
    this.#rung = false;
  }
}
