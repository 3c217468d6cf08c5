// Original file: proto/sexton/v1/stream_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See WatchStreams.
 */
export interface WatchStreamsRequest {
  /**
   * Exclusive: the first event is the first one after it. Absent: from the answering node's
   * present, which the header tells. 0 is not absent: it asks for everything since the cluster
   * began.
   */
  'startRevision'?: (number | string | Long);
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant'?: (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants'?: (boolean);
  /**
   * Only names that start with this, compared byte by byte.
   */
  'namePrefix'?: (string);
  /**
   * How often to say that nothing was missed while nothing matched. Absent: 10 s. 100 ms to 10
   * minutes.
   */
  'progressInterval'?: (_google_protobuf_Duration | null);
  /**
   * Also PURGE_PROGRESSED events, which are many and which only a display needs. They are not kept: a
   * watch sees those that are made while it lasts, and a snapshot or a later event makes up for them.
   */
  'includePurgeProgress'?: (boolean);
  '_startRevision'?: "startRevision";
}

/**
 * See WatchStreams.
 */
export interface WatchStreamsRequest__Output {
  /**
   * Exclusive: the first event is the first one after it. Absent: from the answering node's
   * present, which the header tells. 0 is not absent: it asks for everything since the cluster
   * began.
   */
  'startRevision'?: (number);
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant': (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants': (boolean);
  /**
   * Only names that start with this, compared byte by byte.
   */
  'namePrefix': (string);
  /**
   * How often to say that nothing was missed while nothing matched. Absent: 10 s. 100 ms to 10
   * minutes.
   */
  'progressInterval': (_google_protobuf_Duration__Output | null);
  /**
   * Also PURGE_PROGRESSED events, which are many and which only a display needs. They are not kept: a
   * watch sees those that are made while it lasts, and a snapshot or a later event makes up for them.
   */
  'includePurgeProgress': (boolean);
  '_startRevision'?: "startRevision";
}
