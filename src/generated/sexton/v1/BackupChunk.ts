// Original file: proto/sexton/v1/cluster_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A run of whole records.
 */
export interface BackupChunk {
  /**
   * From 1, no gaps.
   */
  'sequence'?: (number | string | Long);
  /**
   * At most 1 MiB.
   */
  'data'?: (Buffer | Uint8Array | string);
  /**
   * CRC-32C of `data`.
   */
  'checksum'?: (number);
}

/**
 * A run of whole records.
 */
export interface BackupChunk__Output {
  /**
   * From 1, no gaps.
   */
  'sequence': (number);
  /**
   * At most 1 MiB.
   */
  'data': (Buffer);
  /**
   * CRC-32C of `data`.
   */
  'checksum': (number);
}
