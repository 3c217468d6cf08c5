// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See RemoveMember.
 */
export interface RemoveMemberRequest {
  /**
   * Required.
   */
  'memberId'?: (number);
  'requestId'?: (string);
}

/**
 * See RemoveMember.
 */
export interface RemoveMemberRequest__Output {
  /**
   * Required.
   */
  'memberId': (number);
  'requestId': (string);
}
