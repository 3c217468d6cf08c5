// Original file: proto/sexton/v1/stream_service.proto

import type { StreamMutation as _sexton_v1_StreamMutation, StreamMutation__Output as _sexton_v1_StreamMutation__Output } from '../../sexton/v1/StreamMutation.js';

/**
 * One frame of a pipeline.
 */
export interface MutateStreamsRequest {
  /**
   * 1 to 1,000, at most 1 MiB encoded.
   */
  'mutations'?: (_sexton_v1_StreamMutation)[];
}

/**
 * One frame of a pipeline.
 */
export interface MutateStreamsRequest__Output {
  /**
   * 1 to 1,000, at most 1 MiB encoded.
   */
  'mutations': (_sexton_v1_StreamMutation__Output)[];
}
