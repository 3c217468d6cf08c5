/**
 * When a prefix may be owned again (`reusableAfterMs`, committed with markPurged). A delete request lives on
 * until the store's clock passes its expiry, whoever sent it and however long the sender was asleep.
 *
 * Requests of this leader are known by their expiry. Those of earlier leaders were prepared before this one
 * committed anything in its term, hence before now, and live no longer than ours do; without one of ours to
 * go by, {@link DELETE_EXPIRY_MS} is the port's promise.
 */

import { DELETE_EXPIRY_MS } from '../objectstore/limits.js';

export class ReuseFence {
  #lastExpiryMs = 0;
  #longestLifeMs = DELETE_EXPIRY_MS;

  /** A delete was prepared at `nowMs` (wall clock). */
  prepared(expiresAtMs: number, nowMs: number): void {
    this.#lastExpiryMs = Math.max(this.#lastExpiryMs, expiresAtMs);
    this.#longestLifeMs = Math.max(this.#longestLifeMs, expiresAtMs - nowMs);
  }

  /** `clockOffsetMs`: store's clock minus ours, undefined where the store has no clock of its own. */
  reusableAfterMs(nowMs: number, clockOffsetMs: number | undefined, marginMs: number): number {
    const lastExpiryMs = Math.max(this.#lastExpiryMs, nowMs + this.#longestLifeMs);
    return Math.ceil(lastExpiryMs + Math.abs(clockOffsetMs ?? 0) + marginMs);
  }
}
