// Original file: proto/sexton/v1/cluster_service.proto

/**
 * How the leader replicates to a member.
 */
export const ReplicationState = {
  REPLICATION_STATE_UNSPECIFIED: 'REPLICATION_STATE_UNSPECIFIED',
  /**
   * Looking for the last entry they share, one request at a time.
   */
  REPLICATION_STATE_PROBE: 'REPLICATION_STATE_PROBE',
  /**
   * In a pipeline: the healthy state.
   */
  REPLICATION_STATE_REPLICATE: 'REPLICATION_STATE_REPLICATE',
  /**
   * Too far behind the log that is kept: it is being sent the whole state.
   */
  REPLICATION_STATE_SNAPSHOT: 'REPLICATION_STATE_SNAPSHOT',
} as const;

/**
 * How the leader replicates to a member.
 */
export type ReplicationState =
  | 'REPLICATION_STATE_UNSPECIFIED'
  | 0
  /**
   * Looking for the last entry they share, one request at a time.
   */
  | 'REPLICATION_STATE_PROBE'
  | 1
  /**
   * In a pipeline: the healthy state.
   */
  | 'REPLICATION_STATE_REPLICATE'
  | 2
  /**
   * Too far behind the log that is kept: it is being sent the whole state.
   */
  | 'REPLICATION_STATE_SNAPSHOT'
  | 3

/**
 * How the leader replicates to a member.
 */
export type ReplicationState__Output = typeof ReplicationState[keyof typeof ReplicationState]
