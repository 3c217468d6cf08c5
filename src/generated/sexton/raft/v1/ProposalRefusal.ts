// Original file: proto/sexton/raft/v1/raft_service.proto

import type { ProposalRefusalReason as _sexton_raft_v1_ProposalRefusalReason, ProposalRefusalReason__Output as _sexton_raft_v1_ProposalRefusalReason__Output } from '../../../sexton/raft/v1/ProposalRefusalReason.js';
import type { Long } from '@grpc/proto-loader';

/**
 * Certainly not appended, now or later.
 */
export interface ProposalRefusal {
  'proposalSequence'?: (number | string | Long);
  /**
   * As in the proposal.
   */
  'proposerBootId'?: (number | string | Long);
  'reason'?: (_sexton_raft_v1_ProposalRefusalReason);
  /**
   * Member id of the leader as the refuser knows it; 0: none.
   */
  'leaderHint'?: (number);
}

/**
 * Certainly not appended, now or later.
 */
export interface ProposalRefusal__Output {
  'proposalSequence': (number);
  /**
   * As in the proposal.
   */
  'proposerBootId': (number);
  'reason': (_sexton_raft_v1_ProposalRefusalReason__Output);
  /**
   * Member id of the leader as the refuser knows it; 0: none.
   */
  'leaderHint': (number);
}
