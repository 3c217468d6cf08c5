// Original file: proto/sexton/v1/storage_service.proto

import type { AdoptAs as _sexton_v1_AdoptAs, AdoptAs__Output as _sexton_v1_AdoptAs__Output } from '../../sexton/v1/AdoptAs.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';

/**
 * See AdoptStream.
 */
export interface AdoptStreamRequest {
  'tenant'?: (string);
  /**
   * Required.
   */
  'name'?: (string);
  /**
   * Empty: `name/`, or `tenant/name/`, where Parseable keeps the stream in an object store: what is not
   * ASCII is percent-encoded in the key. Otherwise as in CreateStreamRequest.
   */
  'prefix'?: (string);
  /**
   * Required.
   */
  'adoptAs'?: (_sexton_v1_AdoptAs);
  'labels'?: ({[key: string]: string});
  /**
   * Only for DELETED: as in DeleteStreamRequest.
   */
  'gracePeriod'?: (_google_protobuf_Duration | null);
  /**
   * Only for DELETED. Absent: 24 h. 1 hour to 10 years.
   */
  'minimumAge'?: (_google_protobuf_Duration | null);
  /**
   * Only for DELETED: also a prefix that holds a complete stream or nothing known. Still not a
   * young one.
   */
  'force'?: (boolean);
  /**
   * Not set: nothing is changed, and the answer is what would be.
   */
  'execute'?: (boolean);
  'requestId'?: (string);
}

/**
 * See AdoptStream.
 */
export interface AdoptStreamRequest__Output {
  'tenant': (string);
  /**
   * Required.
   */
  'name': (string);
  /**
   * Empty: `name/`, or `tenant/name/`, where Parseable keeps the stream in an object store: what is not
   * ASCII is percent-encoded in the key. Otherwise as in CreateStreamRequest.
   */
  'prefix': (string);
  /**
   * Required.
   */
  'adoptAs': (_sexton_v1_AdoptAs__Output);
  'labels': ({[key: string]: string});
  /**
   * Only for DELETED: as in DeleteStreamRequest.
   */
  'gracePeriod': (_google_protobuf_Duration__Output | null);
  /**
   * Only for DELETED. Absent: 24 h. 1 hour to 10 years.
   */
  'minimumAge': (_google_protobuf_Duration__Output | null);
  /**
   * Only for DELETED: also a prefix that holds a complete stream or nothing known. Still not a
   * young one.
   */
  'force': (boolean);
  /**
   * Not set: nothing is changed, and the answer is what would be.
   */
  'execute': (boolean);
  'requestId': (string);
}
