// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The receiver's state is not the leader's at the same index. If a majority of the voters agrees
 * with the leader, the receiver stops: it must be replaced by a new member.
 */
export interface DigestNotice {
  /**
   * The term in which the sender leads; in any other the notice means nothing.
   */
  'term'?: (number | string | Long);
  'index'?: (number | string | Long);
  /**
   * What the receiver reported.
   */
  'reportedDigest'?: (Buffer | Uint8Array | string);
  /**
   * What the leader has.
   */
  'expectedDigest'?: (Buffer | Uint8Array | string);
  /**
   * Voters known to hold `expected_digest`, the leader among them. A voter that has not reported
   * is not counted.
   */
  'agreeingVoters'?: (number);
  'voters'?: (number);
}

/**
 * The receiver's state is not the leader's at the same index. If a majority of the voters agrees
 * with the leader, the receiver stops: it must be replaced by a new member.
 */
export interface DigestNotice__Output {
  /**
   * The term in which the sender leads; in any other the notice means nothing.
   */
  'term': (number);
  'index': (number);
  /**
   * What the receiver reported.
   */
  'reportedDigest': (Buffer);
  /**
   * What the leader has.
   */
  'expectedDigest': (Buffer);
  /**
   * Voters known to hold `expected_digest`, the leader among them. A voter that has not reported
   * is not counted.
   */
  'agreeingVoters': (number);
  'voters': (number);
}
