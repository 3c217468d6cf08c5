/**
 * Lets virtual time pass until something holds or has been waited for in vain. Stops at the first violation: what
 * comes after a broken promise proves nothing.
 */
import type { Scheduler } from './scheduler.js';
import type { Trace } from './trace.js';
import { Violation } from './violation.js';

/** A run that goes on without end is a violation too. */
const EVENTS_MAX = 3_000_000;

export class RunLoop {
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;
  /** Called after every event. */
  readonly #look: () => void;
  #violation: Violation | undefined;

  constructor(scheduler: Scheduler, trace: Trace, look: () => void) {
    this.#scheduler = scheduler;
    this.#trace = trace;
    this.#look = look;
  }

  /** The first one. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  violated(violation: Violation): void {
    if (this.#violation !== undefined) return;
    this.#violation = violation;
    this.#trace.write('world', () => `VIOLATION ${violation.invariant}: ${violation.message}`);
  }

  /** An error that no code under test should let out. */
  surprised(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violated(new Violation('clients get answers, never surprises', text));
  }

  async advance(forMs: number): Promise<void> {
    const endMs = this.#scheduler.nowMs + forMs;
    while (this.#violation === undefined && (await this.#step(endMs)));
  }

  /** `what`: what was waited for, as the end of a sentence. */
  async until(holds: () => boolean, withinMs: number, what: string | (() => string)): Promise<void> {
    const endMs = this.#scheduler.nowMs + withinMs;
    while (this.#violation === undefined && !holds()) {
      if (await this.#step(endMs)) continue;
      const text = typeof what === 'string' ? what : what();
      this.violated(new Violation('liveness', `waited ${withinMs / 1_000} s in vain for ${text}`));
    }
  }

  async done(promise: Promise<unknown>, withinMs: number, what: string): Promise<void> {
    let done = false;
    promise.then(
      () => {
        done = true;
      },
      (error: unknown) => this.surprised(error),
    );
    await this.#scheduler.settle();
    await this.until(() => done, withinMs, what);
  }

  async #step(endMs: number): Promise<boolean> {
    if (!(await this.#scheduler.step(endMs))) return false;
    if (this.#scheduler.executed > EVENTS_MAX) {
      this.violated(new Violation('liveness', `${EVENTS_MAX} events, and no end`));
    }
    this.#look();
    return true;
  }
}
