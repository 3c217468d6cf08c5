// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See TransferLeadership.
 */
export interface TransferLeadershipRequest {
  /**
   * 0: the most up-to-date voter that is reachable. The present leader's own id changes nothing and
   * succeeds.
   */
  'targetMemberId'?: (number);
}

/**
 * See TransferLeadership.
 */
export interface TransferLeadershipRequest__Output {
  /**
   * 0: the most up-to-date voter that is reachable. The present leader's own id changes nothing and
   * succeeds.
   */
  'targetMemberId': (number);
}
