/** StreamService: the lifecycle of streams, as defined and documented in its proto. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { CreateStreamRequest__Output } from '../generated/sexton/v1/CreateStreamRequest.js';
import type { CreateStreamResponse } from '../generated/sexton/v1/CreateStreamResponse.js';
import type { DeleteStreamRequest__Output } from '../generated/sexton/v1/DeleteStreamRequest.js';
import type { DeleteStreamResponse } from '../generated/sexton/v1/DeleteStreamResponse.js';
import type { GetStreamRequest__Output } from '../generated/sexton/v1/GetStreamRequest.js';
import type { GetStreamResponse } from '../generated/sexton/v1/GetStreamResponse.js';
import type { ListStreamsRequest__Output } from '../generated/sexton/v1/ListStreamsRequest.js';
import type { ListStreamsResponse } from '../generated/sexton/v1/ListStreamsResponse.js';
import type { MutateStreamsRequest__Output } from '../generated/sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse } from '../generated/sexton/v1/MutateStreamsResponse.js';
import type { UndeleteStreamRequest__Output } from '../generated/sexton/v1/UndeleteStreamRequest.js';
import type { UndeleteStreamResponse } from '../generated/sexton/v1/UndeleteStreamResponse.js';
import type { WatchStreamsRequest__Output } from '../generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse } from '../generated/sexton/v1/WatchStreamsResponse.js';
import type { StreamRecord } from '../catalog/types.js';
import type { CallContext, NodeApi, ProposeOptions, StreamPage } from '../node/node-api.js';
import { estimateStreamBytes, toStream } from '../rpc/convert/stream.js';
import {
  fromCreateStream,
  fromDeleteStream,
  fromGetStream,
  fromListStreams,
  fromUndeleteStream,
  type ListStreamsCall,
  type WriteRequest,
} from '../rpc/convert/stream-requests.js';
import type { Calls } from './calls.js';
import type { DefaultPrefixes } from './default-prefixes.js';
import type { ServerLimits } from './limits.js';
import { MutationPipeline } from './mutation-pipeline.js';
import { serveWatch } from './watch-streams.js';

export interface StreamServiceDeps {
  readonly node: NodeApi;
  readonly calls: Calls;
  readonly limits: ServerLimits;
  /** For a DeleteStream that names no grace period. */
  readonly defaultGracePeriodMs: number;
  /** For a CreateStream that names no prefix. Absent: `name/<incarnation>/`. */
  readonly defaultPrefixes?: DefaultPrefixes | undefined;
}

export function streamService(deps: StreamServiceDeps): UntypedServiceImplementation {
  const { node, calls, limits } = deps;
  return {
    CreateStream: calls.unary<CreateStreamRequest__Output, CreateStreamResponse>(
      'StreamService/CreateStream',
      (request, call) => createStream(deps, request, call),
    ),
    DeleteStream: calls.unary<DeleteStreamRequest__Output, DeleteStreamResponse>(
      'StreamService/DeleteStream',
      async (request, call) => ({
        stream: streamOf(await write(node, fromDeleteStream(request, deps.defaultGracePeriodMs), call)),
      }),
    ),
    UndeleteStream: calls.unary<UndeleteStreamRequest__Output, UndeleteStreamResponse>(
      'StreamService/UndeleteStream',
      async (request, call) => ({ stream: streamOf(await write(node, fromUndeleteStream(request), call)) }),
    ),
    GetStream: calls.unary<GetStreamRequest__Output, GetStreamResponse>(
      'StreamService/GetStream',
      async (request, call) => {
        const { selector, consistency } = fromGetStream(request);
        // Before the read: what is applied between it and the answer is told again by a watch, not missed.
        const applied = node.appliedIndex();
        const stream = await node.getStream(selector, consistency, call);
        return { stream: toStream(stream), revision: Math.max(applied, stream.revision) };
      },
    ),
    ListStreams: calls.unary<ListStreamsRequest__Output, ListStreamsResponse>(
      'StreamService/ListStreams',
      async (request, call) => {
        const list = fromListStreams(request);
        const page = await listPage(node, list, limits.pageBytesMax, call);
        const revision = list.revision ?? page.revision;
        return {
          streams: page.streams.map((stream) => toStream(stream)),
          nextPageToken: page.next === undefined ? '' : list.nextToken(page.next, revision),
          revision,
        };
      },
    ),
    WatchStreams: calls.serverStream<WatchStreamsRequest__Output, WatchStreamsResponse>(
      'StreamService/WatchStreams',
      (request, scope) => serveWatch(node, limits, request, scope),
    ),
    MutateStreams: calls.bidi<MutateStreamsRequest__Output, MutateStreamsResponse>(
      'StreamService/MutateStreams',
      (call, scope) => new MutationPipeline(deps, call, scope).run(),
    ),
  };
}

async function createStream(
  { node, defaultPrefixes }: StreamServiceDeps,
  request: CreateStreamRequest__Output,
  call: CallContext,
): Promise<CreateStreamResponse> {
  const isDefault = request.prefix === '' && !request.prefixPerLife;
  if (!isDefault || defaultPrefixes === undefined)
    return { stream: streamOf(await write(node, fromCreateStream(request), call)) };
  await defaultPrefixes.ready();
  const { current, note } = defaultPrefixes;
  return { stream: streamOf(await write(node, fromCreateStream(request, current), call)), note };
}

/** Proposes, or with `validate_only` answers what would happen (AIP-163). */
export async function write(
  node: NodeApi,
  request: WriteRequest,
  context: CallContext,
): Promise<StreamRecord | undefined> {
  const { command, requestId, validateOnly } = request;
  if (validateOnly) return node.validate(command, context);
  const options: ProposeOptions = {
    requestId,
    deadlineMs: context.deadlineMs,
    // Passed on as the getter that it is: a signal costs as much as the rest of the call.
    get signal() {
      return context.signal;
    },
  };
  return (await node.propose(command, options)).stream;
}

function streamOf(record: StreamRecord | undefined): ReturnType<typeof toStream> | null {
  return record === undefined ? null : toStream(record);
}

/** A page whose streams carry much is asked for again, shorter: a page may always come shorter. */
async function listPage(
  node: NodeApi,
  list: ListStreamsCall,
  bytesMax: number,
  context: CallContext,
): Promise<StreamPage> {
  let { query } = list;
  for (;;) {
    const page = await node.listStreams(query, list.consistency, context);
    const bytes = page.streams.reduce((sum, stream) => sum + estimateStreamBytes(stream), 0);
    if (bytes <= bytesMax || page.streams.length <= 1) return page;
    query = { ...query, pageSize: Math.max(1, Math.floor((page.streams.length * bytesMax) / bytes / 2)) };
  }
}
