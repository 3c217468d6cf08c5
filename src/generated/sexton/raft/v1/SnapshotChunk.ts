// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A run of records.
 */
export interface SnapshotChunk {
  /**
   * From 1, no gaps.
   */
  'sequence'?: (number | string | Long);
  /**
   * Whole records only. At most 1 MiB, unless one record alone is larger.
   */
  'data'?: (Buffer | Uint8Array | string);
  /**
   * CRC-32C of `data`.
   */
  'checksum'?: (number);
}

/**
 * A run of records.
 */
export interface SnapshotChunk__Output {
  /**
   * From 1, no gaps.
   */
  'sequence': (number);
  /**
   * Whole records only. At most 1 MiB, unless one record alone is larger.
   */
  'data': (Buffer);
  /**
   * CRC-32C of `data`.
   */
  'checksum': (number);
}
