/** What the purger says of itself: the leader's live view, finer and fresher than the committed progress. */
import type { Capabilities } from '../objectstore/object-store.js';

/** What is left of one stream, and how much that is worth: see `estimate.ts`. */
export interface PurgeEstimate {
  readonly basis: 'atLeast' | 'folders' | 'listed';
  readonly objectsLeft: number;
}

export interface ActivePurge {
  readonly incarnation: number;
  /** What it is doing: data objects first, `.stream/` last (P7), then proof by listing (P4). */
  readonly step: 'data' | 'metadata' | 'uploads' | 'verifying' | 'committing';
  /** Over all tries and leaders, as the committed totals they go on from. */
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  readonly uploadsAborted: number;
  /** Over the last ten seconds or so. */
  readonly objectsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Undefined before the first listing. */
  readonly estimate: PurgeEstimate | undefined;
}

/** A purged stream whose sweep failed (P8): known to this leader alone, until the sweep is done. */
export interface RetryingSweep {
  readonly incarnation: number;
  readonly lastError: string;
  /** Wall clock, as the next one. */
  readonly failedTimeMs: number;
  readonly nextTryTimeMs: number;
}

/** A stream that its writer has created again below a purged prefix, without the catalog. Known to this leader alone. */
export interface RebornStream {
  /** The purged life, whose prefix it is. */
  readonly incarnation: number;
  readonly tenant: string;
  readonly name: string;
  readonly prefix: string;
  /** By the clock of the writer, as its metadata says; undefined: it does not say. */
  readonly createdTimeMs: number | undefined;
  /** Undefined: it is not in the catalog, for the reason in `obstacle`. */
  readonly adoptedAs: number | undefined;
  readonly obstacle: string;
}

/**
 * Why nothing at all is purged: an operator's pause, a restore (P10), differing members (S7), the store, another
 * cluster's marker in it (P9), or a leader that has only begun.
 */
export type PurgeStopKind = 'paused' | 'restored' | 'stateInDoubt' | 'storage' | 'foreignMarker' | 'starting';

export interface PurgeStatus {
  readonly running: boolean;
  /** Undefined while running. */
  readonly stopKind: PurgeStopKind | undefined;
  /** The same for people: 'paused', 'storage: ...'; '' while running. */
  readonly stoppedBecause: string;
  readonly active: readonly ActivePurge[];
  /** At most 1,024, the ones that failed last. */
  readonly retryingSweeps: readonly RetryingSweep[];
  /** At most 1,024, the ones that were noticed last; adopted ones for an hour. */
  readonly rebornStreams: readonly RebornStream[];
  readonly waiting: number;
  /** Requests to the store now allowed at once (P6). */
  readonly concurrencyLimit: number;
  /** As configured: the limit grows no further. */
  readonly concurrencyMax: number;
  readonly requestsInFlight: number;
  readonly requestsWaiting: number;
  /** Started, over the last ten seconds or so. */
  readonly requestsPerSecond: number;
  /** As configured; 0 = no cap. */
  readonly requestsPerSecondMax: number;
  readonly throttledTotal: number;
  /** For how much longer nothing is sent, since the store said slow down. */
  readonly quietMs: number;
  /** Age of the oldest tombstone whose grace is over; 0 = none. */
  readonly oldestPendingAgeMs: number;
  /** As last probed, and when by the wall clock; undefined before the first probe that succeeded. */
  readonly store: { readonly capabilities: Capabilities; readonly probedMs: number } | undefined;
}

/** Of a node whose purger has not begun, or that does not lead. */
export const IDLE_PURGES: PurgeStatus = {
  running: false,
  stopKind: 'starting',
  stoppedBecause: 'the new leader is starting',
  active: [],
  retryingSweeps: [],
  rebornStreams: [],
  waiting: 0,
  concurrencyLimit: 0,
  concurrencyMax: 0,
  requestsInFlight: 0,
  requestsWaiting: 0,
  requestsPerSecond: 0,
  requestsPerSecondMax: 0,
  throttledTotal: 0,
  quietMs: 0,
  oldestPendingAgeMs: 0,
  store: undefined,
};
