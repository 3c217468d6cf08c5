// Original file: proto/sexton/v1/cluster_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Last, once.
 */
export interface BackupTrailer {
  'recordCount'?: (number | string | Long);
  'byteCount'?: (number | string | Long);
  /**
   * SHA-256 of all chunks' data in order.
   */
  'sha256'?: (Buffer | Uint8Array | string);
}

/**
 * Last, once.
 */
export interface BackupTrailer__Output {
  'recordCount': (number);
  'byteCount': (number);
  /**
   * SHA-256 of all chunks' data in order.
   */
  'sha256': (Buffer);
}
