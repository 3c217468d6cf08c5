// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Hello as _sexton_raft_v1_Hello, Hello__Output as _sexton_raft_v1_Hello__Output } from '../../../sexton/raft/v1/Hello.js';
import type { Batch as _sexton_raft_v1_Batch, Batch__Output as _sexton_raft_v1_Batch__Output } from '../../../sexton/raft/v1/Batch.js';

/**
 * One frame. At most 4 MiB encoded, unless it holds a single entry that is larger.
 */
export interface ConnectRequest {
  /**
   * The first frame, and no other.
   */
  'hello'?: (_sexton_raft_v1_Hello | null);
  'batch'?: (_sexton_raft_v1_Batch | null);
  'frame'?: "hello"|"batch";
}

/**
 * One frame. At most 4 MiB encoded, unless it holds a single entry that is larger.
 */
export interface ConnectRequest__Output {
  /**
   * The first frame, and no other.
   */
  'hello'?: (_sexton_raft_v1_Hello__Output | null);
  'batch'?: (_sexton_raft_v1_Batch__Output | null);
  'frame'?: "hello"|"batch";
}
