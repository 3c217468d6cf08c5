// Original file: proto/sexton/v1/storage_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * One stream, named.
 */
export interface PurgeTarget {
  'tenant'?: (string);
  /**
   * Required; empty is INVALID_ARGUMENT and does not mean the whole cluster.
   */
  'name'?: (string);
  'incarnation'?: (number | string | Long);
}

/**
 * One stream, named.
 */
export interface PurgeTarget__Output {
  'tenant': (string);
  /**
   * Required; empty is INVALID_ARGUMENT and does not mean the whole cluster.
   */
  'name': (string);
  'incarnation': (number);
}
