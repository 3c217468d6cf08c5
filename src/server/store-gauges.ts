/** The object store as the leader's purger sees it, and what its sweeps found; read at each scrape. */
import { Gauge, type Registry } from 'prom-client';
import type { CatalogSummary } from '../catalog/types.js';
import type { PurgeStatus, PurgeStopKind } from '../purge/purge-status.js';

const STOP_LABELS: Readonly<Record<PurgeStopKind, string>> = {
  paused: 'paused',
  restored: 'restored',
  stateInDoubt: 'state_in_doubt',
  storage: 'storage',
  foreignMarker: 'foreign_marker',
  starting: 'starting',
};

export class StoreGauges {
  readonly #offset: Gauge;
  readonly #error: Gauge;
  readonly #waiting: Gauge;
  readonly #concurrencyMax: Gauge;
  readonly #perSecondMax: Gauge;
  readonly #quiet: Gauge;
  readonly #stopped: Gauge<'reason'>;
  readonly #paused: Gauge;
  readonly #lateObjects: Gauge;
  readonly #lateBytes: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge =>
      new Gauge({ name: `sexton_${name}`, help, registers });
    this.#offset = gauge('store_clock_offset_seconds', 'The store’s clock less the leader’s; leader only.');
    this.#error = gauge('store_clock_offset_error_seconds', 'What that may be wrong by; leader only.');
    this.#waiting = gauge('purge_requests_waiting', 'Requests to the store that wait for their turn.');
    this.#concurrencyMax = gauge(
      'purge_concurrency_max',
      'Requests at once that the settings allow at most.',
    );
    this.#perSecondMax = gauge(
      'purge_requests_per_second_max',
      'Requests a second that the settings allow; 0: no cap.',
    );
    this.#quiet = gauge(
      'purge_quiet_seconds',
      'For how much longer nothing is sent: the store said slow down.',
    );
    this.#paused = gauge('purges_paused_streams', 'Streams whose purge is paused by name.');
    this.#lateObjects = gauge(
      'late_objects_deleted',
      'Objects that sweeps found after PURGED, as committed: written past every barrier.',
    );
    this.#lateBytes = gauge('late_bytes_deleted', 'Sum of their sizes.');
    this.#stopped = new Gauge({
      name: 'sexton_purges_stopped',
      help: '1 for the reason why nothing is purged; leader only.',
      labelNames: ['reason'],
      registers,
    });
  }

  /** `purge` undefined: this node does not purge. `summary` undefined: it belongs to no cluster yet. */
  read(purge: PurgeStatus | undefined, summary: CatalogSummary | undefined): void {
    const { clockOffsetMs, clockErrorMs } = purge?.store?.capabilities ?? {};
    this.#offset.set(clockOffsetMs === undefined ? NaN : clockOffsetMs / 1000);
    this.#error.set(clockOffsetMs === undefined ? NaN : (clockErrorMs ?? 0) / 1000);
    this.#waiting.set(purge?.requestsWaiting ?? 0);
    this.#concurrencyMax.set(purge?.concurrencyMax ?? NaN);
    this.#perSecondMax.set(purge?.requestsPerSecondMax ?? NaN);
    this.#quiet.set((purge?.quietMs ?? 0) / 1000);
    for (const [kind, reason] of Object.entries(STOP_LABELS))
      this.#stopped.set({ reason }, purge?.stopKind === kind ? 1 : 0);
    this.#paused.set(summary?.pausedStreams ?? NaN);
    this.#lateObjects.set(summary?.objectsSweptTotal ?? NaN);
    this.#lateBytes.set(summary?.bytesSweptTotal ?? NaN);
  }
}
