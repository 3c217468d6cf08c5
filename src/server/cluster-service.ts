/**
 * ClusterService: status and leadership. What is not listed here (membership, backup) gRPC answers
 * UNIMPLEMENTED by itself.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GetLeaderStatusRequest } from '../generated/sexton/v1/GetLeaderStatusRequest.js';
import type { GetLeaderStatusResponse } from '../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusRequest__Output } from '../generated/sexton/v1/GetNodeStatusRequest.js';
import type { GetNodeStatusResponse } from '../generated/sexton/v1/GetNodeStatusResponse.js';
import type { TransferLeadershipRequest__Output } from '../generated/sexton/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse } from '../generated/sexton/v1/TransferLeadershipResponse.js';
import type { NodeApi } from '../node/node-api.js';
import { toMemberById } from '../rpc/convert/member.js';
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
  };
}
