// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';

/**
 * See UndeleteStream.
 */
export interface UndeleteStreamResponse {
  'stream'?: (_sexton_v1_Stream | null);
}

/**
 * See UndeleteStream.
 */
export interface UndeleteStreamResponse__Output {
  'stream': (_sexton_v1_Stream__Output | null);
}
