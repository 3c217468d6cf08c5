// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See AddMember.
 */
export interface AddMemberRequest {
  /**
   * Required, `host:port` of its gRPC listener.
   */
  'address'?: (string);
  /**
   * `host:port`. Not kept yet: must be empty.
   */
  'httpAddress'?: (string);
  /**
   * 0: the next id that was never used, which is what a new node should take. Otherwise one that
   * was never used.
   */
  'memberId'?: (number);
  /**
   * Optional. Given: only that directory can be this member. Empty: the first one that connects
   * under the new id is bound to it by a committed entry.
   */
  'directoryId'?: (string);
  /**
   * Not needed: repeating the call is harmless by itself.
   */
  'requestId'?: (string);
}

/**
 * See AddMember.
 */
export interface AddMemberRequest__Output {
  /**
   * Required, `host:port` of its gRPC listener.
   */
  'address': (string);
  /**
   * `host:port`. Not kept yet: must be empty.
   */
  'httpAddress': (string);
  /**
   * 0: the next id that was never used, which is what a new node should take. Otherwise one that
   * was never used.
   */
  'memberId': (number);
  /**
   * Optional. Given: only that directory can be this member. Empty: the first one that connects
   * under the new id is bound to it by a committed entry.
   */
  'directoryId': (string);
  /**
   * Not needed: repeating the call is harmless by itself.
   */
  'requestId': (string);
}
