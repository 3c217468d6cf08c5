// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Says for the rest of the call who is sending. `Message.from` and `to` must agree with it.
 */
export interface Hello {
  'protocolVersion'?: (number);
  'clusterId'?: (string);
  'from'?: (number);
  'to'?: (number);
  'directoryId'?: (string);
  /**
   * Random at each process start, below 2^53: tells a restart from a reconnect.
   */
  'bootId'?: (number | string | Long);
  /**
   * Where the sender is reached, `host:port`: answers go over a link of the callee's own, and it may not know yet
   * that the sender was added.
   */
  'address'?: (string);
}

/**
 * Says for the rest of the call who is sending. `Message.from` and `to` must agree with it.
 */
export interface Hello__Output {
  'protocolVersion': (number);
  'clusterId': (string);
  'from': (number);
  'to': (number);
  'directoryId': (string);
  /**
   * Random at each process start, below 2^53: tells a restart from a reconnect.
   */
  'bootId': (number);
  /**
   * Where the sender is reached, `host:port`: answers go over a link of the callee's own, and it may not know yet
   * that the sender was added.
   */
  'address': (string);
}
