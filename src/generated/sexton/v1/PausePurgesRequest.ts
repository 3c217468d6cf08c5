// Original file: proto/sexton/v1/storage_service.proto

import type { PurgeTarget as _sexton_v1_PurgeTarget, PurgeTarget__Output as _sexton_v1_PurgeTarget__Output } from '../../sexton/v1/PurgeTarget.js';

/**
 * See PausePurges.
 */
export interface PausePurgesRequest {
  /**
   * Absent: the whole cluster.
   */
  'target'?: (_sexton_v1_PurgeTarget | null);
  'requestId'?: (string);
}

/**
 * See PausePurges.
 */
export interface PausePurgesRequest__Output {
  /**
   * Absent: the whole cluster.
   */
  'target': (_sexton_v1_PurgeTarget__Output | null);
  'requestId': (string);
}
