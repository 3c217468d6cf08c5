// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * What is about to be sent.
 */
export interface SnapshotHeader {
  'clusterId'?: (string);
  'from'?: (number);
  'to'?: (number);
  /**
   * The sender's current term.
   */
  'term'?: (number | string | Long);
  /**
   * The last entry that the state contains, and its term.
   */
  'snapshotIndex'?: (number | string | Long);
  'snapshotTerm'?: (number | string | Long);
  /**
   * The members as of `snapshot_index`, encoded as the data of a CONFIGURATION entry.
   */
  'configuration'?: (Buffer | Uint8Array | string);
  /**
   * The log's chained checksum at `snapshot_index`: the receiver's chain goes on from it (S1).
   */
  'chainChecksum'?: (number);
  /**
   * For progress display only; the state is read while it is sent.
   */
  'approximateBytes'?: (number | string | Long);
  /**
   * The stream goes on after this many chunks, which the receiver said to hold. 0: from the first
   * one, and the receiver drops what it holds.
   */
  'resumeAfter'?: (number | string | Long);
  /**
   * CRC-32C of these chunks' data in order; the end's checksum goes on from it.
   */
  'resumeChecksum'?: (number);
}

/**
 * What is about to be sent.
 */
export interface SnapshotHeader__Output {
  'clusterId': (string);
  'from': (number);
  'to': (number);
  /**
   * The sender's current term.
   */
  'term': (number);
  /**
   * The last entry that the state contains, and its term.
   */
  'snapshotIndex': (number);
  'snapshotTerm': (number);
  /**
   * The members as of `snapshot_index`, encoded as the data of a CONFIGURATION entry.
   */
  'configuration': (Buffer);
  /**
   * The log's chained checksum at `snapshot_index`: the receiver's chain goes on from it (S1).
   */
  'chainChecksum': (number);
  /**
   * For progress display only; the state is read while it is sent.
   */
  'approximateBytes': (number);
  /**
   * The stream goes on after this many chunks, which the receiver said to hold. 0: from the first
   * one, and the receiver drops what it holds.
   */
  'resumeAfter': (number);
  /**
   * CRC-32C of these chunks' data in order; the end's checksum goes on from it.
   */
  'resumeChecksum': (number);
}
