import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AppendRequest as _sexton_raft_v1_AppendRequest, AppendRequest__Output as _sexton_raft_v1_AppendRequest__Output } from './sexton/raft/v1/AppendRequest.js';
import type { AppendResponse as _sexton_raft_v1_AppendResponse, AppendResponse__Output as _sexton_raft_v1_AppendResponse__Output } from './sexton/raft/v1/AppendResponse.js';
import type { Batch as _sexton_raft_v1_Batch, Batch__Output as _sexton_raft_v1_Batch__Output } from './sexton/raft/v1/Batch.js';
import type { ConnectRequest as _sexton_raft_v1_ConnectRequest, ConnectRequest__Output as _sexton_raft_v1_ConnectRequest__Output } from './sexton/raft/v1/ConnectRequest.js';
import type { ConnectResponse as _sexton_raft_v1_ConnectResponse, ConnectResponse__Output as _sexton_raft_v1_ConnectResponse__Output } from './sexton/raft/v1/ConnectResponse.js';
import type { DigestNotice as _sexton_raft_v1_DigestNotice, DigestNotice__Output as _sexton_raft_v1_DigestNotice__Output } from './sexton/raft/v1/DigestNotice.js';
import type { Entry as _sexton_raft_v1_Entry, Entry__Output as _sexton_raft_v1_Entry__Output } from './sexton/raft/v1/Entry.js';
import type { ForwardedProposal as _sexton_raft_v1_ForwardedProposal, ForwardedProposal__Output as _sexton_raft_v1_ForwardedProposal__Output } from './sexton/raft/v1/ForwardedProposal.js';
import type { HandshakeRequest as _sexton_raft_v1_HandshakeRequest, HandshakeRequest__Output as _sexton_raft_v1_HandshakeRequest__Output } from './sexton/raft/v1/HandshakeRequest.js';
import type { HandshakeResponse as _sexton_raft_v1_HandshakeResponse, HandshakeResponse__Output as _sexton_raft_v1_HandshakeResponse__Output } from './sexton/raft/v1/HandshakeResponse.js';
import type { HeardMember as _sexton_raft_v1_HeardMember, HeardMember__Output as _sexton_raft_v1_HeardMember__Output } from './sexton/raft/v1/HeardMember.js';
import type { HeartbeatRequest as _sexton_raft_v1_HeartbeatRequest, HeartbeatRequest__Output as _sexton_raft_v1_HeartbeatRequest__Output } from './sexton/raft/v1/HeartbeatRequest.js';
import type { HeartbeatResponse as _sexton_raft_v1_HeartbeatResponse, HeartbeatResponse__Output as _sexton_raft_v1_HeartbeatResponse__Output } from './sexton/raft/v1/HeartbeatResponse.js';
import type { Hello as _sexton_raft_v1_Hello, Hello__Output as _sexton_raft_v1_Hello__Output } from './sexton/raft/v1/Hello.js';
import type { HelloAck as _sexton_raft_v1_HelloAck, HelloAck__Output as _sexton_raft_v1_HelloAck__Output } from './sexton/raft/v1/HelloAck.js';
import type { InstallSnapshotRequest as _sexton_raft_v1_InstallSnapshotRequest, InstallSnapshotRequest__Output as _sexton_raft_v1_InstallSnapshotRequest__Output } from './sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotResponse as _sexton_raft_v1_InstallSnapshotResponse, InstallSnapshotResponse__Output as _sexton_raft_v1_InstallSnapshotResponse__Output } from './sexton/raft/v1/InstallSnapshotResponse.js';
import type { Message as _sexton_raft_v1_Message, Message__Output as _sexton_raft_v1_Message__Output } from './sexton/raft/v1/Message.js';
import type { OfferSnapshotRequest as _sexton_raft_v1_OfferSnapshotRequest, OfferSnapshotRequest__Output as _sexton_raft_v1_OfferSnapshotRequest__Output } from './sexton/raft/v1/OfferSnapshotRequest.js';
import type { OfferSnapshotResponse as _sexton_raft_v1_OfferSnapshotResponse, OfferSnapshotResponse__Output as _sexton_raft_v1_OfferSnapshotResponse__Output } from './sexton/raft/v1/OfferSnapshotResponse.js';
import type { PeerReport as _sexton_raft_v1_PeerReport, PeerReport__Output as _sexton_raft_v1_PeerReport__Output } from './sexton/raft/v1/PeerReport.js';
import type { PreVoteRequest as _sexton_raft_v1_PreVoteRequest, PreVoteRequest__Output as _sexton_raft_v1_PreVoteRequest__Output } from './sexton/raft/v1/PreVoteRequest.js';
import type { PreVoteResponse as _sexton_raft_v1_PreVoteResponse, PreVoteResponse__Output as _sexton_raft_v1_PreVoteResponse__Output } from './sexton/raft/v1/PreVoteResponse.js';
import type { ProposalRefusal as _sexton_raft_v1_ProposalRefusal, ProposalRefusal__Output as _sexton_raft_v1_ProposalRefusal__Output } from './sexton/raft/v1/ProposalRefusal.js';
import type { RaftServiceClient as _sexton_raft_v1_RaftServiceClient, RaftServiceDefinition as _sexton_raft_v1_RaftServiceDefinition } from './sexton/raft/v1/RaftService.js';
import type { ReadIndexRequest as _sexton_raft_v1_ReadIndexRequest, ReadIndexRequest__Output as _sexton_raft_v1_ReadIndexRequest__Output } from './sexton/raft/v1/ReadIndexRequest.js';
import type { ReadIndexResponse as _sexton_raft_v1_ReadIndexResponse, ReadIndexResponse__Output as _sexton_raft_v1_ReadIndexResponse__Output } from './sexton/raft/v1/ReadIndexResponse.js';
import type { SnapshotChunk as _sexton_raft_v1_SnapshotChunk, SnapshotChunk__Output as _sexton_raft_v1_SnapshotChunk__Output } from './sexton/raft/v1/SnapshotChunk.js';
import type { SnapshotEnd as _sexton_raft_v1_SnapshotEnd, SnapshotEnd__Output as _sexton_raft_v1_SnapshotEnd__Output } from './sexton/raft/v1/SnapshotEnd.js';
import type { SnapshotHeader as _sexton_raft_v1_SnapshotHeader, SnapshotHeader__Output as _sexton_raft_v1_SnapshotHeader__Output } from './sexton/raft/v1/SnapshotHeader.js';
import type { StateDigest as _sexton_raft_v1_StateDigest, StateDigest__Output as _sexton_raft_v1_StateDigest__Output } from './sexton/raft/v1/StateDigest.js';
import type { TimeoutNow as _sexton_raft_v1_TimeoutNow, TimeoutNow__Output as _sexton_raft_v1_TimeoutNow__Output } from './sexton/raft/v1/TimeoutNow.js';
import type { VoteRequest as _sexton_raft_v1_VoteRequest, VoteRequest__Output as _sexton_raft_v1_VoteRequest__Output } from './sexton/raft/v1/VoteRequest.js';
import type { VoteResponse as _sexton_raft_v1_VoteResponse, VoteResponse__Output as _sexton_raft_v1_VoteResponse__Output } from './sexton/raft/v1/VoteResponse.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  sexton: {
    raft: {
      v1: {
        AppendRequest: MessageTypeDefinition<_sexton_raft_v1_AppendRequest, _sexton_raft_v1_AppendRequest__Output>
        AppendResponse: MessageTypeDefinition<_sexton_raft_v1_AppendResponse, _sexton_raft_v1_AppendResponse__Output>
        Batch: MessageTypeDefinition<_sexton_raft_v1_Batch, _sexton_raft_v1_Batch__Output>
        ConnectRequest: MessageTypeDefinition<_sexton_raft_v1_ConnectRequest, _sexton_raft_v1_ConnectRequest__Output>
        ConnectResponse: MessageTypeDefinition<_sexton_raft_v1_ConnectResponse, _sexton_raft_v1_ConnectResponse__Output>
        DigestNotice: MessageTypeDefinition<_sexton_raft_v1_DigestNotice, _sexton_raft_v1_DigestNotice__Output>
        DirectoryState: EnumTypeDefinition
        Entry: MessageTypeDefinition<_sexton_raft_v1_Entry, _sexton_raft_v1_Entry__Output>
        EntryKind: EnumTypeDefinition
        ForwardedProposal: MessageTypeDefinition<_sexton_raft_v1_ForwardedProposal, _sexton_raft_v1_ForwardedProposal__Output>
        HandshakeRequest: MessageTypeDefinition<_sexton_raft_v1_HandshakeRequest, _sexton_raft_v1_HandshakeRequest__Output>
        HandshakeResponse: MessageTypeDefinition<_sexton_raft_v1_HandshakeResponse, _sexton_raft_v1_HandshakeResponse__Output>
        HeardMember: MessageTypeDefinition<_sexton_raft_v1_HeardMember, _sexton_raft_v1_HeardMember__Output>
        HeartbeatRequest: MessageTypeDefinition<_sexton_raft_v1_HeartbeatRequest, _sexton_raft_v1_HeartbeatRequest__Output>
        HeartbeatResponse: MessageTypeDefinition<_sexton_raft_v1_HeartbeatResponse, _sexton_raft_v1_HeartbeatResponse__Output>
        Hello: MessageTypeDefinition<_sexton_raft_v1_Hello, _sexton_raft_v1_Hello__Output>
        HelloAck: MessageTypeDefinition<_sexton_raft_v1_HelloAck, _sexton_raft_v1_HelloAck__Output>
        InstallSnapshotRequest: MessageTypeDefinition<_sexton_raft_v1_InstallSnapshotRequest, _sexton_raft_v1_InstallSnapshotRequest__Output>
        InstallSnapshotResponse: MessageTypeDefinition<_sexton_raft_v1_InstallSnapshotResponse, _sexton_raft_v1_InstallSnapshotResponse__Output>
        Message: MessageTypeDefinition<_sexton_raft_v1_Message, _sexton_raft_v1_Message__Output>
        OfferSnapshotRequest: MessageTypeDefinition<_sexton_raft_v1_OfferSnapshotRequest, _sexton_raft_v1_OfferSnapshotRequest__Output>
        OfferSnapshotResponse: MessageTypeDefinition<_sexton_raft_v1_OfferSnapshotResponse, _sexton_raft_v1_OfferSnapshotResponse__Output>
        PeerReport: MessageTypeDefinition<_sexton_raft_v1_PeerReport, _sexton_raft_v1_PeerReport__Output>
        PreVoteRequest: MessageTypeDefinition<_sexton_raft_v1_PreVoteRequest, _sexton_raft_v1_PreVoteRequest__Output>
        PreVoteResponse: MessageTypeDefinition<_sexton_raft_v1_PreVoteResponse, _sexton_raft_v1_PreVoteResponse__Output>
        ProposalRefusal: MessageTypeDefinition<_sexton_raft_v1_ProposalRefusal, _sexton_raft_v1_ProposalRefusal__Output>
        ProposalRefusalReason: EnumTypeDefinition
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
        RaftService: SubtypeConstructor<typeof grpc.Client, _sexton_raft_v1_RaftServiceClient> & { service: _sexton_raft_v1_RaftServiceDefinition }
        ReadIndexRequest: MessageTypeDefinition<_sexton_raft_v1_ReadIndexRequest, _sexton_raft_v1_ReadIndexRequest__Output>
        ReadIndexResponse: MessageTypeDefinition<_sexton_raft_v1_ReadIndexResponse, _sexton_raft_v1_ReadIndexResponse__Output>
        SnapshotChunk: MessageTypeDefinition<_sexton_raft_v1_SnapshotChunk, _sexton_raft_v1_SnapshotChunk__Output>
        SnapshotEnd: MessageTypeDefinition<_sexton_raft_v1_SnapshotEnd, _sexton_raft_v1_SnapshotEnd__Output>
        SnapshotHeader: MessageTypeDefinition<_sexton_raft_v1_SnapshotHeader, _sexton_raft_v1_SnapshotHeader__Output>
        StateDigest: MessageTypeDefinition<_sexton_raft_v1_StateDigest, _sexton_raft_v1_StateDigest__Output>
        TimeoutNow: MessageTypeDefinition<_sexton_raft_v1_TimeoutNow, _sexton_raft_v1_TimeoutNow__Output>
        VoteRequest: MessageTypeDefinition<_sexton_raft_v1_VoteRequest, _sexton_raft_v1_VoteRequest__Output>
        VoteResponse: MessageTypeDefinition<_sexton_raft_v1_VoteResponse, _sexton_raft_v1_VoteResponse__Output>
      }
    }
  }
}

