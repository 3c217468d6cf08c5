// Original file: proto/sexton/v1/ingest_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CloseSessionRequest as _sexton_v1_CloseSessionRequest, CloseSessionRequest__Output as _sexton_v1_CloseSessionRequest__Output } from '../../sexton/v1/CloseSessionRequest.js';
import type { CloseSessionResponse as _sexton_v1_CloseSessionResponse, CloseSessionResponse__Output as _sexton_v1_CloseSessionResponse__Output } from '../../sexton/v1/CloseSessionResponse.js';
import type { KeepAliveRequest as _sexton_v1_KeepAliveRequest, KeepAliveRequest__Output as _sexton_v1_KeepAliveRequest__Output } from '../../sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse as _sexton_v1_KeepAliveResponse, KeepAliveResponse__Output as _sexton_v1_KeepAliveResponse__Output } from '../../sexton/v1/KeepAliveResponse.js';
import type { ListSessionsRequest as _sexton_v1_ListSessionsRequest, ListSessionsRequest__Output as _sexton_v1_ListSessionsRequest__Output } from '../../sexton/v1/ListSessionsRequest.js';
import type { ListSessionsResponse as _sexton_v1_ListSessionsResponse, ListSessionsResponse__Output as _sexton_v1_ListSessionsResponse__Output } from '../../sexton/v1/ListSessionsResponse.js';
import type { OpenSessionRequest as _sexton_v1_OpenSessionRequest, OpenSessionRequest__Output as _sexton_v1_OpenSessionRequest__Output } from '../../sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse as _sexton_v1_OpenSessionResponse, OpenSessionResponse__Output as _sexton_v1_OpenSessionResponse__Output } from '../../sexton/v1/OpenSessionResponse.js';

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
export interface IngestServiceClient extends grpc.Client {
  /**
   * Ends the lease early, so that no purge has to wait for it to run out. Closing a session that
   * has ended succeeds and changes nothing.
   */
  CloseSession(argument: _sexton_v1_CloseSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  CloseSession(argument: _sexton_v1_CloseSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  CloseSession(argument: _sexton_v1_CloseSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  CloseSession(argument: _sexton_v1_CloseSessionRequest, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Ends the lease early, so that no purge has to wait for it to run out. Closing a session that
   * has ended succeeds and changes nothing.
   */
  closeSession(argument: _sexton_v1_CloseSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  closeSession(argument: _sexton_v1_CloseSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  closeSession(argument: _sexton_v1_CloseSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  closeSession(argument: _sexton_v1_CloseSessionRequest, callback: grpc.requestCallback<_sexton_v1_CloseSessionResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Keeps the lease and reports what has drained, for one session a call. Send a frame each third
   * of the TTL, and at once when a tombstone has drained; each frame is answered once, in order. A
   * broken call loses nothing: open another one, on any node.
   * FAILED_PRECONDITION SESSION_EXPIRED  expired, closed or never existed: stop uploading, open a new
   * session
   * INVALID_ARGUMENT    INVALID_ARGUMENT another session id than the first frame's, `sequence` not
   * growing, `drained_revision` going back or beyond what is
   * committed
   */
  KeepAlive(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveResponse__Output>;
  KeepAlive(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveResponse__Output>;
  /**
   * Keeps the lease and reports what has drained, for one session a call. Send a frame each third
   * of the TTL, and at once when a tombstone has drained; each frame is answered once, in order. A
   * broken call loses nothing: open another one, on any node.
   * FAILED_PRECONDITION SESSION_EXPIRED  expired, closed or never existed: stop uploading, open a new
   * session
   * INVALID_ARGUMENT    INVALID_ARGUMENT another session id than the first frame's, `sequence` not
   * growing, `drained_revision` going back or beyond what is
   * committed
   */
  keepAlive(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveResponse__Output>;
  keepAlive(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveResponse__Output>;
  
  /**
   * Who is connected, and whom do purges wait for. Always the leader's view, since drained
   * revisions are its alone. Ordered by node id, then session id.
   */
  ListSessions(argument: _sexton_v1_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _sexton_v1_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _sexton_v1_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  ListSessions(argument: _sexton_v1_ListSessionsRequest, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Who is connected, and whom do purges wait for. Always the leader's view, since drained
   * revisions are its alone. Ordered by node id, then session id.
   */
  listSessions(argument: _sexton_v1_ListSessionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _sexton_v1_ListSessionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _sexton_v1_ListSessionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  listSessions(argument: _sexton_v1_ListSessionsRequest, callback: grpc.requestCallback<_sexton_v1_ListSessionsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Opens a lease. Uploads may begin once the node's own watch has reached
   * `Session.opened_revision`.
   */
  OpenSession(argument: _sexton_v1_OpenSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  OpenSession(argument: _sexton_v1_OpenSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  OpenSession(argument: _sexton_v1_OpenSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  OpenSession(argument: _sexton_v1_OpenSessionRequest, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Opens a lease. Uploads may begin once the node's own watch has reached
   * `Session.opened_revision`.
   */
  openSession(argument: _sexton_v1_OpenSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  openSession(argument: _sexton_v1_OpenSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  openSession(argument: _sexton_v1_OpenSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  openSession(argument: _sexton_v1_OpenSessionRequest, callback: grpc.requestCallback<_sexton_v1_OpenSessionResponse__Output>): grpc.ClientUnaryCall;
  
}

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
export interface IngestServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Ends the lease early, so that no purge has to wait for it to run out. Closing a session that
   * has ended succeeds and changes nothing.
   */
  CloseSession: grpc.handleUnaryCall<_sexton_v1_CloseSessionRequest__Output, _sexton_v1_CloseSessionResponse>;
  
  /**
   * Keeps the lease and reports what has drained, for one session a call. Send a frame each third
   * of the TTL, and at once when a tombstone has drained; each frame is answered once, in order. A
   * broken call loses nothing: open another one, on any node.
   * FAILED_PRECONDITION SESSION_EXPIRED  expired, closed or never existed: stop uploading, open a new
   * session
   * INVALID_ARGUMENT    INVALID_ARGUMENT another session id than the first frame's, `sequence` not
   * growing, `drained_revision` going back or beyond what is
   * committed
   */
  KeepAlive: grpc.handleBidiStreamingCall<_sexton_v1_KeepAliveRequest__Output, _sexton_v1_KeepAliveResponse>;
  
  /**
   * Who is connected, and whom do purges wait for. Always the leader's view, since drained
   * revisions are its alone. Ordered by node id, then session id.
   */
  ListSessions: grpc.handleUnaryCall<_sexton_v1_ListSessionsRequest__Output, _sexton_v1_ListSessionsResponse>;
  
  /**
   * Opens a lease. Uploads may begin once the node's own watch has reached
   * `Session.opened_revision`.
   */
  OpenSession: grpc.handleUnaryCall<_sexton_v1_OpenSessionRequest__Output, _sexton_v1_OpenSessionResponse>;
  
}

export interface IngestServiceDefinition extends grpc.ServiceDefinition {
  CloseSession: MethodDefinition<_sexton_v1_CloseSessionRequest, _sexton_v1_CloseSessionResponse, _sexton_v1_CloseSessionRequest__Output, _sexton_v1_CloseSessionResponse__Output>
  KeepAlive: MethodDefinition<_sexton_v1_KeepAliveRequest, _sexton_v1_KeepAliveResponse, _sexton_v1_KeepAliveRequest__Output, _sexton_v1_KeepAliveResponse__Output>
  ListSessions: MethodDefinition<_sexton_v1_ListSessionsRequest, _sexton_v1_ListSessionsResponse, _sexton_v1_ListSessionsRequest__Output, _sexton_v1_ListSessionsResponse__Output>
  OpenSession: MethodDefinition<_sexton_v1_OpenSessionRequest, _sexton_v1_OpenSessionResponse, _sexton_v1_OpenSessionRequest__Output, _sexton_v1_OpenSessionResponse__Output>
}
