// Original file: proto/sexton/raft/v1/raft_service.proto

/**
 * What an entry means to the core.
 */
export const EntryKind = {
  ENTRY_KIND_UNSPECIFIED: 'ENTRY_KIND_UNSPECIFIED',
  /**
   * A new leader's first entry.
   */
  ENTRY_KIND_NOOP: 'ENTRY_KIND_NOOP',
  /**
   * For the catalog.
   */
  ENTRY_KIND_COMMAND: 'ENTRY_KIND_COMMAND',
  /**
   * Takes effect when appended, not when committed.
   */
  ENTRY_KIND_CONFIGURATION: 'ENTRY_KIND_CONFIGURATION',
} as const;

/**
 * What an entry means to the core.
 */
export type EntryKind =
  | 'ENTRY_KIND_UNSPECIFIED'
  | 0
  /**
   * A new leader's first entry.
   */
  | 'ENTRY_KIND_NOOP'
  | 1
  /**
   * For the catalog.
   */
  | 'ENTRY_KIND_COMMAND'
  | 2
  /**
   * Takes effect when appended, not when committed.
   */
  | 'ENTRY_KIND_CONFIGURATION'
  | 3

/**
 * What an entry means to the core.
 */
export type EntryKind__Output = typeof EntryKind[keyof typeof EntryKind]
