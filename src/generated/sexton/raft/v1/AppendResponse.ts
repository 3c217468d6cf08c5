// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Sent only after the entries are durable.
 */
export interface AppendResponse {
  /**
   * The receiver has no entry at `prev_log_index` with `prev_log_term`.
   */
  'rejected'?: (boolean);
  /**
   * When accepted: the receiver's log equals the sender's up to here.
   */
  'matchIndex'?: (number | string | Long);
  /**
   * When rejected: the `prev_log_index` of the request, so that a late refusal of an older probe is
   * seen as such.
   */
  'conflictIndex'?: (number | string | Long);
  /**
   * When rejected: the receiver's last index at or below `conflict_index` with a term no higher
   * than `prev_log_term`, and the term there: the leader skips whole terms at a time.
   */
  'hintIndex'?: (number | string | Long);
  'hintTerm'?: (number | string | Long);
  /**
   * The receiver's, for status only.
   */
  'appliedIndex'?: (number | string | Long);
}

/**
 * Sent only after the entries are durable.
 */
export interface AppendResponse__Output {
  /**
   * The receiver has no entry at `prev_log_index` with `prev_log_term`.
   */
  'rejected': (boolean);
  /**
   * When accepted: the receiver's log equals the sender's up to here.
   */
  'matchIndex': (number);
  /**
   * When rejected: the `prev_log_index` of the request, so that a late refusal of an older probe is
   * seen as such.
   */
  'conflictIndex': (number);
  /**
   * When rejected: the receiver's last index at or below `conflict_index` with a term no higher
   * than `prev_log_term`, and the term there: the leader skips whole terms at a time.
   */
  'hintIndex': (number);
  'hintTerm': (number);
  /**
   * The receiver's, for status only.
   */
  'appliedIndex': (number);
}
