// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Without this frame the snapshot is incomplete, whatever arrived.
 */
export interface SnapshotEnd {
  /**
   * Chunks sent: the highest `SnapshotChunk.sequence`.
   */
  'recordCount'?: (number | string | Long);
  /**
   * CRC-32C of all chunks' data in order.
   */
  'checksum'?: (number);
}

/**
 * Without this frame the snapshot is incomplete, whatever arrived.
 */
export interface SnapshotEnd__Output {
  /**
   * Chunks sent: the highest `SnapshotChunk.sequence`.
   */
  'recordCount': (number);
  /**
   * CRC-32C of all chunks' data in order.
   */
  'checksum': (number);
}
