// Original file: proto/sexton/v1/purge.proto

/**
 * Who paused the cluster's purges.
 */
export const PauseReason = {
  PAUSE_REASON_UNSPECIFIED: 'PAUSE_REASON_UNSPECIFIED',
  /**
   * PausePurges was called.
   */
  PAUSE_REASON_OPERATOR: 'PAUSE_REASON_OPERATOR',
  /**
   * The state came from a backup: what was undeleted after it is DELETED again in it.
   */
  PAUSE_REASON_RESTORED: 'PAUSE_REASON_RESTORED',
} as const;

/**
 * Who paused the cluster's purges.
 */
export type PauseReason =
  | 'PAUSE_REASON_UNSPECIFIED'
  | 0
  /**
   * PausePurges was called.
   */
  | 'PAUSE_REASON_OPERATOR'
  | 1
  /**
   * The state came from a backup: what was undeleted after it is DELETED again in it.
   */
  | 'PAUSE_REASON_RESTORED'
  | 2

/**
 * Who paused the cluster's purges.
 */
export type PauseReason__Output = typeof PauseReason[keyof typeof PauseReason]
