// Original file: proto/sexton/v1/ingest_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * See KeepAlive.
 */
export interface KeepAliveRequest {
  /**
   * Required in each frame, and the same in all.
   */
  'sessionId'?: (string);
  /**
   * From 1, strictly growing within the call.
   */
  'sequence'?: (number | string | Long);
  /**
   * The node has seen every change up to this revision, and its uploads for each stream tombstoned
   * by then are settled. Never less than reported before; at least `opened_revision`.
   */
  'drainedRevision'?: (number | string | Long);
}

/**
 * See KeepAlive.
 */
export interface KeepAliveRequest__Output {
  /**
   * Required in each frame, and the same in all.
   */
  'sessionId': (string);
  /**
   * From 1, strictly growing within the call.
   */
  'sequence': (number);
  /**
   * The node has seen every change up to this revision, and its uploads for each stream tombstoned
   * by then are settled. Never less than reported before; at least `opened_revision`.
   */
  'drainedRevision': (number);
}
