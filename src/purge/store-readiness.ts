/**
 * Whether the store can be purged at all: nothing starts before a probe has succeeded, and one is due again
 * after `probeIntervalMs` (versioning may have been switched on) or as soon as a stream met an error that
 * concerns the whole bucket.
 */
import { ObjectStoreError, type Capabilities, type ObjectStore } from '../objectstore/object-store.js';
import { backoffMs } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import { assertDefined } from '../shared/assert.js';
import { cutText, errorText, isUnrecoverable } from './failure.js';
import type { PurgeMetrics } from './metrics.js';
import { untilAborted } from './until-aborted.js';

export interface StoreReadinessDeps {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PurgeMetrics;
  readonly probeIntervalMs: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  /** The probe found something out. */
  readonly onProbed: (capabilities: Capabilities) => void;
}

export class StoreReadiness {
  readonly #deps: StoreReadinessDeps;
  #capabilities: Capabilities | undefined;
  #trouble = 'not probed yet';
  #failures = 0;
  /** Monotonic. */
  #nextProbeMs = 0;

  constructor(deps: StoreReadinessDeps) {
    this.#deps = deps;
  }

  /** Why nothing may start; '' = it may. */
  get trouble(): string {
    return this.#trouble;
  }

  /** As last probed. Only after a first success: nothing starts before it. */
  get capabilities(): Capabilities {
    return assertDefined(this.#capabilities, 'the store was used before it was probed');
  }

  get msToNextProbe(): number {
    return Math.max(0, this.#nextProbeMs - this.#deps.clock.monotonicMs());
  }

  /** Nothing starts until another probe succeeds, at once. */
  doubt(reason: string): void {
    this.#trouble = reason;
    this.#nextProbeMs = 0;
  }

  /** Probes if it is time. Throws bugs only, and whatever when `leading` has aborted. */
  async probeIfDue(leading: AbortSignal): Promise<void> {
    if (this.msToNextProbe > 0) return;
    const { clock, logger, metrics, store } = this.#deps;
    const startedMs = clock.monotonicMs();
    try {
      const capabilities = await untilAborted(store.probe({ signal: leading }), leading);
      this.#capabilities = capabilities;
      this.#failures = 0;
      this.#nextProbeMs = clock.monotonicMs() + this.#deps.probeIntervalMs;
      if (this.#trouble !== '')
        logger.info({ store: store.description, capabilities }, 'object store probed, purging may start');
      this.#trouble = '';
      metrics.requestFinished('probe', 'ok', clock.monotonicMs() - startedMs);
      this.#deps.onProbed(capabilities);
    } catch (error) {
      if (isUnrecoverable(error) || leading.aborted) throw error;
      this.#failures++;
      this.#nextProbeMs =
        clock.monotonicMs() + backoffMs(this.#deps.backoff, this.#failures, this.#deps.random);
      const kind = error instanceof ObjectStoreError ? error.kind : 'INVALID';
      metrics.requestFinished('probe', kind, clock.monotonicMs() - startedMs);
      this.#trouble = cutText(`storage: ${errorText(error)}`);
      logger.warn(
        { store: store.description, kind, err: error, failures: this.#failures },
        'object store probe failed',
      );
    }
  }
}
