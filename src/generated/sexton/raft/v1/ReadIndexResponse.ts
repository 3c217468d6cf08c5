// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The answer, after a majority confirmed the leader.
 */
export interface ReadIndexResponse {
  'context'?: (number | string | Long);
  /**
   * Serve the reads once this index is applied. 0 when refused.
   */
  'index'?: (number | string | Long);
  /**
   * Not the leader, or not yet able: the leader has committed nothing in its own term.
   */
  'refused'?: (boolean);
}

/**
 * The answer, after a majority confirmed the leader.
 */
export interface ReadIndexResponse__Output {
  'context': (number);
  /**
   * Serve the reads once this index is applied. 0 when refused.
   */
  'index': (number);
  /**
   * Not the leader, or not yet able: the leader has committed nothing in its own term.
   */
  'refused': (boolean);
}
