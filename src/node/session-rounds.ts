/**
 * Quorum round trips that many keep-alives share. A lease may be granted only by a node that leads *after* the
 * request arrived: a deposed leader that does not know it yet would promise time beyond what its successor
 * waits. A thousand sessions that report every ten seconds so cost at most twenty small rounds a second, and no
 * log entry.
 */
import type { Clock, Timer } from '../shared/clock.js';

/** Nobody waits for a keep-alive's answer: what it reports counts at once. */
export const GATHER_MS = 50;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ConfirmationRounds {
  readonly #clock: Clock;
  readonly #confirm: () => Promise<void>;
  #gathered: Waiter[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, confirm: () => Promise<void>) {
    this.#clock = clock;
    this.#confirm = confirm;
  }

  /** Resolves after a round that began after this call. Rejects as the round does. */
  confirmed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ resolve, reject });
      this.#timer ??= this.#clock.setTimer(GATHER_MS, () => {
        this.#start();
      });
    });
  }

  /** Whoever waits for a round that has not begun is told so. */
  stop(error: unknown): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const waiters = this.#take();
    for (const { reject } of waiters) reject(error);
  }

  #start(): void {
    this.#timer = undefined;
    const waiters = this.#take();
    this.#confirm().then(
      () => {
        for (const { resolve } of waiters) resolve();
      },
      (error: unknown) => {
        for (const { reject } of waiters) reject(error);
      },
    );
  }

  #take(): readonly Waiter[] {
    const waiters = this.#gathered;
    this.#gathered = [];
    return waiters;
  }
}
