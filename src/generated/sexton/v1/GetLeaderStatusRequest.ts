// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See GetLeaderStatus.
 */
export interface GetLeaderStatusRequest {
}

/**
 * See GetLeaderStatus.
 */
export interface GetLeaderStatusRequest__Output {
}
