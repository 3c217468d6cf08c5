// Original file: proto/sexton/v1/storage_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * At least one every 10 seconds.
 */
export interface AuditProgress {
  'objectsListed'?: (number | string | Long);
  'requestsMade'?: (number | string | Long);
  /**
   * The last key listed; empty before the first.
   */
  'lastKey'?: (string);
}

/**
 * At least one every 10 seconds.
 */
export interface AuditProgress__Output {
  'objectsListed': (number);
  'requestsMade': (number);
  /**
   * The last key listed; empty before the first.
   */
  'lastKey': (string);
}
