// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See TransferLeadership.
 */
export interface TransferLeadershipResponse {
  'leader'?: (_sexton_v1_Member | null);
  'term'?: (number | string | Long);
}

/**
 * See TransferLeadership.
 */
export interface TransferLeadershipResponse__Output {
  'leader': (_sexton_v1_Member__Output | null);
  'term': (number);
}
