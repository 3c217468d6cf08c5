/**
 * ClusterService: status, leadership and membership. What is not listed here (backup) gRPC answers
 * UNIMPLEMENTED by itself.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AddMemberRequest__Output } from '../generated/sexton/v1/AddMemberRequest.js';
import type { AddMemberResponse } from '../generated/sexton/v1/AddMemberResponse.js';
import type { GetLeaderStatusRequest } from '../generated/sexton/v1/GetLeaderStatusRequest.js';
import type { GetLeaderStatusResponse } from '../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusRequest__Output } from '../generated/sexton/v1/GetNodeStatusRequest.js';
import type { GetNodeStatusResponse } from '../generated/sexton/v1/GetNodeStatusResponse.js';
import type { PromoteMemberRequest__Output } from '../generated/sexton/v1/PromoteMemberRequest.js';
import type { PromoteMemberResponse } from '../generated/sexton/v1/PromoteMemberResponse.js';
import type { RemoveMemberRequest__Output } from '../generated/sexton/v1/RemoveMemberRequest.js';
import type { RemoveMemberResponse } from '../generated/sexton/v1/RemoveMemberResponse.js';
import type { TransferLeadershipRequest__Output } from '../generated/sexton/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse } from '../generated/sexton/v1/TransferLeadershipResponse.js';
import type { NodeApi } from '../node/node-api.js';
import { fromAddMember, fromMemberId } from '../rpc/convert/member-requests.js';
import { toMemberById, toMembers } from '../rpc/convert/member.js';
import { toLeaderStatus, toNodeStatus } from '../rpc/convert/status-views.js';
import { clusterServiceDefinition } from '../rpc/proto.js';
import type { Calls } from './calls.js';
import type { LeaderRouter } from './leader-router.js';

export interface ClusterServiceDeps {
  readonly node: NodeApi;
  readonly calls: Calls;
  readonly leader: LeaderRouter;
}

export function clusterService({ node, calls, leader }: ClusterServiceDeps): UntypedServiceImplementation {
  return {
    GetLeaderStatus: calls.unary<GetLeaderStatusRequest, GetLeaderStatusResponse>(
      'ClusterService/GetLeaderStatus',
      (request, call) =>
        leader.call(
          { definition: clusterServiceDefinition.GetLeaderStatus, readOnly: true },
          request,
          call,
          async () => {
            const view = await node.leaderView();
            return view === undefined ? undefined : toLeaderStatus(view);
          },
        ),
    ),
    GetNodeStatus: calls.unary<GetNodeStatusRequest__Output, GetNodeStatusResponse>(
      'ClusterService/GetNodeStatus',
      async () => toNodeStatus(await node.nodeView(), node.leaderHint()?.address ?? ''),
    ),
    TransferLeadership: calls.unary<TransferLeadershipRequest__Output, TransferLeadershipResponse>(
      'ClusterService/TransferLeadership',
      (request, call) =>
        leader.call(
          { definition: clusterServiceDefinition.TransferLeadership, readOnly: false },
          request,
          call,
          async () => {
            if (!leader.isLeader) return undefined;
            const { leaderId, term } = await node.transferLeadership(request.targetMemberId, call);
            const { core } = await node.nodeView();
            return { leader: toMemberById(core.configuration, leaderId), term };
          },
        ),
    ),
    AddMember: calls.unary<AddMemberRequest__Output, AddMemberResponse>(
      'ClusterService/AddMember',
      async (request, call) => {
        const input = fromAddMember(request);
        return leader.call(
          { definition: clusterServiceDefinition.AddMember, readOnly: false },
          request,
          call,
          async () => {
            if (!leader.isLeader) return undefined;
            const { member, configuration } = await node.addMember(input, call);
            return {
              member: toMemberById(configuration, member?.id ?? 0),
              members: toMembers(configuration),
              clusterId: node.clusterId,
            };
          },
        );
      },
    ),
    PromoteMember: calls.unary<PromoteMemberRequest__Output, PromoteMemberResponse>(
      'ClusterService/PromoteMember',
      async (request, call) => {
        const id = fromMemberId(request);
        return leader.call(
          { definition: clusterServiceDefinition.PromoteMember, readOnly: false },
          request,
          call,
          async () => {
            if (!leader.isLeader) return undefined;
            const { configuration } = await node.promoteMember(id, call);
            return { member: toMemberById(configuration, id), members: toMembers(configuration) };
          },
        );
      },
    ),
    RemoveMember: calls.unary<RemoveMemberRequest__Output, RemoveMemberResponse>(
      'ClusterService/RemoveMember',
      async (request, call) => {
        const id = fromMemberId(request);
        return leader.call(
          { definition: clusterServiceDefinition.RemoveMember, readOnly: false },
          request,
          call,
          async () => {
            if (!leader.isLeader) return undefined;
            const { configuration } = await node.removeMember(id, call);
            return { members: toMembers(configuration) };
          },
        );
      },
    ),
  };
}
