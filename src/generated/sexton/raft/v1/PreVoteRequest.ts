// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Would you vote for me? Changes nothing on either side.
 */
export interface PreVoteRequest {
  'lastLogIndex'?: (number | string | Long);
  'lastLogTerm'?: (number | string | Long);
  /**
   * The sender lost its connection to the leader and could not open it again. Lets a receiver that
   * saw the same say yes at once; one that still hears the leader says no all the same.
   */
  'leaderUnreachable'?: (boolean);
}

/**
 * Would you vote for me? Changes nothing on either side.
 */
export interface PreVoteRequest__Output {
  'lastLogIndex': (number);
  'lastLogTerm': (number);
  /**
   * The sender lost its connection to the leader and could not open it again. Lets a receiver that
   * saw the same say yes at once; one that still hears the leader says no all the same.
   */
  'leaderUnreachable': (boolean);
}
