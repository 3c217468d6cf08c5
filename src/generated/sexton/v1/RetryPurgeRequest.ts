// Original file: proto/sexton/v1/storage_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * See RetryPurge.
 */
export interface RetryPurgeRequest {
  'tenant'?: (string);
  /**
   * Required.
   */
  'name'?: (string);
  'incarnation'?: (number | string | Long);
  'requestId'?: (string);
  /**
   * For a purge that waits for clients who still send, or that met a new life below its prefix: go on
   * all the same, and remove what was written after the tombstone too. Holds for this purge until it
   * is PURGED, and cannot be taken back. Only for a stream that is PURGING.
   */
  'discardNewWrites'?: (boolean);
}

/**
 * See RetryPurge.
 */
export interface RetryPurgeRequest__Output {
  'tenant': (string);
  /**
   * Required.
   */
  'name': (string);
  'incarnation': (number);
  'requestId': (string);
  /**
   * For a purge that waits for clients who still send, or that met a new life below its prefix: go on
   * all the same, and remove what was written after the tombstone too. Holds for this purge until it
   * is PURGED, and cannot be taken back. Only for a stream that is PURGING.
   */
  'discardNewWrites': (boolean);
}
