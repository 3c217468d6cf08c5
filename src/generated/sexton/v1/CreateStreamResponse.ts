// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';

/**
 * See CreateStream.
 */
export interface CreateStreamResponse {
  'stream'?: (_sexton_v1_Stream | null);
}

/**
 * See CreateStream.
 */
export interface CreateStreamResponse__Output {
  'stream': (_sexton_v1_Stream__Output | null);
}
