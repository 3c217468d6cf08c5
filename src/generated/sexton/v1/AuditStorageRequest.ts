// Original file: proto/sexton/v1/storage_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';

/**
 * See AuditStorage.
 */
export interface AuditStorageRequest {
  /**
   * Only keys that start with this. Empty: the whole bucket.
   */
  'prefix'?: (string);
  /**
   * Leftovers with younger data are reported as `too_young`. Absent: 24 h. 1 hour to 10 years.
   */
  'minimumAge'?: (_google_protobuf_Duration | null);
  /**
   * Also list what live streams hold, to count their objects and bytes. Slow on a large bucket.
   * Without it an UNKNOWN_STREAM is not counted either.
   */
  'includeUsage'?: (boolean);
  /**
   * `resume_token` of a progress of an earlier audit of the same `prefix`: go on from there. What
   * comes counts from there, too.
   */
  'resumeToken'?: (string);
}

/**
 * See AuditStorage.
 */
export interface AuditStorageRequest__Output {
  /**
   * Only keys that start with this. Empty: the whole bucket.
   */
  'prefix': (string);
  /**
   * Leftovers with younger data are reported as `too_young`. Absent: 24 h. 1 hour to 10 years.
   */
  'minimumAge': (_google_protobuf_Duration__Output | null);
  /**
   * Also list what live streams hold, to count their objects and bytes. Slow on a large bucket.
   * Without it an UNKNOWN_STREAM is not counted either.
   */
  'includeUsage': (boolean);
  /**
   * `resume_token` of a progress of an earlier audit of the same `prefix`: go on from there. What
   * comes counts from there, too.
   */
  'resumeToken': (string);
}
