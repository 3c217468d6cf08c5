// Original file: proto/sexton/v1/cluster_service.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';
import type { Long } from '@grpc/proto-loader';

/**
 * First, once.
 */
export interface BackupHeader {
  /**
   * 1. A restore refuses a version that it does not know.
   */
  'formatVersion'?: (number);
  'clusterId'?: (string);
  /**
   * The state contains every entry up to this one, and nothing later.
   */
  'index'?: (number | string | Long);
  'term'?: (number | string | Long);
  'revision'?: (number | string | Long);
  'createTime'?: (_google_protobuf_Timestamp | null);
  'members'?: (_sexton_v1_Member)[];
  /**
   * For progress display only.
   */
  'approximateBytes'?: (number | string | Long);
  /**
   * Over the catalog at `index`: what a restored catalog must come to.
   */
  'digest'?: (Buffer | Uint8Array | string);
}

/**
 * First, once.
 */
export interface BackupHeader__Output {
  /**
   * 1. A restore refuses a version that it does not know.
   */
  'formatVersion': (number);
  'clusterId': (string);
  /**
   * The state contains every entry up to this one, and nothing later.
   */
  'index': (number);
  'term': (number);
  'revision': (number);
  'createTime': (_google_protobuf_Timestamp__Output | null);
  'members': (_sexton_v1_Member__Output)[];
  /**
   * For progress display only.
   */
  'approximateBytes': (number);
  /**
   * Over the catalog at `index`: what a restored catalog must come to.
   */
  'digest': (Buffer);
}
