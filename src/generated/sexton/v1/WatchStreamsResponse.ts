// Original file: proto/sexton/v1/stream_service.proto

import type { WatchHeader as _sexton_v1_WatchHeader, WatchHeader__Output as _sexton_v1_WatchHeader__Output } from '../../sexton/v1/WatchHeader.js';
import type { WatchEvents as _sexton_v1_WatchEvents, WatchEvents__Output as _sexton_v1_WatchEvents__Output } from '../../sexton/v1/WatchEvents.js';
import type { WatchProgress as _sexton_v1_WatchProgress, WatchProgress__Output as _sexton_v1_WatchProgress__Output } from '../../sexton/v1/WatchProgress.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See WatchStreams.
 */
export interface WatchStreamsResponse {
  /**
   * Everything that matches, up to and including this revision, has been sent once this message is
   * read. Resume from here. Never goes back within a call.
   */
  'revision'?: (number | string | Long);
  'header'?: (_sexton_v1_WatchHeader | null);
  'events'?: (_sexton_v1_WatchEvents | null);
  'progress'?: (_sexton_v1_WatchProgress | null);
  /**
   * A receiver skips a kind it does not know, but still takes `revision`.
   */
  'content'?: "header"|"events"|"progress";
}

/**
 * See WatchStreams.
 */
export interface WatchStreamsResponse__Output {
  /**
   * Everything that matches, up to and including this revision, has been sent once this message is
   * read. Resume from here. Never goes back within a call.
   */
  'revision': (number);
  'header'?: (_sexton_v1_WatchHeader__Output | null);
  'events'?: (_sexton_v1_WatchEvents__Output | null);
  'progress'?: (_sexton_v1_WatchProgress__Output | null);
  /**
   * A receiver skips a kind it does not know, but still takes `revision`.
   */
  'content'?: "header"|"events"|"progress";
}
