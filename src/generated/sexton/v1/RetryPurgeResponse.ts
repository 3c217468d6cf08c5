// Original file: proto/sexton/v1/storage_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';

/**
 * See RetryPurge.
 */
export interface RetryPurgeResponse {
  'stream'?: (_sexton_v1_Stream | null);
}

/**
 * See RetryPurge.
 */
export interface RetryPurgeResponse__Output {
  'stream': (_sexton_v1_Stream__Output | null);
}
