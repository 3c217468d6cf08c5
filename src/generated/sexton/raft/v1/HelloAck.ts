// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The callee about itself.
 */
export interface HelloAck {
  'protocolVersion'?: (number);
  'directoryId'?: (string);
  'bootId'?: (number | string | Long);
}

/**
 * The callee about itself.
 */
export interface HelloAck__Output {
  'protocolVersion': (number);
  'directoryId': (string);
  'bootId': (number);
}
