// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Entry as _sexton_raft_v1_Entry, Entry__Output as _sexton_raft_v1_Entry__Output } from '../../../sexton/raft/v1/Entry.js';
import type { Long } from '@grpc/proto-loader';

/**
 * Replicates entries; with none it only probes.
 */
export interface AppendRequest {
  'prevLogIndex'?: (number | string | Long);
  'prevLogTerm'?: (number | string | Long);
  /**
   * Consecutive, from `prev_log_index` + 1.
   */
  'entries'?: (_sexton_raft_v1_Entry)[];
  /**
   * The leader's. The receiver uses it only up to the last entry this request verified.
   */
  'commitIndex'?: (number | string | Long);
}

/**
 * Replicates entries; with none it only probes.
 */
export interface AppendRequest__Output {
  'prevLogIndex': (number);
  'prevLogTerm': (number);
  /**
   * Consecutive, from `prev_log_index` + 1.
   */
  'entries': (_sexton_raft_v1_Entry__Output)[];
  /**
   * The leader's. The receiver uses it only up to the last entry this request verified.
   */
  'commitIndex': (number);
}
