import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.js';
import type { AdoptStreamRequest as _sexton_v1_AdoptStreamRequest, AdoptStreamRequest__Output as _sexton_v1_AdoptStreamRequest__Output } from './sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse as _sexton_v1_AdoptStreamResponse, AdoptStreamResponse__Output as _sexton_v1_AdoptStreamResponse__Output } from './sexton/v1/AdoptStreamResponse.js';
import type { AuditFinding as _sexton_v1_AuditFinding, AuditFinding__Output as _sexton_v1_AuditFinding__Output } from './sexton/v1/AuditFinding.js';
import type { AuditHeader as _sexton_v1_AuditHeader, AuditHeader__Output as _sexton_v1_AuditHeader__Output } from './sexton/v1/AuditHeader.js';
import type { AuditProgress as _sexton_v1_AuditProgress, AuditProgress__Output as _sexton_v1_AuditProgress__Output } from './sexton/v1/AuditProgress.js';
import type { AuditStorageRequest as _sexton_v1_AuditStorageRequest, AuditStorageRequest__Output as _sexton_v1_AuditStorageRequest__Output } from './sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse as _sexton_v1_AuditStorageResponse, AuditStorageResponse__Output as _sexton_v1_AuditStorageResponse__Output } from './sexton/v1/AuditStorageResponse.js';
import type { AuditSummary as _sexton_v1_AuditSummary, AuditSummary__Output as _sexton_v1_AuditSummary__Output } from './sexton/v1/AuditSummary.js';
import type { ListPurgesRequest as _sexton_v1_ListPurgesRequest, ListPurgesRequest__Output as _sexton_v1_ListPurgesRequest__Output } from './sexton/v1/ListPurgesRequest.js';
import type { ListPurgesResponse as _sexton_v1_ListPurgesResponse, ListPurgesResponse__Output as _sexton_v1_ListPurgesResponse__Output } from './sexton/v1/ListPurgesResponse.js';
import type { NodeTakenUp as _sexton_v1_NodeTakenUp, NodeTakenUp__Output as _sexton_v1_NodeTakenUp__Output } from './sexton/v1/NodeTakenUp.js';
import type { PausePurgesRequest as _sexton_v1_PausePurgesRequest, PausePurgesRequest__Output as _sexton_v1_PausePurgesRequest__Output } from './sexton/v1/PausePurgesRequest.js';
import type { PausePurgesResponse as _sexton_v1_PausePurgesResponse, PausePurgesResponse__Output as _sexton_v1_PausePurgesResponse__Output } from './sexton/v1/PausePurgesResponse.js';
import type { Purge as _sexton_v1_Purge, Purge__Output as _sexton_v1_Purge__Output } from './sexton/v1/Purge.js';
import type { PurgeEstimate as _sexton_v1_PurgeEstimate, PurgeEstimate__Output as _sexton_v1_PurgeEstimate__Output } from './sexton/v1/PurgeEstimate.js';
import type { PurgeStatus as _sexton_v1_PurgeStatus, PurgeStatus__Output as _sexton_v1_PurgeStatus__Output } from './sexton/v1/PurgeStatus.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from './sexton/v1/PurgeSummary.js';
import type { PurgeTarget as _sexton_v1_PurgeTarget, PurgeTarget__Output as _sexton_v1_PurgeTarget__Output } from './sexton/v1/PurgeTarget.js';
import type { ResumePurgesRequest as _sexton_v1_ResumePurgesRequest, ResumePurgesRequest__Output as _sexton_v1_ResumePurgesRequest__Output } from './sexton/v1/ResumePurgesRequest.js';
import type { ResumePurgesResponse as _sexton_v1_ResumePurgesResponse, ResumePurgesResponse__Output as _sexton_v1_ResumePurgesResponse__Output } from './sexton/v1/ResumePurgesResponse.js';
import type { RetryPurgeRequest as _sexton_v1_RetryPurgeRequest, RetryPurgeRequest__Output as _sexton_v1_RetryPurgeRequest__Output } from './sexton/v1/RetryPurgeRequest.js';
import type { RetryPurgeResponse as _sexton_v1_RetryPurgeResponse, RetryPurgeResponse__Output as _sexton_v1_RetryPurgeResponse__Output } from './sexton/v1/RetryPurgeResponse.js';
import type { StorageServiceClient as _sexton_v1_StorageServiceClient, StorageServiceDefinition as _sexton_v1_StorageServiceDefinition } from './sexton/v1/StorageService.js';
import type { StoreLoad as _sexton_v1_StoreLoad, StoreLoad__Output as _sexton_v1_StoreLoad__Output } from './sexton/v1/StoreLoad.js';
import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from './sexton/v1/Stream.js';

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
      AdoptAs: EnumTypeDefinition
      AdoptStreamRequest: MessageTypeDefinition<_sexton_v1_AdoptStreamRequest, _sexton_v1_AdoptStreamRequest__Output>
      AdoptStreamResponse: MessageTypeDefinition<_sexton_v1_AdoptStreamResponse, _sexton_v1_AdoptStreamResponse__Output>
      AuditFinding: MessageTypeDefinition<_sexton_v1_AuditFinding, _sexton_v1_AuditFinding__Output>
      AuditFindingKind: EnumTypeDefinition
      AuditHeader: MessageTypeDefinition<_sexton_v1_AuditHeader, _sexton_v1_AuditHeader__Output>
      AuditProgress: MessageTypeDefinition<_sexton_v1_AuditProgress, _sexton_v1_AuditProgress__Output>
      AuditStorageRequest: MessageTypeDefinition<_sexton_v1_AuditStorageRequest, _sexton_v1_AuditStorageRequest__Output>
      AuditStorageResponse: MessageTypeDefinition<_sexton_v1_AuditStorageResponse, _sexton_v1_AuditStorageResponse__Output>
      AuditSummary: MessageTypeDefinition<_sexton_v1_AuditSummary, _sexton_v1_AuditSummary__Output>
      BlockedReason: EnumTypeDefinition
      DrainWait: EnumTypeDefinition
      EstimateBasis: EnumTypeDefinition
      ListPurgesRequest: MessageTypeDefinition<_sexton_v1_ListPurgesRequest, _sexton_v1_ListPurgesRequest__Output>
      ListPurgesResponse: MessageTypeDefinition<_sexton_v1_ListPurgesResponse, _sexton_v1_ListPurgesResponse__Output>
      NodeTakenUp: MessageTypeDefinition<_sexton_v1_NodeTakenUp, _sexton_v1_NodeTakenUp__Output>
      PausePurgesRequest: MessageTypeDefinition<_sexton_v1_PausePurgesRequest, _sexton_v1_PausePurgesRequest__Output>
      PausePurgesResponse: MessageTypeDefinition<_sexton_v1_PausePurgesResponse, _sexton_v1_PausePurgesResponse__Output>
      PauseReason: EnumTypeDefinition
      Purge: MessageTypeDefinition<_sexton_v1_Purge, _sexton_v1_Purge__Output>
      PurgeEstimate: MessageTypeDefinition<_sexton_v1_PurgeEstimate, _sexton_v1_PurgeEstimate__Output>
      PurgePhase: EnumTypeDefinition
      PurgeStatus: MessageTypeDefinition<_sexton_v1_PurgeStatus, _sexton_v1_PurgeStatus__Output>
      PurgeSummary: MessageTypeDefinition<_sexton_v1_PurgeSummary, _sexton_v1_PurgeSummary__Output>
      PurgeTarget: MessageTypeDefinition<_sexton_v1_PurgeTarget, _sexton_v1_PurgeTarget__Output>
      ResumePurgesRequest: MessageTypeDefinition<_sexton_v1_ResumePurgesRequest, _sexton_v1_ResumePurgesRequest__Output>
      ResumePurgesResponse: MessageTypeDefinition<_sexton_v1_ResumePurgesResponse, _sexton_v1_ResumePurgesResponse__Output>
      RetryPurgeRequest: MessageTypeDefinition<_sexton_v1_RetryPurgeRequest, _sexton_v1_RetryPurgeRequest__Output>
      RetryPurgeResponse: MessageTypeDefinition<_sexton_v1_RetryPurgeResponse, _sexton_v1_RetryPurgeResponse__Output>
      StopReason: EnumTypeDefinition
      /**
       * The object store: purges under way, and what the bucket holds beyond the catalog. Any node takes
       * any call, the leader answers. Errors common to all calls, and `request_id`, are described at
       * StreamService. Where a request names a stream, `incarnation` 0 is the latest life, and
       * NOT_FOUND           STREAM_NOT_FOUND
       * FAILED_PRECONDITION INCARNATION_MISMATCH
       * apply.
       */
      StorageService: SubtypeConstructor<typeof grpc.Client, _sexton_v1_StorageServiceClient> & { service: _sexton_v1_StorageServiceDefinition }
      StoreLoad: MessageTypeDefinition<_sexton_v1_StoreLoad, _sexton_v1_StoreLoad__Output>
      Stream: MessageTypeDefinition<_sexton_v1_Stream, _sexton_v1_Stream__Output>
      StreamState: EnumTypeDefinition
    }
  }
}

