// Original file: proto/sexton/v1/cluster_service.proto

import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from '../../sexton/v1/Member.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';
import type { MemberProgress as _sexton_v1_MemberProgress, MemberProgress__Output as _sexton_v1_MemberProgress__Output } from '../../sexton/v1/MemberProgress.js';
import type { StreamStateCount as _sexton_v1_StreamStateCount, StreamStateCount__Output as _sexton_v1_StreamStateCount__Output } from '../../sexton/v1/StreamStateCount.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from '../../sexton/v1/PurgeSummary.js';
import type { ObjectStoreStatus as _sexton_v1_ObjectStoreStatus, ObjectStoreStatus__Output as _sexton_v1_ObjectStoreStatus__Output } from '../../sexton/v1/ObjectStoreStatus.js';
import type { Alarm as _sexton_v1_Alarm, Alarm__Output as _sexton_v1_Alarm__Output } from '../../sexton/v1/Alarm.js';
import type { MemberLink as _sexton_v1_MemberLink, MemberLink__Output as _sexton_v1_MemberLink__Output } from '../../sexton/v1/MemberLink.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See GetLeaderStatus.
 */
export interface GetLeaderStatusResponse {
  'clusterId'?: (string);
  /**
   * The member that answers this.
   */
  'leader'?: (_sexton_v1_Member | null);
  'term'?: (number | string | Long);
  /**
   * The highest log index that a majority has on disk.
   */
  'commitIndex'?: (number | string | Long);
  /**
   * The highest log index that the leader's catalog contains.
   */
  'appliedIndex'?: (number | string | Long);
  /**
   * The log index of the last entry that changed something; never above `applied_index`.
   */
  'revision'?: (number | string | Long);
  /**
   * When it won its term, by its own clock.
   */
  'leaderSince'?: (_google_protobuf_Timestamp | null);
  /**
   * Every voter and learner, the leader itself too, by member id.
   */
  'members'?: (_sexton_v1_MemberProgress)[];
  /**
   * States with no stream are left out; PURGED counts records that are still kept.
   */
  'streamCounts'?: (_sexton_v1_StreamStateCount)[];
  'purges'?: (_sexton_v1_PurgeSummary | null);
  'objectStore'?: (_sexton_v1_ObjectStoreStatus | null);
  /**
   * Over the catalog's content at `digest_index`; equal on every member at the same index.
   */
  'appliedDigest'?: (Buffer | Uint8Array | string);
  'digestIndex'?: (number | string | Long);
  /**
   * What needs an operator, worst first; empty when all is well.
   */
  'alarms'?: (_sexton_v1_Alarm)[];
  /**
   * Ingest sessions open now.
   */
  'openSessions'?: (number);
  /**
   * A membership change is on its way through the log.
   */
  'membershipChangePending'?: (boolean);
  /**
   * Who hears whom: every pair of members, in both directions, as they report it to each other.
   */
  'links'?: (_sexton_v1_MemberLink)[];
}

/**
 * See GetLeaderStatus.
 */
export interface GetLeaderStatusResponse__Output {
  'clusterId': (string);
  /**
   * The member that answers this.
   */
  'leader': (_sexton_v1_Member__Output | null);
  'term': (number);
  /**
   * The highest log index that a majority has on disk.
   */
  'commitIndex': (number);
  /**
   * The highest log index that the leader's catalog contains.
   */
  'appliedIndex': (number);
  /**
   * The log index of the last entry that changed something; never above `applied_index`.
   */
  'revision': (number);
  /**
   * When it won its term, by its own clock.
   */
  'leaderSince': (_google_protobuf_Timestamp__Output | null);
  /**
   * Every voter and learner, the leader itself too, by member id.
   */
  'members': (_sexton_v1_MemberProgress__Output)[];
  /**
   * States with no stream are left out; PURGED counts records that are still kept.
   */
  'streamCounts': (_sexton_v1_StreamStateCount__Output)[];
  'purges': (_sexton_v1_PurgeSummary__Output | null);
  'objectStore': (_sexton_v1_ObjectStoreStatus__Output | null);
  /**
   * Over the catalog's content at `digest_index`; equal on every member at the same index.
   */
  'appliedDigest': (Buffer);
  'digestIndex': (number);
  /**
   * What needs an operator, worst first; empty when all is well.
   */
  'alarms': (_sexton_v1_Alarm__Output)[];
  /**
   * Ingest sessions open now.
   */
  'openSessions': (number);
  /**
   * A membership change is on its way through the log.
   */
  'membershipChangePending': (boolean);
  /**
   * Who hears whom: every pair of members, in both directions, as they report it to each other.
   */
  'links': (_sexton_v1_MemberLink__Output)[];
}
