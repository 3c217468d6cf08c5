// Original file: proto/sexton/v1/storage_service.proto

/**
 * As what a prefix comes into the catalog.
 */
export const AdoptAs = {
  ADOPT_AS_UNSPECIFIED: 'ADOPT_AS_UNSPECIFIED',
  /**
   * As if it had been created by CreateStream.
   */
  ADOPT_AS_ACTIVE: 'ADOPT_AS_ACTIVE',
  /**
   * As if it had been created and deleted at once: it is purged after the grace period, and can be
   * undeleted until then.
   */
  ADOPT_AS_DELETED: 'ADOPT_AS_DELETED',
} as const;

/**
 * As what a prefix comes into the catalog.
 */
export type AdoptAs =
  | 'ADOPT_AS_UNSPECIFIED'
  | 0
  /**
   * As if it had been created by CreateStream.
   */
  | 'ADOPT_AS_ACTIVE'
  | 1
  /**
   * As if it had been created and deleted at once: it is purged after the grace period, and can be
   * undeleted until then.
   */
  | 'ADOPT_AS_DELETED'
  | 2

/**
 * As what a prefix comes into the catalog.
 */
export type AdoptAs__Output = typeof AdoptAs[keyof typeof AdoptAs]
