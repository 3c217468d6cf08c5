// Original file: proto/sexton/v1/stream_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Always the first message and only the first; `revision` beside it is where the watch starts.
 */
export interface WatchHeader {
  /**
   * A change of cluster makes every revision of the old one meaningless: list again.
   */
  'clusterId'?: (string);
  'memberId'?: (number);
  /**
   * The oldest revision a watch could have started from on this node.
   */
  'oldestRevision'?: (number | string | Long);
}

/**
 * Always the first message and only the first; `revision` beside it is where the watch starts.
 */
export interface WatchHeader__Output {
  /**
   * A change of cluster makes every revision of the old one meaningless: list again.
   */
  'clusterId': (string);
  'memberId': (number);
  /**
   * The oldest revision a watch could have started from on this node.
   */
  'oldestRevision': (number);
}
