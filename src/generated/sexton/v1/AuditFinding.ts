// Original file: proto/sexton/v1/storage_service.proto

import type { AuditFindingKind as _sexton_v1_AuditFindingKind, AuditFindingKind__Output as _sexton_v1_AuditFindingKind__Output } from '../../sexton/v1/AuditFindingKind.js';
import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Long } from '@grpc/proto-loader';

/**
 * One prefix, or one group of objects, that the catalog does not account for.
 */
export interface AuditFinding {
  'kind'?: (_sexton_v1_AuditFindingKind);
  /**
   * Ends in `/`.
   */
  'prefix'?: (string);
  /**
   * What the prefix suggests by the layout; empty where it suggests nothing.
   */
  'tenant'?: (string);
  'name'?: (string);
  /**
   * The stream that the finding is about, where the catalog still knows it.
   */
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * Each version and delete marker counts; for UNFINISHED_UPLOAD, uploads.
   */
  'objectCount'?: (number | string | Long);
  'byteCount'?: (number | string | Long);
  'oldestWriteTime'?: (_google_protobuf_Timestamp | null);
  'newestWriteTime'?: (_google_protobuf_Timestamp | null);
  /**
   * At most 5, so that a person can judge.
   */
  'sampleKeys'?: (string)[];
  /**
   * Who wrote it, where the file names tell. At most 20.
   */
  'writerNodeIds'?: (string)[];
  /**
   * With data younger than `minimum_age`: may be an upload under way, and cannot be adopted as deleted.
   * The age of a data file is by the ULID in its name, where it has one that can be right: a node sends
   * what it cannot bring into a manifest again and again. Otherwise it is by its last write.
   */
  'tooYoung'?: (boolean);
  /**
   * AdoptStream would take it.
   */
  'adoptable'?: (boolean);
  /**
   * For a person: what is odd about it, or why it is not adoptable.
   */
  'note'?: (string);
  /**
   * Nobody will ask for it again, and no purge that is still to come removes it: counted in
   * `AuditSummary.leftover_objects`.
   */
  'leftover'?: (boolean);
}

/**
 * One prefix, or one group of objects, that the catalog does not account for.
 */
export interface AuditFinding__Output {
  'kind': (_sexton_v1_AuditFindingKind__Output);
  /**
   * Ends in `/`.
   */
  'prefix': (string);
  /**
   * What the prefix suggests by the layout; empty where it suggests nothing.
   */
  'tenant': (string);
  'name': (string);
  /**
   * The stream that the finding is about, where the catalog still knows it.
   */
  'stream': (_sexton_v1_Stream__Output | null);
  /**
   * Each version and delete marker counts; for UNFINISHED_UPLOAD, uploads.
   */
  'objectCount': (number);
  'byteCount': (number);
  'oldestWriteTime': (_google_protobuf_Timestamp__Output | null);
  'newestWriteTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * At most 5, so that a person can judge.
   */
  'sampleKeys': (string)[];
  /**
   * Who wrote it, where the file names tell. At most 20.
   */
  'writerNodeIds': (string)[];
  /**
   * With data younger than `minimum_age`: may be an upload under way, and cannot be adopted as deleted.
   * The age of a data file is by the ULID in its name, where it has one that can be right: a node sends
   * what it cannot bring into a manifest again and again. Otherwise it is by its last write.
   */
  'tooYoung': (boolean);
  /**
   * AdoptStream would take it.
   */
  'adoptable': (boolean);
  /**
   * For a person: what is odd about it, or why it is not adoptable.
   */
  'note': (string);
  /**
   * Nobody will ask for it again, and no purge that is still to come removes it: counted in
   * `AuditSummary.leftover_objects`.
   */
  'leftover': (boolean);
}
