// Original file: proto/sexton/v1/cluster_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { StoreLoad as _sexton_v1_StoreLoad, StoreLoad__Output as _sexton_v1_StoreLoad__Output } from '../../sexton/v1/StoreLoad.js';

/**
 * The object store as the leader's last probe found it.
 */
export interface ObjectStoreStatus {
  /**
   * For people, without credentials: `s3://bucket at https://host`, or `local:/path`.
   */
  'description'?: (string);
  /**
   * False: nothing is purged, see `problem`.
   */
  'ready'?: (boolean);
  /**
   * Empty when ready.
   */
  'problem'?: (string);
  /**
   * Old versions and delete markers have to be removed too.
   */
  'versioned'?: (boolean);
  /**
   * It refuses a signed request whose time has passed. Without it no prefix is reused.
   */
  'enforcesExpiry'?: (boolean);
  /**
   * It honours `If-Match` on a delete.
   */
  'conditionalDelete'?: (boolean);
  /**
   * Objects a delete request may name.
   */
  'deleteBatchLimit'?: (number);
  /**
   * The store's clock less the leader's, from its `Date` header. Absent: it has no clock of its own,
   * or was not asked yet.
   */
  'clockOffset'?: (_google_protobuf_Duration | null);
  /**
   * Absent: not probed yet, and nothing above is known.
   */
  'probeTime'?: (_google_protobuf_Timestamp | null);
  /**
   * What `clock_offset` may be wrong by: half a second, which is what the header leaves out, and
   * half of the round trip.
   */
  'clockOffsetError'?: (_google_protobuf_Duration | null);
  /**
   * Requests that purging makes of it, and how many it may make.
   */
  'load'?: (_sexton_v1_StoreLoad | null);
}

/**
 * The object store as the leader's last probe found it.
 */
export interface ObjectStoreStatus__Output {
  /**
   * For people, without credentials: `s3://bucket at https://host`, or `local:/path`.
   */
  'description': (string);
  /**
   * False: nothing is purged, see `problem`.
   */
  'ready': (boolean);
  /**
   * Empty when ready.
   */
  'problem': (string);
  /**
   * Old versions and delete markers have to be removed too.
   */
  'versioned': (boolean);
  /**
   * It refuses a signed request whose time has passed. Without it no prefix is reused.
   */
  'enforcesExpiry': (boolean);
  /**
   * It honours `If-Match` on a delete.
   */
  'conditionalDelete': (boolean);
  /**
   * Objects a delete request may name.
   */
  'deleteBatchLimit': (number);
  /**
   * The store's clock less the leader's, from its `Date` header. Absent: it has no clock of its own,
   * or was not asked yet.
   */
  'clockOffset': (_google_protobuf_Duration__Output | null);
  /**
   * Absent: not probed yet, and nothing above is known.
   */
  'probeTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * What `clock_offset` may be wrong by: half a second, which is what the header leaves out, and
   * half of the round trip.
   */
  'clockOffsetError': (_google_protobuf_Duration__Output | null);
  /**
   * Requests that purging makes of it, and how many it may make.
   */
  'load': (_sexton_v1_StoreLoad__Output | null);
}
