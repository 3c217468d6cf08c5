// Original file: proto/sexton/raft/v1/raft_service.proto

import type { EntryKind as _sexton_raft_v1_EntryKind, EntryKind__Output as _sexton_raft_v1_EntryKind__Output } from '../../../sexton/raft/v1/EntryKind.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One entry of the log.
 */
export interface Entry {
  /**
   * From 1.
   */
  'index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'kind'?: (_sexton_raft_v1_EntryKind);
  /**
   * For COMMAND the catalog's encoding, in an envelope that names the proposal; for CONFIGURATION
   * the members; for NOOP empty. At most 1 MiB.
   */
  'data'?: (Buffer | Uint8Array | string);
  /**
   * CRC-32C over term and index (8 bytes each, big-endian), kind (1 byte) and data, in this order.
   * Made where the entry is proposed and checked wherever it is received, so that neither memory
   * nor network can change it on its way. It is not the chained checksum of the log on disk, which
   * each node makes for itself.
   */
  'checksum'?: (number);
}

/**
 * One entry of the log.
 */
export interface Entry__Output {
  /**
   * From 1.
   */
  'index': (number);
  'term': (number);
  'kind': (_sexton_raft_v1_EntryKind__Output);
  /**
   * For COMMAND the catalog's encoding, in an envelope that names the proposal; for CONFIGURATION
   * the members; for NOOP empty. At most 1 MiB.
   */
  'data': (Buffer);
  /**
   * CRC-32C over term and index (8 bytes each, big-endian), kind (1 byte) and data, in this order.
   * Made where the entry is proposed and checked wherever it is received, so that neither memory
   * nor network can change it on its way. It is not the chained checksum of the log on disk, which
   * each node makes for itself.
   */
  'checksum': (number);
}
