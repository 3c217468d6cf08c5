// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from '../../google/rpc/Status.js';
import type { Long } from '@grpc/proto-loader';

/**
 * The answer to one mutation.
 */
export interface StreamMutationResult {
  /**
   * Of the mutation it answers.
   */
  'sequence'?: (number | string | Long);
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * With the same code and ErrorInfo as the single call would have ended with.
   */
  'error'?: (_google_rpc_Status | null);
  /**
   * Not set: a delete with `allow_missing` that met nothing.
   */
  'result'?: "stream"|"error";
}

/**
 * The answer to one mutation.
 */
export interface StreamMutationResult__Output {
  /**
   * Of the mutation it answers.
   */
  'sequence': (number);
  'stream'?: (_sexton_v1_Stream__Output | null);
  /**
   * With the same code and ErrorInfo as the single call would have ended with.
   */
  'error'?: (_google_rpc_Status__Output | null);
  /**
   * Not set: a delete with `allow_missing` that met nothing.
   */
  'result'?: "stream"|"error";
}
