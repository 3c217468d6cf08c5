// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * See OfferSnapshot.
 */
export interface OfferSnapshotResponse {
  /**
   * The receiver's.
   */
  'term'?: (number | string | Long);
  /**
   * False: nothing is to be sent, as if InstallSnapshot had been answered with `match_index`.
   */
  'wanted'?: (boolean);
  'matchIndex'?: (number | string | Long);
  /**
   * Chunks of this snapshot that are stored here already, from the first one on.
   */
  'heldChunks'?: (number | string | Long);
  /**
   * CRC-32C of their data in order. A sender that gave out other chunks begins anew.
   */
  'heldChecksum'?: (number);
}

/**
 * See OfferSnapshot.
 */
export interface OfferSnapshotResponse__Output {
  /**
   * The receiver's.
   */
  'term': (number);
  /**
   * False: nothing is to be sent, as if InstallSnapshot had been answered with `match_index`.
   */
  'wanted': (boolean);
  'matchIndex': (number);
  /**
   * Chunks of this snapshot that are stored here already, from the first one on.
   */
  'heldChunks': (number);
  /**
   * CRC-32C of their data in order. A sender that gave out other chunks begins anew.
   */
  'heldChecksum': (number);
}
