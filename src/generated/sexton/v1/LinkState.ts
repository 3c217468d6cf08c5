// Original file: proto/sexton/v1/cluster_service.proto

/**
 * Whether messages arrive in one direction.
 */
export const LinkState = {
  /**
   * `from` has not told lately what it hears.
   */
  LINK_STATE_UNSPECIFIED: 'LINK_STATE_UNSPECIFIED',
  LINK_STATE_HEARD: 'LINK_STATE_HEARD',
  /**
   * Nothing for three election timeouts or more.
   */
  LINK_STATE_SILENT: 'LINK_STATE_SILENT',
} as const;

/**
 * Whether messages arrive in one direction.
 */
export type LinkState =
  /**
   * `from` has not told lately what it hears.
   */
  | 'LINK_STATE_UNSPECIFIED'
  | 0
  | 'LINK_STATE_HEARD'
  | 1
  /**
   * Nothing for three election timeouts or more.
   */
  | 'LINK_STATE_SILENT'
  | 2

/**
 * Whether messages arrive in one direction.
 */
export type LinkState__Output = typeof LinkState[keyof typeof LinkState]
