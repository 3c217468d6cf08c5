// Original file: proto/sexton/v1/stream_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateStreamRequest as _sexton_v1_CreateStreamRequest, CreateStreamRequest__Output as _sexton_v1_CreateStreamRequest__Output } from '../../sexton/v1/CreateStreamRequest.js';
import type { CreateStreamResponse as _sexton_v1_CreateStreamResponse, CreateStreamResponse__Output as _sexton_v1_CreateStreamResponse__Output } from '../../sexton/v1/CreateStreamResponse.js';
import type { DeleteStreamRequest as _sexton_v1_DeleteStreamRequest, DeleteStreamRequest__Output as _sexton_v1_DeleteStreamRequest__Output } from '../../sexton/v1/DeleteStreamRequest.js';
import type { DeleteStreamResponse as _sexton_v1_DeleteStreamResponse, DeleteStreamResponse__Output as _sexton_v1_DeleteStreamResponse__Output } from '../../sexton/v1/DeleteStreamResponse.js';
import type { GetStreamRequest as _sexton_v1_GetStreamRequest, GetStreamRequest__Output as _sexton_v1_GetStreamRequest__Output } from '../../sexton/v1/GetStreamRequest.js';
import type { GetStreamResponse as _sexton_v1_GetStreamResponse, GetStreamResponse__Output as _sexton_v1_GetStreamResponse__Output } from '../../sexton/v1/GetStreamResponse.js';
import type { ListStreamsRequest as _sexton_v1_ListStreamsRequest, ListStreamsRequest__Output as _sexton_v1_ListStreamsRequest__Output } from '../../sexton/v1/ListStreamsRequest.js';
import type { ListStreamsResponse as _sexton_v1_ListStreamsResponse, ListStreamsResponse__Output as _sexton_v1_ListStreamsResponse__Output } from '../../sexton/v1/ListStreamsResponse.js';
import type { MutateStreamsRequest as _sexton_v1_MutateStreamsRequest, MutateStreamsRequest__Output as _sexton_v1_MutateStreamsRequest__Output } from '../../sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse as _sexton_v1_MutateStreamsResponse, MutateStreamsResponse__Output as _sexton_v1_MutateStreamsResponse__Output } from '../../sexton/v1/MutateStreamsResponse.js';
import type { UndeleteStreamRequest as _sexton_v1_UndeleteStreamRequest, UndeleteStreamRequest__Output as _sexton_v1_UndeleteStreamRequest__Output } from '../../sexton/v1/UndeleteStreamRequest.js';
import type { UndeleteStreamResponse as _sexton_v1_UndeleteStreamResponse, UndeleteStreamResponse__Output as _sexton_v1_UndeleteStreamResponse__Output } from '../../sexton/v1/UndeleteStreamResponse.js';
import type { WatchStreamsRequest as _sexton_v1_WatchStreamsRequest, WatchStreamsRequest__Output as _sexton_v1_WatchStreamsRequest__Output } from '../../sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse as _sexton_v1_WatchStreamsResponse, WatchStreamsResponse__Output as _sexton_v1_WatchStreamsResponse__Output } from '../../sexton/v1/WatchStreamsResponse.js';

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
export interface StreamServiceClient extends grpc.Client {
  /**
   * Starts a new life of a name.
   * ALREADY_EXISTS      STREAM_EXISTS   the name is ACTIVE
   * FAILED_PRECONDITION PURGE_PENDING   an earlier life still owns the prefix, or `reusable_after`
   * lies ahead
   * FAILED_PRECONDITION PREFIX_OVERLAP  another stream owns a prefix equal to, above or below this one
   */
  CreateStream(argument: _sexton_v1_CreateStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  CreateStream(argument: _sexton_v1_CreateStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  CreateStream(argument: _sexton_v1_CreateStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  CreateStream(argument: _sexton_v1_CreateStreamRequest, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Starts a new life of a name.
   * ALREADY_EXISTS      STREAM_EXISTS   the name is ACTIVE
   * FAILED_PRECONDITION PURGE_PENDING   an earlier life still owns the prefix, or `reusable_after`
   * lies ahead
   * FAILED_PRECONDITION PREFIX_OVERLAP  another stream owns a prefix equal to, above or below this one
   */
  createStream(argument: _sexton_v1_CreateStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  createStream(argument: _sexton_v1_CreateStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  createStream(argument: _sexton_v1_CreateStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  createStream(argument: _sexton_v1_CreateStreamRequest, callback: grpc.requestCallback<_sexton_v1_CreateStreamResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Marks a stream deleted (AIP-164). The answer means that the tombstone is committed by a
   * majority: its objects will be gone after `purge_after`, whichever nodes fail. A stream that is
   * already deleted is a success that changes nothing; its grace period does not start again.
   * NOT_FOUND           STREAM_NOT_FOUND      never existed or forgotten, without `allow_missing`
   * FAILED_PRECONDITION INCARNATION_MISMATCH  `incarnation` is not the current life
   * ABORTED             ETAG_MISMATCH         it changed since the caller saw it
   */
  DeleteStream(argument: _sexton_v1_DeleteStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  DeleteStream(argument: _sexton_v1_DeleteStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  DeleteStream(argument: _sexton_v1_DeleteStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  DeleteStream(argument: _sexton_v1_DeleteStreamRequest, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Marks a stream deleted (AIP-164). The answer means that the tombstone is committed by a
   * majority: its objects will be gone after `purge_after`, whichever nodes fail. A stream that is
   * already deleted is a success that changes nothing; its grace period does not start again.
   * NOT_FOUND           STREAM_NOT_FOUND      never existed or forgotten, without `allow_missing`
   * FAILED_PRECONDITION INCARNATION_MISMATCH  `incarnation` is not the current life
   * ABORTED             ETAG_MISMATCH         it changed since the caller saw it
   */
  deleteStream(argument: _sexton_v1_DeleteStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  deleteStream(argument: _sexton_v1_DeleteStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  deleteStream(argument: _sexton_v1_DeleteStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  deleteStream(argument: _sexton_v1_DeleteStreamRequest, callback: grpc.requestCallback<_sexton_v1_DeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Returns a stream in any state, deleted ones too (AIP-164), until it is forgotten.
   * NOT_FOUND STREAM_NOT_FOUND
   */
  GetStream(argument: _sexton_v1_GetStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  GetStream(argument: _sexton_v1_GetStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  GetStream(argument: _sexton_v1_GetStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  GetStream(argument: _sexton_v1_GetStreamRequest, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Returns a stream in any state, deleted ones too (AIP-164), until it is forgotten.
   * NOT_FOUND STREAM_NOT_FOUND
   */
  getStream(argument: _sexton_v1_GetStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  getStream(argument: _sexton_v1_GetStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  getStream(argument: _sexton_v1_GetStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  getStream(argument: _sexton_v1_GetStreamRequest, callback: grpc.requestCallback<_sexton_v1_GetStreamResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Pages through streams, ordered by tenant, name, incarnation.
   */
  ListStreams(argument: _sexton_v1_ListStreamsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  ListStreams(argument: _sexton_v1_ListStreamsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  ListStreams(argument: _sexton_v1_ListStreamsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  ListStreams(argument: _sexton_v1_ListStreamsRequest, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Pages through streams, ordered by tenant, name, incarnation.
   */
  listStreams(argument: _sexton_v1_ListStreamsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  listStreams(argument: _sexton_v1_ListStreamsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  listStreams(argument: _sexton_v1_ListStreamsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  listStreams(argument: _sexton_v1_ListStreamsRequest, callback: grpc.requestCallback<_sexton_v1_ListStreamsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Creates and deletes in a pipeline: far more a second than by single calls, since many share a
   * frame, a proposal and a disk write. Mutations are proposed in the order sent and answered as
   * they commit, in any order; each succeeds or fails by itself, with the errors of CreateStream
   * and DeleteStream, and the call goes on. The sender may half-close and still gets every answer.
   * When the call breaks, whatever was not answered is OUTCOME_UNKNOWN.
   * INVALID_ARGUMENT    INVALID_ARGUMENT  ends the call: a frame over its bounds, `sequence` not
   * growing
   * A sender that runs too far ahead is held back by flow control, not refused.
   */
  MutateStreams(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsResponse__Output>;
  MutateStreams(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsResponse__Output>;
  /**
   * Creates and deletes in a pipeline: far more a second than by single calls, since many share a
   * frame, a proposal and a disk write. Mutations are proposed in the order sent and answered as
   * they commit, in any order; each succeeds or fails by itself, with the errors of CreateStream
   * and DeleteStream, and the call goes on. The sender may half-close and still gets every answer.
   * When the call breaks, whatever was not answered is OUTCOME_UNKNOWN.
   * INVALID_ARGUMENT    INVALID_ARGUMENT  ends the call: a frame over its bounds, `sequence` not
   * growing
   * A sender that runs too far ahead is held back by flow control, not refused.
   */
  mutateStreams(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsResponse__Output>;
  mutateStreams(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsResponse__Output>;
  
  /**
   * Takes the tombstone back, as long as the drain has not begun.
   * NOT_FOUND           STREAM_NOT_FOUND
   * FAILED_PRECONDITION STREAM_NOT_DELETED    it is ACTIVE
   * FAILED_PRECONDITION PURGE_STARTED         too late: nodes may have forgotten it, objects may be gone
   * FAILED_PRECONDITION INCARNATION_MISMATCH
   * ABORTED             ETAG_MISMATCH
   */
  UndeleteStream(argument: _sexton_v1_UndeleteStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  UndeleteStream(argument: _sexton_v1_UndeleteStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  UndeleteStream(argument: _sexton_v1_UndeleteStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  UndeleteStream(argument: _sexton_v1_UndeleteStreamRequest, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Takes the tombstone back, as long as the drain has not begun.
   * NOT_FOUND           STREAM_NOT_FOUND
   * FAILED_PRECONDITION STREAM_NOT_DELETED    it is ACTIVE
   * FAILED_PRECONDITION PURGE_STARTED         too late: nodes may have forgotten it, objects may be gone
   * FAILED_PRECONDITION INCARNATION_MISMATCH
   * ABORTED             ETAG_MISMATCH
   */
  undeleteStream(argument: _sexton_v1_UndeleteStreamRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  undeleteStream(argument: _sexton_v1_UndeleteStreamRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  undeleteStream(argument: _sexton_v1_UndeleteStreamRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  undeleteStream(argument: _sexton_v1_UndeleteStreamRequest, callback: grpc.requestCallback<_sexton_v1_UndeleteStreamResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Sends every change after a revision, in order, none left out and none twice, from what the
   * answering node has applied. The first message is a header. To follow everything: ListStreams,
   * then watch from the revision it returned. To resume: watch from the last `revision` received.
   * OUT_OF_RANGE        REVISION_COMPACTED  metadata `oldest_revision`: list again, then watch
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS   the caller reads too slowly, or too many watches: resume
   * A `start_revision` that this node has not applied yet is waited for.
   */
  WatchStreams(argument: _sexton_v1_WatchStreamsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_WatchStreamsResponse__Output>;
  WatchStreams(argument: _sexton_v1_WatchStreamsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_WatchStreamsResponse__Output>;
  /**
   * Sends every change after a revision, in order, none left out and none twice, from what the
   * answering node has applied. The first message is a header. To follow everything: ListStreams,
   * then watch from the revision it returned. To resume: watch from the last `revision` received.
   * OUT_OF_RANGE        REVISION_COMPACTED  metadata `oldest_revision`: list again, then watch
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS   the caller reads too slowly, or too many watches: resume
   * A `start_revision` that this node has not applied yet is waited for.
   */
  watchStreams(argument: _sexton_v1_WatchStreamsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_WatchStreamsResponse__Output>;
  watchStreams(argument: _sexton_v1_WatchStreamsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_sexton_v1_WatchStreamsResponse__Output>;
  
}

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
export interface StreamServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Starts a new life of a name.
   * ALREADY_EXISTS      STREAM_EXISTS   the name is ACTIVE
   * FAILED_PRECONDITION PURGE_PENDING   an earlier life still owns the prefix, or `reusable_after`
   * lies ahead
   * FAILED_PRECONDITION PREFIX_OVERLAP  another stream owns a prefix equal to, above or below this one
   */
  CreateStream: grpc.handleUnaryCall<_sexton_v1_CreateStreamRequest__Output, _sexton_v1_CreateStreamResponse>;
  
  /**
   * Marks a stream deleted (AIP-164). The answer means that the tombstone is committed by a
   * majority: its objects will be gone after `purge_after`, whichever nodes fail. A stream that is
   * already deleted is a success that changes nothing; its grace period does not start again.
   * NOT_FOUND           STREAM_NOT_FOUND      never existed or forgotten, without `allow_missing`
   * FAILED_PRECONDITION INCARNATION_MISMATCH  `incarnation` is not the current life
   * ABORTED             ETAG_MISMATCH         it changed since the caller saw it
   */
  DeleteStream: grpc.handleUnaryCall<_sexton_v1_DeleteStreamRequest__Output, _sexton_v1_DeleteStreamResponse>;
  
  /**
   * Returns a stream in any state, deleted ones too (AIP-164), until it is forgotten.
   * NOT_FOUND STREAM_NOT_FOUND
   */
  GetStream: grpc.handleUnaryCall<_sexton_v1_GetStreamRequest__Output, _sexton_v1_GetStreamResponse>;
  
  /**
   * Pages through streams, ordered by tenant, name, incarnation.
   */
  ListStreams: grpc.handleUnaryCall<_sexton_v1_ListStreamsRequest__Output, _sexton_v1_ListStreamsResponse>;
  
  /**
   * Creates and deletes in a pipeline: far more a second than by single calls, since many share a
   * frame, a proposal and a disk write. Mutations are proposed in the order sent and answered as
   * they commit, in any order; each succeeds or fails by itself, with the errors of CreateStream
   * and DeleteStream, and the call goes on. The sender may half-close and still gets every answer.
   * When the call breaks, whatever was not answered is OUTCOME_UNKNOWN.
   * INVALID_ARGUMENT    INVALID_ARGUMENT  ends the call: a frame over its bounds, `sequence` not
   * growing
   * A sender that runs too far ahead is held back by flow control, not refused.
   */
  MutateStreams: grpc.handleBidiStreamingCall<_sexton_v1_MutateStreamsRequest__Output, _sexton_v1_MutateStreamsResponse>;
  
  /**
   * Takes the tombstone back, as long as the drain has not begun.
   * NOT_FOUND           STREAM_NOT_FOUND
   * FAILED_PRECONDITION STREAM_NOT_DELETED    it is ACTIVE
   * FAILED_PRECONDITION PURGE_STARTED         too late: nodes may have forgotten it, objects may be gone
   * FAILED_PRECONDITION INCARNATION_MISMATCH
   * ABORTED             ETAG_MISMATCH
   */
  UndeleteStream: grpc.handleUnaryCall<_sexton_v1_UndeleteStreamRequest__Output, _sexton_v1_UndeleteStreamResponse>;
  
  /**
   * Sends every change after a revision, in order, none left out and none twice, from what the
   * answering node has applied. The first message is a header. To follow everything: ListStreams,
   * then watch from the revision it returned. To resume: watch from the last `revision` received.
   * OUT_OF_RANGE        REVISION_COMPACTED  metadata `oldest_revision`: list again, then watch
   * RESOURCE_EXHAUSTED  TOO_MANY_REQUESTS   the caller reads too slowly, or too many watches: resume
   * A `start_revision` that this node has not applied yet is waited for.
   */
  WatchStreams: grpc.handleServerStreamingCall<_sexton_v1_WatchStreamsRequest__Output, _sexton_v1_WatchStreamsResponse>;
  
}

export interface StreamServiceDefinition extends grpc.ServiceDefinition {
  CreateStream: MethodDefinition<_sexton_v1_CreateStreamRequest, _sexton_v1_CreateStreamResponse, _sexton_v1_CreateStreamRequest__Output, _sexton_v1_CreateStreamResponse__Output>
  DeleteStream: MethodDefinition<_sexton_v1_DeleteStreamRequest, _sexton_v1_DeleteStreamResponse, _sexton_v1_DeleteStreamRequest__Output, _sexton_v1_DeleteStreamResponse__Output>
  GetStream: MethodDefinition<_sexton_v1_GetStreamRequest, _sexton_v1_GetStreamResponse, _sexton_v1_GetStreamRequest__Output, _sexton_v1_GetStreamResponse__Output>
  ListStreams: MethodDefinition<_sexton_v1_ListStreamsRequest, _sexton_v1_ListStreamsResponse, _sexton_v1_ListStreamsRequest__Output, _sexton_v1_ListStreamsResponse__Output>
  MutateStreams: MethodDefinition<_sexton_v1_MutateStreamsRequest, _sexton_v1_MutateStreamsResponse, _sexton_v1_MutateStreamsRequest__Output, _sexton_v1_MutateStreamsResponse__Output>
  UndeleteStream: MethodDefinition<_sexton_v1_UndeleteStreamRequest, _sexton_v1_UndeleteStreamResponse, _sexton_v1_UndeleteStreamRequest__Output, _sexton_v1_UndeleteStreamResponse__Output>
  WatchStreams: MethodDefinition<_sexton_v1_WatchStreamsRequest, _sexton_v1_WatchStreamsResponse, _sexton_v1_WatchStreamsRequest__Output, _sexton_v1_WatchStreamsResponse__Output>
}
