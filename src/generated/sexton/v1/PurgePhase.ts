// Original file: proto/sexton/v1/purge.proto

/**
 * Where a purge stands.
 */
export const PurgePhase = {
  PURGE_PHASE_UNSPECIFIED: 'PURGE_PHASE_UNSPECIFIED',
  /**
   * The grace period runs until `purge_after`.
   */
  PURGE_PHASE_WAITING: 'PURGE_PHASE_WAITING',
  /**
   * Past the point of no return: nodes are told to forget the stream, and some session has not
   * drained it yet. Nothing is deleted. See `drain_wait`.
   */
  PURGE_PHASE_DRAINING: 'PURGE_PHASE_DRAINING',
  /**
   * Nothing stands in the way but the number of purges that run at once.
   */
  PURGE_PHASE_QUEUED: 'PURGE_PHASE_QUEUED',
  /**
   * Listing and deleting.
   */
  PURGE_PHASE_RUNNING: 'PURGE_PHASE_RUNNING',
  /**
   * Everything listed was deleted; a full listing is made to prove it.
   */
  PURGE_PHASE_VERIFYING: 'PURGE_PHASE_VERIFYING',
  /**
   * A passing failure; tried again at `next_attempt_time`.
   */
  PURGE_PHASE_RETRYING: 'PURGE_PHASE_RETRYING',
  /**
   * A failure that will not pass by itself: see `blocked_reason`. Still tried again, but seldom.
   */
  PURGE_PHASE_BLOCKED: 'PURGE_PHASE_BLOCKED',
  /**
   * An operator, or a restore from backup, paused this purge or all of them.
   */
  PURGE_PHASE_PAUSED: 'PURGE_PHASE_PAUSED',
  /**
   * Proved empty.
   */
  PURGE_PHASE_DONE: 'PURGE_PHASE_DONE',
  /**
   * It would be worked on now, but nothing is purged just now, for a reason that is not this
   * stream's and no pause: see `PurgeSummary.stop_reason`.
   */
  PURGE_PHASE_HELD: 'PURGE_PHASE_HELD',
} as const;

/**
 * Where a purge stands.
 */
export type PurgePhase =
  | 'PURGE_PHASE_UNSPECIFIED'
  | 0
  /**
   * The grace period runs until `purge_after`.
   */
  | 'PURGE_PHASE_WAITING'
  | 1
  /**
   * Past the point of no return: nodes are told to forget the stream, and some session has not
   * drained it yet. Nothing is deleted. See `drain_wait`.
   */
  | 'PURGE_PHASE_DRAINING'
  | 2
  /**
   * Nothing stands in the way but the number of purges that run at once.
   */
  | 'PURGE_PHASE_QUEUED'
  | 3
  /**
   * Listing and deleting.
   */
  | 'PURGE_PHASE_RUNNING'
  | 4
  /**
   * Everything listed was deleted; a full listing is made to prove it.
   */
  | 'PURGE_PHASE_VERIFYING'
  | 5
  /**
   * A passing failure; tried again at `next_attempt_time`.
   */
  | 'PURGE_PHASE_RETRYING'
  | 6
  /**
   * A failure that will not pass by itself: see `blocked_reason`. Still tried again, but seldom.
   */
  | 'PURGE_PHASE_BLOCKED'
  | 7
  /**
   * An operator, or a restore from backup, paused this purge or all of them.
   */
  | 'PURGE_PHASE_PAUSED'
  | 8
  /**
   * Proved empty.
   */
  | 'PURGE_PHASE_DONE'
  | 9
  /**
   * It would be worked on now, but nothing is purged just now, for a reason that is not this
   * stream's and no pause: see `PurgeSummary.stop_reason`.
   */
  | 'PURGE_PHASE_HELD'
  | 10

/**
 * Where a purge stands.
 */
export type PurgePhase__Output = typeof PurgePhase[keyof typeof PurgePhase]
