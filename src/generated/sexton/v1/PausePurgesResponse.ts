// Original file: proto/sexton/v1/storage_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from '../../sexton/v1/PurgeSummary.js';

/**
 * See PausePurges.
 */
export interface PausePurgesResponse {
  /**
   * Absent when the whole cluster was meant.
   */
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * After the call.
   */
  'summary'?: (_sexton_v1_PurgeSummary | null);
}

/**
 * See PausePurges.
 */
export interface PausePurgesResponse__Output {
  /**
   * Absent when the whole cluster was meant.
   */
  'stream': (_sexton_v1_Stream__Output | null);
  /**
   * After the call.
   */
  'summary': (_sexton_v1_PurgeSummary__Output | null);
}
