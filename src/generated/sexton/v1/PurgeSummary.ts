// Original file: proto/sexton/v1/purge.proto

import type { PauseReason as _sexton_v1_PauseReason, PauseReason__Output as _sexton_v1_PauseReason__Output } from '../../sexton/v1/PauseReason.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { StopReason as _sexton_v1_StopReason, StopReason__Output as _sexton_v1_StopReason__Output } from '../../sexton/v1/StopReason.js';
import type { Long } from '@grpc/proto-loader';

/**
 * All purges in a few numbers. Each stream counts once, by the phase it is in.
 */
export interface PurgeSummary {
  /**
   * In their grace period, or waiting for their drain to begin.
   */
  'waiting'?: (number | string | Long);
  /**
   * Deleting or verifying.
   */
  'running'?: (number | string | Long);
  'retrying'?: (number | string | Long);
  'blocked'?: (number | string | Long);
  /**
   * By name; each is counted by its phase as well.
   */
  'paused'?: (number | string | Long);
  /**
   * The whole cluster's purges are paused, whatever the numbers say.
   */
  'clusterPaused'?: (boolean);
  'pauseReason'?: (_sexton_v1_PauseReason);
  /**
   * How long ago the oldest `purge_after` passed among streams not PURGED. Absent: none is due.
   */
  'oldestPendingAge'?: (_google_protobuf_Duration | null);
  /**
   * Since the cluster began, from committed progress.
   */
  'objectsDeletedTotal'?: (number | string | Long);
  'bytesDeletedTotal'?: (number | string | Long);
  /**
   * Removed by sweeps after PURGED, unfinished uploads included: above 0 means that some node writes past every barrier.
   */
  'lateObjectsTotal'?: (number | string | Long);
  /**
   * Why nothing at all is purged just now; UNSPECIFIED: it is.
   */
  'stopReason'?: (_sexton_v1_StopReason);
  /**
   * The same for people, with what to do. Empty when purging goes on.
   */
  'stopMessage'?: (string);
  /**
   * Purged streams whose sweep failed under this leader and is tried again; why: `last_error` of
   * each, listed by phase DONE. At most 1,024 are known.
   */
  'sweepsRetrying'?: (number);
  /**
   * Past the point of no return, and waiting for sessions.
   */
  'draining'?: (number | string | Long);
  /**
   * Of those, purges that wait because clients still send: see DrainWait.
   */
  'clientsStillSending'?: (number);
  /**
   * Streams that a writer has created again below a purged prefix, as this leader knows them: those that
   * it could not or may not adopt, and for an hour those that it has adopted. Nothing of them is
   * deleted. At most 1,024 are known.
   */
  'rebornStreams'?: (number);
}

/**
 * All purges in a few numbers. Each stream counts once, by the phase it is in.
 */
export interface PurgeSummary__Output {
  /**
   * In their grace period, or waiting for their drain to begin.
   */
  'waiting': (number);
  /**
   * Deleting or verifying.
   */
  'running': (number);
  'retrying': (number);
  'blocked': (number);
  /**
   * By name; each is counted by its phase as well.
   */
  'paused': (number);
  /**
   * The whole cluster's purges are paused, whatever the numbers say.
   */
  'clusterPaused': (boolean);
  'pauseReason': (_sexton_v1_PauseReason__Output);
  /**
   * How long ago the oldest `purge_after` passed among streams not PURGED. Absent: none is due.
   */
  'oldestPendingAge': (_google_protobuf_Duration__Output | null);
  /**
   * Since the cluster began, from committed progress.
   */
  'objectsDeletedTotal': (number);
  'bytesDeletedTotal': (number);
  /**
   * Removed by sweeps after PURGED, unfinished uploads included: above 0 means that some node writes past every barrier.
   */
  'lateObjectsTotal': (number);
  /**
   * Why nothing at all is purged just now; UNSPECIFIED: it is.
   */
  'stopReason': (_sexton_v1_StopReason__Output);
  /**
   * The same for people, with what to do. Empty when purging goes on.
   */
  'stopMessage': (string);
  /**
   * Purged streams whose sweep failed under this leader and is tried again; why: `last_error` of
   * each, listed by phase DONE. At most 1,024 are known.
   */
  'sweepsRetrying': (number);
  /**
   * Past the point of no return, and waiting for sessions.
   */
  'draining': (number);
  /**
   * Of those, purges that wait because clients still send: see DrainWait.
   */
  'clientsStillSending': (number);
  /**
   * Streams that a writer has created again below a purged prefix, as this leader knows them: those that
   * it could not or may not adopt, and for an hour those that it has adopted. Nothing of them is
   * deleted. At most 1,024 are known.
   */
  'rebornStreams': (number);
}
