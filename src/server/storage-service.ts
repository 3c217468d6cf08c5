/**
 * StorageService: purges under way, and the operators' word on them, which the leader answers, since it alone
 * knows how far a purge is now; audits and adoptions, which the node that is asked sees to itself.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AdoptStreamRequest__Output } from '../generated/sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse } from '../generated/sexton/v1/AdoptStreamResponse.js';
import type { AuditStorageRequest__Output } from '../generated/sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse } from '../generated/sexton/v1/AuditStorageResponse.js';
import type { ListPurgesRequest__Output } from '../generated/sexton/v1/ListPurgesRequest.js';
import type { ListPurgesResponse } from '../generated/sexton/v1/ListPurgesResponse.js';
import type { PausePurgesRequest__Output } from '../generated/sexton/v1/PausePurgesRequest.js';
import type { PausePurgesResponse } from '../generated/sexton/v1/PausePurgesResponse.js';
import type { Purge } from '../generated/sexton/v1/Purge.js';
import type { RetryPurgeRequest__Output } from '../generated/sexton/v1/RetryPurgeRequest.js';
import type { RetryPurgeResponse } from '../generated/sexton/v1/RetryPurgeResponse.js';
import type { StreamRecord } from '../catalog/types.js';
import type { CallContext, NodeApi, StreamPage } from '../node/node-api.js';
import type { PagePosition } from '../rpc/convert/page-token.js';
import {
  type LivePurgeView,
  livePurgeView,
  waitingSessions,
  purgePhase,
  toEstimate,
  toPurgeSummary,
  toStoreLoad,
} from '../rpc/convert/purge.js';
import { toStream } from '../rpc/convert/stream.js';
import { toTimestamp } from '../rpc/convert/time.js';
import {
  fromListPurges,
  fromRetryPurge,
  fromSetPurgePaused,
  type ListPurgesCall,
  PURGE_LIST_STAGE,
} from '../rpc/convert/storage-requests.js';
import { storageServiceDefinition } from '../rpc/proto.js';
import type { Clock } from '../shared/clock.js';
import { adoptStream } from './adopt-stream.js';
import type { AuditRunner } from './audit-storage.js';
import type { CallScope } from './call-scope.js';
import type { Calls } from './calls.js';
import type { LeaderRouter } from './leader-router.js';
import { write } from './stream-service.js';

export interface StorageServiceDeps {
  readonly node: NodeApi;
  readonly calls: Calls;
  readonly leader: LeaderRouter;
  readonly clock: Clock;
  /** Absent: this server has no store at hand, and answers both with UNIMPLEMENTED. */
  readonly audits?: AuditRunner | undefined;
}

/** Pages read for one answer: a filter that matches little must not scan everything in one call. */
const PAGES_PER_ANSWER = 10;

export function storageService(deps: StorageServiceDeps): UntypedServiceImplementation {
  const { node, calls, leader } = deps;
  const setPaused = async (
    request: PausePurgesRequest__Output,
    paused: boolean,
    call: CallScope,
  ): Promise<PausePurgesResponse | undefined> => {
    const command = fromSetPurgePaused(request, paused);
    if (!leader.isLeader) return undefined;
    const stream = await write(node, command, call);
    const view = await node.leaderView();
    return {
      stream: request.target && stream ? toStream(stream) : null,
      // Undefined: it is done, and leadership moved right after.
      summary: view === undefined ? null : toPurgeSummary(view),
    };
  };
  return {
    ...auditMethods(deps),
    ListPurges: calls.unary<ListPurgesRequest__Output, ListPurgesResponse>(
      'StorageService/ListPurges',
      (request, call) => {
        const list = fromListPurges(request);
        const method = { definition: storageServiceDefinition.ListPurges, readOnly: true };
        return leader.call(method, request, call, () => listPurges(deps, list, call));
      },
    ),
    RetryPurge: calls.unary<RetryPurgeRequest__Output, RetryPurgeResponse>(
      'StorageService/RetryPurge',
      async (request, call) => {
        // A plain proposal, which the node takes to the leader by itself.
        const stream = await write(node, fromRetryPurge(request), call);
        return { stream: stream === undefined ? null : toStream(stream) };
      },
    ),
    PausePurges: calls.unary<PausePurgesRequest__Output, PausePurgesResponse>(
      'StorageService/PausePurges',
      (request, call) => {
        const method = { definition: storageServiceDefinition.PausePurges, readOnly: false };
        return leader.call(method, request, call, () => setPaused(request, true, call));
      },
    ),
    ResumePurges: calls.unary<PausePurgesRequest__Output, PausePurgesResponse>(
      'StorageService/ResumePurges',
      (request, call) => {
        const method = { definition: storageServiceDefinition.ResumePurges, readOnly: false };
        return leader.call(method, request, call, () => setPaused(request, false, call));
      },
    ),
  };
}

function auditMethods({ node, calls, audits }: StorageServiceDeps): UntypedServiceImplementation {
  if (audits === undefined) return {};
  return {
    AuditStorage: calls.serverStream<AuditStorageRequest__Output, AuditStorageResponse>(
      'StorageService/AuditStorage',
      (request, scope) => audits.serve(request, scope),
    ),
    AdoptStream: calls.unary<AdoptStreamRequest__Output, AdoptStreamResponse>(
      'StorageService/AdoptStream',
      (request, call) => adoptStream(node, audits, request, call),
    ),
  };
}

/** Undefined when this node does not lead. */
async function listPurges(
  { node, clock }: StorageServiceDeps,
  list: ListPurgesCall,
  context: CallContext,
): Promise<ListPurgesResponse | undefined> {
  // Confirms leadership with a majority: the reads below are linearizable without another round trip.
  const view = await node.leaderView();
  if (view === undefined) return undefined;
  const live = livePurgeView(view.purge, view.summary, clock.wallMs(), node.sessions());
  const purges: Purge[] = [];
  let position: PagePosition | undefined = list.position ?? {
    revision: view.summary.revision,
    stage: PURGE_LIST_STAGE.unfinished,
    after: undefined,
  };
  for (let pages = 0; position !== undefined && pages < PAGES_PER_ANSWER; pages++) {
    const pageSize = list.pageSize - purges.length;
    if (pageSize === 0) break;
    const page: StreamPage = await readPage(node, list, position, pageSize, context);
    for (const record of page.streams) {
      if (matches(record, list, live)) purges.push(toPurge(record, live));
    }
    position = nextPosition(position, page, list);
  }
  return {
    purges,
    nextPageToken: position === undefined ? '' : list.nextToken(position),
    summary: toPurgeSummary(view),
    revision: view.summary.revision,
    storeLoad: toStoreLoad(view.purge),
  };
}

function readPage(
  node: NodeApi,
  list: ListPurgesCall,
  { stage, after }: PagePosition,
  pageSize: number,
  context: CallContext,
): Promise<StreamPage> {
  if (stage === PURGE_LIST_STAGE.unfinished) return node.listPurges({ pageSize, after }, 'local', context);
  const query = { tenant: list.tenant, namePrefix: '', states: ['PURGED'] as const, pageSize, after };
  return node.listStreams(query, 'local', context);
}

function nextPosition(
  position: PagePosition,
  page: StreamPage,
  list: ListPurgesCall,
): PagePosition | undefined {
  if (page.next !== undefined) return { ...position, after: page.next };
  const hasMore = position.stage === PURGE_LIST_STAGE.unfinished && list.phases.has('PURGE_PHASE_DONE');
  return hasMore ? { ...position, stage: PURGE_LIST_STAGE.purged, after: undefined } : undefined;
}

function matches(record: StreamRecord, list: ListPurgesCall, live: LivePurgeView): boolean {
  if (list.tenant !== undefined && record.tenant !== list.tenant) return false;
  const phase = purgePhase(record, live);
  return phase !== undefined && list.phases.has(phase);
}

function toPurge(record: StreamRecord, live: LivePurgeView): Purge {
  const active = live.active.get(record.incarnation);
  const { nodeIds, silentNodeIds, takenUp } = waitingSessions(record, live);
  return {
    stream: toStream(record, live),
    waitingNodeIds: [...nodeIds],
    silentNodeIds: [...silentNodeIds],
    takenUp: takenUp.map(({ nodeId, lastSeenTimeMs }) => ({
      nodeId,
      lastSeenTime: toTimestamp(lastSeenTimeMs),
    })),
    objectsPerSecond: active?.objectsPerSecond ?? 0,
    bytesPerSecond: active?.bytesPerSecond ?? 0,
    estimate: toEstimate(active),
  };
}
