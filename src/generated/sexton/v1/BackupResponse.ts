// Original file: proto/sexton/v1/cluster_service.proto

import type { BackupHeader as _sexton_v1_BackupHeader, BackupHeader__Output as _sexton_v1_BackupHeader__Output } from '../../sexton/v1/BackupHeader.js';
import type { BackupChunk as _sexton_v1_BackupChunk, BackupChunk__Output as _sexton_v1_BackupChunk__Output } from '../../sexton/v1/BackupChunk.js';
import type { BackupTrailer as _sexton_v1_BackupTrailer, BackupTrailer__Output as _sexton_v1_BackupTrailer__Output } from '../../sexton/v1/BackupTrailer.js';

/**
 * One frame of a backup.
 */
export interface BackupResponse {
  'header'?: (_sexton_v1_BackupHeader | null);
  'chunk'?: (_sexton_v1_BackupChunk | null);
  'trailer'?: (_sexton_v1_BackupTrailer | null);
  'frame'?: "header"|"chunk"|"trailer";
}

/**
 * One frame of a backup.
 */
export interface BackupResponse__Output {
  'header'?: (_sexton_v1_BackupHeader__Output | null);
  'chunk'?: (_sexton_v1_BackupChunk__Output | null);
  'trailer'?: (_sexton_v1_BackupTrailer__Output | null);
  'frame'?: "header"|"chunk"|"trailer";
}
