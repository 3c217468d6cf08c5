/** What the purger says of itself: the leader's live view, finer and fresher than the committed progress. */
export interface ActivePurge {
  readonly incarnation: number;
  /** What it is doing: data objects first, `.stream/` last (P7), then proof by listing (P4). */
  readonly step: 'data' | 'metadata' | 'uploads' | 'verifying' | 'committing';
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  /** Over the last ten seconds or so. */
  readonly objectsPerSecond: number;
}

export interface PurgeStatus {
  readonly running: boolean;
  /** Why it is not: 'paused', 'storage: ...'; '' when it is. */
  readonly stoppedBecause: string;
  readonly active: readonly ActivePurge[];
  readonly waiting: number;
  /** Requests to the store now allowed at once (P6). */
  readonly concurrencyLimit: number;
  readonly requestsInFlight: number;
  readonly throttledTotal: number;
  /** Age of the oldest tombstone whose grace is over; 0 = none. */
  readonly oldestPendingAgeMs: number;
}
