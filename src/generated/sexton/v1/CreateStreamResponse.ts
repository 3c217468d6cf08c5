// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';

/**
 * See CreateStream.
 */
export interface CreateStreamResponse {
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * For a person who named no prefix: why it is not the usual one, or might be wrong. Mostly empty.
   */
  'note'?: (string);
}

/**
 * See CreateStream.
 */
export interface CreateStreamResponse__Output {
  'stream': (_sexton_v1_Stream__Output | null);
  /**
   * For a person who named no prefix: why it is not the usual one, or might be wrong. Mostly empty.
   */
  'note': (string);
}
