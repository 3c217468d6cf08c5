// Original file: proto/sexton/raft/v1/raft_service.proto

import type { HelloAck as _sexton_raft_v1_HelloAck, HelloAck__Output as _sexton_raft_v1_HelloAck__Output } from '../../../sexton/raft/v1/HelloAck.js';

/**
 * The answer to Hello; a refusal ends the call instead.
 */
export interface ConnectResponse {
  'helloAck'?: (_sexton_raft_v1_HelloAck | null);
}

/**
 * The answer to Hello; a refusal ends the call instead.
 */
export interface ConnectResponse__Output {
  'helloAck': (_sexton_raft_v1_HelloAck__Output | null);
}
