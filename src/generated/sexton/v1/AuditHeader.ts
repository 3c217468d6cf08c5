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
}
