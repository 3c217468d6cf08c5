// Original file: proto/sexton/raft/v1/raft_service.proto

import type { SnapshotHeader as _sexton_raft_v1_SnapshotHeader, SnapshotHeader__Output as _sexton_raft_v1_SnapshotHeader__Output } from '../../../sexton/raft/v1/SnapshotHeader.js';
import type { SnapshotChunk as _sexton_raft_v1_SnapshotChunk, SnapshotChunk__Output as _sexton_raft_v1_SnapshotChunk__Output } from '../../../sexton/raft/v1/SnapshotChunk.js';
import type { SnapshotEnd as _sexton_raft_v1_SnapshotEnd, SnapshotEnd__Output as _sexton_raft_v1_SnapshotEnd__Output } from '../../../sexton/raft/v1/SnapshotEnd.js';

/**
 * One frame of a snapshot.
 */
export interface InstallSnapshotRequest {
  /**
   * First, once.
   */
  'header'?: (_sexton_raft_v1_SnapshotHeader | null);
  'chunk'?: (_sexton_raft_v1_SnapshotChunk | null);
  /**
   * Last, once.
   */
  'end'?: (_sexton_raft_v1_SnapshotEnd | null);
  'frame'?: "header"|"chunk"|"end";
}

/**
 * One frame of a snapshot.
 */
export interface InstallSnapshotRequest__Output {
  /**
   * First, once.
   */
  'header'?: (_sexton_raft_v1_SnapshotHeader__Output | null);
  'chunk'?: (_sexton_raft_v1_SnapshotChunk__Output | null);
  /**
   * Last, once.
   */
  'end'?: (_sexton_raft_v1_SnapshotEnd__Output | null);
  'frame'?: "header"|"chunk"|"end";
}
