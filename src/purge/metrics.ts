/**
 * What the purger counts, as a port: the server binds it to its registry. Every label is from a closed
 * set, so that no stream's name becomes a time series.
 */
import type { StoreErrorKind } from '../objectstore/object-store.js';

/** `look`: at the metadata below a prefix (P12). */
export type StoreRequestKind = 'probe' | 'list' | 'delete' | 'abort' | 'look';

export interface PurgeMetrics {
  /** One request came back. `durationMs` covers the request alone for lists, and prepare to answer for deletes. */
  requestFinished(
    kind: StoreRequestKind,
    outcome: 'ok' | 'stopped' | StoreErrorKind,
    durationMs: number,
  ): void;
  /** A delete request of this many keys is about to leave. */
  batchSent(keys: number): void;
  /** What became of keys in an answered delete request; aborted uploads count as `deleted`. */
  keysAnswered(outcome: 'deleted' | 'unaccounted' | StoreErrorKind, keys: number, bytes: number): void;
  /** The store said slow down. */
  throttled(): void;
  /** After each change: requests in flight, and how many are allowed at once (P6). */
  concurrency(inFlight: number, limit: number): void;
  /** A try at one stream ended. */
  attemptFinished(outcome: 'purged' | 'retrying' | 'blocked' | 'stopped', durationMs: number): void;
  /** A sweep ended (P8); `failed`: it, or forgetting the stream after the last one, is tried again later. */
  sweepFinished(outcome: 'recorded' | 'failed' | 'stopped' | 'reborn'): void;
}

export const noPurgeMetrics: PurgeMetrics = {
  requestFinished: () => undefined,
  batchSent: () => undefined,
  keysAnswered: () => undefined,
  throttled: () => undefined,
  concurrency: () => undefined,
  attemptFinished: () => undefined,
  sweepFinished: () => undefined,
};
