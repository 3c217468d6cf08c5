// Original file: proto/sexton/v1/stream_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * See UndeleteStream.
 */
export interface UndeleteStreamRequest {
  'tenant'?: (string);
  /**
   * Required.
   */
  'name'?: (string);
  /**
   * 0: the latest life.
   */
  'incarnation'?: (number | string | Long);
  /**
   * Empty, or `Stream.etag` as last seen.
   */
  'etag'?: (string);
  'requestId'?: (string);
  'validateOnly'?: (boolean);
}

/**
 * See UndeleteStream.
 */
export interface UndeleteStreamRequest__Output {
  'tenant': (string);
  /**
   * Required.
   */
  'name': (string);
  /**
   * 0: the latest life.
   */
  'incarnation': (number);
  /**
   * Empty, or `Stream.etag` as last seen.
   */
  'etag': (string);
  'requestId': (string);
  'validateOnly': (boolean);
}
