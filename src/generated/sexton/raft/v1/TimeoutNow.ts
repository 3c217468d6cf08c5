// Original file: proto/sexton/raft/v1/raft_service.proto


/**
 * Campaign now, without pre-vote: the leader that sends this has stopped taking proposals for your
 * sake.
 */
export interface TimeoutNow {
}

/**
 * Campaign now, without pre-vote: the leader that sends this has stopped taking proposals for your
 * sake.
 */
export interface TimeoutNow__Output {
}
