/**
 * The one door to the store: every request that a purge makes takes a place in the throttle, is timed and
 * counted, and tells the throttle how it went (P6).
 */
import type { Clock } from '../shared/clock.js';
import { ObjectStoreError } from '../objectstore/object-store.js';
import type { PurgeMetrics, StoreRequestKind } from './metrics.js';
import type { Permit, Throttle } from './throttle.js';
import { untilAborted } from './until-aborted.js';

export class StoreGate {
  readonly throttle: Throttle;
  readonly #clock: Clock;
  readonly #metrics: PurgeMetrics;
  readonly #leading: AbortSignal;

  /** `leading` fires when leadership ends: requests in flight are aborted, and not waited for. */
  constructor(throttle: Throttle, clock: Clock, metrics: PurgeMetrics, leading: AbortSignal) {
    this.throttle = throttle;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#leading = leading;
  }

  /**
   * Runs `request` when there is room. `going` fires when no new request may leave (paused, or leadership
   * over): then it rejects with the signal's reason without having called `request`.
   */
  async run<T>(
    kind: StoreRequestKind,
    going: AbortSignal,
    request: (permit: Permit) => Promise<T>,
  ): Promise<T> {
    const permit = await this.throttle.acquire(going);
    const startedMs = this.#clock.monotonicMs();
    let clean = false;
    let outcome: Parameters<PurgeMetrics['requestFinished']>[1] = 'stopped';
    try {
      going.throwIfAborted();
      const result = await untilAborted(
        request({
          ...permit,
          throttled: () => {
            permit.throttled();
            this.#metrics.throttled();
          },
        }),
        this.#leading,
      );
      clean = true;
      outcome = 'ok';
      return result;
    } catch (error) {
      if (error instanceof ObjectStoreError) {
        outcome = error.kind;
        if (error.kind === 'THROTTLED') {
          permit.throttled();
          this.#metrics.throttled();
        }
      }
      throw error;
    } finally {
      permit.release(clean);
      this.#metrics.requestFinished(kind, outcome, this.#clock.monotonicMs() - startedMs);
    }
  }
}
