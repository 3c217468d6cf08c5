// Original file: proto/sexton/v1/storage_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AdoptStreamRequest as _sexton_v1_AdoptStreamRequest, AdoptStreamRequest__Output as _sexton_v1_AdoptStreamRequest__Output } from '../../sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse as _sexton_v1_AdoptStreamResponse, AdoptStreamResponse__Output as _sexton_v1_AdoptStreamResponse__Output } from '../../sexton/v1/AdoptStreamResponse.js';
import type { AuditStorageRequest as _sexton_v1_AuditStorageRequest, AuditStorageRequest__Output as _sexton_v1_AuditStorageRequest__Output } from '../../sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse as _sexton_v1_AuditStorageResponse, AuditStorageResponse__Output as _sexton_v1_AuditStorageResponse__Output } from '../../sexton/v1/AuditStorageResponse.js';
import type { ListPurgesRequest as _sexton_v1_ListPurgesRequest, ListPurgesRequest__Output as _sexton_v1_ListPurgesRequest__Output } from '../../sexton/v1/ListPurgesRequest.js';
import type { ListPurgesResponse as _sexton_v1_ListPurgesResponse, ListPurgesResponse__Output as _sexton_v1_ListPurgesResponse__Output } from '../../sexton/v1/ListPurgesResponse.js';
import type { PausePurgesRequest as _sexton_v1_PausePurgesRequest, PausePurgesRequest__Output as _sexton_v1_PausePurgesRequest__Output } from '../../sexton/v1/PausePurgesRequest.js';
import type { PausePurgesResponse as _sexton_v1_PausePurgesResponse, PausePurgesResponse__Output as _sexton_v1_PausePurgesResponse__Output } from '../../sexton/v1/PausePurgesResponse.js';
import type { ResumePurgesRequest as _sexton_v1_ResumePurgesRequest, ResumePurgesRequest__Output as _sexton_v1_ResumePurgesRequest__Output } from '../../sexton/v1/ResumePurgesRequest.js';
import type { ResumePurgesResponse as _sexton_v1_ResumePurgesResponse, ResumePurgesResponse__Output as _sexton_v1_ResumePurgesResponse__Output } from '../../sexton/v1/ResumePurgesResponse.js';
import type { RetryPurgeRequest as _sexton_v1_RetryPurgeRequest, RetryPurgeRequest__Output as _sexton_v1_RetryPurgeRequest__Output } from '../../sexton/v1/RetryPurgeRequest.js';
import type { RetryPurgeResponse as _sexton_v1_RetryPurgeResponse, RetryPurgeResponse__Output as _sexton_v1_RetryPurgeResponse__Output } from '../../sexton/v1/RetryPurgeResponse.js';

/**
 * The object store: purges under way, and what the bucket holds beyond the catalog. Any node takes
 * any call, the leader answers. Errors common to all calls, and `request_id`, are described at
 * StreamService. Where a request names a stream, `incarnation` 0 is the latest life, and
 * NOT_FOUND           STREAM_NOT_FOUND
 * FAILED_PRECONDITION INCARNATION_MISMATCH
 * apply.
 */
export interface StorageServiceClient extends grpc.Client {
  /**
   * Brings a prefix that exists in the bucket under the catalog, as a live stream or as one to be
   * purged. Only tells what it would do unless `execute` is set. Fails closed: the prefix is listed
   * anew, by the rules of AuditStorage, by the node that is asked. A prefix in a dot folder, or with
   * one of another program's below it, is refused as deleted even with `force`, and so is one inside
   * a complete stream.
   * ALREADY_EXISTS      STREAM_EXISTS
   * FAILED_PRECONDITION PREFIX_OVERLAP, PURGE_PENDING
   * FAILED_PRECONDITION STORAGE_NOT_READY
   * FAILED_PRECONDITION PREFIX_TOO_YOUNG    as deleted, with data younger than `minimum_age`: see
   * `AuditFinding.too_young`
   * FAILED_PRECONDITION PREFIX_NOT_RESIDUE  as deleted, but it looks like a live stream, or holds
   * nothing known: see `force`
   * NOT_FOUND           PREFIX_EMPTY        no object lies under it
   */
  AdoptStream(argument: _sexton_v1_AdoptStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  AdoptStream(argument: _sexton_v1_AdoptStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  AdoptStream(argument: _sexton_v1_AdoptStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  AdoptStream(argument: _sexton_v1_AdoptStreamRequest, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Brings a prefix that exists in the bucket under the catalog, as a live stream or as one to be
   * purged. Only tells what it would do unless `execute` is set. Fails closed: the prefix is listed
   * anew, by the rules of AuditStorage, by the node that is asked. A prefix in a dot folder, or with
   * one of another program's below it, is refused as deleted even with `force`, and so is one inside
   * a complete stream.
   * ALREADY_EXISTS      STREAM_EXISTS
   * FAILED_PRECONDITION PREFIX_OVERLAP, PURGE_PENDING
   * FAILED_PRECONDITION STORAGE_NOT_READY
   * FAILED_PRECONDITION PREFIX_TOO_YOUNG    as deleted, with data younger than `minimum_age`: see
   * `AuditFinding.too_young`
   * FAILED_PRECONDITION PREFIX_NOT_RESIDUE  as deleted, but it looks like a live stream, or holds
   * nothing known: see `force`
   * NOT_FOUND           PREFIX_EMPTY        no object lies under it
   */
  adoptStream(argument: _sexton_v1_AdoptStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  adoptStream(argument: _sexton_v1_AdoptStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  adoptStream(argument: _sexton_v1_AdoptStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  adoptStream(argument: _sexton_v1_AdoptStreamRequest, callback: grpc.requestCallback<_sexton_v1_AdoptStreamResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Compares the bucket with the catalog and reports what no stream owns. Changes nothing. One
   * header, then findings and progress, then one summary: without it, or with `complete` false, the
   * absence of a finding means nothing. The node that is asked does the work, over linearizable reads of
   * the catalog: an audit goes on through a change of leaders, and is no burden to the leader.
   * FAILED_PRECONDITION STORAGE_NOT_READY  it cannot be read, or its marker names another cluster
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS  this node runs as many audits as it may already
   */
  AuditStorage(argument: _sexton_v1_AuditStorageRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_AuditStorageResponse__Output>;
  AuditStorage(argument: _sexton_v1_AuditStorageRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_AuditStorageResponse__Output>;
  /**
   * Compares the bucket with the catalog and reports what no stream owns. Changes nothing. One
   * header, then findings and progress, then one summary: without it, or with `complete` false, the
   * absence of a finding means nothing. The node that is asked does the work, over linearizable reads of
   * the catalog: an audit goes on through a change of leaders, and is no burden to the leader.
   * FAILED_PRECONDITION STORAGE_NOT_READY  it cannot be read, or its marker names another cluster
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS  this node runs as many audits as it may already
   */
  auditStorage(argument: _sexton_v1_AuditStorageRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_AuditStorageResponse__Output>;
  auditStorage(argument: _sexton_v1_AuditStorageRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_AuditStorageResponse__Output>;
  
  /**
   * Pages through streams that are DELETED or PURGING, the longest due first.
   */
  ListPurges(argument: _sexton_v1_ListPurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  ListPurges(argument: _sexton_v1_ListPurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  ListPurges(argument: _sexton_v1_ListPurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  ListPurges(argument: _sexton_v1_ListPurgesRequest, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Pages through streams that are DELETED or PURGING, the longest due first.
   */
  listPurges(argument: _sexton_v1_ListPurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  listPurges(argument: _sexton_v1_ListPurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  listPurges(argument: _sexton_v1_ListPurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  listPurges(argument: _sexton_v1_ListPurgesRequest, callback: grpc.requestCallback<_sexton_v1_ListPurgesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Stops purging, for one stream or for the whole cluster, through failovers, until resumed.
   * Answered when it is committed: after that no further delete request is sent, but one that is
   * under way may still land. A stream that is ACTIVE cannot be paused.
   * FAILED_PRECONDITION STREAM_NOT_DELETED
   */
  PausePurges(argument: _sexton_v1_PausePurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  PausePurges(argument: _sexton_v1_PausePurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  PausePurges(argument: _sexton_v1_PausePurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  PausePurges(argument: _sexton_v1_PausePurgesRequest, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Stops purging, for one stream or for the whole cluster, through failovers, until resumed.
   * Answered when it is committed: after that no further delete request is sent, but one that is
   * under way may still land. A stream that is ACTIVE cannot be paused.
   * FAILED_PRECONDITION STREAM_NOT_DELETED
   */
  pausePurges(argument: _sexton_v1_PausePurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  pausePurges(argument: _sexton_v1_PausePurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  pausePurges(argument: _sexton_v1_PausePurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  pausePurges(argument: _sexton_v1_PausePurgesRequest, callback: grpc.requestCallback<_sexton_v1_PausePurgesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Takes a pause back. Resuming the cluster leaves streams paused that were paused by name. This
   * is also the consent that purges wait for after a restore from backup.
   */
  ResumePurges(argument: _sexton_v1_ResumePurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  ResumePurges(argument: _sexton_v1_ResumePurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  ResumePurges(argument: _sexton_v1_ResumePurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  ResumePurges(argument: _sexton_v1_ResumePurgesRequest, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Takes a pause back. Resuming the cluster leaves streams paused that were paused by name. This
   * is also the consent that purges wait for after a restore from backup.
   */
  resumePurges(argument: _sexton_v1_ResumePurgesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  resumePurges(argument: _sexton_v1_ResumePurgesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  resumePurges(argument: _sexton_v1_ResumePurgesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  resumePurges(argument: _sexton_v1_ResumePurgesRequest, callback: grpc.requestCallback<_sexton_v1_ResumePurgesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Tries a RETRYING or BLOCKED purge again now. It shortens no grace period and skips no barrier;
   * a purge in any other phase is left as it is, and the call succeeds. See also
   * `discard_new_writes`.
   * FAILED_PRECONDITION STREAM_NOT_DELETED  there is nothing to purge
   */
  RetryPurge(argument: _sexton_v1_RetryPurgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  RetryPurge(argument: _sexton_v1_RetryPurgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  RetryPurge(argument: _sexton_v1_RetryPurgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  RetryPurge(argument: _sexton_v1_RetryPurgeRequest, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Tries a RETRYING or BLOCKED purge again now. It shortens no grace period and skips no barrier;
   * a purge in any other phase is left as it is, and the call succeeds. See also
   * `discard_new_writes`.
   * FAILED_PRECONDITION STREAM_NOT_DELETED  there is nothing to purge
   */
  retryPurge(argument: _sexton_v1_RetryPurgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  retryPurge(argument: _sexton_v1_RetryPurgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  retryPurge(argument: _sexton_v1_RetryPurgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  retryPurge(argument: _sexton_v1_RetryPurgeRequest, callback: grpc.requestCallback<_sexton_v1_RetryPurgeResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The object store: purges under way, and what the bucket holds beyond the catalog. Any node takes
 * any call, the leader answers. Errors common to all calls, and `request_id`, are described at
 * StreamService. Where a request names a stream, `incarnation` 0 is the latest life, and
 * NOT_FOUND           STREAM_NOT_FOUND
 * FAILED_PRECONDITION INCARNATION_MISMATCH
 * apply.
 */
export interface StorageServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Brings a prefix that exists in the bucket under the catalog, as a live stream or as one to be
   * purged. Only tells what it would do unless `execute` is set. Fails closed: the prefix is listed
   * anew, by the rules of AuditStorage, by the node that is asked. A prefix in a dot folder, or with
   * one of another program's below it, is refused as deleted even with `force`, and so is one inside
   * a complete stream.
   * ALREADY_EXISTS      STREAM_EXISTS
   * FAILED_PRECONDITION PREFIX_OVERLAP, PURGE_PENDING
   * FAILED_PRECONDITION STORAGE_NOT_READY
   * FAILED_PRECONDITION PREFIX_TOO_YOUNG    as deleted, with data younger than `minimum_age`: see
   * `AuditFinding.too_young`
   * FAILED_PRECONDITION PREFIX_NOT_RESIDUE  as deleted, but it looks like a live stream, or holds
   * nothing known: see `force`
   * NOT_FOUND           PREFIX_EMPTY        no object lies under it
   */
  AdoptStream: grpc.handleUnaryCall<_sexton_v1_AdoptStreamRequest__Output, _sexton_v1_AdoptStreamResponse>;
  
  /**
   * Compares the bucket with the catalog and reports what no stream owns. Changes nothing. One
   * header, then findings and progress, then one summary: without it, or with `complete` false, the
   * absence of a finding means nothing. The node that is asked does the work, over linearizable reads of
   * the catalog: an audit goes on through a change of leaders, and is no burden to the leader.
   * FAILED_PRECONDITION STORAGE_NOT_READY  it cannot be read, or its marker names another cluster
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS  this node runs as many audits as it may already
   */
  AuditStorage: grpc.handleServerStreamingCall<_sexton_v1_AuditStorageRequest__Output, _sexton_v1_AuditStorageResponse>;
  
  /**
   * Pages through streams that are DELETED or PURGING, the longest due first.
   */
  ListPurges: grpc.handleUnaryCall<_sexton_v1_ListPurgesRequest__Output, _sexton_v1_ListPurgesResponse>;
  
  /**
   * Stops purging, for one stream or for the whole cluster, through failovers, until resumed.
   * Answered when it is committed: after that no further delete request is sent, but one that is
   * under way may still land. A stream that is ACTIVE cannot be paused.
   * FAILED_PRECONDITION STREAM_NOT_DELETED
   */
  PausePurges: grpc.handleUnaryCall<_sexton_v1_PausePurgesRequest__Output, _sexton_v1_PausePurgesResponse>;
  
  /**
   * Takes a pause back. Resuming the cluster leaves streams paused that were paused by name. This
   * is also the consent that purges wait for after a restore from backup.
   */
  ResumePurges: grpc.handleUnaryCall<_sexton_v1_ResumePurgesRequest__Output, _sexton_v1_ResumePurgesResponse>;
  
  /**
   * Tries a RETRYING or BLOCKED purge again now. It shortens no grace period and skips no barrier;
   * a purge in any other phase is left as it is, and the call succeeds. See also
   * `discard_new_writes`.
   * FAILED_PRECONDITION STREAM_NOT_DELETED  there is nothing to purge
   */
  RetryPurge: grpc.handleUnaryCall<_sexton_v1_RetryPurgeRequest__Output, _sexton_v1_RetryPurgeResponse>;
  
}

export interface StorageServiceDefinition extends grpc.ServiceDefinition {
  AdoptStream: MethodDefinition<_sexton_v1_AdoptStreamRequest, _sexton_v1_AdoptStreamResponse, _sexton_v1_AdoptStreamRequest__Output, _sexton_v1_AdoptStreamResponse__Output>
  AuditStorage: MethodDefinition<_sexton_v1_AuditStorageRequest, _sexton_v1_AuditStorageResponse, _sexton_v1_AuditStorageRequest__Output, _sexton_v1_AuditStorageResponse__Output>
  ListPurges: MethodDefinition<_sexton_v1_ListPurgesRequest, _sexton_v1_ListPurgesResponse, _sexton_v1_ListPurgesRequest__Output, _sexton_v1_ListPurgesResponse__Output>
  PausePurges: MethodDefinition<_sexton_v1_PausePurgesRequest, _sexton_v1_PausePurgesResponse, _sexton_v1_PausePurgesRequest__Output, _sexton_v1_PausePurgesResponse__Output>
  ResumePurges: MethodDefinition<_sexton_v1_ResumePurgesRequest, _sexton_v1_ResumePurgesResponse, _sexton_v1_ResumePurgesRequest__Output, _sexton_v1_ResumePurgesResponse__Output>
  RetryPurge: MethodDefinition<_sexton_v1_RetryPurgeRequest, _sexton_v1_RetryPurgeResponse, _sexton_v1_RetryPurgeRequest__Output, _sexton_v1_RetryPurgeResponse__Output>
}
