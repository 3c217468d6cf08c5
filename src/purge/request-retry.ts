/**
 * How often one request is tried again within a try at a stream. Throttled ones wait in the throttle (P6:
 * back-pressure, so they get many tries), those that died wait a little here. When the tries are used up
 * the whole try ends, and the stream gives its slot back (P5).
 */
import type { ObjectStoreError } from '../objectstore/object-store.js';
import { backoffMs } from '../shared/backoff.js';
import { delay } from '../shared/clock.js';
import { failureOf, type StoreAction } from './failure.js';
import type { PurgeAttempt } from './purge-attempt.js';

const THROTTLED_TRIES_MAX = 8;
const DIED_TRIES_MAX = 4;
const DIED_BACKOFF = { initialMs: 200, maxMs: 5_000 };

export class RequestRetry {
  readonly #attempt: PurgeAttempt;
  readonly #action: StoreAction;
  #throttled = 0;
  #died = 0;

  constructor(attempt: PurgeAttempt, action: StoreAction) {
    this.#attempt = attempt;
    this.#action = action;
  }

  succeeded(): void {
    this.#throttled = 0;
    this.#died = 0;
  }

  /** Resolves when the request may be tried again; throws PurgeFailure when it is not worth it. */
  async afterError(error: ObjectStoreError, subject: string): Promise<void> {
    const { env } = this.#attempt;
    if (error.kind === 'THROTTLED' && ++this.#throttled < THROTTLED_TRIES_MAX) return;
    const died = error.kind === 'TRANSIENT' || error.kind === 'EXPIRED';
    if (died && ++this.#died < DIED_TRIES_MAX) {
      await delay(env.clock, backoffMs(DIED_BACKOFF, this.#died, env.random), this.#attempt.going);
      return;
    }
    throw failureOf(error, this.#action, subject, env.store.description);
  }
}
