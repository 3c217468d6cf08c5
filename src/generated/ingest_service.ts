import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { CloseSessionRequest as _sexton_v1_CloseSessionRequest, CloseSessionRequest__Output as _sexton_v1_CloseSessionRequest__Output } from './sexton/v1/CloseSessionRequest.js';
import type { CloseSessionResponse as _sexton_v1_CloseSessionResponse, CloseSessionResponse__Output as _sexton_v1_CloseSessionResponse__Output } from './sexton/v1/CloseSessionResponse.js';
import type { IngestServiceClient as _sexton_v1_IngestServiceClient, IngestServiceDefinition as _sexton_v1_IngestServiceDefinition } from './sexton/v1/IngestService.js';
import type { KeepAliveRequest as _sexton_v1_KeepAliveRequest, KeepAliveRequest__Output as _sexton_v1_KeepAliveRequest__Output } from './sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse as _sexton_v1_KeepAliveResponse, KeepAliveResponse__Output as _sexton_v1_KeepAliveResponse__Output } from './sexton/v1/KeepAliveResponse.js';
import type { ListSessionsRequest as _sexton_v1_ListSessionsRequest, ListSessionsRequest__Output as _sexton_v1_ListSessionsRequest__Output } from './sexton/v1/ListSessionsRequest.js';
import type { ListSessionsResponse as _sexton_v1_ListSessionsResponse, ListSessionsResponse__Output as _sexton_v1_ListSessionsResponse__Output } from './sexton/v1/ListSessionsResponse.js';
import type { OpenSessionRequest as _sexton_v1_OpenSessionRequest, OpenSessionRequest__Output as _sexton_v1_OpenSessionRequest__Output } from './sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse as _sexton_v1_OpenSessionResponse, OpenSessionResponse__Output as _sexton_v1_OpenSessionResponse__Output } from './sexton/v1/OpenSessionResponse.js';
import type { Session as _sexton_v1_Session, Session__Output as _sexton_v1_Session__Output } from './sexton/v1/Session.js';
import type { TakenUpStream as _sexton_v1_TakenUpStream, TakenUpStream__Output as _sexton_v1_TakenUpStream__Output } from './sexton/v1/TakenUpStream.js';

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
      CloseSessionRequest: MessageTypeDefinition<_sexton_v1_CloseSessionRequest, _sexton_v1_CloseSessionRequest__Output>
      CloseSessionResponse: MessageTypeDefinition<_sexton_v1_CloseSessionResponse, _sexton_v1_CloseSessionResponse__Output>
      /**
       * The barrier between uploads and purges. While a node holds a session, no stream whose drain began
       * after the session opened is purged before the node has said that its uploads for it are settled, or
       * before the session has ended in a way that makes them so.
       * 
       * An upload is settled when its outcome is known, or, where it was aborted, timed out or lost its
       * connection, when its deadline has passed: until then the store may still apply it.
       * 
       * What a session does not cover: a node that uploads without one. Grace periods and the sweeps
       * after PURGED are all there is for those.
       * 
       * Errors common to all calls, and `request_id`, are described at StreamService.
       */
      IngestService: SubtypeConstructor<typeof grpc.Client, _sexton_v1_IngestServiceClient> & { service: _sexton_v1_IngestServiceDefinition }
      KeepAliveRequest: MessageTypeDefinition<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveRequest__Output>
      KeepAliveResponse: MessageTypeDefinition<_sexton_v1_KeepAliveResponse, _sexton_v1_KeepAliveResponse__Output>
      ListSessionsRequest: MessageTypeDefinition<_sexton_v1_ListSessionsRequest, _sexton_v1_ListSessionsRequest__Output>
      ListSessionsResponse: MessageTypeDefinition<_sexton_v1_ListSessionsResponse, _sexton_v1_ListSessionsResponse__Output>
      OpenSessionRequest: MessageTypeDefinition<_sexton_v1_OpenSessionRequest, _sexton_v1_OpenSessionRequest__Output>
      OpenSessionResponse: MessageTypeDefinition<_sexton_v1_OpenSessionResponse, _sexton_v1_OpenSessionResponse__Output>
      Session: MessageTypeDefinition<_sexton_v1_Session, _sexton_v1_Session__Output>
      SessionState: EnumTypeDefinition
      TakenUpStream: MessageTypeDefinition<_sexton_v1_TakenUpStream, _sexton_v1_TakenUpStream__Output>
    }
  }
}

