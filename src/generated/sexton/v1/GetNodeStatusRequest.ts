// Original file: proto/sexton/v1/cluster_service.proto


/**
 * See GetNodeStatus.
 */
export interface GetNodeStatusRequest {
}

/**
 * See GetNodeStatus.
 */
export interface GetNodeStatusRequest__Output {
}
