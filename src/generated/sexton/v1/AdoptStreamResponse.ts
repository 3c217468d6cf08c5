// Original file: proto/sexton/v1/storage_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See AdoptStream.
 */
export interface AdoptStreamResponse {
  /**
   * As it is, or without `execute` as it would be, with incarnation 0.
   */
  'stream'?: (_sexton_v1_Stream | null);
  'executed'?: (boolean);
  /**
   * What lies under the prefix.
   */
  'objectCount'?: (number | string | Long);
  'byteCount'?: (number | string | Long);
  'newestWriteTime'?: (_google_protobuf_Timestamp | null);
}

/**
 * See AdoptStream.
 */
export interface AdoptStreamResponse__Output {
  /**
   * As it is, or without `execute` as it would be, with incarnation 0.
   */
  'stream': (_sexton_v1_Stream__Output | null);
  'executed': (boolean);
  /**
   * What lies under the prefix.
   */
  'objectCount': (number);
  'byteCount': (number);
  'newestWriteTime': (_google_protobuf_Timestamp__Output | null);
}
