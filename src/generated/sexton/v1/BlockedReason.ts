// Original file: proto/sexton/v1/purge.proto

/**
 * What an operator has to mend before a blocked purge can go on.
 */
export const BlockedReason = {
  BLOCKED_REASON_UNSPECIFIED: 'BLOCKED_REASON_UNSPECIFIED',
  /**
   * The credentials may not list or not delete under the prefix.
   */
  BLOCKED_REASON_ACCESS_DENIED: 'BLOCKED_REASON_ACCESS_DENIED',
  /**
   * Retention or a legal hold forbids the deletion of some version.
   */
  BLOCKED_REASON_OBJECT_LOCKED: 'BLOCKED_REASON_OBJECT_LOCKED',
  /**
   * The bucket does not exist.
   */
  BLOCKED_REASON_BUCKET_MISSING: 'BLOCKED_REASON_BUCKET_MISSING',
  /**
   * The bucket's marker object names another cluster: two clusters would purge one bucket.
   */
  BLOCKED_REASON_FOREIGN_MARKER: 'BLOCKED_REASON_FOREIGN_MARKER',
  /**
   * The store lacks what a safe purge of this prefix needs, for example it honours no expiry on
   * signed requests and the prefix may be reused.
   */
  BLOCKED_REASON_STORE_UNSUITABLE: 'BLOCKED_REASON_STORE_UNSUITABLE',
  /**
   * Deletes are confirmed, and objects are still listed attempt after attempt: somebody writes below
   * the prefix, or the store confirms deletes that it does not do.
   */
  BLOCKED_REASON_NO_PROGRESS: 'BLOCKED_REASON_NO_PROGRESS',
  /**
   * The store refuses the credentials altogether.
   */
  BLOCKED_REASON_BAD_CREDENTIALS: 'BLOCKED_REASON_BAD_CREDENTIALS',
  /**
   * A listing held keys that were not asked for: nothing that it says can be deleted by.
   */
  BLOCKED_REASON_LISTING_UNTRUSTED: 'BLOCKED_REASON_LISTING_UNTRUSTED',
  /**
   * A writer has created the stream again behind the catalog, and objects of the deleted life lie
   * beside those of the new one: nothing more is deleted below the prefix.
   */
  BLOCKED_REASON_STREAM_REBORN: 'BLOCKED_REASON_STREAM_REBORN',
  /**
   * The writer's metadata below the prefix cannot be read, or does not say whether it belongs to the
   * deleted life or to a later one.
   */
  BLOCKED_REASON_METADATA_UNCLEAR: 'BLOCKED_REASON_METADATA_UNCLEAR',
} as const;

/**
 * What an operator has to mend before a blocked purge can go on.
 */
export type BlockedReason =
  | 'BLOCKED_REASON_UNSPECIFIED'
  | 0
  /**
   * The credentials may not list or not delete under the prefix.
   */
  | 'BLOCKED_REASON_ACCESS_DENIED'
  | 1
  /**
   * Retention or a legal hold forbids the deletion of some version.
   */
  | 'BLOCKED_REASON_OBJECT_LOCKED'
  | 2
  /**
   * The bucket does not exist.
   */
  | 'BLOCKED_REASON_BUCKET_MISSING'
  | 3
  /**
   * The bucket's marker object names another cluster: two clusters would purge one bucket.
   */
  | 'BLOCKED_REASON_FOREIGN_MARKER'
  | 4
  /**
   * The store lacks what a safe purge of this prefix needs, for example it honours no expiry on
   * signed requests and the prefix may be reused.
   */
  | 'BLOCKED_REASON_STORE_UNSUITABLE'
  | 5
  /**
   * Deletes are confirmed, and objects are still listed attempt after attempt: somebody writes below
   * the prefix, or the store confirms deletes that it does not do.
   */
  | 'BLOCKED_REASON_NO_PROGRESS'
  | 6
  /**
   * The store refuses the credentials altogether.
   */
  | 'BLOCKED_REASON_BAD_CREDENTIALS'
  | 7
  /**
   * A listing held keys that were not asked for: nothing that it says can be deleted by.
   */
  | 'BLOCKED_REASON_LISTING_UNTRUSTED'
  | 8
  /**
   * A writer has created the stream again behind the catalog, and objects of the deleted life lie
   * beside those of the new one: nothing more is deleted below the prefix.
   */
  | 'BLOCKED_REASON_STREAM_REBORN'
  | 9
  /**
   * The writer's metadata below the prefix cannot be read, or does not say whether it belongs to the
   * deleted life or to a later one.
   */
  | 'BLOCKED_REASON_METADATA_UNCLEAR'
  | 10

/**
 * What an operator has to mend before a blocked purge can go on.
 */
export type BlockedReason__Output = typeof BlockedReason[keyof typeof BlockedReason]
