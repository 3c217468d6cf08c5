// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';

/**
 * See RemoveMember.
 */
export interface RemoveMemberResponse {
  /**
   * The members that are left.
   */
  'members'?: (_sexton_v1_Member)[];
}

/**
 * See RemoveMember.
 */
export interface RemoveMemberResponse__Output {
  /**
   * The members that are left.
   */
  'members': (_sexton_v1_Member__Output)[];
}
