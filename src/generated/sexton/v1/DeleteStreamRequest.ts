// Original file: proto/sexton/v1/stream_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See DeleteStream.
 */
export interface DeleteStreamRequest {
  'tenant'?: (string);
  /**
   * Required.
   */
  'name'?: (string);
  /**
   * 0: the current life. Otherwise the delete does nothing to any other life: what a program that
   * acts on something it read earlier should send.
   */
  'incarnation'?: (number | string | Long);
  /**
   * How long the stream can still be undeleted. Absent: the server's default (24 h unless
   * configured). 0 to 10 years; 0 makes the drain begin at once.
   */
  'gracePeriod'?: (_google_protobuf_Duration | null);
  /**
   * Empty, or `Stream.etag` as last seen.
   */
  'etag'?: (string);
  'requestId'?: (string);
  /**
   * A stream that never existed or is forgotten is a success that changes nothing: the answer then
   * has no stream.
   */
  'allowMissing'?: (boolean);
  'validateOnly'?: (boolean);
}

/**
 * See DeleteStream.
 */
export interface DeleteStreamRequest__Output {
  'tenant': (string);
  /**
   * Required.
   */
  'name': (string);
  /**
   * 0: the current life. Otherwise the delete does nothing to any other life: what a program that
   * acts on something it read earlier should send.
   */
  'incarnation': (number);
  /**
   * How long the stream can still be undeleted. Absent: the server's default (24 h unless
   * configured). 0 to 10 years; 0 makes the drain begin at once.
   */
  'gracePeriod': (_google_protobuf_Duration__Output | null);
  /**
   * Empty, or `Stream.etag` as last seen.
   */
  'etag': (string);
  'requestId': (string);
  /**
   * A stream that never existed or is forgotten is a success that changes nothing: the answer then
   * has no stream.
   */
  'allowMissing': (boolean);
  'validateOnly': (boolean);
}
