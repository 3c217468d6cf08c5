// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See PromoteMember.
 */
export interface PromoteMemberRequest {
  /**
   * Required.
   */
  'memberId'?: (number);
  'requestId'?: (string);
}

/**
 * See PromoteMember.
 */
export interface PromoteMemberRequest__Output {
  /**
   * Required.
   */
  'memberId': (number);
  'requestId': (string);
}
