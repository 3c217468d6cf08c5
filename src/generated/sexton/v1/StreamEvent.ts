// Original file: proto/sexton/v1/stream_service.proto

import type { StreamEventType as _sexton_v1_StreamEventType, StreamEventType__Output as _sexton_v1_StreamEventType__Output } from '../../sexton/v1/StreamEventType.js';
import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One change of one stream.
 */
export interface StreamEvent {
  'type'?: (_sexton_v1_StreamEventType);
  /**
   * The log index of the entry that made the change.
   */
  'revision'?: (number | string | Long);
  /**
   * As it was right after the change; for FORGOTTEN, right before it.
   */
  'stream'?: (_sexton_v1_Stream | null);
}

/**
 * One change of one stream.
 */
export interface StreamEvent__Output {
  'type': (_sexton_v1_StreamEventType__Output);
  /**
   * The log index of the entry that made the change.
   */
  'revision': (number);
  /**
   * As it was right after the change; for FORGOTTEN, right before it.
   */
  'stream': (_sexton_v1_Stream__Output | null);
}
