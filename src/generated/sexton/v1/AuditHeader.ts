// Original file: proto/sexton/v1/storage_service.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

/**
 * First, once.
 */
export interface AuditHeader {
  /**
   * As in ObjectStoreStatus.
   */
  'description'?: (string);
  /**
   * What the listing is compared with. Streams created later are looked up again before they are
   * reported as residue.
   */
  'revision'?: (number | string | Long);
  'startTime'?: (_google_protobuf_Timestamp | null);
  /**
   * Of the Parseable deployment that uses the bucket; empty: none that can be read, and log data is
   * then told by names that no other writer gives.
   */
  'parseableDeploymentId'?: (string);
  /**
   * What is odd about the bucket as a whole.
   */
  'note'?: (string);
}

/**
 * First, once.
 */
export interface AuditHeader__Output {
  /**
   * As in ObjectStoreStatus.
   */
  'description': (string);
  /**
   * What the listing is compared with. Streams created later are looked up again before they are
   * reported as residue.
   */
  'revision': (number);
  'startTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * Of the Parseable deployment that uses the bucket; empty: none that can be read, and log data is
   * then told by names that no other writer gives.
   */
  'parseableDeploymentId': (string);
  /**
   * What is odd about the bucket as a whole.
   */
  'note': (string);
}
