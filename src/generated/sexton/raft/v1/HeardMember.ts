// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * One other member, as the sender of a report hears it.
 */
export interface HeardMember {
  'member'?: (number);
  /**
   * Microseconds since the sender last heard from it.
   */
  'agoUs'?: (number | string | Long);
  /**
   * Its clock less the sender's, microseconds. Means nothing while `clock_error_us` is 0.
   */
  'clockOffsetUs'?: (number | string | Long);
  /**
   * What the offset may be wrong by, above 0: half of the round trip. 0: not measured.
   */
  'clockErrorUs'?: (number | string | Long);
}

/**
 * One other member, as the sender of a report hears it.
 */
export interface HeardMember__Output {
  'member': (number);
  /**
   * Microseconds since the sender last heard from it.
   */
  'agoUs': (number);
  /**
   * Its clock less the sender's, microseconds. Means nothing while `clock_error_us` is 0.
   */
  'clockOffsetUs': (number);
  /**
   * What the offset may be wrong by, above 0: half of the round trip. 0: not measured.
   */
  'clockErrorUs': (number);
}
