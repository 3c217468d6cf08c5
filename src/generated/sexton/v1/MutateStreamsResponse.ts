// Original file: proto/sexton/v1/stream_service.proto

import type { StreamMutationResult as _sexton_v1_StreamMutationResult, StreamMutationResult__Output as _sexton_v1_StreamMutationResult__Output } from '../../sexton/v1/StreamMutationResult.js';

/**
 * Answers that became known together.
 */
export interface MutateStreamsResponse {
  'results'?: (_sexton_v1_StreamMutationResult)[];
}

/**
 * Answers that became known together.
 */
export interface MutateStreamsResponse__Output {
  'results': (_sexton_v1_StreamMutationResult__Output)[];
}
