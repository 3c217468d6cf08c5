// Original file: proto/sexton/raft/v1/raft_service.proto


/**
 * Grants are not promises.
 */
export interface PreVoteResponse {
  'granted'?: (boolean);
}

/**
 * Grants are not promises.
 */
export interface PreVoteResponse__Output {
  'granted': (boolean);
}
