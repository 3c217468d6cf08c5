// Original file: proto/sexton/v1/ingest_service.proto

import type { TakenUpStream as _sexton_v1_TakenUpStream, TakenUpStream__Output as _sexton_v1_TakenUpStream__Output } from '../../sexton/v1/TakenUpStream.js';
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
  /**
   * Streams that are not drained although their drain began at or before `drained_revision`: the node
   * had let them go, and has taken them up again since. Their purges wait, and no others. Each frame
   * names all of them. At most 1,000.
   */
  'takenUp'?: (_sexton_v1_TakenUpStream)[];
  /**
   * The holder cannot say yet what has drained, as after it took the session over: the lease is
   * renewed, and what was reported before stays. `drained_revision` and `taken_up` are not looked at.
   */
  'renewOnly'?: (boolean);
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
  /**
   * Streams that are not drained although their drain began at or before `drained_revision`: the node
   * had let them go, and has taken them up again since. Their purges wait, and no others. Each frame
   * names all of them. At most 1,000.
   */
  'takenUp': (_sexton_v1_TakenUpStream__Output)[];
  /**
   * The holder cannot say yet what has drained, as after it took the session over: the lease is
   * renewed, and what was reported before stays. `drained_revision` and `taken_up` are not looked at.
   */
  'renewOnly': (boolean);
}
