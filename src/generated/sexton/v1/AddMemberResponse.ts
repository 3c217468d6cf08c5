// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';

/**
 * See AddMember.
 */
export interface AddMemberResponse {
  /**
   * A learner.
   */
  'member'?: (_sexton_v1_Member | null);
  /**
   * All members after the change: what the new node has to be started with.
   */
  'members'?: (_sexton_v1_Member)[];
  'clusterId'?: (string);
}

/**
 * See AddMember.
 */
export interface AddMemberResponse__Output {
  /**
   * A learner.
   */
  'member': (_sexton_v1_Member__Output | null);
  /**
   * All members after the change: what the new node has to be started with.
   */
  'members': (_sexton_v1_Member__Output)[];
  'clusterId': (string);
}
