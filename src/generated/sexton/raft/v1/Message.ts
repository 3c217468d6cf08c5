// Original file: proto/sexton/raft/v1/raft_service.proto

import type { PreVoteRequest as _sexton_raft_v1_PreVoteRequest, PreVoteRequest__Output as _sexton_raft_v1_PreVoteRequest__Output } from '../../../sexton/raft/v1/PreVoteRequest.js';
import type { PreVoteResponse as _sexton_raft_v1_PreVoteResponse, PreVoteResponse__Output as _sexton_raft_v1_PreVoteResponse__Output } from '../../../sexton/raft/v1/PreVoteResponse.js';
import type { VoteRequest as _sexton_raft_v1_VoteRequest, VoteRequest__Output as _sexton_raft_v1_VoteRequest__Output } from '../../../sexton/raft/v1/VoteRequest.js';
import type { VoteResponse as _sexton_raft_v1_VoteResponse, VoteResponse__Output as _sexton_raft_v1_VoteResponse__Output } from '../../../sexton/raft/v1/VoteResponse.js';
import type { AppendRequest as _sexton_raft_v1_AppendRequest, AppendRequest__Output as _sexton_raft_v1_AppendRequest__Output } from '../../../sexton/raft/v1/AppendRequest.js';
import type { AppendResponse as _sexton_raft_v1_AppendResponse, AppendResponse__Output as _sexton_raft_v1_AppendResponse__Output } from '../../../sexton/raft/v1/AppendResponse.js';
import type { HeartbeatRequest as _sexton_raft_v1_HeartbeatRequest, HeartbeatRequest__Output as _sexton_raft_v1_HeartbeatRequest__Output } from '../../../sexton/raft/v1/HeartbeatRequest.js';
import type { HeartbeatResponse as _sexton_raft_v1_HeartbeatResponse, HeartbeatResponse__Output as _sexton_raft_v1_HeartbeatResponse__Output } from '../../../sexton/raft/v1/HeartbeatResponse.js';
import type { ReadIndexRequest as _sexton_raft_v1_ReadIndexRequest, ReadIndexRequest__Output as _sexton_raft_v1_ReadIndexRequest__Output } from '../../../sexton/raft/v1/ReadIndexRequest.js';
import type { ReadIndexResponse as _sexton_raft_v1_ReadIndexResponse, ReadIndexResponse__Output as _sexton_raft_v1_ReadIndexResponse__Output } from '../../../sexton/raft/v1/ReadIndexResponse.js';
import type { TimeoutNow as _sexton_raft_v1_TimeoutNow, TimeoutNow__Output as _sexton_raft_v1_TimeoutNow__Output } from '../../../sexton/raft/v1/TimeoutNow.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One message of the consensus protocol.
 */
export interface Message {
  'from'?: (number);
  'to'?: (number);
  /**
   * The sender's current term, except for a pre-vote: a request carries the term it would campaign
   * in, a grant repeats it, and a refusal carries the refuser's own. A higher term here makes the
   * receiver follow it, except in a pre-vote request or its grant.
   */
  'term'?: (number | string | Long);
  'preVoteRequest'?: (_sexton_raft_v1_PreVoteRequest | null);
  'preVoteResponse'?: (_sexton_raft_v1_PreVoteResponse | null);
  'voteRequest'?: (_sexton_raft_v1_VoteRequest | null);
  'voteResponse'?: (_sexton_raft_v1_VoteResponse | null);
  'appendRequest'?: (_sexton_raft_v1_AppendRequest | null);
  'appendResponse'?: (_sexton_raft_v1_AppendResponse | null);
  'heartbeatRequest'?: (_sexton_raft_v1_HeartbeatRequest | null);
  'heartbeatResponse'?: (_sexton_raft_v1_HeartbeatResponse | null);
  'readIndexRequest'?: (_sexton_raft_v1_ReadIndexRequest | null);
  'readIndexResponse'?: (_sexton_raft_v1_ReadIndexResponse | null);
  'timeoutNow'?: (_sexton_raft_v1_TimeoutNow | null);
  /**
   * An unknown body is dropped: what is not understood was not received.
   */
  'body'?: "preVoteRequest"|"preVoteResponse"|"voteRequest"|"voteResponse"|"appendRequest"|"appendResponse"|"heartbeatRequest"|"heartbeatResponse"|"readIndexRequest"|"readIndexResponse"|"timeoutNow";
}

/**
 * One message of the consensus protocol.
 */
export interface Message__Output {
  'from': (number);
  'to': (number);
  /**
   * The sender's current term, except for a pre-vote: a request carries the term it would campaign
   * in, a grant repeats it, and a refusal carries the refuser's own. A higher term here makes the
   * receiver follow it, except in a pre-vote request or its grant.
   */
  'term': (number);
  'preVoteRequest'?: (_sexton_raft_v1_PreVoteRequest__Output | null);
  'preVoteResponse'?: (_sexton_raft_v1_PreVoteResponse__Output | null);
  'voteRequest'?: (_sexton_raft_v1_VoteRequest__Output | null);
  'voteResponse'?: (_sexton_raft_v1_VoteResponse__Output | null);
  'appendRequest'?: (_sexton_raft_v1_AppendRequest__Output | null);
  'appendResponse'?: (_sexton_raft_v1_AppendResponse__Output | null);
  'heartbeatRequest'?: (_sexton_raft_v1_HeartbeatRequest__Output | null);
  'heartbeatResponse'?: (_sexton_raft_v1_HeartbeatResponse__Output | null);
  'readIndexRequest'?: (_sexton_raft_v1_ReadIndexRequest__Output | null);
  'readIndexResponse'?: (_sexton_raft_v1_ReadIndexResponse__Output | null);
  'timeoutNow'?: (_sexton_raft_v1_TimeoutNow__Output | null);
  /**
   * An unknown body is dropped: what is not understood was not received.
   */
  'body'?: "preVoteRequest"|"preVoteResponse"|"voteRequest"|"voteResponse"|"appendRequest"|"appendResponse"|"heartbeatRequest"|"heartbeatResponse"|"readIndexRequest"|"readIndexResponse"|"timeoutNow";
}
