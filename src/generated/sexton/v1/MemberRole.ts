// Original file: proto/sexton/v1/member.proto

/**
 * Whether a member counts.
 */
export const MemberRole = {
  MEMBER_ROLE_UNSPECIFIED: 'MEMBER_ROLE_UNSPECIFIED',
  /**
   * Votes, and counts for every majority.
   */
  MEMBER_ROLE_VOTER: 'MEMBER_ROLE_VOTER',
  /**
   * Receives the log and serves calls; its loss costs nothing.
   */
  MEMBER_ROLE_LEARNER: 'MEMBER_ROLE_LEARNER',
} as const;

/**
 * Whether a member counts.
 */
export type MemberRole =
  | 'MEMBER_ROLE_UNSPECIFIED'
  | 0
  /**
   * Votes, and counts for every majority.
   */
  | 'MEMBER_ROLE_VOTER'
  | 1
  /**
   * Receives the log and serves calls; its loss costs nothing.
   */
  | 'MEMBER_ROLE_LEARNER'
  | 2

/**
 * Whether a member counts.
 */
export type MemberRole__Output = typeof MemberRole[keyof typeof MemberRole]
