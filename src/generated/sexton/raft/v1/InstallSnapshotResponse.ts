// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * After the new state is durable and in use.
 */
export interface InstallSnapshotResponse {
  /**
   * The receiver's: higher than the header's means that the sender no longer leads, and that
   * nothing was installed.
   */
  'term'?: (number | string | Long);
  /**
   * The receiver's log equals the sender's up to here. May be beyond the snapshot: it had caught up
   * meanwhile, and nothing was installed.
   */
  'matchIndex'?: (number | string | Long);
}

/**
 * After the new state is durable and in use.
 */
export interface InstallSnapshotResponse__Output {
  /**
   * The receiver's: higher than the header's means that the sender no longer leads, and that
   * nothing was installed.
   */
  'term': (number);
  /**
   * The receiver's log equals the sender's up to here. May be beyond the snapshot: it had caught up
   * meanwhile, and nothing was installed.
   */
  'matchIndex': (number);
}
