// Original file: proto/sexton/v1/cluster_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddMemberRequest as _sexton_v1_AddMemberRequest, AddMemberRequest__Output as _sexton_v1_AddMemberRequest__Output } from '../../sexton/v1/AddMemberRequest.js';
import type { AddMemberResponse as _sexton_v1_AddMemberResponse, AddMemberResponse__Output as _sexton_v1_AddMemberResponse__Output } from '../../sexton/v1/AddMemberResponse.js';
import type { BackupRequest as _sexton_v1_BackupRequest, BackupRequest__Output as _sexton_v1_BackupRequest__Output } from '../../sexton/v1/BackupRequest.js';
import type { BackupResponse as _sexton_v1_BackupResponse, BackupResponse__Output as _sexton_v1_BackupResponse__Output } from '../../sexton/v1/BackupResponse.js';
import type { GetLeaderStatusRequest as _sexton_v1_GetLeaderStatusRequest, GetLeaderStatusRequest__Output as _sexton_v1_GetLeaderStatusRequest__Output } from '../../sexton/v1/GetLeaderStatusRequest.js';
import type { GetLeaderStatusResponse as _sexton_v1_GetLeaderStatusResponse, GetLeaderStatusResponse__Output as _sexton_v1_GetLeaderStatusResponse__Output } from '../../sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusRequest as _sexton_v1_GetNodeStatusRequest, GetNodeStatusRequest__Output as _sexton_v1_GetNodeStatusRequest__Output } from '../../sexton/v1/GetNodeStatusRequest.js';
import type { GetNodeStatusResponse as _sexton_v1_GetNodeStatusResponse, GetNodeStatusResponse__Output as _sexton_v1_GetNodeStatusResponse__Output } from '../../sexton/v1/GetNodeStatusResponse.js';
import type { PromoteMemberRequest as _sexton_v1_PromoteMemberRequest, PromoteMemberRequest__Output as _sexton_v1_PromoteMemberRequest__Output } from '../../sexton/v1/PromoteMemberRequest.js';
import type { PromoteMemberResponse as _sexton_v1_PromoteMemberResponse, PromoteMemberResponse__Output as _sexton_v1_PromoteMemberResponse__Output } from '../../sexton/v1/PromoteMemberResponse.js';
import type { RemoveMemberRequest as _sexton_v1_RemoveMemberRequest, RemoveMemberRequest__Output as _sexton_v1_RemoveMemberRequest__Output } from '../../sexton/v1/RemoveMemberRequest.js';
import type { RemoveMemberResponse as _sexton_v1_RemoveMemberResponse, RemoveMemberResponse__Output as _sexton_v1_RemoveMemberResponse__Output } from '../../sexton/v1/RemoveMemberResponse.js';
import type { TransferLeadershipRequest as _sexton_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _sexton_v1_TransferLeadershipRequest__Output } from '../../sexton/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse as _sexton_v1_TransferLeadershipResponse, TransferLeadershipResponse__Output as _sexton_v1_TransferLeadershipResponse__Output } from '../../sexton/v1/TransferLeadershipResponse.js';

/**
 * The cluster itself: who leads, how far each member is, and changes of membership. Any node takes
 * any call. Errors common to all calls, and `request_id`, are described at StreamService.
 */
export interface ClusterServiceClient extends grpc.Client {
  /**
   * Adds a member, always as a learner: it weakens no majority while it catches up. Answered when
   * the change is committed, before the new node has to be up. Members are told apart by id, and
   * where that is 0, by address.
   * ALREADY_EXISTS      MEMBER_EXISTS             the address is another member's, the id has
   * another address or directory, or was used
   * before: metadata `next_member_id`
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING an earlier change is not committed yet
   * FAILED_PRECONDITION QUORUM_AT_RISK            no majority of the voters is heard from
   */
  AddMember(argument: _sexton_v1_AddMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _sexton_v1_AddMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _sexton_v1_AddMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _sexton_v1_AddMemberRequest, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Adds a member, always as a learner: it weakens no majority while it catches up. Answered when
   * the change is committed, before the new node has to be up. Members are told apart by id, and
   * where that is 0, by address.
   * ALREADY_EXISTS      MEMBER_EXISTS             the address is another member's, the id has
   * another address or directory, or was used
   * before: metadata `next_member_id`
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING an earlier change is not committed yet
   * FAILED_PRECONDITION QUORUM_AT_RISK            no majority of the voters is heard from
   */
  addMember(argument: _sexton_v1_AddMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _sexton_v1_AddMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _sexton_v1_AddMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _sexton_v1_AddMemberRequest, callback: grpc.requestCallback<_sexton_v1_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * A consistent copy of the whole replicated state at one index, read while the node goes on
   * working. One header, chunks, one trailer: without the trailer the backup is incomplete. A
   * cluster restored from it has its purges paused until an operator resumes them.
   * UNAVAILABLE NO_LEADER: with `allow_local` not set
   */
  Backup(argument: _sexton_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_BackupResponse__Output>;
  Backup(argument: _sexton_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_BackupResponse__Output>;
  /**
   * A consistent copy of the whole replicated state at one index, read while the node goes on
   * working. One header, chunks, one trailer: without the trailer the backup is incomplete. A
   * cluster restored from it has its purges paused until an operator resumes them.
   * UNAVAILABLE NO_LEADER: with `allow_local` not set
   */
  backup(argument: _sexton_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_BackupResponse__Output>;
  backup(argument: _sexton_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_BackupResponse__Output>;
  
  /**
   * The leader's own view, whichever node is asked. The leader confirms its lead with a majority
   * first, so that a deposed one never answers.
   * UNAVAILABLE NO_LEADER: ask GetNodeStatus of each node instead
   */
  GetLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  GetLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  GetLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  GetLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The leader's own view, whichever node is asked. The leader confirms its lead with a majority
   * first, so that a deposed one never answers.
   * UNAVAILABLE NO_LEADER: ask GetNodeStatus of each node instead
   */
  getLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  getLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  getLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  getLeaderStatus(argument: _sexton_v1_GetLeaderStatusRequest, callback: grpc.requestCallback<_sexton_v1_GetLeaderStatusResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What the node that was reached says about itself alone. Never waits for another node or for a
   * disk, and is answered without a leader too.
   */
  GetNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  GetNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  GetNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  GetNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  /**
   * What the node that was reached says about itself alone. Never waits for another node or for a
   * disk, and is answered without a leader too.
   */
  getNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  getNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  getNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  getNodeStatus(argument: _sexton_v1_GetNodeStatusRequest, callback: grpc.requestCallback<_sexton_v1_GetNodeStatusResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Makes a learner a voter. Done to a voter it changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION LEARNER_NOT_READY         too far behind, silent, or not started yet:
   * metadata `trailing_entries`
   * FAILED_PRECONDITION QUORUM_AT_RISK            the voters heard from, the new one among them,
   * would be no majority
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  PromoteMember(argument: _sexton_v1_PromoteMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _sexton_v1_PromoteMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _sexton_v1_PromoteMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _sexton_v1_PromoteMemberRequest, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Makes a learner a voter. Done to a voter it changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION LEARNER_NOT_READY         too far behind, silent, or not started yet:
   * metadata `trailing_entries`
   * FAILED_PRECONDITION QUORUM_AT_RISK            the voters heard from, the new one among them,
   * would be no majority
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  promoteMember(argument: _sexton_v1_PromoteMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _sexton_v1_PromoteMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _sexton_v1_PromoteMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _sexton_v1_PromoteMemberRequest, callback: grpc.requestCallback<_sexton_v1_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Removes a member, for good: its id is never given out again. Its node takes part no more as
   * soon as it learns of it; it says so in its status, and does not start again. A leader that is
   * removed leads until that is committed, and then hands over. Removing a member that was removed
   * before changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND          an id that was never used
   * FAILED_PRECONDITION QUORUM_AT_RISK            of the voters left, too few for a majority have
   * been heard from, or none would be left
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  RemoveMember(argument: _sexton_v1_RemoveMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _sexton_v1_RemoveMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _sexton_v1_RemoveMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _sexton_v1_RemoveMemberRequest, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Removes a member, for good: its id is never given out again. Its node takes part no more as
   * soon as it learns of it; it says so in its status, and does not start again. A leader that is
   * removed leads until that is committed, and then hands over. Removing a member that was removed
   * before changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND          an id that was never used
   * FAILED_PRECONDITION QUORUM_AT_RISK            of the voters left, too few for a majority have
   * been heard from, or none would be left
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  removeMember(argument: _sexton_v1_RemoveMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _sexton_v1_RemoveMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _sexton_v1_RemoveMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _sexton_v1_RemoveMemberRequest, callback: grpc.requestCallback<_sexton_v1_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Hands the lead over without an election timeout. Proposals made meanwhile wait for the next
   * leader. Answered when it leads; given up after one election timeout, and the old leader goes
   * on.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION NOT_A_VOTER
   * UNAVAILABLE         TRANSFER_FAILED           the old leader goes on; safe to try again
   */
  TransferLeadership(argument: _sexton_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _sexton_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _sexton_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _sexton_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Hands the lead over without an election timeout. Proposals made meanwhile wait for the next
   * leader. Answered when it leads; given up after one election timeout, and the old leader goes
   * on.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION NOT_A_VOTER
   * UNAVAILABLE         TRANSFER_FAILED           the old leader goes on; safe to try again
   */
  transferLeadership(argument: _sexton_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _sexton_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _sexton_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _sexton_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_sexton_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The cluster itself: who leads, how far each member is, and changes of membership. Any node takes
 * any call. Errors common to all calls, and `request_id`, are described at StreamService.
 */
export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Adds a member, always as a learner: it weakens no majority while it catches up. Answered when
   * the change is committed, before the new node has to be up. Members are told apart by id, and
   * where that is 0, by address.
   * ALREADY_EXISTS      MEMBER_EXISTS             the address is another member's, the id has
   * another address or directory, or was used
   * before: metadata `next_member_id`
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING an earlier change is not committed yet
   * FAILED_PRECONDITION QUORUM_AT_RISK            no majority of the voters is heard from
   */
  AddMember: grpc.handleUnaryCall<_sexton_v1_AddMemberRequest__Output, _sexton_v1_AddMemberResponse>;
  
  /**
   * A consistent copy of the whole replicated state at one index, read while the node goes on
   * working. One header, chunks, one trailer: without the trailer the backup is incomplete. A
   * cluster restored from it has its purges paused until an operator resumes them.
   * UNAVAILABLE NO_LEADER: with `allow_local` not set
   */
  Backup: grpc.handleServerStreamingCall<_sexton_v1_BackupRequest__Output, _sexton_v1_BackupResponse>;
  
  /**
   * The leader's own view, whichever node is asked. The leader confirms its lead with a majority
   * first, so that a deposed one never answers.
   * UNAVAILABLE NO_LEADER: ask GetNodeStatus of each node instead
   */
  GetLeaderStatus: grpc.handleUnaryCall<_sexton_v1_GetLeaderStatusRequest__Output, _sexton_v1_GetLeaderStatusResponse>;
  
  /**
   * What the node that was reached says about itself alone. Never waits for another node or for a
   * disk, and is answered without a leader too.
   */
  GetNodeStatus: grpc.handleUnaryCall<_sexton_v1_GetNodeStatusRequest__Output, _sexton_v1_GetNodeStatusResponse>;
  
  /**
   * Makes a learner a voter. Done to a voter it changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION LEARNER_NOT_READY         too far behind, silent, or not started yet:
   * metadata `trailing_entries`
   * FAILED_PRECONDITION QUORUM_AT_RISK            the voters heard from, the new one among them,
   * would be no majority
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  PromoteMember: grpc.handleUnaryCall<_sexton_v1_PromoteMemberRequest__Output, _sexton_v1_PromoteMemberResponse>;
  
  /**
   * Removes a member, for good: its id is never given out again. Its node takes part no more as
   * soon as it learns of it; it says so in its status, and does not start again. A leader that is
   * removed leads until that is committed, and then hands over. Removing a member that was removed
   * before changes nothing and succeeds.
   * NOT_FOUND           MEMBER_NOT_FOUND          an id that was never used
   * FAILED_PRECONDITION QUORUM_AT_RISK            of the voters left, too few for a majority have
   * been heard from, or none would be left
   * FAILED_PRECONDITION MEMBERSHIP_CHANGE_PENDING
   */
  RemoveMember: grpc.handleUnaryCall<_sexton_v1_RemoveMemberRequest__Output, _sexton_v1_RemoveMemberResponse>;
  
  /**
   * Hands the lead over without an election timeout. Proposals made meanwhile wait for the next
   * leader. Answered when it leads; given up after one election timeout, and the old leader goes
   * on.
   * NOT_FOUND           MEMBER_NOT_FOUND
   * FAILED_PRECONDITION NOT_A_VOTER
   * UNAVAILABLE         TRANSFER_FAILED           the old leader goes on; safe to try again
   */
  TransferLeadership: grpc.handleUnaryCall<_sexton_v1_TransferLeadershipRequest__Output, _sexton_v1_TransferLeadershipResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  AddMember: MethodDefinition<_sexton_v1_AddMemberRequest, _sexton_v1_AddMemberResponse, _sexton_v1_AddMemberRequest__Output, _sexton_v1_AddMemberResponse__Output>
  Backup: MethodDefinition<_sexton_v1_BackupRequest, _sexton_v1_BackupResponse, _sexton_v1_BackupRequest__Output, _sexton_v1_BackupResponse__Output>
  GetLeaderStatus: MethodDefinition<_sexton_v1_GetLeaderStatusRequest, _sexton_v1_GetLeaderStatusResponse, _sexton_v1_GetLeaderStatusRequest__Output, _sexton_v1_GetLeaderStatusResponse__Output>
  GetNodeStatus: MethodDefinition<_sexton_v1_GetNodeStatusRequest, _sexton_v1_GetNodeStatusResponse, _sexton_v1_GetNodeStatusRequest__Output, _sexton_v1_GetNodeStatusResponse__Output>
  PromoteMember: MethodDefinition<_sexton_v1_PromoteMemberRequest, _sexton_v1_PromoteMemberResponse, _sexton_v1_PromoteMemberRequest__Output, _sexton_v1_PromoteMemberResponse__Output>
  RemoveMember: MethodDefinition<_sexton_v1_RemoveMemberRequest, _sexton_v1_RemoveMemberResponse, _sexton_v1_RemoveMemberRequest__Output, _sexton_v1_RemoveMemberResponse__Output>
  TransferLeadership: MethodDefinition<_sexton_v1_TransferLeadershipRequest, _sexton_v1_TransferLeadershipResponse, _sexton_v1_TransferLeadershipRequest__Output, _sexton_v1_TransferLeadershipResponse__Output>
}
