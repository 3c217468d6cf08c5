// Original file: proto/sexton/v1/stream_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See ListStreams.
 */
export interface ListStreamsResponse {
  'streams'?: (_sexton_v1_Stream)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken'?: (string);
  /**
   * Where to start a watch. It is the *first* page's on every page, since later pages are read
   * later: the watch then repeats what they already showed, and misses nothing. Apply events by
   * `Stream.revision`.
   */
  'revision'?: (number | string | Long);
}

/**
 * See ListStreams.
 */
export interface ListStreamsResponse__Output {
  'streams': (_sexton_v1_Stream__Output)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken': (string);
  /**
   * Where to start a watch. It is the *first* page's on every page, since later pages are read
   * later: the watch then repeats what they already showed, and misses nothing. Apply events by
   * `Stream.revision`.
   */
  'revision': (number);
}
