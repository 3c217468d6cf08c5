// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A follower asks on behalf of its own readers.
 */
export interface ReadIndexRequest {
  /**
   * The follower's, unique within its boot, comes back.
   */
  'context'?: (number | string | Long);
}

/**
 * A follower asks on behalf of its own readers.
 */
export interface ReadIndexRequest__Output {
  /**
   * The follower's, unique within its boot, comes back.
   */
  'context': (number);
}
