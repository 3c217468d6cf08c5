/**
 * The transport that users get: gRPC over HTTP/2, one channel an endpoint. The only file of the client
 * that knows gRPC.
 *
 * gRPC's own retries are off: a try is a try, and `retry.ts` alone decides about the next one. Its
 * reconnect backoff is short, so that a node that comes back is used within a second; what keeps an
 * absent node from being stormed is the routing's cooldown.
 */
import {
  Client,
  credentials,
  Metadata,
  status,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import type { KeepAliveRequest } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { AuditStorageRequest } from '../generated/sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse__Output } from '../generated/sexton/v1/AuditStorageResponse.js';
import type { MutateStreamsRequest } from '../generated/sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse__Output } from '../generated/sexton/v1/MutateStreamsResponse.js';
import type { WatchStreamsRequest } from '../generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse__Output } from '../generated/sexton/v1/WatchStreamsResponse.js';
import {
  clusterServiceDefinition,
  ingestServiceDefinition,
  storageServiceDefinition,
  streamServiceDefinition,
} from '../rpc/proto.js';
import { errorDetails, fromCallError, fromRpcStatus } from '../rpc/status.js';
import type { SextonError } from '../shared/errors.js';
import { ChannelPool, type Release } from './channel-pool.js';
import {
  TransportError,
  type ClientTransport,
  type KeepAliveCall,
  type KeepAliveHandlers,
  type MutationAnswer,
  type MutationCall,
  type TrySettings,
  type UnaryCalls,
  type UnaryMethod,
} from './transport.js';

/** Beyond the configured endpoints there is the hinted leader, now and then another one. */
const CHANNELS_MAX = 64;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A peer that vanished without a word (power, network) is noticed in 13 s even by a silent watch.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // Two clients of one process must not share connections, nor the backoff of failed ones.
  'grpc.use_local_subchannel_pool': 1,
  // A page of 1,000 streams with all their labels at their longest.
  'grpc.max_receive_message_length': 32 * 1024 * 1024,
};

/** The client's half of a method definition. */
interface Method<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

type Definitions = {
  readonly [Name in UnaryMethod]: Method<UnaryCalls[Name]['request'], UnaryCalls[Name]['response']>;
};

const UNARY: Definitions = {
  CreateStream: streamServiceDefinition.CreateStream,
  GetStream: streamServiceDefinition.GetStream,
  ListStreams: streamServiceDefinition.ListStreams,
  DeleteStream: streamServiceDefinition.DeleteStream,
  UndeleteStream: streamServiceDefinition.UndeleteStream,
  GetLeaderStatus: clusterServiceDefinition.GetLeaderStatus,
  GetNodeStatus: clusterServiceDefinition.GetNodeStatus,
  TransferLeadership: clusterServiceDefinition.TransferLeadership,
  AddMember: clusterServiceDefinition.AddMember,
  PromoteMember: clusterServiceDefinition.PromoteMember,
  RemoveMember: clusterServiceDefinition.RemoveMember,
  ListPurges: storageServiceDefinition.ListPurges,
  RetryPurge: storageServiceDefinition.RetryPurge,
  PausePurges: storageServiceDefinition.PausePurges,
  ResumePurges: storageServiceDefinition.ResumePurges,
  AdoptStream: storageServiceDefinition.AdoptStream,
  OpenSession: ingestServiceDefinition.OpenSession,
  CloseSession: ingestServiceDefinition.CloseSession,
  ListSessions: ingestServiceDefinition.ListSessions,
};

export class GrpcTransport implements ClientTransport {
  readonly #pool = new ChannelPool<Client>({
    channelsMax: CHANNELS_MAX,
    open: (endpoint) => new Client(endpoint, credentials.createInsecure(), CHANNEL_OPTIONS),
    close: (channel) => channel.close(),
  });
  #closed = false;

  unary<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    settings: TrySettings,
  ): Promise<UnaryCalls[Method]['response']> {
    return new Promise((resolve, reject) => {
      const { channel, release } = this.#acquire(endpoint);
      const { path, requestSerialize, responseDeserialize } = UNARY[method];
      const call = channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + settings.timeoutMs },
        (error: ServiceError | null, answer: UnaryCalls[Method]['response'] | undefined) => {
          release();
          settings.signal.removeEventListener('abort', onAbort);
          if (answer !== undefined) resolve(answer);
          else reject(tryError(endpoint, error, settings.signal));
        },
      );
      const onAbort = (): void => {
        call.cancel();
      };
      if (settings.signal.aborted) call.cancel();
      settings.signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  watchStreams(
    endpoint: string,
    request: WatchStreamsRequest,
    signal: AbortSignal,
  ): AsyncIterable<WatchStreamsResponse__Output> {
    const { channel, release } = this.#acquire(endpoint);
    const { path, requestSerialize, responseDeserialize } = streamServiceDefinition.WatchStreams;
    const call = channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    return answersOf(endpoint, call, signal, release);
  }

  auditStorage(
    endpoint: string,
    request: AuditStorageRequest,
    signal: AbortSignal,
  ): AsyncIterable<AuditStorageResponse__Output> {
    const { channel, release } = this.#acquire(endpoint);
    const { path, requestSerialize, responseDeserialize } = storageServiceDefinition.AuditStorage;
    const call = channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    return answersOf(endpoint, call, signal, release);
  }

  mutateStreams(endpoint: string, signal: AbortSignal): MutationCall {
    const { channel, release } = this.#acquire(endpoint);
    const { path, requestSerialize, responseDeserialize } = streamServiceDefinition.MutateStreams;
    const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    return {
      answers: mutationAnswers(answersOf(endpoint, call, signal, release)),
      send: (frame) => sendFrame(endpoint, call, frame),
      halfClose: () => {
        call.end();
      },
    };
  }

  openKeepAlive(endpoint: string, handlers: KeepAliveHandlers): KeepAliveCall {
    const { channel, release } = this.#acquire(endpoint);
    const { path, requestSerialize, responseDeserialize } = ingestServiceDefinition.KeepAlive;
    const call: ClientDuplexStream<KeepAliveRequest, KeepAliveResponse__Output> =
      channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const live = new AbortController();
    const end = (error: Error): void => {
      if (live.signal.aborted) return;
      live.abort();
      release();
      handlers.onEnd(error as SextonError | TransportError);
    };
    call.on('data', (answer: KeepAliveResponse__Output) => {
      if (!live.signal.aborted) handlers.onAnswer(answer);
    });
    call.on('error', (error) => end(tryError(endpoint, error, live.signal)));
    call.on('end', () => end(new TransportError('broken', endpoint, 'the node ended the call')));
    return {
      send: (frame) => {
        if (!live.signal.aborted) call.write(frame);
      },
      close: () => {
        if (live.signal.aborted) return;
        live.abort();
        release();
        call.cancel();
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#pool.closeAll();
  }

  #acquire(endpoint: string): { readonly channel: Client; readonly release: Release } {
    if (this.#closed) throw new TransportError('unreachable', endpoint, 'the client is closed');
    const acquired = this.#pool.acquire(endpoint);
    if (acquired !== undefined) return acquired;
    throw new TransportError('unreachable', endpoint, `all ${CHANNELS_MAX} connections are in use`);
  }
}

/** Reads a call's answers at the caller's pace, and ends the call when the caller stops reading. */
async function* answersOf<Answer>(
  endpoint: string,
  call: ClientReadableStream<Answer> | ClientDuplexStream<MutateStreamsRequest, Answer>,
  signal: AbortSignal,
  release: Release,
): AsyncGenerator<Answer, void, undefined> {
  const onAbort = (): void => {
    call.cancel();
  };
  if (signal.aborted) call.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const answer of call) yield answer as Answer;
  } catch (error) {
    throw tryError(endpoint, error, signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    call.cancel();
    release();
  }
}

async function* mutationAnswers(
  messages: AsyncIterable<MutateStreamsResponse__Output>,
): AsyncGenerator<readonly MutationAnswer[], void, undefined> {
  for await (const { results } of messages) {
    yield results.map(({ sequence, stream, error }) => ({
      sequence,
      ...(stream ? { stream } : {}),
      ...(error ? { error: fromRpcStatus(error, { readOnly: false }) } : {}),
    }));
  }
}

/** Resolves when the call takes the next frame; gRPC's window is then open again. */
function sendFrame(
  endpoint: string,
  call: ClientDuplexStream<MutateStreamsRequest, MutateStreamsResponse__Output>,
  frame: MutateStreamsRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (call.write(frame)) {
      resolve();
      return;
    }
    const done = (): void => {
      call.off('drain', done);
      call.off('close', failed);
      resolve();
    };
    const failed = (): void => {
      call.off('drain', done);
      reject(new TransportError('broken', endpoint, 'the call ended while a frame was waiting'));
    };
    call.once('drain', done);
    call.once('close', failed);
  });
}

/** What a try ended with: the server's own words, or how much is known without them. */
function tryError(endpoint: string, error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return new TransportError('cancelled', endpoint, 'given up', { cause: error });
  const answered = fromCallError(error, { readOnly: false });
  // What a node says about the deadline of this try is no more than that the try timed out.
  if (answered.reason === 'DEADLINE_EXCEEDED' || grpcCode(error) === status.DEADLINE_EXCEEDED) {
    return new TransportError('timeout', endpoint, 'no answer in time', { cause: error });
  }
  if (answered.reason === 'CANCELLED') {
    return new TransportError('broken', endpoint, answered.rawMessage, { cause: error });
  }
  if (errorDetails(error) !== undefined) return answered;
  if (answered.reason === 'UNREACHABLE') {
    return new TransportError('unreachable', endpoint, whyNotConnected(answered.rawMessage), {
      cause: error,
    });
  }
  if (answered.reason === 'OUTCOME_UNKNOWN') {
    return new TransportError('broken', endpoint, grpcDetails(error), { cause: error });
  }
  return answered;
}

/** The system's own words out of gRPC's: `connect ECONNREFUSED 127.0.0.1:7401`. */
function whyNotConnected(text: string): string {
  return /Last error: (?:Error: )?(.+?)\.? Resolution note:/.exec(text)?.[1] ?? text;
}

function grpcCode(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function grpcDetails(error: unknown): string {
  return error instanceof Error && 'details' in error ? String(error.details) : String(error);
}
