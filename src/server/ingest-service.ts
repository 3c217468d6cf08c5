/**
 * IngestService: leases of ingest nodes, and whom purges wait for. Opening and listing are the leader's, since
 * leases and drained revisions live there; closing is an entry that any node proposes.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { CloseSessionRequest__Output } from '../generated/sexton/v1/CloseSessionRequest.js';
import type { CloseSessionResponse } from '../generated/sexton/v1/CloseSessionResponse.js';
import type { KeepAliveRequest__Output } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { ListSessionsRequest__Output } from '../generated/sexton/v1/ListSessionsRequest.js';
import type { ListSessionsResponse } from '../generated/sexton/v1/ListSessionsResponse.js';
import type { OpenSessionRequest__Output } from '../generated/sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse } from '../generated/sexton/v1/OpenSessionResponse.js';
import type { OpenSession } from '../catalog/types.js';
import type { CallContext, NodeApi } from '../node/node-api.js';
import { compareSessions } from '../node/session-api.js';
import {
  fromListSessions,
  fromOpenSession,
  type ListSessionsCall,
  sessionIdOf,
  toSession,
} from '../rpc/convert/session.js';
import { Checks } from '../rpc/convert/checks.js';
import { finish, type WriteRequest } from '../rpc/convert/stream-requests.js';
import { ingestServiceDefinition } from '../rpc/proto.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Calls } from './calls.js';
import { KeepAliveCall } from './keep-alive-call.js';
import type { LeaderRouter } from './leader-router.js';

export interface IngestServiceDeps {
  readonly node: NodeApi;
  readonly calls: Calls;
  readonly leader: LeaderRouter;
  readonly clock: Clock;
}

export function ingestService(deps: IngestServiceDeps): UntypedServiceImplementation {
  const { node, calls, leader } = deps;
  return {
    OpenSession: calls.unary<OpenSessionRequest__Output, OpenSessionResponse>(
      'IngestService/OpenSession',
      (request, call) => {
        const open = fromOpenSession(request);
        const method = { definition: ingestServiceDefinition.OpenSession, readOnly: false };
        return leader.call(method, request, call, () => openSession(node, open, call));
      },
    ),
    KeepAlive: calls.bidi<KeepAliveRequest__Output, KeepAliveResponse>(
      'IngestService/KeepAlive',
      (call, scope) => new KeepAliveCall({ node, leader }, call, scope).run(),
    ),
    CloseSession: calls.unary<CloseSessionRequest__Output, CloseSessionResponse>(
      'IngestService/CloseSession',
      (request, call) => closeSession(deps, request, call),
    ),
    ListSessions: calls.unary<ListSessionsRequest__Output, ListSessionsResponse>(
      'IngestService/ListSessions',
      (request, call) => {
        const list = fromListSessions(request);
        const method = { definition: ingestServiceDefinition.ListSessions, readOnly: true };
        return leader.call(method, request, call, () => listSessions(node, list));
      },
    ),
  };
}

/** Undefined when this node does not lead. */
async function openSession(
  node: NodeApi,
  { command, requestId }: WriteRequest<OpenSession>,
  context: CallContext,
): Promise<OpenSessionResponse | undefined> {
  const sessions = node.sessions();
  if (sessions === undefined) return undefined;
  const { signal, deadlineMs } = context;
  const { session, changed } = await node.propose(command, { requestId, signal, deadlineMs });
  if (session === undefined) {
    throw new SextonError(
      'SESSION_EXPIRED',
      'the session that this request_id opened has ended; open another one with a new request_id',
    );
  }
  // A repetition was sent later than what opened the session: its holder counts from then, and so must the leader.
  const record = changed ? session : await sessions.renew(session.id);
  return { session: toSession(record, record.ttlMs) };
}

async function closeSession(
  { node, clock }: IngestServiceDeps,
  request: CloseSessionRequest__Output,
  context: CallContext,
): Promise<CloseSessionResponse> {
  const { settled } = request;
  const sessionId = sessionIdOf(request.sessionId);
  if (sessionId === undefined) return { session: null };
  const write = finish(
    { kind: 'closeSession', sessionId, settled } as const,
    request.requestId,
    false,
    new Checks(),
  );
  const { signal, deadlineMs } = context;
  const { session } = await node.propose(write.command, { requestId: write.requestId, signal, deadlineMs });
  if (session === undefined) return { session: null };
  return {
    session: toSession(session, settled ? undefined : Math.max(0, session.settledAfterMs - clock.wallMs())),
  };
}

/** Undefined when this node does not lead. */
async function listSessions(
  node: NodeApi,
  { nodeId, waitingOnly, pageSize, after, nextToken }: ListSessionsCall,
): Promise<ListSessionsResponse | undefined> {
  // Confirms leadership with a majority first.
  const view = await node.leaderView();
  const sessions = node.sessions();
  if (view === undefined || sessions === undefined) return undefined;
  const { revision } = view.summary;
  const found = sessions
    .list()
    .filter(
      ({ record, waitingPurges }) =>
        (after === undefined || compareSessions(record, after) > 0) &&
        (nodeId === '' || record.nodeId === nodeId) &&
        (!waitingOnly || waitingPurges > 0),
    );
  const page = found.slice(0, pageSize);
  const last = page.at(-1);
  return {
    sessions: page.map((session) => toSession(session.record, session.leaseRemainingMs, session)),
    nextPageToken: last === undefined || page.length === found.length ? '' : nextToken(last.record, revision),
    revision,
  };
}
