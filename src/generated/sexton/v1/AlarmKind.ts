// Original file: proto/sexton/v1/cluster_service.proto

/**
 * Receivers show a kind that they do not know by its message.
 */
export const AlarmKind = {
  ALARM_KIND_UNSPECIFIED: 'ALARM_KIND_UNSPECIFIED',
  /**
   * Two members differ at the same index: stop the one named, and rejoin it as a new member.
   */
  ALARM_KIND_DIGEST_MISMATCH: 'ALARM_KIND_DIGEST_MISMATCH',
  /**
   * One more loss, and no majority is left.
   */
  ALARM_KIND_NO_FAULT_TOLERANCE: 'ALARM_KIND_NO_FAULT_TOLERANCE',
  ALARM_KIND_MEMBER_UNREACHABLE: 'ALARM_KIND_MEMBER_UNREACHABLE',
  ALARM_KIND_DISK_SLOW: 'ALARM_KIND_DISK_SLOW',
  ALARM_KIND_DISK_NEARLY_FULL: 'ALARM_KIND_DISK_NEARLY_FULL',
  ALARM_KIND_STORAGE_NOT_READY: 'ALARM_KIND_STORAGE_NOT_READY',
  /**
   * The bucket's marker names another cluster.
   */
  ALARM_KIND_FOREIGN_MARKER: 'ALARM_KIND_FOREIGN_MARKER',
  ALARM_KIND_PURGE_BLOCKED: 'ALARM_KIND_PURGE_BLOCKED',
  /**
   * Clocks of members, or of the object store, are certainly further apart than the configured bound.
   * Nothing is ordered by clocks, but deadlines are stamped by them.
   */
  ALARM_KIND_CLOCK_OFFSET: 'ALARM_KIND_CLOCK_OFFSET',
  /**
   * Purges wait for an operator after a restore.
   */
  ALARM_KIND_PURGES_PAUSED_AFTER_RESTORE: 'ALARM_KIND_PURGES_PAUSED_AFTER_RESTORE',
  /**
   * Nothing is purged, for another reason than the object store: an operator paused it, or the
   * leader has only begun.
   */
  ALARM_KIND_PURGES_STOPPED: 'ALARM_KIND_PURGES_STOPPED',
  /**
   * The leader hears both of two members, and one of them does not hear the other: an election
   * between them may fail.
   */
  ALARM_KIND_MEMBERS_DISCONNECTED: 'ALARM_KIND_MEMBERS_DISCONNECTED',
  /**
   * Purges wait because clients still send to deleted streams.
   */
  ALARM_KIND_CLIENTS_STILL_SENDING: 'ALARM_KIND_CLIENTS_STILL_SENDING',
  /**
   * A writer has created a stream again below a prefix that was purged, behind the catalog.
   */
  ALARM_KIND_STREAM_REBORN: 'ALARM_KIND_STREAM_REBORN',
} as const;

/**
 * Receivers show a kind that they do not know by its message.
 */
export type AlarmKind =
  | 'ALARM_KIND_UNSPECIFIED'
  | 0
  /**
   * Two members differ at the same index: stop the one named, and rejoin it as a new member.
   */
  | 'ALARM_KIND_DIGEST_MISMATCH'
  | 1
  /**
   * One more loss, and no majority is left.
   */
  | 'ALARM_KIND_NO_FAULT_TOLERANCE'
  | 2
  | 'ALARM_KIND_MEMBER_UNREACHABLE'
  | 3
  | 'ALARM_KIND_DISK_SLOW'
  | 4
  | 'ALARM_KIND_DISK_NEARLY_FULL'
  | 5
  | 'ALARM_KIND_STORAGE_NOT_READY'
  | 6
  /**
   * The bucket's marker names another cluster.
   */
  | 'ALARM_KIND_FOREIGN_MARKER'
  | 7
  | 'ALARM_KIND_PURGE_BLOCKED'
  | 8
  /**
   * Clocks of members, or of the object store, are certainly further apart than the configured bound.
   * Nothing is ordered by clocks, but deadlines are stamped by them.
   */
  | 'ALARM_KIND_CLOCK_OFFSET'
  | 9
  /**
   * Purges wait for an operator after a restore.
   */
  | 'ALARM_KIND_PURGES_PAUSED_AFTER_RESTORE'
  | 10
  /**
   * Nothing is purged, for another reason than the object store: an operator paused it, or the
   * leader has only begun.
   */
  | 'ALARM_KIND_PURGES_STOPPED'
  | 11
  /**
   * The leader hears both of two members, and one of them does not hear the other: an election
   * between them may fail.
   */
  | 'ALARM_KIND_MEMBERS_DISCONNECTED'
  | 12
  /**
   * Purges wait because clients still send to deleted streams.
   */
  | 'ALARM_KIND_CLIENTS_STILL_SENDING'
  | 13
  /**
   * A writer has created a stream again below a prefix that was purged, behind the catalog.
   */
  | 'ALARM_KIND_STREAM_REBORN'
  | 14

/**
 * Receivers show a kind that they do not know by its message.
 */
export type AlarmKind__Output = typeof AlarmKind[keyof typeof AlarmKind]
