// Original file: proto/sexton/v1/member.proto

import type { MemberRole as _sexton_v1_MemberRole, MemberRole__Output as _sexton_v1_MemberRole__Output } from '../../sexton/v1/MemberRole.js';

/**
 * One node of the cluster, as the committed configuration has it.
 */
export interface Member {
  /**
   * From 1, unique for ever: the id of a removed member is not given out again.
   */
  'memberId'?: (number);
  /**
   * `host:port` of its gRPC listener, for clients and the other members alike. Leader hints carry
   * it, so it must be reachable by both.
   */
  'address'?: (string);
  /**
   * `host:port` of metrics, health and the status page. Empty: not told.
   */
  'httpAddress'?: (string);
  'role'?: (_sexton_v1_MemberRole);
  /**
   * Random, 32 lower-case hexadecimal digits, made when the member's data directory was
   * initialised. The same member id with another directory is a wiped disk and is refused. Empty
   * for a member that has been added and has not connected yet.
   */
  'directoryId'?: (string);
}

/**
 * One node of the cluster, as the committed configuration has it.
 */
export interface Member__Output {
  /**
   * From 1, unique for ever: the id of a removed member is not given out again.
   */
  'memberId': (number);
  /**
   * `host:port` of its gRPC listener, for clients and the other members alike. Leader hints carry
   * it, so it must be reachable by both.
   */
  'address': (string);
  /**
   * `host:port` of metrics, health and the status page. Empty: not told.
   */
  'httpAddress': (string);
  'role': (_sexton_v1_MemberRole__Output);
  /**
   * Random, 32 lower-case hexadecimal digits, made when the member's data directory was
   * initialised. The same member id with another directory is a wiped disk and is refused. Empty
   * for a member that has been added and has not connected yet.
   */
  'directoryId': (string);
}
