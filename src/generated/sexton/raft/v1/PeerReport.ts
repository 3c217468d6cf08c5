// Original file: proto/sexton/raft/v1/raft_service.proto

import type { HeardMember as _sexton_raft_v1_HeardMember, HeardMember__Output as _sexton_raft_v1_HeardMember__Output } from '../../../sexton/raft/v1/HeardMember.js';
import type { Long } from '@grpc/proto-loader';

/**
 * Whom the sender hears, and what it measured of the clocks. For status only: nothing is decided or
 * ordered by it.
 */
export interface PeerReport {
  /**
   * The sender's, grows; comes back in `echo`.
   */
  'sequence'?: (number | string | Long);
  /**
   * The sender's wall clock as this left, milliseconds since the epoch.
   */
  'wallMs'?: (number | string | Long);
  /**
   * `sequence` of the receiver's latest report that the sender got; 0: none.
   */
  'echo'?: (number | string | Long);
  /**
   * How long ago that was, microseconds by the sender's monotonic clock: what is left of the time
   * since the receiver sent it is the round trip.
   */
  'echoHeldUs'?: (number | string | Long);
  /**
   * At most 64.
   */
  'heard'?: (_sexton_raft_v1_HeardMember)[];
}

/**
 * Whom the sender hears, and what it measured of the clocks. For status only: nothing is decided or
 * ordered by it.
 */
export interface PeerReport__Output {
  /**
   * The sender's, grows; comes back in `echo`.
   */
  'sequence': (number);
  /**
   * The sender's wall clock as this left, milliseconds since the epoch.
   */
  'wallMs': (number);
  /**
   * `sequence` of the receiver's latest report that the sender got; 0: none.
   */
  'echo': (number);
  /**
   * How long ago that was, microseconds by the sender's monotonic clock: what is left of the time
   * since the receiver sent it is the round trip.
   */
  'echoHeldUs': (number);
  /**
   * At most 64.
   */
  'heard': (_sexton_raft_v1_HeardMember__Output)[];
}
