// Original file: proto/sexton/raft/v1/raft_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ConnectRequest as _sexton_raft_v1_ConnectRequest, ConnectRequest__Output as _sexton_raft_v1_ConnectRequest__Output } from '../../../sexton/raft/v1/ConnectRequest.js';
import type { ConnectResponse as _sexton_raft_v1_ConnectResponse, ConnectResponse__Output as _sexton_raft_v1_ConnectResponse__Output } from '../../../sexton/raft/v1/ConnectResponse.js';
import type { HandshakeRequest as _sexton_raft_v1_HandshakeRequest, HandshakeRequest__Output as _sexton_raft_v1_HandshakeRequest__Output } from '../../../sexton/raft/v1/HandshakeRequest.js';
import type { HandshakeResponse as _sexton_raft_v1_HandshakeResponse, HandshakeResponse__Output as _sexton_raft_v1_HandshakeResponse__Output } from '../../../sexton/raft/v1/HandshakeResponse.js';
import type { InstallSnapshotRequest as _sexton_raft_v1_InstallSnapshotRequest, InstallSnapshotRequest__Output as _sexton_raft_v1_InstallSnapshotRequest__Output } from '../../../sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotResponse as _sexton_raft_v1_InstallSnapshotResponse, InstallSnapshotResponse__Output as _sexton_raft_v1_InstallSnapshotResponse__Output } from '../../../sexton/raft/v1/InstallSnapshotResponse.js';
import type { OfferSnapshotRequest as _sexton_raft_v1_OfferSnapshotRequest, OfferSnapshotRequest__Output as _sexton_raft_v1_OfferSnapshotRequest__Output } from '../../../sexton/raft/v1/OfferSnapshotRequest.js';
import type { OfferSnapshotResponse as _sexton_raft_v1_OfferSnapshotResponse, OfferSnapshotResponse__Output as _sexton_raft_v1_OfferSnapshotResponse__Output } from '../../../sexton/raft/v1/OfferSnapshotResponse.js';

/**
 * The members' own protocol, on the same listener as the clients' services. Not for clients.
 * 
 * Indexes, terms and sequence numbers are below 2^53, so that a JavaScript number holds them
 * exactly; a peer that sends more is broken: the call ends with INVALID_ARGUMENT and nothing of
 * that frame is used. The same holds for a checksum that does not match (DATA_LOSS). Index 0 and
 * term 0 mean "before the first entry".
 * 
 * Checksums are CRC-32C (Castagnoli).
 */
export interface RaftServiceClient extends grpc.Client {
  /**
   * One long-lived stream a direction and pair: the caller sends, the callee sends on the one it
   * opened itself. The first frame is Hello and is answered by HelloAck, the only answer; every
   * further frame is a Batch. The call then lasts until either side ends it, and its end is the
   * hint that the peer may be gone: a hint, never a proof. Frames may be lost with the connection;
   * nothing here needs an answer to be safe. A second Connect from the same member replaces the
   * first, which ends with ABORTED. Refusals as in Handshake.
   */
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectResponse__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectResponse__Output>;
  /**
   * One long-lived stream a direction and pair: the caller sends, the callee sends on the one it
   * opened itself. The first frame is Hello and is answered by HelloAck, the only answer; every
   * further frame is a Batch. The call then lasts until either side ends it, and its end is the
   * hint that the peer may be gone: a hint, never a proof. Frames may be lost with the connection;
   * nothing here needs an answer to be safe. A second Connect from the same member replaces the
   * first, which ends with ABORTED. Refusals as in Handshake.
   */
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectResponse__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectResponse__Output>;
  
  /**
   * Who are you, and have we met? Called before the first bootstrap, and again before each Connect.
   * 
   * On the first start every member has an empty directory, which it initialises with a random
   * `directory_id`. It calls each configured peer again and again, and records durably, before it
   * tells anyone, the first directory id that it hears for each member id; another one for the same
   * member is refused from then on. It writes the first configuration, with that map in it, once
   * every initial member has answered with the full and equal map. So no two members can start with
   * different maps, whatever was wiped in between. State INITIALIZED begins with that write. Only
   * then does a member vote.
   * 
   * From then on a member id without its directory id is nobody (S6): a node that asks as member 2
   * from another directory than the one that is known has lost its disk, and with it the votes and
   * entries it had acknowledged. It gets FAILED_PRECONDITION, reason DIRECTORY_MISMATCH, and must
   * be removed and added as a new member. A JOINING
   * node stops as soon as an INITIALIZED answer gives its member id another directory id than its
   * own; one that gives the same is the first start going on, or the cluster that it was added to.
   * 
   * A member that is added to a cluster that runs waits JOINING. The leader calls it at the address
   * that it was added with, binds the directory that it tells by a committed configuration entry,
   * and the new member learns of that from the first member that answers it with it.
   * 
   * Also FAILED_PRECONDITION: CLUSTER_MISMATCH (another cluster id), NOT_A_MEMBER (removed; ids
   * only grow, so one that is merely not known yet can be told from it, and is let in),
   * WRONG_MEMBER (`to` is not the node reached), PROTOCOL_MISMATCH.
   */
  Handshake(argument: _sexton_raft_v1_HandshakeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  Handshake(argument: _sexton_raft_v1_HandshakeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  Handshake(argument: _sexton_raft_v1_HandshakeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  Handshake(argument: _sexton_raft_v1_HandshakeRequest, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Who are you, and have we met? Called before the first bootstrap, and again before each Connect.
   * 
   * On the first start every member has an empty directory, which it initialises with a random
   * `directory_id`. It calls each configured peer again and again, and records durably, before it
   * tells anyone, the first directory id that it hears for each member id; another one for the same
   * member is refused from then on. It writes the first configuration, with that map in it, once
   * every initial member has answered with the full and equal map. So no two members can start with
   * different maps, whatever was wiped in between. State INITIALIZED begins with that write. Only
   * then does a member vote.
   * 
   * From then on a member id without its directory id is nobody (S6): a node that asks as member 2
   * from another directory than the one that is known has lost its disk, and with it the votes and
   * entries it had acknowledged. It gets FAILED_PRECONDITION, reason DIRECTORY_MISMATCH, and must
   * be removed and added as a new member. A JOINING
   * node stops as soon as an INITIALIZED answer gives its member id another directory id than its
   * own; one that gives the same is the first start going on, or the cluster that it was added to.
   * 
   * A member that is added to a cluster that runs waits JOINING. The leader calls it at the address
   * that it was added with, binds the directory that it tells by a committed configuration entry,
   * and the new member learns of that from the first member that answers it with it.
   * 
   * Also FAILED_PRECONDITION: CLUSTER_MISMATCH (another cluster id), NOT_A_MEMBER (removed; ids
   * only grow, so one that is merely not known yet can be told from it, and is let in),
   * WRONG_MEMBER (`to` is not the node reached), PROTOCOL_MISMATCH.
   */
  handshake(argument: _sexton_raft_v1_HandshakeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  handshake(argument: _sexton_raft_v1_HandshakeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  handshake(argument: _sexton_raft_v1_HandshakeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  handshake(argument: _sexton_raft_v1_HandshakeRequest, callback: grpc.requestCallback<_sexton_raft_v1_HandshakeResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The leader's state for a follower that is behind the first entry kept. One header, chunks, one
   * end. Nothing becomes visible before the end frame was checked and everything is durable; a
   * broken call leaves the old state whole.
   * FAILED_PRECONDITION  as in Handshake
   * ABORTED              a newer snapshot call took over, or the term has passed
   * RESOURCE_EXHAUSTED   no room on the disk
   * DATA_LOSS            a checksum, a sequence or the number of chunks does not match
   */
  InstallSnapshot(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  InstallSnapshot(metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  InstallSnapshot(options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  InstallSnapshot(callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  /**
   * The leader's state for a follower that is behind the first entry kept. One header, chunks, one
   * end. Nothing becomes visible before the end frame was checked and everything is durable; a
   * broken call leaves the old state whole.
   * FAILED_PRECONDITION  as in Handshake
   * ABORTED              a newer snapshot call took over, or the term has passed
   * RESOURCE_EXHAUSTED   no room on the disk
   * DATA_LOSS            a checksum, a sequence or the number of chunks does not match
   */
  installSnapshot(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  installSnapshot(metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  installSnapshot(options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  installSnapshot(callback: grpc.requestCallback<_sexton_raft_v1_InstallSnapshotResponse__Output>): grpc.ClientWritableStream<_sexton_raft_v1_InstallSnapshotRequest>;
  
  /**
   * May I send you my state? Asked before each InstallSnapshot: the answer says what the follower
   * has of exactly this snapshot already, so that a stream that broke goes on where it stood, also
   * after the follower was restarted. Refusals as in InstallSnapshot.
   */
  OfferSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  OfferSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  OfferSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  OfferSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  /**
   * May I send you my state? Asked before each InstallSnapshot: the answer says what the follower
   * has of exactly this snapshot already, so that a stream that broke goes on where it stood, also
   * after the follower was restarted. Refusals as in InstallSnapshot.
   */
  offerSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  offerSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  offerSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  offerSnapshot(argument: _sexton_raft_v1_OfferSnapshotRequest, callback: grpc.requestCallback<_sexton_raft_v1_OfferSnapshotResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The members' own protocol, on the same listener as the clients' services. Not for clients.
 * 
 * Indexes, terms and sequence numbers are below 2^53, so that a JavaScript number holds them
 * exactly; a peer that sends more is broken: the call ends with INVALID_ARGUMENT and nothing of
 * that frame is used. The same holds for a checksum that does not match (DATA_LOSS). Index 0 and
 * term 0 mean "before the first entry".
 * 
 * Checksums are CRC-32C (Castagnoli).
 */
export interface RaftServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * One long-lived stream a direction and pair: the caller sends, the callee sends on the one it
   * opened itself. The first frame is Hello and is answered by HelloAck, the only answer; every
   * further frame is a Batch. The call then lasts until either side ends it, and its end is the
   * hint that the peer may be gone: a hint, never a proof. Frames may be lost with the connection;
   * nothing here needs an answer to be safe. A second Connect from the same member replaces the
   * first, which ends with ABORTED. Refusals as in Handshake.
   */
  Connect: grpc.handleBidiStreamingCall<_sexton_raft_v1_ConnectRequest__Output, _sexton_raft_v1_ConnectResponse>;
  
  /**
   * Who are you, and have we met? Called before the first bootstrap, and again before each Connect.
   * 
   * On the first start every member has an empty directory, which it initialises with a random
   * `directory_id`. It calls each configured peer again and again, and records durably, before it
   * tells anyone, the first directory id that it hears for each member id; another one for the same
   * member is refused from then on. It writes the first configuration, with that map in it, once
   * every initial member has answered with the full and equal map. So no two members can start with
   * different maps, whatever was wiped in between. State INITIALIZED begins with that write. Only
   * then does a member vote.
   * 
   * From then on a member id without its directory id is nobody (S6): a node that asks as member 2
   * from another directory than the one that is known has lost its disk, and with it the votes and
   * entries it had acknowledged. It gets FAILED_PRECONDITION, reason DIRECTORY_MISMATCH, and must
   * be removed and added as a new member. A JOINING
   * node stops as soon as an INITIALIZED answer gives its member id another directory id than its
   * own; one that gives the same is the first start going on, or the cluster that it was added to.
   * 
   * A member that is added to a cluster that runs waits JOINING. The leader calls it at the address
   * that it was added with, binds the directory that it tells by a committed configuration entry,
   * and the new member learns of that from the first member that answers it with it.
   * 
   * Also FAILED_PRECONDITION: CLUSTER_MISMATCH (another cluster id), NOT_A_MEMBER (removed; ids
   * only grow, so one that is merely not known yet can be told from it, and is let in),
   * WRONG_MEMBER (`to` is not the node reached), PROTOCOL_MISMATCH.
   */
  Handshake: grpc.handleUnaryCall<_sexton_raft_v1_HandshakeRequest__Output, _sexton_raft_v1_HandshakeResponse>;
  
  /**
   * The leader's state for a follower that is behind the first entry kept. One header, chunks, one
   * end. Nothing becomes visible before the end frame was checked and everything is durable; a
   * broken call leaves the old state whole.
   * FAILED_PRECONDITION  as in Handshake
   * ABORTED              a newer snapshot call took over, or the term has passed
   * RESOURCE_EXHAUSTED   no room on the disk
   * DATA_LOSS            a checksum, a sequence or the number of chunks does not match
   */
  InstallSnapshot: grpc.handleClientStreamingCall<_sexton_raft_v1_InstallSnapshotRequest__Output, _sexton_raft_v1_InstallSnapshotResponse>;
  
  /**
   * May I send you my state? Asked before each InstallSnapshot: the answer says what the follower
   * has of exactly this snapshot already, so that a stream that broke goes on where it stood, also
   * after the follower was restarted. Refusals as in InstallSnapshot.
   */
  OfferSnapshot: grpc.handleUnaryCall<_sexton_raft_v1_OfferSnapshotRequest__Output, _sexton_raft_v1_OfferSnapshotResponse>;
  
}

export interface RaftServiceDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectResponse, _sexton_raft_v1_ConnectRequest__Output, _sexton_raft_v1_ConnectResponse__Output>
  Handshake: MethodDefinition<_sexton_raft_v1_HandshakeRequest, _sexton_raft_v1_HandshakeResponse, _sexton_raft_v1_HandshakeRequest__Output, _sexton_raft_v1_HandshakeResponse__Output>
  InstallSnapshot: MethodDefinition<_sexton_raft_v1_InstallSnapshotRequest, _sexton_raft_v1_InstallSnapshotResponse, _sexton_raft_v1_InstallSnapshotRequest__Output, _sexton_raft_v1_InstallSnapshotResponse__Output>
  OfferSnapshot: MethodDefinition<_sexton_raft_v1_OfferSnapshotRequest, _sexton_raft_v1_OfferSnapshotResponse, _sexton_raft_v1_OfferSnapshotRequest__Output, _sexton_raft_v1_OfferSnapshotResponse__Output>
}
