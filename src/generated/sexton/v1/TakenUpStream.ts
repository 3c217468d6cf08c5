// Original file: proto/sexton/v1/ingest_service.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

/**
 * A stream that a node holds again after it had forgotten it: clients still send to it.
 */
export interface TakenUpStream {
  /**
   * Required.
   */
  'incarnation'?: (number | string | Long);
  /**
   * When the node was last seen to hold it, by the holder's clock.
   */
  'lastSeenTime'?: (_google_protobuf_Timestamp | null);
}

/**
 * A stream that a node holds again after it had forgotten it: clients still send to it.
 */
export interface TakenUpStream__Output {
  /**
   * Required.
   */
  'incarnation': (number);
  /**
   * When the node was last seen to hold it, by the holder's clock.
   */
  'lastSeenTime': (_google_protobuf_Timestamp__Output | null);
}
