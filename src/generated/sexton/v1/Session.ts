// Original file: proto/sexton/v1/ingest_service.proto

import type { SessionState as _sexton_v1_SessionState, SessionState__Output as _sexton_v1_SessionState__Output } from '../../sexton/v1/SessionState.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

/**
 * The lease of one ingest node.
 */
export interface Session {
  /**
   * Opaque, at most 64 bytes, never reused.
   */
  'sessionId'?: (string);
  /**
   * The node's own name for itself; two sessions may share it, as after a restart.
   */
  'nodeId'?: (string);
  'state'?: (_sexton_v1_SessionState);
  'ttl'?: (_google_protobuf_Duration | null);
  'uploadDeadline'?: (_google_protobuf_Duration | null);
  /**
   * The session holds up no stream whose drain began at or before this revision. 0: it was opened with
   * `covers_earlier`, and holds up every stream that drains.
   */
  'openedRevision'?: (number | string | Long);
  /**
   * Everything tombstoned at or before this revision has settled on the node. Absent: not reported
   * since the present leader took over, which then waits for a report or for the lease to end.
   */
  'drainedRevision'?: (number | string | Long);
  /**
   * Time left, by the leader's monotonic clock. A remaining time and no wall-clock time, so that no
   * two clocks have to agree. While EXPIRED: until its last upload has passed its deadline. A new
   * leader extends every lease by one TTL. Absent when CLOSED.
   */
  'leaseRemaining'?: (_google_protobuf_Duration | null);
  'openTime'?: (_google_protobuf_Timestamp | null);
  /**
   * Purges that are draining and wait for this session.
   */
  'waitingPurges'?: (number);
  /**
   * Streams that its node has taken up again, as last reported.
   */
  'takenUpStreams'?: (number);
  '_drainedRevision'?: "drainedRevision";
}

/**
 * The lease of one ingest node.
 */
export interface Session__Output {
  /**
   * Opaque, at most 64 bytes, never reused.
   */
  'sessionId': (string);
  /**
   * The node's own name for itself; two sessions may share it, as after a restart.
   */
  'nodeId': (string);
  'state': (_sexton_v1_SessionState__Output);
  'ttl': (_google_protobuf_Duration__Output | null);
  'uploadDeadline': (_google_protobuf_Duration__Output | null);
  /**
   * The session holds up no stream whose drain began at or before this revision. 0: it was opened with
   * `covers_earlier`, and holds up every stream that drains.
   */
  'openedRevision': (number);
  /**
   * Everything tombstoned at or before this revision has settled on the node. Absent: not reported
   * since the present leader took over, which then waits for a report or for the lease to end.
   */
  'drainedRevision'?: (number);
  /**
   * Time left, by the leader's monotonic clock. A remaining time and no wall-clock time, so that no
   * two clocks have to agree. While EXPIRED: until its last upload has passed its deadline. A new
   * leader extends every lease by one TTL. Absent when CLOSED.
   */
  'leaseRemaining': (_google_protobuf_Duration__Output | null);
  'openTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * Purges that are draining and wait for this session.
   */
  'waitingPurges': (number);
  /**
   * Streams that its node has taken up again, as last reported.
   */
  'takenUpStreams': (number);
  '_drainedRevision'?: "drainedRevision";
}
