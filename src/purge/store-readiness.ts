/**
 * Whether the store can be purged at all: nothing starts before a probe has succeeded and the bucket bears this
 * cluster's marker (P9). A probe is due again after `probeIntervalMs` (versioning may have been switched on) or as
 * soon as a stream met an error that concerns the whole bucket; the marker is looked at every minute.
 */
import { ObjectStoreError, type Capabilities, type ObjectStore } from '../objectstore/object-store.js';
import { backoffMs } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import { assertDefined } from '../shared/assert.js';
import { cutText, errorText, isUnrecoverable } from './failure.js';
import type { PurgeMetrics } from './metrics.js';
import type { BucketOwnership } from './ownership-marker.js';
import { untilAborted } from './until-aborted.js';

/** How long two clusters may share a bucket before one of them notices. */
const OWNERSHIP_INTERVAL_MS = 60_000;

export interface StoreReadinessDeps {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PurgeMetrics;
  readonly ownership: BucketOwnership;
  readonly probeIntervalMs: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  /** The probe found something out. */
  readonly onProbed: (capabilities: Capabilities) => void;
}

export class StoreReadiness {
  readonly #deps: StoreReadinessDeps;
  #capabilities: Capabilities | undefined;
  #trouble = 'not probed yet';
  /** Wall clock. */
  #probedMs = 0;
  #failures = 0;
  /** Monotonic. */
  #nextProbeMs = 0;
  /** Monotonic. */
  #nextVerifyMs = 0;

  constructor(deps: StoreReadinessDeps) {
    this.#deps = deps;
  }

  /** Why nothing may start; '' = it may. */
  get trouble(): string {
    if (this.#trouble !== '') return this.#trouble;
    const { obstacle } = this.#deps.ownership;
    return obstacle === '' ? '' : `storage: ${obstacle}`;
  }

  /** As last probed, for status; undefined before the first success. */
  get found(): { readonly capabilities: Capabilities; readonly probedMs: number } | undefined {
    return this.#capabilities && { capabilities: this.#capabilities, probedMs: this.#probedMs };
  }

  /** As last probed. Only after a first success: nothing starts before it. */
  get capabilities(): Capabilities {
    return assertDefined(this.#capabilities, 'the store was used before it was probed');
  }

  get msToNextProbe(): number {
    return Math.max(0, Math.min(this.#nextProbeMs, this.#nextVerifyMs) - this.#deps.clock.monotonicMs());
  }

  /** Nothing starts until another probe succeeds, at once. */
  doubt(reason: string): void {
    this.#trouble = reason;
    this.#nextProbeMs = 0;
  }

  /** Probes, or looks at the marker, if it is time. Throws bugs only, and whatever when `leading` has aborted. */
  async probeIfDue(leading: AbortSignal): Promise<void> {
    if (this.msToNextProbe > 0) return;
    const { clock, logger, metrics, store } = this.#deps;
    const startedMs = clock.monotonicMs();
    try {
      if (startedMs < this.#nextProbeMs) {
        await this.#verify(this.capabilities, leading);
        return;
      }
      const capabilities = await untilAborted(store.probe({ signal: leading }), leading);
      await this.#verify(capabilities, leading);
      this.#capabilities = capabilities;
      this.#probedMs = clock.wallMs();
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
      this.#nextVerifyMs = this.#nextProbeMs;
      const kind = error instanceof ObjectStoreError ? error.kind : 'INVALID';
      metrics.requestFinished('probe', kind, clock.monotonicMs() - startedMs);
      this.#trouble = cutText(`storage: ${errorText(error)}`);
      logger.warn(
        { store: store.description, kind, err: error, failures: this.#failures },
        'object store probe failed',
      );
    }
  }

  /** P9 */
  async #verify(capabilities: Capabilities, leading: AbortSignal): Promise<void> {
    const { clock, logger, ownership, store } = this.#deps;
    const before = ownership.obstacle;
    await ownership.verify(capabilities, leading);
    this.#nextVerifyMs = clock.monotonicMs() + OWNERSHIP_INTERVAL_MS;
    const { obstacle } = ownership;
    if (obstacle === before) return;
    if (obstacle === '')
      logger.info({ store: store.description }, 'the bucket bears the marker of this cluster');
    else logger.error({ store: store.description }, `purging stops: ${obstacle}`);
  }
}
