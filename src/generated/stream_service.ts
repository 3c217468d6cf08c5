import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from './google/protobuf/Any.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from './google/rpc/Status.js';
import type { CreateStreamRequest as _sexton_v1_CreateStreamRequest, CreateStreamRequest__Output as _sexton_v1_CreateStreamRequest__Output } from './sexton/v1/CreateStreamRequest.js';
import type { CreateStreamResponse as _sexton_v1_CreateStreamResponse, CreateStreamResponse__Output as _sexton_v1_CreateStreamResponse__Output } from './sexton/v1/CreateStreamResponse.js';
import type { DeleteStreamRequest as _sexton_v1_DeleteStreamRequest, DeleteStreamRequest__Output as _sexton_v1_DeleteStreamRequest__Output } from './sexton/v1/DeleteStreamRequest.js';
import type { DeleteStreamResponse as _sexton_v1_DeleteStreamResponse, DeleteStreamResponse__Output as _sexton_v1_DeleteStreamResponse__Output } from './sexton/v1/DeleteStreamResponse.js';
import type { GetStreamRequest as _sexton_v1_GetStreamRequest, GetStreamRequest__Output as _sexton_v1_GetStreamRequest__Output } from './sexton/v1/GetStreamRequest.js';
import type { GetStreamResponse as _sexton_v1_GetStreamResponse, GetStreamResponse__Output as _sexton_v1_GetStreamResponse__Output } from './sexton/v1/GetStreamResponse.js';
import type { ListStreamsRequest as _sexton_v1_ListStreamsRequest, ListStreamsRequest__Output as _sexton_v1_ListStreamsRequest__Output } from './sexton/v1/ListStreamsRequest.js';
import type { ListStreamsResponse as _sexton_v1_ListStreamsResponse, ListStreamsResponse__Output as _sexton_v1_ListStreamsResponse__Output } from './sexton/v1/ListStreamsResponse.js';
import type { MutateStreamsRequest as _sexton_v1_MutateStreamsRequest, MutateStreamsRequest__Output as _sexton_v1_MutateStreamsRequest__Output } from './sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse as _sexton_v1_MutateStreamsResponse, MutateStreamsResponse__Output as _sexton_v1_MutateStreamsResponse__Output } from './sexton/v1/MutateStreamsResponse.js';
import type { PurgeStatus as _sexton_v1_PurgeStatus, PurgeStatus__Output as _sexton_v1_PurgeStatus__Output } from './sexton/v1/PurgeStatus.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from './sexton/v1/PurgeSummary.js';
import type { StoreLoad as _sexton_v1_StoreLoad, StoreLoad__Output as _sexton_v1_StoreLoad__Output } from './sexton/v1/StoreLoad.js';
import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from './sexton/v1/Stream.js';
import type { StreamEvent as _sexton_v1_StreamEvent, StreamEvent__Output as _sexton_v1_StreamEvent__Output } from './sexton/v1/StreamEvent.js';
import type { StreamMutation as _sexton_v1_StreamMutation, StreamMutation__Output as _sexton_v1_StreamMutation__Output } from './sexton/v1/StreamMutation.js';
import type { StreamMutationResult as _sexton_v1_StreamMutationResult, StreamMutationResult__Output as _sexton_v1_StreamMutationResult__Output } from './sexton/v1/StreamMutationResult.js';
import type { StreamServiceClient as _sexton_v1_StreamServiceClient, StreamServiceDefinition as _sexton_v1_StreamServiceDefinition } from './sexton/v1/StreamService.js';
import type { UndeleteStreamRequest as _sexton_v1_UndeleteStreamRequest, UndeleteStreamRequest__Output as _sexton_v1_UndeleteStreamRequest__Output } from './sexton/v1/UndeleteStreamRequest.js';
import type { UndeleteStreamResponse as _sexton_v1_UndeleteStreamResponse, UndeleteStreamResponse__Output as _sexton_v1_UndeleteStreamResponse__Output } from './sexton/v1/UndeleteStreamResponse.js';
import type { WatchEvents as _sexton_v1_WatchEvents, WatchEvents__Output as _sexton_v1_WatchEvents__Output } from './sexton/v1/WatchEvents.js';
import type { WatchHeader as _sexton_v1_WatchHeader, WatchHeader__Output as _sexton_v1_WatchHeader__Output } from './sexton/v1/WatchHeader.js';
import type { WatchProgress as _sexton_v1_WatchProgress, WatchProgress__Output as _sexton_v1_WatchProgress__Output } from './sexton/v1/WatchProgress.js';
import type { WatchStreamsRequest as _sexton_v1_WatchStreamsRequest, WatchStreamsRequest__Output as _sexton_v1_WatchStreamsRequest__Output } from './sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse as _sexton_v1_WatchStreamsResponse, WatchStreamsResponse__Output as _sexton_v1_WatchStreamsResponse__Output } from './sexton/v1/WatchStreamsResponse.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Any: MessageTypeDefinition<_google_protobuf_Any, _google_protobuf_Any__Output>
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
    rpc: {
      Status: MessageTypeDefinition<_google_rpc_Status, _google_rpc_Status__Output>
    }
  }
  sexton: {
    v1: {
      BlockedReason: EnumTypeDefinition
      Consistency: EnumTypeDefinition
      CreateStreamRequest: MessageTypeDefinition<_sexton_v1_CreateStreamRequest, _sexton_v1_CreateStreamRequest__Output>
      CreateStreamResponse: MessageTypeDefinition<_sexton_v1_CreateStreamResponse, _sexton_v1_CreateStreamResponse__Output>
      DeleteStreamRequest: MessageTypeDefinition<_sexton_v1_DeleteStreamRequest, _sexton_v1_DeleteStreamRequest__Output>
      DeleteStreamResponse: MessageTypeDefinition<_sexton_v1_DeleteStreamResponse, _sexton_v1_DeleteStreamResponse__Output>
      DrainWait: EnumTypeDefinition
      GetStreamRequest: MessageTypeDefinition<_sexton_v1_GetStreamRequest, _sexton_v1_GetStreamRequest__Output>
      GetStreamResponse: MessageTypeDefinition<_sexton_v1_GetStreamResponse, _sexton_v1_GetStreamResponse__Output>
      ListStreamsRequest: MessageTypeDefinition<_sexton_v1_ListStreamsRequest, _sexton_v1_ListStreamsRequest__Output>
      ListStreamsResponse: MessageTypeDefinition<_sexton_v1_ListStreamsResponse, _sexton_v1_ListStreamsResponse__Output>
      MutateStreamsRequest: MessageTypeDefinition<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsRequest__Output>
      MutateStreamsResponse: MessageTypeDefinition<_sexton_v1_MutateStreamsResponse, _sexton_v1_MutateStreamsResponse__Output>
      PauseReason: EnumTypeDefinition
      PurgePhase: EnumTypeDefinition
      PurgeStatus: MessageTypeDefinition<_sexton_v1_PurgeStatus, _sexton_v1_PurgeStatus__Output>
      PurgeSummary: MessageTypeDefinition<_sexton_v1_PurgeSummary, _sexton_v1_PurgeSummary__Output>
      StopReason: EnumTypeDefinition
      StoreLoad: MessageTypeDefinition<_sexton_v1_StoreLoad, _sexton_v1_StoreLoad__Output>
      Stream: MessageTypeDefinition<_sexton_v1_Stream, _sexton_v1_Stream__Output>
      StreamEvent: MessageTypeDefinition<_sexton_v1_StreamEvent, _sexton_v1_StreamEvent__Output>
      StreamEventType: EnumTypeDefinition
      StreamMutation: MessageTypeDefinition<_sexton_v1_StreamMutation, _sexton_v1_StreamMutation__Output>
      StreamMutationResult: MessageTypeDefinition<_sexton_v1_StreamMutationResult, _sexton_v1_StreamMutationResult__Output>
      /**
       * The lifecycle of log streams. Any node takes any call; writes reach the leader from there.
       * 
       * Every error carries one google.rpc.ErrorInfo of domain `sexton` (AIP-193). Any call may end with
       * UNAVAILABLE         NO_LEADER, NOT_LEADER   certainly not proposed: safe to send again
       * UNAVAILABLE         OUTCOME_UNKNOWN         proposed, result not seen: send again only with the
       * same `request_id`
       * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS       not proposed; with google.rpc.RetryInfo
       * INVALID_ARGUMENT    INVALID_ARGUMENT        with google.rpc.BadRequest naming each field
       * What a method can answer beyond these is said at the method.
       * 
       * `request_id` (AIP-155), where a request has one: empty, or a UUID in its 36 character form. The
       * same id with the same content is executed once: a repetition, on any node and after any failover,
       * gets the first one's result. Ids are remembered for at least an hour. The same id with other
       * content is INVALID_ARGUMENT. Without one, an OUTCOME_UNKNOWN cannot be repeated safely.
       * 
       * `validate_only` (AIP-163): every check is made against the present state, nothing is proposed,
       * and the answer is what the call would have returned; a new incarnation is then 0, and so is what
       * derives from it.
       */
      StreamService: SubtypeConstructor<typeof grpc.Client, _sexton_v1_StreamServiceClient> & { service: _sexton_v1_StreamServiceDefinition }
      StreamState: EnumTypeDefinition
      UndeleteStreamRequest: MessageTypeDefinition<_sexton_v1_UndeleteStreamRequest, _sexton_v1_UndeleteStreamRequest__Output>
      UndeleteStreamResponse: MessageTypeDefinition<_sexton_v1_UndeleteStreamResponse, _sexton_v1_UndeleteStreamResponse__Output>
      WatchEvents: MessageTypeDefinition<_sexton_v1_WatchEvents, _sexton_v1_WatchEvents__Output>
      WatchHeader: MessageTypeDefinition<_sexton_v1_WatchHeader, _sexton_v1_WatchHeader__Output>
      WatchProgress: MessageTypeDefinition<_sexton_v1_WatchProgress, _sexton_v1_WatchProgress__Output>
      WatchStreamsRequest: MessageTypeDefinition<_sexton_v1_WatchStreamsRequest, _sexton_v1_WatchStreamsRequest__Output>
      WatchStreamsResponse: MessageTypeDefinition<_sexton_v1_WatchStreamsResponse, _sexton_v1_WatchStreamsResponse__Output>
    }
  }
}

