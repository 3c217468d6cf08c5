// Original file: proto/sexton/v1/stream_service.proto

import type { StreamEvent as _sexton_v1_StreamEvent, StreamEvent__Output as _sexton_v1_StreamEvent__Output } from '../../sexton/v1/StreamEvent.js';

/**
 * In ascending revision; the events of one revision are never split over two messages.
 */
export interface WatchEvents {
  'events'?: (_sexton_v1_StreamEvent)[];
}

/**
 * In ascending revision; the events of one revision are never split over two messages.
 */
export interface WatchEvents__Output {
  'events': (_sexton_v1_StreamEvent__Output)[];
}
