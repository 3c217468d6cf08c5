// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';

/**
 * See PromoteMember.
 */
export interface PromoteMemberResponse {
  'member'?: (_sexton_v1_Member | null);
  'members'?: (_sexton_v1_Member)[];
}

/**
 * See PromoteMember.
 */
export interface PromoteMemberResponse__Output {
  'member': (_sexton_v1_Member__Output | null);
  'members': (_sexton_v1_Member__Output)[];
}
