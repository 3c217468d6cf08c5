// Original file: proto/sexton/v1/consistency.proto

/**
 * What a read may miss.
 */
export const Consistency = {
  /**
   * Same as CONSISTENCY_LINEARIZABLE.
   */
  CONSISTENCY_UNSPECIFIED: 'CONSISTENCY_UNSPECIFIED',
  /**
   * The answer holds everything that was acknowledged before the call began. Costs the answering
   * node one round trip to a majority, shared by all reads under way; fails with NO_LEADER without
   * one.
   */
  CONSISTENCY_LINEARIZABLE: 'CONSISTENCY_LINEARIZABLE',
  /**
   * What the answering node has applied so far. Costs nothing, works without a leader, and may be
   * old by any amount; the `revision` in the answer says how old. Never decide by it whether to
   * delete.
   */
  CONSISTENCY_LOCAL: 'CONSISTENCY_LOCAL',
} as const;

/**
 * What a read may miss.
 */
export type Consistency =
  /**
   * Same as CONSISTENCY_LINEARIZABLE.
   */
  | 'CONSISTENCY_UNSPECIFIED'
  | 0
  /**
   * The answer holds everything that was acknowledged before the call began. Costs the answering
   * node one round trip to a majority, shared by all reads under way; fails with NO_LEADER without
   * one.
   */
  | 'CONSISTENCY_LINEARIZABLE'
  | 1
  /**
   * What the answering node has applied so far. Costs nothing, works without a leader, and may be
   * old by any amount; the `revision` in the answer says how old. Never decide by it whether to
   * delete.
   */
  | 'CONSISTENCY_LOCAL'
  | 2

/**
 * What a read may miss.
 */
export type Consistency__Output = typeof Consistency[keyof typeof Consistency]
