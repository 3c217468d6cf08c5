// Original file: proto/sexton/v1/stream.proto

/**
 * A life goes forward only; the one way back is an undelete, from DELETED to ACTIVE.
 */
export const StreamState = {
  STREAM_STATE_UNSPECIFIED: 'STREAM_STATE_UNSPECIFIED',
  /**
   * Ingest nodes may write.
   */
  STREAM_STATE_ACTIVE: 'STREAM_STATE_ACTIVE',
  /**
   * Tombstoned: no new uploads, nothing removed yet, can be undeleted.
   */
  STREAM_STATE_DELETED: 'STREAM_STATE_DELETED',
  /**
   * The point of no return is committed. Nodes forget the stream, then objects are removed: see
   * `purge.phase`.
   */
  STREAM_STATE_PURGING: 'STREAM_STATE_PURGING',
  /**
   * A listing made after the last delete came back empty. The record is kept, its prefix is swept
   * again, then it is forgotten.
   */
  STREAM_STATE_PURGED: 'STREAM_STATE_PURGED',
} as const;

/**
 * A life goes forward only; the one way back is an undelete, from DELETED to ACTIVE.
 */
export type StreamState =
  | 'STREAM_STATE_UNSPECIFIED'
  | 0
  /**
   * Ingest nodes may write.
   */
  | 'STREAM_STATE_ACTIVE'
  | 1
  /**
   * Tombstoned: no new uploads, nothing removed yet, can be undeleted.
   */
  | 'STREAM_STATE_DELETED'
  | 2
  /**
   * The point of no return is committed. Nodes forget the stream, then objects are removed: see
   * `purge.phase`.
   */
  | 'STREAM_STATE_PURGING'
  | 3
  /**
   * A listing made after the last delete came back empty. The record is kept, its prefix is swept
   * again, then it is forgotten.
   */
  | 'STREAM_STATE_PURGED'
  | 4

/**
 * A life goes forward only; the one way back is an undelete, from DELETED to ACTIVE.
 */
export type StreamState__Output = typeof StreamState[keyof typeof StreamState]
