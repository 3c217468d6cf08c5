/**
 * RaftService as grpc-js takes it: the generated definition, with the frames of Connect encoded by
 * hand (`raft-wire.ts`). Whatever does not decode reaches the handler as `{ ok: false }` instead of
 * ending the call inside gRPC, so that the handler can say why, and count it.
 *
 *   server.addService(raftServiceDefinition, handlers satisfies RaftServiceHandlers)
 *   new RaftClient(address, credentials, options).Connect(metadata)
 */
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleUnaryCall,
  makeClientConstructor,
  type Metadata,
  type MethodDefinition,
  type requestCallback,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type {
  ConnectResponse,
  ConnectResponse__Output,
} from '../generated/sexton/raft/v1/ConnectResponse.js';
import type {
  HandshakeRequest,
  HandshakeRequest__Output,
} from '../generated/sexton/raft/v1/HandshakeRequest.js';
import type {
  HandshakeResponse,
  HandshakeResponse__Output,
} from '../generated/sexton/raft/v1/HandshakeResponse.js';
import type {
  InstallSnapshotRequest,
  InstallSnapshotRequest__Output,
} from '../generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type {
  InstallSnapshotResponse,
  InstallSnapshotResponse__Output,
} from '../generated/sexton/raft/v1/InstallSnapshotResponse.js';
import type {
  OfferSnapshotRequest,
  OfferSnapshotRequest__Output,
} from '../generated/sexton/raft/v1/OfferSnapshotRequest.js';
import type {
  OfferSnapshotResponse,
  OfferSnapshotResponse__Output,
} from '../generated/sexton/raft/v1/OfferSnapshotResponse.js';
import { assert } from '../shared/assert.js';
import type { Decoded } from './decoded.js';
import { type ClientConstructor, RAFT_SERVICE, raftProtoDefinition } from './proto.js';
import { decodeFrame, encodeFrame, type PeerFrame } from './raft-wire.js';

/** What a caller of Connect writes is a PeerFrame; what its handler reads is a Decoded one. */
const connect: MethodDefinition<PeerFrame | Decoded<PeerFrame>, ConnectResponse> = {
  ...raftProtoDefinition.Connect,
  requestSerialize: (frame) => {
    assert('kind' in frame, 'a frame to send, not one received');
    return encodeFrame(frame);
  },
  requestDeserialize: decodeFrame,
};

const handshake: MethodDefinition<HandshakeRequest | Decoded<HandshakeRequest__Output>, HandshakeResponse> = {
  ...raftProtoDefinition.Handshake,
  requestSerialize: (request) => raftProtoDefinition.Handshake.requestSerialize(request as HandshakeRequest),
  requestDeserialize: total((bytes) => raftProtoDefinition.Handshake.requestDeserialize(bytes)),
};

const installSnapshot: MethodDefinition<
  InstallSnapshotRequest | Decoded<InstallSnapshotRequest__Output>,
  InstallSnapshotResponse
> = {
  ...raftProtoDefinition.InstallSnapshot,
  requestSerialize: (request) =>
    raftProtoDefinition.InstallSnapshot.requestSerialize(request as InstallSnapshotRequest),
  requestDeserialize: total((bytes) => raftProtoDefinition.InstallSnapshot.requestDeserialize(bytes)),
};

const offerSnapshot: MethodDefinition<
  OfferSnapshotRequest | Decoded<OfferSnapshotRequest__Output>,
  OfferSnapshotResponse
> = {
  ...raftProtoDefinition.OfferSnapshot,
  requestSerialize: (request) =>
    raftProtoDefinition.OfferSnapshot.requestSerialize(request as OfferSnapshotRequest),
  requestDeserialize: total((bytes) => raftProtoDefinition.OfferSnapshot.requestDeserialize(bytes)),
};

function total<T>(deserialize: (bytes: Buffer) => T): (bytes: Buffer) => Decoded<T> {
  return (bytes) => {
    try {
      return { ok: true, value: deserialize(bytes) };
    } catch (error) {
      // The generated decoder throws whatever it stumbles over: RangeError, protobuf's own, plain Error.
      const cause = `not a message: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, code: 'INVALID_ARGUMENT', cause };
    }
  };
}

export const raftServiceDefinition = {
  ...raftProtoDefinition,
  Handshake: handshake,
  Connect: connect,
  OfferSnapshot: offerSnapshot,
  InstallSnapshot: installSnapshot,
};

export interface RaftServiceHandlers extends UntypedServiceImplementation {
  Handshake: handleUnaryCall<Decoded<HandshakeRequest__Output>, HandshakeResponse>;
  Connect: handleBidiStreamingCall<Decoded<PeerFrame>, ConnectResponse>;
  OfferSnapshot: handleUnaryCall<Decoded<OfferSnapshotRequest__Output>, OfferSnapshotResponse>;
  InstallSnapshot: handleClientStreamingCall<
    Decoded<InstallSnapshotRequest__Output>,
    InstallSnapshotResponse
  >;
}

export interface RaftClient extends Client {
  Handshake(
    request: HandshakeRequest,
    metadata: Metadata,
    options: CallOptions,
    callback: requestCallback<HandshakeResponse__Output>,
  ): ClientUnaryCall;
  Connect(metadata: Metadata, options?: CallOptions): ClientDuplexStream<PeerFrame, ConnectResponse__Output>;
  OfferSnapshot(
    request: OfferSnapshotRequest,
    metadata: Metadata,
    options: CallOptions,
    callback: requestCallback<OfferSnapshotResponse__Output>,
  ): ClientUnaryCall;
  InstallSnapshot(
    metadata: Metadata,
    options: CallOptions,
    callback: requestCallback<InstallSnapshotResponse__Output>,
  ): ClientWritableStream<InstallSnapshotRequest>;
}

export const RaftClient = makeClientConstructor(
  raftServiceDefinition,
  RAFT_SERVICE,
) as unknown as ClientConstructor<RaftClient>;
