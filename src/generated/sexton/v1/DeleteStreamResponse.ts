// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';

/**
 * See DeleteStream.
 */
export interface DeleteStreamResponse {
  /**
   * DELETED, with `purge_after`. Absent only where `allow_missing` met nothing.
   */
  'stream'?: (_sexton_v1_Stream | null);
}

/**
 * See DeleteStream.
 */
export interface DeleteStreamResponse__Output {
  /**
   * DELETED, with `purge_after`. Absent only where `allow_missing` met nothing.
   */
  'stream': (_sexton_v1_Stream__Output | null);
}
