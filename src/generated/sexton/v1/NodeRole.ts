// Original file: proto/sexton/v1/cluster_service.proto

/**
 * What a node is just now.
 */
export const NodeRole = {
  NODE_ROLE_UNSPECIFIED: 'NODE_ROLE_UNSPECIFIED',
  NODE_ROLE_FOLLOWER: 'NODE_ROLE_FOLLOWER',
  /**
   * Asking whether an election could be won, without disturbing anyone.
   */
  NODE_ROLE_PRE_CANDIDATE: 'NODE_ROLE_PRE_CANDIDATE',
  NODE_ROLE_CANDIDATE: 'NODE_ROLE_CANDIDATE',
  NODE_ROLE_LEADER: 'NODE_ROLE_LEADER',
  NODE_ROLE_LEARNER: 'NODE_ROLE_LEARNER',
  /**
   * Waits to be bootstrapped or to be added.
   */
  NODE_ROLE_JOINING: 'NODE_ROLE_JOINING',
  /**
   * No member any more: it takes no part, and refuses calls.
   */
  NODE_ROLE_REMOVED: 'NODE_ROLE_REMOVED',
} as const;

/**
 * What a node is just now.
 */
export type NodeRole =
  | 'NODE_ROLE_UNSPECIFIED'
  | 0
  | 'NODE_ROLE_FOLLOWER'
  | 1
  /**
   * Asking whether an election could be won, without disturbing anyone.
   */
  | 'NODE_ROLE_PRE_CANDIDATE'
  | 2
  | 'NODE_ROLE_CANDIDATE'
  | 3
  | 'NODE_ROLE_LEADER'
  | 4
  | 'NODE_ROLE_LEARNER'
  | 5
  /**
   * Waits to be bootstrapped or to be added.
   */
  | 'NODE_ROLE_JOINING'
  | 6
  /**
   * No member any more: it takes no part, and refuses calls.
   */
  | 'NODE_ROLE_REMOVED'
  | 7

/**
 * What a node is just now.
 */
export type NodeRole__Output = typeof NodeRole[keyof typeof NodeRole]
