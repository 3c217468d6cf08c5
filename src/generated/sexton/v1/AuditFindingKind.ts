// Original file: proto/sexton/v1/storage_service.proto

/**
 * What was found. The first four are leftovers, LATE_OBJECTS only once the purge runs (see
 * `AuditFinding.leftover`); the others inform, and accuse nobody.
 */
export const AuditFindingKind = {
  AUDIT_FINDING_KIND_UNSPECIFIED: 'AUDIT_FINDING_KIND_UNSPECIFIED',
  /**
   * Log data without the metadata that would make it a stream for its writer: it cannot be listed
   * or deleted there.
   */
  AUDIT_FINDING_KIND_RESIDUE: 'AUDIT_FINDING_KIND_RESIDUE',
  /**
   * Under a prefix whose stream was purged and may be forgotten.
   */
  AUDIT_FINDING_KIND_PURGED_PREFIX: 'AUDIT_FINDING_KIND_PURGED_PREFIX',
  /**
   * Under a deleted stream's prefix, newer than its tombstone. While the stream waits for its purge
   * that is no leftover, since the purge removes it; later, a node wrote past every barrier.
   */
  AUDIT_FINDING_KIND_LATE_OBJECTS: 'AUDIT_FINDING_KIND_LATE_OBJECTS',
  /**
   * Parts of multipart uploads that were never completed: no object, but stored and billed.
   */
  AUDIT_FINDING_KIND_UNFINISHED_UPLOAD: 'AUDIT_FINDING_KIND_UNFINISHED_UPLOAD',
  /**
   * A complete stream that the catalog does not know.
   */
  AUDIT_FINDING_KIND_UNKNOWN_STREAM: 'AUDIT_FINDING_KIND_UNKNOWN_STREAM',
  /**
   * Nothing that looks like log data; not counted. Adopted as deleted only with `force`.
   */
  AUDIT_FINDING_KIND_FOREIGN: 'AUDIT_FINDING_KIND_FOREIGN',
  /**
   * An ACTIVE stream's own content; only with `include_usage`, and no leftover.
   */
  AUDIT_FINDING_KIND_USAGE: 'AUDIT_FINDING_KIND_USAGE',
  /**
   * A complete stream has metadata of ingest nodes, the writers named, that the deployment's registry
   * does not list any more. Queries still need it for what those nodes wrote: no leftover.
   */
  AUDIT_FINDING_KIND_GONE_NODE_METADATA: 'AUDIT_FINDING_KIND_GONE_NODE_METADATA',
  /**
   * ACTIVE in the catalog for at least `minimum_age`, under the prefix that Parseable gives its name, in
   * a bucket that a Parseable deployment uses, and without the metadata that makes it a stream there:
   * deleted by Parseable's own API, or never created. What is left under the prefix is counted, and no
   * leftover: it goes when the stream is deleted in the catalog.
   */
  AUDIT_FINDING_KIND_MISSING_METADATA: 'AUDIT_FINDING_KIND_MISSING_METADATA',
} as const;

/**
 * What was found. The first four are leftovers, LATE_OBJECTS only once the purge runs (see
 * `AuditFinding.leftover`); the others inform, and accuse nobody.
 */
export type AuditFindingKind =
  | 'AUDIT_FINDING_KIND_UNSPECIFIED'
  | 0
  /**
   * Log data without the metadata that would make it a stream for its writer: it cannot be listed
   * or deleted there.
   */
  | 'AUDIT_FINDING_KIND_RESIDUE'
  | 1
  /**
   * Under a prefix whose stream was purged and may be forgotten.
   */
  | 'AUDIT_FINDING_KIND_PURGED_PREFIX'
  | 2
  /**
   * Under a deleted stream's prefix, newer than its tombstone. While the stream waits for its purge
   * that is no leftover, since the purge removes it; later, a node wrote past every barrier.
   */
  | 'AUDIT_FINDING_KIND_LATE_OBJECTS'
  | 3
  /**
   * Parts of multipart uploads that were never completed: no object, but stored and billed.
   */
  | 'AUDIT_FINDING_KIND_UNFINISHED_UPLOAD'
  | 4
  /**
   * A complete stream that the catalog does not know.
   */
  | 'AUDIT_FINDING_KIND_UNKNOWN_STREAM'
  | 5
  /**
   * Nothing that looks like log data; not counted. Adopted as deleted only with `force`.
   */
  | 'AUDIT_FINDING_KIND_FOREIGN'
  | 6
  /**
   * An ACTIVE stream's own content; only with `include_usage`, and no leftover.
   */
  | 'AUDIT_FINDING_KIND_USAGE'
  | 7
  /**
   * A complete stream has metadata of ingest nodes, the writers named, that the deployment's registry
   * does not list any more. Queries still need it for what those nodes wrote: no leftover.
   */
  | 'AUDIT_FINDING_KIND_GONE_NODE_METADATA'
  | 8
  /**
   * ACTIVE in the catalog for at least `minimum_age`, under the prefix that Parseable gives its name, in
   * a bucket that a Parseable deployment uses, and without the metadata that makes it a stream there:
   * deleted by Parseable's own API, or never created. What is left under the prefix is counted, and no
   * leftover: it goes when the stream is deleted in the catalog.
   */
  | 'AUDIT_FINDING_KIND_MISSING_METADATA'
  | 9

/**
 * What was found. The first four are leftovers, LATE_OBJECTS only once the purge runs (see
 * `AuditFinding.leftover`); the others inform, and accuse nobody.
 */
export type AuditFindingKind__Output = typeof AuditFindingKind[keyof typeof AuditFindingKind]
