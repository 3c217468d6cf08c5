// Original file: proto/sexton/v1/storage_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * At least one every 10 seconds.
 */
export interface AuditProgress {
  'objectsListed'?: (number | string | Long);
  'requestsMade'?: (number | string | Long);
  /**
   * The last key listed; empty before the first. Prefixes are listed side by side.
   */
  'lastKey'?: (string);
  /**
   * What was found up to there has been sent; empty: start over. Does not move past a prefix that
   * could not be listed.
   */
  'resumeToken'?: (string);
  'bytesListed'?: (number | string | Long);
}

/**
 * At least one every 10 seconds.
 */
export interface AuditProgress__Output {
  'objectsListed': (number);
  'requestsMade': (number);
  /**
   * The last key listed; empty before the first. Prefixes are listed side by side.
   */
  'lastKey': (string);
  /**
   * What was found up to there has been sent; empty: start over. Does not move past a prefix that
   * could not be listed.
   */
  'resumeToken': (string);
  'bytesListed': (number);
}
