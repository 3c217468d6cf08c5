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
  /**
   * A point read of what the last resolved `batch` left, or of the snapshot. Throws on any error: never
   * 'not found'. The bytes belong to the caller; they may be a Buffer.
   */
  getSync(key: Uint8Array, snapshot?: KeyValueSnapshot): Uint8Array | undefined;
  /**
   * All or nothing. With `sync`, resolves only after an fsync of this batch and of every batch that
   * resolved before it. A crash leaves the effects of a prefix of the batches, in the order in which
   * they took effect, and at least of those that a resolved sync covers.
   *
   * The bytes must not change until the promise settles. Batches in flight together take effect in any
   * order, so callers overlap only batches that touch different keys and do not depend on one another.
   * A rejection is fatal for the process (S5): every later batch is refused.
   */
  batch(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void>;
  /** Reads in chunks: memory does not grow with the range. */
  iterate(options: IterateOptions): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  snapshot(): KeyValueSnapshot;
  /** Rough bytes on disk, for status. */
  approximateSizeBytes(): Promise<number>;
  close(): Promise<void>;
}
