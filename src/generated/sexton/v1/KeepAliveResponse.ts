// Original file: proto/sexton/v1/ingest_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See KeepAlive.
 */
export interface KeepAliveResponse {
  /**
   * Of the request that it answers.
   */
  'sequence'?: (number | string | Long);
  /**
   * The lease is sure for this long, counted by the holder's monotonic clock from when it *sent*
   * that request. Once that time has passed without another answer the holder lets no upload start.
   */
  'leaseRemaining'?: (_google_protobuf_Duration | null);
  /**
   * As the leader recorded it.
   */
  'drainedRevision'?: (number | string | Long);
  /**
   * Some purge waits for this session to drain up to here; 0: none does. Worth a report before the
   * next is due.
   */
  'awaitedRevision'?: (number | string | Long);
  /**
   * The leader's revision: how far the holder's own watch is behind.
   */
  'revision'?: (number | string | Long);
}

/**
 * See KeepAlive.
 */
export interface KeepAliveResponse__Output {
  /**
   * Of the request that it answers.
   */
  'sequence': (number);
  /**
   * The lease is sure for this long, counted by the holder's monotonic clock from when it *sent*
   * that request. Once that time has passed without another answer the holder lets no upload start.
   */
  'leaseRemaining': (_google_protobuf_Duration__Output | null);
  /**
   * As the leader recorded it.
   */
  'drainedRevision': (number);
  /**
   * Some purge waits for this session to drain up to here; 0: none does. Worth a report before the
   * next is due.
   */
  'awaitedRevision': (number);
  /**
   * The leader's revision: how far the holder's own watch is behind.
   */
  'revision': (number);
}
