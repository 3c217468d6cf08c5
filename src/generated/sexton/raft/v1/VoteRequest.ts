// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Sent only after term and own vote are durable.
 */
export interface VoteRequest {
  'lastLogIndex'?: (number | string | Long);
  'lastLogTerm'?: (number | string | Long);
  /**
   * The old leader asked for this election (TimeoutNow): hearing it still is no reason to refuse.
   */
  'leadershipTransfer'?: (boolean);
}

/**
 * Sent only after term and own vote are durable.
 */
export interface VoteRequest__Output {
  'lastLogIndex': (number);
  'lastLogTerm': (number);
  /**
   * The old leader asked for this election (TimeoutNow): hearing it still is no reason to refuse.
   */
  'leadershipTransfer': (boolean);
}
