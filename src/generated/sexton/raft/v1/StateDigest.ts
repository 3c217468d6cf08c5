// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The catalog's rolling digest after an index. Nodes report at the same round indexes, so that two
 * of them can be compared; a difference raises an alarm. Silence is no agreement.
 */
export interface StateDigest {
  'index'?: (number | string | Long);
  /**
   * 8 bytes.
   */
  'digest'?: (Buffer | Uint8Array | string);
}

/**
 * The catalog's rolling digest after an index. Nodes report at the same round indexes, so that two
 * of them can be compared; a difference raises an alarm. Silence is no agreement.
 */
export interface StateDigest__Output {
  'index': (number);
  /**
   * 8 bytes.
   */
  'digest': (Buffer);
}
