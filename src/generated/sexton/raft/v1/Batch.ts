// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Message as _sexton_raft_v1_Message, Message__Output as _sexton_raft_v1_Message__Output } from '../../../sexton/raft/v1/Message.js';
import type { ForwardedProposal as _sexton_raft_v1_ForwardedProposal, ForwardedProposal__Output as _sexton_raft_v1_ForwardedProposal__Output } from '../../../sexton/raft/v1/ForwardedProposal.js';
import type { ProposalRefusal as _sexton_raft_v1_ProposalRefusal, ProposalRefusal__Output as _sexton_raft_v1_ProposalRefusal__Output } from '../../../sexton/raft/v1/ProposalRefusal.js';
import type { StateDigest as _sexton_raft_v1_StateDigest, StateDigest__Output as _sexton_raft_v1_StateDigest__Output } from '../../../sexton/raft/v1/StateDigest.js';
import type { DigestNotice as _sexton_raft_v1_DigestNotice, DigestNotice__Output as _sexton_raft_v1_DigestNotice__Output } from '../../../sexton/raft/v1/DigestNotice.js';
import type { PeerReport as _sexton_raft_v1_PeerReport, PeerReport__Output as _sexton_raft_v1_PeerReport__Output } from '../../../sexton/raft/v1/PeerReport.js';

/**
 * Everything that waited for this peer when the connection could take more, in the order produced.
 */
export interface Batch {
  'messages'?: (_sexton_raft_v1_Message)[];
  /**
   * From a node that is not the leader, to the one it takes for the leader.
   */
  'proposals'?: (_sexton_raft_v1_ForwardedProposal)[];
  /**
   * Back to the node that forwarded.
   */
  'refusals'?: (_sexton_raft_v1_ProposalRefusal)[];
  /**
   * For the leader to compare (S7).
   */
  'digests'?: (_sexton_raft_v1_StateDigest)[];
  /**
   * From the leader to a member whose state is not its own (S7).
   */
  'digestNotices'?: (_sexton_raft_v1_DigestNotice)[];
  /**
   * From every member to every other, now and then.
   */
  'reports'?: (_sexton_raft_v1_PeerReport)[];
}

/**
 * Everything that waited for this peer when the connection could take more, in the order produced.
 */
export interface Batch__Output {
  'messages': (_sexton_raft_v1_Message__Output)[];
  /**
   * From a node that is not the leader, to the one it takes for the leader.
   */
  'proposals': (_sexton_raft_v1_ForwardedProposal__Output)[];
  /**
   * Back to the node that forwarded.
   */
  'refusals': (_sexton_raft_v1_ProposalRefusal__Output)[];
  /**
   * For the leader to compare (S7).
   */
  'digests': (_sexton_raft_v1_StateDigest__Output)[];
  /**
   * From the leader to a member whose state is not its own (S7).
   */
  'digestNotices': (_sexton_raft_v1_DigestNotice__Output)[];
  /**
   * From every member to every other, now and then.
   */
  'reports': (_sexton_raft_v1_PeerReport__Output)[];
}
