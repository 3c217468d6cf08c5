// Original file: proto/sexton/raft/v1/raft_service.proto

/**
 * How far a directory has come.
 */
export const DirectoryState = {
  DIRECTORY_STATE_UNSPECIFIED: 'DIRECTORY_STATE_UNSPECIFIED',
  /**
   * It has an id, but no configuration yet: a first start, or a new member that waits to be added.
   */
  DIRECTORY_STATE_JOINING: 'DIRECTORY_STATE_JOINING',
  /**
   * It holds a configuration and a log, and will never bootstrap again.
   */
  DIRECTORY_STATE_INITIALIZED: 'DIRECTORY_STATE_INITIALIZED',
} as const;

/**
 * How far a directory has come.
 */
export type DirectoryState =
  | 'DIRECTORY_STATE_UNSPECIFIED'
  | 0
  /**
   * It has an id, but no configuration yet: a first start, or a new member that waits to be added.
   */
  | 'DIRECTORY_STATE_JOINING'
  | 1
  /**
   * It holds a configuration and a log, and will never bootstrap again.
   */
  | 'DIRECTORY_STATE_INITIALIZED'
  | 2

/**
 * How far a directory has come.
 */
export type DirectoryState__Output = typeof DirectoryState[keyof typeof DirectoryState]
