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
}
