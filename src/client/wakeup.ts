/**
 * A condition to wait for. Loops check what they need, and wait here when it does not hold yet; whoever
 * changes something says so. Checking and beginning to wait happen in one turn, so no change is missed.
 */
import { deferred, type Deferred } from '../shared/deferred.js';

export class Wakeup {
  #next: Deferred<void> = deferred();

  /** Resolves at the next {@link notify}. */
  wait(): Promise<void> {
    return this.#next.promise;
  }

  notify(): void {
    const { resolve } = this.#next;
    this.#next = deferred();
    resolve();
  }
}
