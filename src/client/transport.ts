/**
 * What the client needs from whatever carries its calls. `grpc-transport.ts` is the one that users
 * get; a simulator brings its own and runs the very same routing, retries, watches and pipelines.
 *
 * A transport makes exactly one try against exactly one endpoint. It never retries, never picks an
 * endpoint, and fails in one of two ways: with the `SextonError` that a server answered, or with a
 * {@link TransportError} that says how much is known about a try that got no answer.
 */
import type { AddMemberRequest } from '../generated/sexton/v1/AddMemberRequest.js';
import type { AddMemberResponse__Output } from '../generated/sexton/v1/AddMemberResponse.js';
import type { AdoptStreamRequest } from '../generated/sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse__Output } from '../generated/sexton/v1/AdoptStreamResponse.js';
import type { AuditStorageRequest } from '../generated/sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse__Output } from '../generated/sexton/v1/AuditStorageResponse.js';
import type { CloseSessionRequest } from '../generated/sexton/v1/CloseSessionRequest.js';
import type { CloseSessionResponse__Output } from '../generated/sexton/v1/CloseSessionResponse.js';
import type { CreateStreamRequest } from '../generated/sexton/v1/CreateStreamRequest.js';
import type { CreateStreamResponse__Output } from '../generated/sexton/v1/CreateStreamResponse.js';
import type { DeleteStreamRequest } from '../generated/sexton/v1/DeleteStreamRequest.js';
import type { DeleteStreamResponse__Output } from '../generated/sexton/v1/DeleteStreamResponse.js';
import type { GetLeaderStatusRequest } from '../generated/sexton/v1/GetLeaderStatusRequest.js';
import type { GetLeaderStatusResponse__Output } from '../generated/sexton/v1/GetLeaderStatusResponse.js';
import type { GetNodeStatusRequest } from '../generated/sexton/v1/GetNodeStatusRequest.js';
import type { GetNodeStatusResponse__Output } from '../generated/sexton/v1/GetNodeStatusResponse.js';
import type { GetStreamRequest } from '../generated/sexton/v1/GetStreamRequest.js';
import type { GetStreamResponse__Output } from '../generated/sexton/v1/GetStreamResponse.js';
import type { KeepAliveRequest } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { ListPurgesRequest } from '../generated/sexton/v1/ListPurgesRequest.js';
import type { ListPurgesResponse__Output } from '../generated/sexton/v1/ListPurgesResponse.js';
import type { ListSessionsRequest } from '../generated/sexton/v1/ListSessionsRequest.js';
import type { ListSessionsResponse__Output } from '../generated/sexton/v1/ListSessionsResponse.js';
import type { ListStreamsRequest } from '../generated/sexton/v1/ListStreamsRequest.js';
import type { ListStreamsResponse__Output } from '../generated/sexton/v1/ListStreamsResponse.js';
import type { MutateStreamsRequest } from '../generated/sexton/v1/MutateStreamsRequest.js';
import type { OpenSessionRequest } from '../generated/sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse__Output } from '../generated/sexton/v1/OpenSessionResponse.js';
import type { PausePurgesRequest } from '../generated/sexton/v1/PausePurgesRequest.js';
import type { PausePurgesResponse__Output } from '../generated/sexton/v1/PausePurgesResponse.js';
import type { PromoteMemberRequest } from '../generated/sexton/v1/PromoteMemberRequest.js';
import type { PromoteMemberResponse__Output } from '../generated/sexton/v1/PromoteMemberResponse.js';
import type { RemoveMemberRequest } from '../generated/sexton/v1/RemoveMemberRequest.js';
import type { RemoveMemberResponse__Output } from '../generated/sexton/v1/RemoveMemberResponse.js';
import type { ResumePurgesRequest } from '../generated/sexton/v1/ResumePurgesRequest.js';
import type { ResumePurgesResponse__Output } from '../generated/sexton/v1/ResumePurgesResponse.js';
import type { RetryPurgeRequest } from '../generated/sexton/v1/RetryPurgeRequest.js';
import type { RetryPurgeResponse__Output } from '../generated/sexton/v1/RetryPurgeResponse.js';
import type { Stream__Output } from '../generated/sexton/v1/Stream.js';
import type { TransferLeadershipRequest } from '../generated/sexton/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse__Output } from '../generated/sexton/v1/TransferLeadershipResponse.js';
import type { UndeleteStreamRequest } from '../generated/sexton/v1/UndeleteStreamRequest.js';
import type { UndeleteStreamResponse__Output } from '../generated/sexton/v1/UndeleteStreamResponse.js';
import type { WatchStreamsRequest } from '../generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse__Output } from '../generated/sexton/v1/WatchStreamsResponse.js';
import type { SextonError } from '../shared/errors.js';

/** Every call with one request and one answer, by the name that the service gives it. */
export interface UnaryCalls {
  readonly CreateStream: Exchange<CreateStreamRequest, CreateStreamResponse__Output>;
  readonly GetStream: Exchange<GetStreamRequest, GetStreamResponse__Output>;
  readonly ListStreams: Exchange<ListStreamsRequest, ListStreamsResponse__Output>;
  readonly DeleteStream: Exchange<DeleteStreamRequest, DeleteStreamResponse__Output>;
  readonly UndeleteStream: Exchange<UndeleteStreamRequest, UndeleteStreamResponse__Output>;
  readonly GetLeaderStatus: Exchange<GetLeaderStatusRequest, GetLeaderStatusResponse__Output>;
  readonly GetNodeStatus: Exchange<GetNodeStatusRequest, GetNodeStatusResponse__Output>;
  readonly TransferLeadership: Exchange<TransferLeadershipRequest, TransferLeadershipResponse__Output>;
  readonly AddMember: Exchange<AddMemberRequest, AddMemberResponse__Output>;
  readonly PromoteMember: Exchange<PromoteMemberRequest, PromoteMemberResponse__Output>;
  readonly RemoveMember: Exchange<RemoveMemberRequest, RemoveMemberResponse__Output>;
  readonly ListPurges: Exchange<ListPurgesRequest, ListPurgesResponse__Output>;
  readonly RetryPurge: Exchange<RetryPurgeRequest, RetryPurgeResponse__Output>;
  readonly PausePurges: Exchange<PausePurgesRequest, PausePurgesResponse__Output>;
  readonly ResumePurges: Exchange<ResumePurgesRequest, ResumePurgesResponse__Output>;
  readonly AdoptStream: Exchange<AdoptStreamRequest, AdoptStreamResponse__Output>;
  readonly OpenSession: Exchange<OpenSessionRequest, OpenSessionResponse__Output>;
  readonly CloseSession: Exchange<CloseSessionRequest, CloseSessionResponse__Output>;
  readonly ListSessions: Exchange<ListSessionsRequest, ListSessionsResponse__Output>;
}

interface Exchange<Request, Response> {
  readonly request: Request;
  readonly response: Response;
}

export type UnaryMethod = keyof UnaryCalls;

export interface TrySettings {
  /** The server is told, and the try ends by then as a `timeout`. */
  readonly timeoutMs: number;
  /** Ends the try as `cancelled`. */
  readonly signal: AbortSignal;
}

/** The answer to one mutation. Neither field: a delete with `allow_missing` that met nothing. */
export interface MutationAnswer {
  readonly sequence: number;
  readonly stream?: Stream__Output;
  readonly error?: SextonError;
}

/** The two directions of one MutateStreams call. */
export interface MutationCall {
  /** Resolves when the next frame may be sent: the flow control of the call. Rejects when it broke. */
  send(frame: MutateStreamsRequest): Promise<void>;
  /** No more frames will come; answers still do. */
  halfClose(): void;
  /** Ends when the server has answered everything after {@link halfClose}; throws when the call broke. */
  readonly answers: AsyncIterable<readonly MutationAnswer[]>;
}

/** One KeepAlive call. Whoever uses it has at most one frame unanswered, so that nothing can pile up. */
export interface KeepAliveCall {
  send(frame: KeepAliveRequest): void;
  /** Gives the call up; its handlers are not called any more. Idempotent. */
  close(): void;
}

/** Never called from within `openKeepAlive` or `send`. */
export interface KeepAliveHandlers {
  readonly onAnswer: (answer: KeepAliveResponse__Output) => void;
  /** Once, unless the call was closed: what the server refused with, or how the call was lost. */
  readonly onEnd: (error: SextonError | TransportError) => void;
}

export interface ClientTransport {
  unary<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    settings: TrySettings,
  ): Promise<UnaryCalls[Method]['response']>;

  /** Reads no faster than the caller does. Aborting `signal` ends it. */
  watchStreams(
    endpoint: string,
    request: WatchStreamsRequest,
    signal: AbortSignal,
  ): AsyncIterable<WatchStreamsResponse__Output>;

  /** As {@link watchStreams}, and ends by itself. Absent: a transport that carries no audits. */
  auditStorage?(
    endpoint: string,
    request: AuditStorageRequest,
    signal: AbortSignal,
  ): AsyncIterable<AuditStorageResponse__Output>;

  mutateStreams(endpoint: string, signal: AbortSignal): MutationCall;

  openKeepAlive(endpoint: string, handlers: KeepAliveHandlers): KeepAliveCall;

  /** Gives up every connection. Calls under way fail. Idempotent. */
  close(): void;
}

/**
 * How a try ended that got no answer from a server:
 *
 * - `unreachable`: there was no connection. The request was certainly not sent.
 * - `broken`: the connection broke, or something in between answered. It may have been executed.
 * - `timeout`: nothing came in time. It may have been executed.
 * - `cancelled`: the caller's own signal. It may have been executed.
 */
export type TransportFailure = 'unreachable' | 'broken' | 'timeout' | 'cancelled';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: TransportFailure;
  readonly endpoint: string;

  constructor(kind: TransportFailure, endpoint: string, message: string, options?: ErrorOptions) {
    super(`${endpoint}: ${message}`, options);
    this.kind = kind;
    this.endpoint = endpoint;
  }
}
