// Original file: proto/google/rpc/error_details.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';

/**
 * The call may be tried again, but not sooner.
 */
export interface RetryInfo {
  /**
   * Counted from when the answer arrived.
   */
  'retryDelay'?: (_google_protobuf_Duration | null);
}

/**
 * The call may be tried again, but not sooner.
 */
export interface RetryInfo__Output {
  /**
   * Counted from when the answer arrived.
   */
  'retryDelay': (_google_protobuf_Duration__Output | null);
}
