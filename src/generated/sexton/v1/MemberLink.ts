// Original file: proto/sexton/v1/cluster_service.proto

import type { LinkState as _sexton_v1_LinkState, LinkState__Output as _sexton_v1_LinkState__Output } from '../../sexton/v1/LinkState.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';

/**
 * What one member hears of one other.
 */
export interface MemberLink {
  /**
   * The one that hears, or not.
   */
  'from'?: (number);
  /**
   * The one that is heard, or not.
   */
  'to'?: (number);
  'state'?: (_sexton_v1_LinkState);
  /**
   * Since `from` last heard from `to`. Absent: never, or not known.
   */
  'lastHeard'?: (_google_protobuf_Duration | null);
  /**
   * The clock of `to` less that of `from`, as `from` measured it. Absent: not measured.
   */
  'clockOffset'?: (_google_protobuf_Duration | null);
  /**
   * What `clock_offset` may be wrong by.
   */
  'clockOffsetError'?: (_google_protobuf_Duration | null);
}

/**
 * What one member hears of one other.
 */
export interface MemberLink__Output {
  /**
   * The one that hears, or not.
   */
  'from': (number);
  /**
   * The one that is heard, or not.
   */
  'to': (number);
  'state': (_sexton_v1_LinkState__Output);
  /**
   * Since `from` last heard from `to`. Absent: never, or not known.
   */
  'lastHeard': (_google_protobuf_Duration__Output | null);
  /**
   * The clock of `to` less that of `from`, as `from` measured it. Absent: not measured.
   */
  'clockOffset': (_google_protobuf_Duration__Output | null);
  /**
   * What `clock_offset` may be wrong by.
   */
  'clockOffsetError': (_google_protobuf_Duration__Output | null);
}
