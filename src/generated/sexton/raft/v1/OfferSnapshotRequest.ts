// Original file: proto/sexton/raft/v1/raft_service.proto

import type { SnapshotHeader as _sexton_raft_v1_SnapshotHeader, SnapshotHeader__Output as _sexton_raft_v1_SnapshotHeader__Output } from '../../../sexton/raft/v1/SnapshotHeader.js';

/**
 * See OfferSnapshot.
 */
export interface OfferSnapshotRequest {
  /**
   * As the stream would begin, without `resume_after` and `resume_checksum`.
   */
  'header'?: (_sexton_raft_v1_SnapshotHeader | null);
}

/**
 * See OfferSnapshot.
 */
export interface OfferSnapshotRequest__Output {
  /**
   * As the stream would begin, without `resume_after` and `resume_checksum`.
   */
  'header': (_sexton_raft_v1_SnapshotHeader__Output | null);
}
