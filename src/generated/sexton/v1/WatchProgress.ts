// Original file: proto/sexton/v1/stream_service.proto


/**
 * A bookmark: nothing matched since the message before.
 */
export interface WatchProgress {
}

/**
 * A bookmark: nothing matched since the message before.
 */
export interface WatchProgress__Output {
}
