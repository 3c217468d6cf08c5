import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { AddMemberRequest as _sexton_v1_AddMemberRequest, AddMemberRequest__Output as _sexton_v1_AddMemberRequest__Output } from './sexton/v1/AddMemberRequest.js';
import type { AddMemberResponse as _sexton_v1_AddMemberResponse, AddMemberResponse__Output as _sexton_v1_AddMemberResponse__Output } from './sexton/v1/AddMemberResponse.js';
import type { Alarm as _sexton_v1_Alarm, Alarm__Output as _sexton_v1_Alarm__Output } from './sexton/v1/Alarm.js';
import type { BackupChunk as _sexton_v1_BackupChunk, BackupChunk__Output as _sexton_v1_BackupChunk__Output } from './sexton/v1/BackupChunk.js';
import type { BackupHeader as _sexton_v1_BackupHeader, BackupHeader__Output as _sexton_v1_BackupHeader__Output } from './sexton/v1/BackupHeader.js';
import type { BackupRequest as _sexton_v1_BackupRequest, BackupRequest__Output as _sexton_v1_BackupRequest__Output } from './sexton/v1/BackupRequest.js';
import type { BackupResponse as _sexton_v1_BackupResponse, BackupResponse__Output as _sexton_v1_BackupResponse__Output } from './sexton/v1/BackupResponse.js';
import type { BackupTrailer as _sexton_v1_BackupTrailer, BackupTrailer__Output as _sexton_v1_BackupTrailer__Output } from './sexton/v1/BackupTrailer.js';
import type { ClusterServiceClient as _sexton_v1_ClusterServiceClient, ClusterServiceDefinition as _sexton_v1_ClusterServiceDefinition } from './sexton/v1/ClusterService.js';
import type { GetLeaderStatusRequest as _sexton_v1_GetLeaderStatusRequest, GetLeaderStatusRequest__Output as _sexton_v1_GetLeaderStatusRequest__Output } from './sexton/v1/GetLeaderStatusRequest.js';
import type { GetLeaderStatusResponse as _sexton_v1_GetLeaderStatusResponse, GetLeaderStatusResponse__Output as _sexton_v1_GetLeaderStatusResponse__Output } from './sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusRequest as _sexton_v1_GetNodeStatusRequest, GetNodeStatusRequest__Output as _sexton_v1_GetNodeStatusRequest__Output } from './sexton/v1/GetNodeStatusRequest.js';
import type { GetNodeStatusResponse as _sexton_v1_GetNodeStatusResponse, GetNodeStatusResponse__Output as _sexton_v1_GetNodeStatusResponse__Output } from './sexton/v1/GetNodeStatusResponse.js';
import type { Member as _sexton_v1_Member, Member__Output as _sexton_v1_Member__Output } from './sexton/v1/Member.js';
import type { MemberLink as _sexton_v1_MemberLink, MemberLink__Output as _sexton_v1_MemberLink__Output } from './sexton/v1/MemberLink.js';
import type { MemberProgress as _sexton_v1_MemberProgress, MemberProgress__Output as _sexton_v1_MemberProgress__Output } from './sexton/v1/MemberProgress.js';
import type { ObjectStoreStatus as _sexton_v1_ObjectStoreStatus, ObjectStoreStatus__Output as _sexton_v1_ObjectStoreStatus__Output } from './sexton/v1/ObjectStoreStatus.js';
import type { PromoteMemberRequest as _sexton_v1_PromoteMemberRequest, PromoteMemberRequest__Output as _sexton_v1_PromoteMemberRequest__Output } from './sexton/v1/PromoteMemberRequest.js';
import type { PromoteMemberResponse as _sexton_v1_PromoteMemberResponse, PromoteMemberResponse__Output as _sexton_v1_PromoteMemberResponse__Output } from './sexton/v1/PromoteMemberResponse.js';
import type { PurgeStatus as _sexton_v1_PurgeStatus, PurgeStatus__Output as _sexton_v1_PurgeStatus__Output } from './sexton/v1/PurgeStatus.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from './sexton/v1/PurgeSummary.js';
import type { RemoveMemberRequest as _sexton_v1_RemoveMemberRequest, RemoveMemberRequest__Output as _sexton_v1_RemoveMemberRequest__Output } from './sexton/v1/RemoveMemberRequest.js';
import type { RemoveMemberResponse as _sexton_v1_RemoveMemberResponse, RemoveMemberResponse__Output as _sexton_v1_RemoveMemberResponse__Output } from './sexton/v1/RemoveMemberResponse.js';
import type { StoreLoad as _sexton_v1_StoreLoad, StoreLoad__Output as _sexton_v1_StoreLoad__Output } from './sexton/v1/StoreLoad.js';
import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from './sexton/v1/Stream.js';
import type { StreamStateCount as _sexton_v1_StreamStateCount, StreamStateCount__Output as _sexton_v1_StreamStateCount__Output } from './sexton/v1/StreamStateCount.js';
import type { TransferLeadershipRequest as _sexton_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _sexton_v1_TransferLeadershipRequest__Output } from './sexton/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse as _sexton_v1_TransferLeadershipResponse, TransferLeadershipResponse__Output as _sexton_v1_TransferLeadershipResponse__Output } from './sexton/v1/TransferLeadershipResponse.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
  }
  sexton: {
    v1: {
      AddMemberRequest: MessageTypeDefinition<_sexton_v1_AddMemberRequest, _sexton_v1_AddMemberRequest__Output>
      AddMemberResponse: MessageTypeDefinition<_sexton_v1_AddMemberResponse, _sexton_v1_AddMemberResponse__Output>
      Alarm: MessageTypeDefinition<_sexton_v1_Alarm, _sexton_v1_Alarm__Output>
      AlarmKind: EnumTypeDefinition
      BackupChunk: MessageTypeDefinition<_sexton_v1_BackupChunk, _sexton_v1_BackupChunk__Output>
      BackupHeader: MessageTypeDefinition<_sexton_v1_BackupHeader, _sexton_v1_BackupHeader__Output>
      BackupRequest: MessageTypeDefinition<_sexton_v1_BackupRequest, _sexton_v1_BackupRequest__Output>
      BackupResponse: MessageTypeDefinition<_sexton_v1_BackupResponse, _sexton_v1_BackupResponse__Output>
      BackupTrailer: MessageTypeDefinition<_sexton_v1_BackupTrailer, _sexton_v1_BackupTrailer__Output>
      BlockedReason: EnumTypeDefinition
      /**
       * The cluster itself: who leads, how far each member is, and changes of membership. Any node takes
       * any call. Errors common to all calls, and `request_id`, are described at StreamService.
       */
      ClusterService: SubtypeConstructor<typeof grpc.Client, _sexton_v1_ClusterServiceClient> & { service: _sexton_v1_ClusterServiceDefinition }
      DrainWait: EnumTypeDefinition
      GetLeaderStatusRequest: MessageTypeDefinition<_sexton_v1_GetLeaderStatusRequest, _sexton_v1_GetLeaderStatusRequest__Output>
      GetLeaderStatusResponse: MessageTypeDefinition<_sexton_v1_GetLeaderStatusResponse, _sexton_v1_GetLeaderStatusResponse__Output>
      GetNodeStatusRequest: MessageTypeDefinition<_sexton_v1_GetNodeStatusRequest, _sexton_v1_GetNodeStatusRequest__Output>
      GetNodeStatusResponse: MessageTypeDefinition<_sexton_v1_GetNodeStatusResponse, _sexton_v1_GetNodeStatusResponse__Output>
      LinkState: EnumTypeDefinition
      Member: MessageTypeDefinition<_sexton_v1_Member, _sexton_v1_Member__Output>
      MemberLink: MessageTypeDefinition<_sexton_v1_MemberLink, _sexton_v1_MemberLink__Output>
      MemberProgress: MessageTypeDefinition<_sexton_v1_MemberProgress, _sexton_v1_MemberProgress__Output>
      MemberRole: EnumTypeDefinition
      NodeRole: EnumTypeDefinition
      ObjectStoreStatus: MessageTypeDefinition<_sexton_v1_ObjectStoreStatus, _sexton_v1_ObjectStoreStatus__Output>
      PauseReason: EnumTypeDefinition
      PromoteMemberRequest: MessageTypeDefinition<_sexton_v1_PromoteMemberRequest, _sexton_v1_PromoteMemberRequest__Output>
      PromoteMemberResponse: MessageTypeDefinition<_sexton_v1_PromoteMemberResponse, _sexton_v1_PromoteMemberResponse__Output>
      PurgePhase: EnumTypeDefinition
      PurgeStatus: MessageTypeDefinition<_sexton_v1_PurgeStatus, _sexton_v1_PurgeStatus__Output>
      PurgeSummary: MessageTypeDefinition<_sexton_v1_PurgeSummary, _sexton_v1_PurgeSummary__Output>
      RemoveMemberRequest: MessageTypeDefinition<_sexton_v1_RemoveMemberRequest, _sexton_v1_RemoveMemberRequest__Output>
      RemoveMemberResponse: MessageTypeDefinition<_sexton_v1_RemoveMemberResponse, _sexton_v1_RemoveMemberResponse__Output>
      ReplicationState: EnumTypeDefinition
      StopReason: EnumTypeDefinition
      StoreLoad: MessageTypeDefinition<_sexton_v1_StoreLoad, _sexton_v1_StoreLoad__Output>
      Stream: MessageTypeDefinition<_sexton_v1_Stream, _sexton_v1_Stream__Output>
      StreamState: EnumTypeDefinition
      StreamStateCount: MessageTypeDefinition<_sexton_v1_StreamStateCount, _sexton_v1_StreamStateCount__Output>
      TransferLeadershipRequest: MessageTypeDefinition<_sexton_v1_TransferLeadershipRequest, _sexton_v1_TransferLeadershipRequest__Output>
      TransferLeadershipResponse: MessageTypeDefinition<_sexton_v1_TransferLeadershipResponse, _sexton_v1_TransferLeadershipResponse__Output>
    }
  }
}

