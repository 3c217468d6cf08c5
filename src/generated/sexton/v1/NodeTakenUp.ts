// Original file: proto/sexton/v1/storage_service.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';

/**
 * A node that holds a deleted stream again.
 */
export interface NodeTakenUp {
  'nodeId'?: (string);
  /**
   * When it was last seen to hold it, by the clock of the session's holder.
   */
  'lastSeenTime'?: (_google_protobuf_Timestamp | null);
}

/**
 * A node that holds a deleted stream again.
 */
export interface NodeTakenUp__Output {
  'nodeId': (string);
  /**
   * When it was last seen to hold it, by the clock of the session's holder.
   */
  'lastSeenTime': (_google_protobuf_Timestamp__Output | null);
}
