// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See GetStream.
 */
export interface GetStreamResponse {
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * What the answering node had applied: a watch from here misses nothing.
   */
  'revision'?: (number | string | Long);
}

/**
 * See GetStream.
 */
export interface GetStreamResponse__Output {
  'stream': (_sexton_v1_Stream__Output | null);
  /**
   * What the answering node had applied: a watch from here misses nothing.
   */
  'revision': (number);
}
