// Original file: proto/sexton/v1/ingest_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';

/**
 * See OpenSession.
 */
export interface OpenSessionRequest {
  /**
   * Required. 1 to 255 bytes of UTF-8, for people: host or pod name.
   */
  'nodeId'?: (string);
  /**
   * How long the lease lasts without a keep-alive. Absent: 30 s. 5 s to 1 hour.
   */
  'ttl'?: (_google_protobuf_Duration | null);
  /**
   * The longest that the node lets any upload take before it aborts it, and after which the store
   * can no longer apply it. Absent: 60 s. 1 s to 1 hour. Deletes of this cluster may wait that long
   * after a node has died.
   */
  'uploadDeadline'?: (_google_protobuf_Duration | null);
  'requestId'?: (string);
  /**
   * The holder speaks for a node that may hold streams that were deleted before this session: every
   * purge that has not begun to delete waits for it too. For helpers beside nodes that know nothing
   * of sessions; an ingest node whose uploads all go through its session does not need it.
   */
  'coversEarlier'?: (boolean);
}

/**
 * See OpenSession.
 */
export interface OpenSessionRequest__Output {
  /**
   * Required. 1 to 255 bytes of UTF-8, for people: host or pod name.
   */
  'nodeId': (string);
  /**
   * How long the lease lasts without a keep-alive. Absent: 30 s. 5 s to 1 hour.
   */
  'ttl': (_google_protobuf_Duration__Output | null);
  /**
   * The longest that the node lets any upload take before it aborts it, and after which the store
   * can no longer apply it. Absent: 60 s. 1 s to 1 hour. Deletes of this cluster may wait that long
   * after a node has died.
   */
  'uploadDeadline': (_google_protobuf_Duration__Output | null);
  'requestId': (string);
  /**
   * The holder speaks for a node that may hold streams that were deleted before this session: every
   * purge that has not begun to delete waits for it too. For helpers beside nodes that know nothing
   * of sessions; an ingest node whose uploads all go through its session does not need it.
   */
  'coversEarlier': (boolean);
}
