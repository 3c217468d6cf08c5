// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See Backup.
 */
export interface BackupRequest {
  /**
   * Take what the answering node has applied, without asking the leader: for a cluster that has
   * lost its majority. The backup may then lack acknowledged changes.
   */
  'allowLocal'?: (boolean);
}

/**
 * See Backup.
 */
export interface BackupRequest__Output {
  /**
   * Take what the answering node has applied, without asking the leader: for a cluster that has
   * lost its majority. The backup may then lack acknowledged changes.
   */
  'allowLocal': (boolean);
}
