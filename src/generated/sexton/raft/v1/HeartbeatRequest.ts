// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Keeps the leader's place, and confirms reads.
 */
export interface HeartbeatRequest {
  /**
   * At most what the receiver is known to have: its log may differ beyond.
   */
  'commitIndex'?: (number | string | Long);
  /**
   * Grows with every round of reads to be confirmed. An answer that carries it, or more, confirms
   * them.
   */
  'readSequence'?: (number | string | Long);
}

/**
 * Keeps the leader's place, and confirms reads.
 */
export interface HeartbeatRequest__Output {
  /**
   * At most what the receiver is known to have: its log may differ beyond.
   */
  'commitIndex': (number);
  /**
   * Grows with every round of reads to be confirmed. An answer that carries it, or more, confirms
   * them.
   */
  'readSequence': (number);
}
