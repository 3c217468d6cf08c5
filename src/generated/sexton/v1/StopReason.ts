// Original file: proto/sexton/v1/purge.proto

/**
 * Why no stream's purge goes on. New kinds may be added: receivers show the message.
 */
export const StopReason = {
  STOP_REASON_UNSPECIFIED: 'STOP_REASON_UNSPECIFIED',
  /**
   * PausePurges was called for the whole cluster.
   */
  STOP_REASON_PAUSED: 'STOP_REASON_PAUSED',
  /**
   * The state came from a backup, and nobody has resumed purges yet.
   */
  STOP_REASON_RESTORED: 'STOP_REASON_RESTORED',
  /**
   * Members differ, and no majority tells whose catalog is right: nothing is deleted by one that may
   * be wrong.
   */
  STOP_REASON_STATE_IN_DOUBT: 'STOP_REASON_STATE_IN_DOUBT',
  /**
   * The object store cannot be used: see `ObjectStoreStatus.problem`.
   */
  STOP_REASON_STORAGE_NOT_READY: 'STOP_REASON_STORAGE_NOT_READY',
  /**
   * The leader has only begun, or is about to end.
   */
  STOP_REASON_LEADER_STARTING: 'STOP_REASON_LEADER_STARTING',
  /**
   * The bucket's marker names another cluster: two would purge one bucket.
   */
  STOP_REASON_FOREIGN_MARKER: 'STOP_REASON_FOREIGN_MARKER',
} as const;

/**
 * Why no stream's purge goes on. New kinds may be added: receivers show the message.
 */
export type StopReason =
  | 'STOP_REASON_UNSPECIFIED'
  | 0
  /**
   * PausePurges was called for the whole cluster.
   */
  | 'STOP_REASON_PAUSED'
  | 1
  /**
   * The state came from a backup, and nobody has resumed purges yet.
   */
  | 'STOP_REASON_RESTORED'
  | 2
  /**
   * Members differ, and no majority tells whose catalog is right: nothing is deleted by one that may
   * be wrong.
   */
  | 'STOP_REASON_STATE_IN_DOUBT'
  | 3
  /**
   * The object store cannot be used: see `ObjectStoreStatus.problem`.
   */
  | 'STOP_REASON_STORAGE_NOT_READY'
  | 4
  /**
   * The leader has only begun, or is about to end.
   */
  | 'STOP_REASON_LEADER_STARTING'
  | 5
  /**
   * The bucket's marker names another cluster: two would purge one bucket.
   */
  | 'STOP_REASON_FOREIGN_MARKER'
  | 6

/**
 * Why no stream's purge goes on. New kinds may be added: receivers show the message.
 */
export type StopReason__Output = typeof StopReason[keyof typeof StopReason]
