// Original file: proto/sexton/v1/stream_service.proto

import type { CreateStreamRequest as _sexton_v1_CreateStreamRequest, CreateStreamRequest__Output as _sexton_v1_CreateStreamRequest__Output } from '../../sexton/v1/CreateStreamRequest.js';
import type { DeleteStreamRequest as _sexton_v1_DeleteStreamRequest, DeleteStreamRequest__Output as _sexton_v1_DeleteStreamRequest__Output } from '../../sexton/v1/DeleteStreamRequest.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One create or delete in a pipeline.
 */
export interface StreamMutation {
  /**
   * The caller's, from 1, strictly growing within the call, below 2^53. Comes back with the answer.
   */
  'sequence'?: (number | string | Long);
  'createStream'?: (_sexton_v1_CreateStreamRequest | null);
  'deleteStream'?: (_sexton_v1_DeleteStreamRequest | null);
  /**
   * Required, else that mutation alone is answered INVALID_ARGUMENT.
   */
  'mutation'?: "createStream"|"deleteStream";
}

/**
 * One create or delete in a pipeline.
 */
export interface StreamMutation__Output {
  /**
   * The caller's, from 1, strictly growing within the call, below 2^53. Comes back with the answer.
   */
  'sequence': (number);
  'createStream'?: (_sexton_v1_CreateStreamRequest__Output | null);
  'deleteStream'?: (_sexton_v1_DeleteStreamRequest__Output | null);
  /**
   * Required, else that mutation alone is answered INVALID_ARGUMENT.
   */
  'mutation'?: "createStream"|"deleteStream";
}
