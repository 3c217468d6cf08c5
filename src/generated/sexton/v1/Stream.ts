// Original file: proto/sexton/v1/stream.proto

import type { StreamState as _sexton_v1_StreamState, StreamState__Output as _sexton_v1_StreamState__Output } from '../../sexton/v1/StreamState.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { PurgeStatus as _sexton_v1_PurgeStatus, PurgeStatus__Output as _sexton_v1_PurgeStatus__Output } from '../../sexton/v1/PurgeStatus.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One life of a log stream. `(tenant, name)` is what people call it; `incarnation` tells two lives
 * of one name apart.
 * 
 * All 64-bit numbers in this package stay below 2^53, so that a JavaScript number holds them
 * exactly.
 */
export interface Stream {
  /**
   * May be empty: the deployment without tenants. Same alphabet as `name`.
   */
  'tenant'?: (string);
  /**
   * 1 to 255 bytes of UTF-8: Unicode letters and digits, `-` and `_`.
   */
  'name'?: (string);
  /**
   * The log index of the entry that created this life: unique in the cluster, grows, never reused.
   */
  'incarnation'?: (number | string | Long);
  'state'?: (_sexton_v1_StreamState);
  /**
   * The keys this life owns in the bucket; ends in `/`. No two streams short of PURGED own
   * overlapping prefixes. At most 900 bytes and 16 segments.
   */
  'prefix'?: (string);
  /**
   * Free for the caller; Sexton never reads them. At most 64, key 1 to 63 bytes, value up to 255.
   */
  'labels'?: ({[key: string]: string});
  /**
   * The log index of the last entry that changed this stream.
   */
  'revision'?: (number | string | Long);
  /**
   * Times are the leader's, stamped before the proposal; committed time never runs backwards.
   */
  'createTime'?: (_google_protobuf_Timestamp | null);
  /**
   * When the tombstone was proposed. Absent while ACTIVE.
   */
  'deleteTime'?: (_google_protobuf_Timestamp | null);
  /**
   * The end of the grace period. The drain begins no sooner, on whichever node leads then, and an
   * undelete is possible until it begins. Absent while ACTIVE.
   */
  'purgeAfter'?: (_google_protobuf_Timestamp | null);
  /**
   * When the prefix had been proved empty. Present only when PURGED.
   */
  'purgeTime'?: (_google_protobuf_Timestamp | null);
  /**
   * From when the same prefix may be owned again: every delete request that any leader may have
   * signed has expired at the store by then. Present only when PURGED.
   */
  'reusableAfter'?: (_google_protobuf_Timestamp | null);
  /**
   * Absent while ACTIVE. Counters and phase are the leader's; they are committed from time to time,
   * so that an answer from another node, or the first one after a failover, may lag.
   */
  'purge'?: (_sexton_v1_PurgeStatus | null);
  /**
   * Opaque; changes whenever a caller-visible, committed part of the stream changes, and not with
   * purge progress. Send it back to make a change conditional (AIP-154).
   */
  'etag'?: (string);
  /**
   * The log index of the entry that marked this life deleted: an ingest node whose drained revision
   * is at or above it has no upload of this stream under way. 0 while ACTIVE.
   */
  'tombstoneRevision'?: (number | string | Long);
  /**
   * The log index of the entry that began the drain, the point of no return: a session whose drained
   * revision is at or above it holds up nothing of this stream, unless it names the stream as taken
   * up again. 0 before.
   */
  'drainRevision'?: (number | string | Long);
}

/**
 * One life of a log stream. `(tenant, name)` is what people call it; `incarnation` tells two lives
 * of one name apart.
 * 
 * All 64-bit numbers in this package stay below 2^53, so that a JavaScript number holds them
 * exactly.
 */
export interface Stream__Output {
  /**
   * May be empty: the deployment without tenants. Same alphabet as `name`.
   */
  'tenant': (string);
  /**
   * 1 to 255 bytes of UTF-8: Unicode letters and digits, `-` and `_`.
   */
  'name': (string);
  /**
   * The log index of the entry that created this life: unique in the cluster, grows, never reused.
   */
  'incarnation': (number);
  'state': (_sexton_v1_StreamState__Output);
  /**
   * The keys this life owns in the bucket; ends in `/`. No two streams short of PURGED own
   * overlapping prefixes. At most 900 bytes and 16 segments.
   */
  'prefix': (string);
  /**
   * Free for the caller; Sexton never reads them. At most 64, key 1 to 63 bytes, value up to 255.
   */
  'labels': ({[key: string]: string});
  /**
   * The log index of the last entry that changed this stream.
   */
  'revision': (number);
  /**
   * Times are the leader's, stamped before the proposal; committed time never runs backwards.
   */
  'createTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * When the tombstone was proposed. Absent while ACTIVE.
   */
  'deleteTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * The end of the grace period. The drain begins no sooner, on whichever node leads then, and an
   * undelete is possible until it begins. Absent while ACTIVE.
   */
  'purgeAfter': (_google_protobuf_Timestamp__Output | null);
  /**
   * When the prefix had been proved empty. Present only when PURGED.
   */
  'purgeTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * From when the same prefix may be owned again: every delete request that any leader may have
   * signed has expired at the store by then. Present only when PURGED.
   */
  'reusableAfter': (_google_protobuf_Timestamp__Output | null);
  /**
   * Absent while ACTIVE. Counters and phase are the leader's; they are committed from time to time,
   * so that an answer from another node, or the first one after a failover, may lag.
   */
  'purge': (_sexton_v1_PurgeStatus__Output | null);
  /**
   * Opaque; changes whenever a caller-visible, committed part of the stream changes, and not with
   * purge progress. Send it back to make a change conditional (AIP-154).
   */
  'etag': (string);
  /**
   * The log index of the entry that marked this life deleted: an ingest node whose drained revision
   * is at or above it has no upload of this stream under way. 0 while ACTIVE.
   */
  'tombstoneRevision': (number);
  /**
   * The log index of the entry that began the drain, the point of no return: a session whose drained
   * revision is at or above it holds up nothing of this stream, unless it names the stream as taken
   * up again. 0 before.
   */
  'drainRevision': (number);
}
