// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { ReplicationState as _sexton_v1_ReplicationState, ReplicationState__Output as _sexton_v1_ReplicationState__Output } from '../../sexton/v1/ReplicationState.js';
import type { Long } from '@grpc/proto-loader';

/**
 * How far the leader knows one member to be.
 */
export interface MemberProgress {
  'member'?: (_sexton_v1_Member | null);
  /**
   * The highest log index known to be on its disk.
   */
  'matchIndex'?: (number | string | Long);
  /**
   * The leader's last log index less `match_index`.
   */
  'trailingEntries'?: (number | string | Long);
  /**
   * Since the leader last heard from it, by a monotonic clock. Absent: not since it leads. 0 for
   * the leader.
   */
  'lastContact'?: (_google_protobuf_Duration | null);
  /**
   * It was heard from within an election timeout.
   */
  'reachable'?: (boolean);
  /**
   * UNSPECIFIED for the leader itself.
   */
  'state'?: (_sexton_v1_ReplicationState);
  /**
   * As last reported by it; 0: not yet.
   */
  'appliedIndex'?: (number | string | Long);
  /**
   * While in SNAPSHOT: bytes sent so far, and the estimate of the whole.
   */
  'snapshotBytesSent'?: (number | string | Long);
  'snapshotBytesApproximate'?: (number | string | Long);
  /**
   * Its state was seen to be the leader's at this index, and so at every earlier one; 0: not
   * compared since this leader leads.
   */
  'digestEqualIndex'?: (number | string | Long);
  /**
   * A learner: it could be promoted now. The leader measures it all the time.
   */
  'promotable'?: (boolean);
  /**
   * A learner that could not: why, with the numbers.
   */
  'promotionObstacle'?: (string);
  /**
   * Its clock less the leader's. Nothing is ordered by clocks. Absent for the leader, and while it is
   * not measured.
   */
  'clockOffset'?: (_google_protobuf_Duration | null);
  /**
   * What `clock_offset` may be wrong by: half of the round trip in which it was measured.
   */
  'clockOffsetError'?: (_google_protobuf_Duration | null);
}

/**
 * How far the leader knows one member to be.
 */
export interface MemberProgress__Output {
  'member': (_sexton_v1_Member__Output | null);
  /**
   * The highest log index known to be on its disk.
   */
  'matchIndex': (number);
  /**
   * The leader's last log index less `match_index`.
   */
  'trailingEntries': (number);
  /**
   * Since the leader last heard from it, by a monotonic clock. Absent: not since it leads. 0 for
   * the leader.
   */
  'lastContact': (_google_protobuf_Duration__Output | null);
  /**
   * It was heard from within an election timeout.
   */
  'reachable': (boolean);
  /**
   * UNSPECIFIED for the leader itself.
   */
  'state': (_sexton_v1_ReplicationState__Output);
  /**
   * As last reported by it; 0: not yet.
   */
  'appliedIndex': (number);
  /**
   * While in SNAPSHOT: bytes sent so far, and the estimate of the whole.
   */
  'snapshotBytesSent': (number);
  'snapshotBytesApproximate': (number);
  /**
   * Its state was seen to be the leader's at this index, and so at every earlier one; 0: not
   * compared since this leader leads.
   */
  'digestEqualIndex': (number);
  /**
   * A learner: it could be promoted now. The leader measures it all the time.
   */
  'promotable': (boolean);
  /**
   * A learner that could not: why, with the numbers.
   */
  'promotionObstacle': (string);
  /**
   * Its clock less the leader's. Nothing is ordered by clocks. Absent for the leader, and while it is
   * not measured.
   */
  'clockOffset': (_google_protobuf_Duration__Output | null);
  /**
   * What `clock_offset` may be wrong by: half of the round trip in which it was measured.
   */
  'clockOffsetError': (_google_protobuf_Duration__Output | null);
}
