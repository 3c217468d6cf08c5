/**
 * The port to an ordered key-value database: the part of LevelDB that Sexton relies on. `level-store.ts`
 * is the real one; the simulator brings a disk that loses what was not synced.
 */
export interface PutOperation {
  readonly kind: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface DeleteOperation {
  readonly kind: 'delete';
  readonly key: Uint8Array;
}
export type Operation = PutOperation | DeleteOperation;

/** Keys in unsigned byte order; gte inclusive, lt exclusive. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

export interface KeyValueSnapshot {
  close(): Promise<void>;
}

export interface IterateOptions extends KeyRange {
  /** Default: unbounded. */
  readonly limit?: number;
  readonly reverse?: boolean;
  /** Read as of this snapshot; default: as of the call. */
  readonly snapshot?: KeyValueSnapshot;
}

export interface KeyValueStore {
  /** A point read of what the last resolved `batch` left. Throws on any error: never 'not found'. */
  getSync(key: Uint8Array): Uint8Array | undefined;
  /**
   * All or nothing. With `sync`, resolves only after an fsync. A rejection is fatal for the process (S5).
   * The caller keeps one batch in flight at a time: one writer, the driver.
   */
  batch(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void>;
  /** Reads in chunks: memory does not grow with the range. */
  iterate(options: IterateOptions): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  snapshot(): KeyValueSnapshot;
  /** Rough bytes on disk, for status. */
  approximateSizeBytes(): Promise<number>;
  close(): Promise<void>;
}
