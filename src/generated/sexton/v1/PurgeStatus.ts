// Original file: proto/sexton/v1/purge.proto

import type { PurgePhase as _sexton_v1_PurgePhase, PurgePhase__Output as _sexton_v1_PurgePhase__Output } from '../../sexton/v1/PurgePhase.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { BlockedReason as _sexton_v1_BlockedReason, BlockedReason__Output as _sexton_v1_BlockedReason__Output } from '../../sexton/v1/BlockedReason.js';
import type { DrainWait as _sexton_v1_DrainWait, DrainWait__Output as _sexton_v1_DrainWait__Output } from '../../sexton/v1/DrainWait.js';
import type { Long } from '@grpc/proto-loader';

/**
 * How far the removal of a deleted stream's objects has come.
 */
export interface PurgeStatus {
  'phase'?: (_sexton_v1_PurgePhase);
  /**
   * Objects, old versions and delete markers that the store confirmed as deleted, over all
   * attempts.
   */
  'objectsDeleted'?: (number | string | Long);
  /**
   * Sum of their sizes as listed.
   */
  'bytesDeleted'?: (number | string | Long);
  /**
   * Unfinished multipart uploads aborted.
   */
  'uploadsAborted'?: (number | string | Long);
  /**
   * Times the purge was started, by any leader. A failover counts as one more.
   */
  'attempts'?: (number);
  /**
   * Of the latest failure; kept until an attempt makes progress. At most 1,024 bytes. In DONE: of a
   * sweep that failed and is tried again, as the leader knows it; absent from other answers.
   */
  'lastError'?: (string);
  'lastErrorTime'?: (_google_protobuf_Timestamp | null);
  /**
   * When the purger tries again by itself. Present in RETRYING and BLOCKED, and in DONE while a
   * sweep is still to come.
   */
  'nextAttemptTime'?: (_google_protobuf_Timestamp | null);
  /**
   * Present (not UNSPECIFIED) only in BLOCKED.
   */
  'blockedReason'?: (_sexton_v1_BlockedReason);
  /**
   * When `beginPurge` was committed. Absent before.
   */
  'beginTime'?: (_google_protobuf_Timestamp | null);
  /**
   * When this stream's purge was paused by name. Absent when it was not, also while the whole
   * cluster's purges are paused.
   */
  'pauseTime'?: (_google_protobuf_Timestamp | null);
  /**
   * Objects, versions and unfinished uploads that sweeps found after PURGED and removed: written late, by a node that
   * no barrier covered.
   */
  'lateObjectsDeleted'?: (number | string | Long);
  /**
   * Sessions that have not drained the stream yet. Not 0 only in DRAINING.
   */
  'waitingSessions'?: (number);
  /**
   * When `beginDrain` was committed, the point of no return. Absent before.
   */
  'drainTime'?: (_google_protobuf_Timestamp | null);
  /**
   * What a purge in DRAINING waits for. UNSPECIFIED in any other phase, and in answers from a node
   * that does not lead.
   */
  'drainWait'?: (_sexton_v1_DrainWait);
  /**
   * An operator said so, see RetryPurgeRequest: what nodes write after the tombstone is removed too.
   */
  'discardNewWrites'?: (boolean);
}

/**
 * How far the removal of a deleted stream's objects has come.
 */
export interface PurgeStatus__Output {
  'phase': (_sexton_v1_PurgePhase__Output);
  /**
   * Objects, old versions and delete markers that the store confirmed as deleted, over all
   * attempts.
   */
  'objectsDeleted': (number);
  /**
   * Sum of their sizes as listed.
   */
  'bytesDeleted': (number);
  /**
   * Unfinished multipart uploads aborted.
   */
  'uploadsAborted': (number);
  /**
   * Times the purge was started, by any leader. A failover counts as one more.
   */
  'attempts': (number);
  /**
   * Of the latest failure; kept until an attempt makes progress. At most 1,024 bytes. In DONE: of a
   * sweep that failed and is tried again, as the leader knows it; absent from other answers.
   */
  'lastError': (string);
  'lastErrorTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * When the purger tries again by itself. Present in RETRYING and BLOCKED, and in DONE while a
   * sweep is still to come.
   */
  'nextAttemptTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * Present (not UNSPECIFIED) only in BLOCKED.
   */
  'blockedReason': (_sexton_v1_BlockedReason__Output);
  /**
   * When `beginPurge` was committed. Absent before.
   */
  'beginTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * When this stream's purge was paused by name. Absent when it was not, also while the whole
   * cluster's purges are paused.
   */
  'pauseTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * Objects, versions and unfinished uploads that sweeps found after PURGED and removed: written late, by a node that
   * no barrier covered.
   */
  'lateObjectsDeleted': (number);
  /**
   * Sessions that have not drained the stream yet. Not 0 only in DRAINING.
   */
  'waitingSessions': (number);
  /**
   * When `beginDrain` was committed, the point of no return. Absent before.
   */
  'drainTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * What a purge in DRAINING waits for. UNSPECIFIED in any other phase, and in answers from a node
   * that does not lead.
   */
  'drainWait': (_sexton_v1_DrainWait__Output);
  /**
   * An operator said so, see RetryPurgeRequest: what nodes write after the tombstone is removed too.
   */
  'discardNewWrites': (boolean);
}
