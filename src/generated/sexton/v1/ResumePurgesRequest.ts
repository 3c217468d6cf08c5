// Original file: proto/sexton/v1/storage_service.proto

import type { PurgeTarget as _sexton_v1_PurgeTarget, PurgeTarget__Output as _sexton_v1_PurgeTarget__Output } from '../../sexton/v1/PurgeTarget.js';

/**
 * See ResumePurges.
 */
export interface ResumePurgesRequest {
  /**
   * Absent: the whole cluster.
   */
  'target'?: (_sexton_v1_PurgeTarget | null);
  'requestId'?: (string);
}

/**
 * See ResumePurges.
 */
export interface ResumePurgesRequest__Output {
  /**
   * Absent: the whole cluster.
   */
  'target': (_sexton_v1_PurgeTarget__Output | null);
  'requestId': (string);
}
