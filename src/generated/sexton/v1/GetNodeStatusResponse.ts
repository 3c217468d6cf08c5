// Original file: proto/sexton/v1/cluster_service.proto

import type { NodeRole as _sexton_v1_NodeRole, NodeRole__Output as _sexton_v1_NodeRole__Output } from '../../sexton/v1/NodeRole.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';
import type { Alarm as _sexton_v1_Alarm, Alarm__Output as _sexton_v1_Alarm__Output } from '../../sexton/v1/Alarm.js';
import type { MemberLink as _sexton_v1_MemberLink, MemberLink__Output as _sexton_v1_MemberLink__Output } from '../../sexton/v1/MemberLink.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See GetNodeStatus.
 */
export interface GetNodeStatusResponse {
  /**
   * Empty, and the ids 0, before the node belongs to a cluster.
   */
  'clusterId'?: (string);
  'memberId'?: (number);
  'directoryId'?: (string);
  'role'?: (_sexton_v1_NodeRole);
  'term'?: (number | string | Long);
  /**
   * For whom it voted in `term`; 0: nobody.
   */
  'votedFor'?: (number);
  /**
   * Whom it takes for the leader; 0: nobody.
   */
  'leaderId'?: (number);
  /**
   * The leader's, if it knows one.
   */
  'leaderAddress'?: (string);
  'commitIndex'?: (number | string | Long);
  'appliedIndex'?: (number | string | Long);
  'firstLogIndex'?: (number | string | Long);
  'lastLogIndex'?: (number | string | Long);
  /**
   * Up to here the log is replaced by the state.
   */
  'snapshotIndex'?: (number | string | Long);
  'revision'?: (number | string | Long);
  /**
   * On disk, log and state together.
   */
  'dataBytes'?: (number | string | Long);
  /**
   * Left on that file system for this process. 0: not known.
   */
  'diskFreeBytes'?: (number | string | Long);
  /**
   * Of Sexton, a semantic version.
   */
  'version'?: (string);
  'startTime'?: (_google_protobuf_Timestamp | null);
  /**
   * The worst of the last 10 seconds.
   */
  'eventLoopLag'?: (_google_protobuf_Duration | null);
  /**
   * Of synced log writes, over the last minute. Absent: there was none.
   */
  'diskSyncP50'?: (_google_protobuf_Duration | null);
  'diskSyncP99'?: (_google_protobuf_Duration | null);
  'residentMemoryBytes'?: (number | string | Long);
  'openWatches'?: (number);
  /**
   * Calls on this node that wait for their entry to be applied.
   */
  'pendingProposals'?: (number);
  /**
   * As this node last applied them.
   */
  'members'?: (_sexton_v1_Member)[];
  'appliedDigest'?: (Buffer | Uint8Array | string);
  'digestIndex'?: (number | string | Long);
  /**
   * What this node knows about itself that needs an operator.
   */
  'alarms'?: (_sexton_v1_Alarm)[];
  /**
   * What this node hears of the other members.
   */
  'links'?: (_sexton_v1_MemberLink)[];
}

/**
 * See GetNodeStatus.
 */
export interface GetNodeStatusResponse__Output {
  /**
   * Empty, and the ids 0, before the node belongs to a cluster.
   */
  'clusterId': (string);
  'memberId': (number);
  'directoryId': (string);
  'role': (_sexton_v1_NodeRole__Output);
  'term': (number);
  /**
   * For whom it voted in `term`; 0: nobody.
   */
  'votedFor': (number);
  /**
   * Whom it takes for the leader; 0: nobody.
   */
  'leaderId': (number);
  /**
   * The leader's, if it knows one.
   */
  'leaderAddress': (string);
  'commitIndex': (number);
  'appliedIndex': (number);
  'firstLogIndex': (number);
  'lastLogIndex': (number);
  /**
   * Up to here the log is replaced by the state.
   */
  'snapshotIndex': (number);
  'revision': (number);
  /**
   * On disk, log and state together.
   */
  'dataBytes': (number);
  /**
   * Left on that file system for this process. 0: not known.
   */
  'diskFreeBytes': (number);
  /**
   * Of Sexton, a semantic version.
   */
  'version': (string);
  'startTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * The worst of the last 10 seconds.
   */
  'eventLoopLag': (_google_protobuf_Duration__Output | null);
  /**
   * Of synced log writes, over the last minute. Absent: there was none.
   */
  'diskSyncP50': (_google_protobuf_Duration__Output | null);
  'diskSyncP99': (_google_protobuf_Duration__Output | null);
  'residentMemoryBytes': (number);
  'openWatches': (number);
  /**
   * Calls on this node that wait for their entry to be applied.
   */
  'pendingProposals': (number);
  /**
   * As this node last applied them.
   */
  'members': (_sexton_v1_Member__Output)[];
  'appliedDigest': (Buffer);
  'digestIndex': (number);
  /**
   * What this node knows about itself that needs an operator.
   */
  'alarms': (_sexton_v1_Alarm__Output)[];
  /**
   * What this node hears of the other members.
   */
  'links': (_sexton_v1_MemberLink__Output)[];
}
