// Original file: proto/sexton/v1/ingest_service.proto

/**
 * What a session still holds up.
 */
export const SessionState = {
  SESSION_STATE_UNSPECIFIED: 'SESSION_STATE_UNSPECIFIED',
  SESSION_STATE_OPEN: 'SESSION_STATE_OPEN',
  /**
   * The lease ran out, or was closed with uploads unsettled. Counts as drained only one
   * `upload_deadline` after the lease.
   */
  SESSION_STATE_EXPIRED: 'SESSION_STATE_EXPIRED',
  /**
   * Closed with everything settled: holds up nothing.
   */
  SESSION_STATE_CLOSED: 'SESSION_STATE_CLOSED',
} as const;

/**
 * What a session still holds up.
 */
export type SessionState =
  | 'SESSION_STATE_UNSPECIFIED'
  | 0
  | 'SESSION_STATE_OPEN'
  | 1
  /**
   * The lease ran out, or was closed with uploads unsettled. Counts as drained only one
   * `upload_deadline` after the lease.
   */
  | 'SESSION_STATE_EXPIRED'
  | 2
  /**
   * Closed with everything settled: holds up nothing.
   */
  | 'SESSION_STATE_CLOSED'
  | 3

/**
 * What a session still holds up.
 */
export type SessionState__Output = typeof SessionState[keyof typeof SessionState]
