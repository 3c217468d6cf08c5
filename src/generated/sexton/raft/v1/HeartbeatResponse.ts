// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Sent whether or not the log matches: it answers for the term only.
 */
export interface HeartbeatResponse {
  /**
   * As received.
   */
  'readSequence'?: (number | string | Long);
}

/**
 * Sent whether or not the log matches: it answers for the term only.
 */
export interface HeartbeatResponse__Output {
  /**
   * As received.
   */
  'readSequence': (number);
}
