// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The catalog's rolling digest after an index. Nodes report at the same round indexes, so that two
 * of them can be compared; a difference raises an alarm.
 */
export interface StateDigest {
  'index'?: (number | string | Long);
  'digest'?: (Buffer | Uint8Array | string);
}

/**
 * The catalog's rolling digest after an index. Nodes report at the same round indexes, so that two
 * of them can be compared; a difference raises an alarm.
 */
export interface StateDigest__Output {
  'index': (number);
  'digest': (Buffer);
}
