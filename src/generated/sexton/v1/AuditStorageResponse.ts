// Original file: proto/sexton/v1/storage_service.proto

import type { AuditHeader as _sexton_v1_AuditHeader, AuditHeader__Output as _sexton_v1_AuditHeader__Output } from '../../sexton/v1/AuditHeader.js';
import type { AuditFinding as _sexton_v1_AuditFinding, AuditFinding__Output as _sexton_v1_AuditFinding__Output } from '../../sexton/v1/AuditFinding.js';
import type { AuditProgress as _sexton_v1_AuditProgress, AuditProgress__Output as _sexton_v1_AuditProgress__Output } from '../../sexton/v1/AuditProgress.js';
import type { AuditSummary as _sexton_v1_AuditSummary, AuditSummary__Output as _sexton_v1_AuditSummary__Output } from '../../sexton/v1/AuditSummary.js';

/**
 * See AuditStorage.
 */
export interface AuditStorageResponse {
  'header'?: (_sexton_v1_AuditHeader | null);
  'finding'?: (_sexton_v1_AuditFinding | null);
  'progress'?: (_sexton_v1_AuditProgress | null);
  'summary'?: (_sexton_v1_AuditSummary | null);
  'content'?: "header"|"finding"|"progress"|"summary";
}

/**
 * See AuditStorage.
 */
export interface AuditStorageResponse__Output {
  'header'?: (_sexton_v1_AuditHeader__Output | null);
  'finding'?: (_sexton_v1_AuditFinding__Output | null);
  'progress'?: (_sexton_v1_AuditProgress__Output | null);
  'summary'?: (_sexton_v1_AuditSummary__Output | null);
  'content'?: "header"|"finding"|"progress"|"summary";
}
