// Original file: proto/sexton/raft/v1/raft_service.proto

/**
 * Why a forwarded proposal was not appended.
 */
export const ProposalRefusalReason = {
  PROPOSAL_REFUSAL_REASON_UNSPECIFIED: 'PROPOSAL_REFUSAL_REASON_UNSPECIFIED',
  /**
   * See `leader_hint`. Proposals are forwarded once only, never along a chain.
   */
  PROPOSAL_REFUSAL_REASON_NOT_LEADER: 'PROPOSAL_REFUSAL_REASON_NOT_LEADER',
  /**
   * Too many bytes wait to be committed.
   */
  PROPOSAL_REFUSAL_REASON_OVERLOADED: 'PROPOSAL_REFUSAL_REASON_OVERLOADED',
  /**
   * Leadership is being handed over: ask the next leader.
   */
  PROPOSAL_REFUSAL_REASON_TRANSFERRING: 'PROPOSAL_REFUSAL_REASON_TRANSFERRING',
  /**
   * Over 1 MiB.
   */
  PROPOSAL_REFUSAL_REASON_TOO_LARGE: 'PROPOSAL_REFUSAL_REASON_TOO_LARGE',
} as const;

/**
 * Why a forwarded proposal was not appended.
 */
export type ProposalRefusalReason =
  | 'PROPOSAL_REFUSAL_REASON_UNSPECIFIED'
  | 0
  /**
   * See `leader_hint`. Proposals are forwarded once only, never along a chain.
   */
  | 'PROPOSAL_REFUSAL_REASON_NOT_LEADER'
  | 1
  /**
   * Too many bytes wait to be committed.
   */
  | 'PROPOSAL_REFUSAL_REASON_OVERLOADED'
  | 2
  /**
   * Leadership is being handed over: ask the next leader.
   */
  | 'PROPOSAL_REFUSAL_REASON_TRANSFERRING'
  | 3
  /**
   * Over 1 MiB.
   */
  | 'PROPOSAL_REFUSAL_REASON_TOO_LARGE'
  | 4

/**
 * Why a forwarded proposal was not appended.
 */
export type ProposalRefusalReason__Output = typeof ProposalRefusalReason[keyof typeof ProposalRefusalReason]
