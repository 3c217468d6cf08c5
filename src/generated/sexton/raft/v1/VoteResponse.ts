// Original file: proto/sexton/raft/v1/raft_service.proto


/**
 * Sent only after the vote is durable, in both places that keep it.
 */
export interface VoteResponse {
  'granted'?: (boolean);
}

/**
 * Sent only after the vote is durable, in both places that keep it.
 */
export interface VoteResponse__Output {
  'granted': (boolean);
}
