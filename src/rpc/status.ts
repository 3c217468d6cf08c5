/**
 * The one place where Sexton's reasons become gRPC statuses, and statuses become reasons again. Programs
 * act on the reason (google.rpc.ErrorInfo, domain `sexton`); the code is for proxies and for clients of
 * other makes.
 *
 * Both directions are total: whatever is thrown gets a status, whatever a call ends with gets a
 * SextonError. The rule behind the second: a write that may have reached a node and was not answered
 * by one is OUTCOME_UNKNOWN, never a failure.
 */
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import type { Status, Status__Output } from '../generated/google/rpc/Status.js';
import { REASONS, type Reason, SextonError } from '../shared/errors.js';
import {
  cutMessage,
  deserializeStatus,
  type ErrorDetails,
  packStatus,
  serializeStatus,
  STATUS_DETAILS_KEY,
  unpackStatus,
} from './status-details.js';

/** Reason to code. The way back without a reason is {@link BARE_CODE}. */
export const STATUS_CODE: Readonly<Record<Reason, status>> = {
  NOT_LEADER: status.UNAVAILABLE,
  NO_LEADER: status.UNAVAILABLE,
  NODE_STOPPING: status.UNAVAILABLE,
  OUTCOME_UNKNOWN: status.UNAVAILABLE,
  STREAM_EXISTS: status.ALREADY_EXISTS,
  STREAM_NOT_FOUND: status.NOT_FOUND,
  STREAM_NOT_DELETED: status.FAILED_PRECONDITION,
  PREFIX_OVERLAP: status.FAILED_PRECONDITION,
  PREFIX_TOO_YOUNG: status.FAILED_PRECONDITION,
  PREFIX_NOT_RESIDUE: status.FAILED_PRECONDITION,
  PREFIX_EMPTY: status.NOT_FOUND,
  PURGE_PENDING: status.FAILED_PRECONDITION,
  PURGE_STARTED: status.FAILED_PRECONDITION,
  INCARNATION_MISMATCH: status.FAILED_PRECONDITION,
  ETAG_MISMATCH: status.ABORTED,
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  TOO_MANY_REQUESTS: status.RESOURCE_EXHAUSTED,
  REVISION_COMPACTED: status.OUT_OF_RANGE,
  SESSION_EXPIRED: status.FAILED_PRECONDITION,
  SESSION_NOT_READY: status.FAILED_PRECONDITION,
  STORAGE_NOT_READY: status.FAILED_PRECONDITION,
  MEMBER_EXISTS: status.ALREADY_EXISTS,
  MEMBER_NOT_FOUND: status.NOT_FOUND,
  MEMBERSHIP_CHANGE_PENDING: status.FAILED_PRECONDITION,
  LEARNER_NOT_READY: status.FAILED_PRECONDITION,
  QUORUM_AT_RISK: status.FAILED_PRECONDITION,
  NOT_A_VOTER: status.FAILED_PRECONDITION,
  TRANSFER_FAILED: status.UNAVAILABLE,
  UNREACHABLE: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  UNIMPLEMENTED: status.UNIMPLEMENTED,
  INTERNAL: status.INTERNAL,
};

// ------------------------------------------------------------------------------------ node to wire

/** What a gRPC handler ends its call with. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** The error inside a stream of answers (MutateStreams): same code and details as a call's end. */
export function toRpcStatus(error: SextonError): Status {
  return packStatus({
    code: STATUS_CODE[error.reason],
    message: error.rawMessage,
    reason: error.reason,
    metadata: error.metadata,
    violations: error.violations,
    retryAfterMs: error.retryAfterMs,
  });
}

export function toCallStatus(error: SextonError): CallStatus {
  return callStatus(toRpcStatus(error));
}

/** For refusals outside {@link REASONS}: those between members. */
export function callStatusOf(details: ErrorDetails): CallStatus {
  return callStatus(packStatus(details));
}

function callStatus(packed: Status): CallStatus {
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, serializeStatus(packed));
  return { code: packed.code ?? status.UNKNOWN, details: packed.message ?? '', metadata };
}

// ------------------------------------------------------------------------------------ wire to node

/** What the caller knows about a call that failed. */
export interface CallFacts {
  /** It changes nothing, so that no outcome can be unknown. */
  readonly readOnly: boolean;
  /**
   * Some bytes of the call may have left this process. Absent: told from the error, which is certain
   * only for connections that were never made.
   */
  readonly sent?: boolean;
}

/** What Sexton says itself in a status; undefined when it says nothing (a proxy's, or gRPC's own). */
export function errorDetails(error: unknown): ErrorDetails | undefined {
  if (!isGrpcError(error)) return undefined;
  const bytes = error.metadata.get(STATUS_DETAILS_KEY)[0];
  if (!Buffer.isBuffer(bytes)) return undefined;
  const decoded = deserializeStatus(bytes);
  return decoded === undefined ? undefined : unpackStatus(decoded);
}

/** The error of one answer in a stream of them. */
export function fromRpcStatus(packed: Status__Output, facts: CallFacts): SextonError {
  const details = unpackStatus(packed);
  return details === undefined
    ? fromBareCode(packed.code, packed.message, facts, undefined)
    : fromDetails(details, facts, undefined);
}

/** Any error of a call, as a SextonError. Total; `cause` keeps what came. */
export function fromCallError(error: unknown, facts: CallFacts): SextonError {
  if (error instanceof SextonError) return error;
  if (!isGrpcError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new SextonError('INTERNAL', message, { cause: error });
  }
  const details = errorDetails(error);
  if (details !== undefined) return fromDetails(details, facts, error);
  const known = facts.sent === undefined && wasNeverSent(error) ? { ...facts, sent: false } : facts;
  return fromBareCode(error.code, error.details, known, error);
}

function fromDetails(details: ErrorDetails, facts: CallFacts, cause: unknown): SextonError {
  const { message, metadata, violations, retryAfterMs } = details;
  const rest = { violations, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), cause };
  if (isReason(details.reason)) return new SextonError(details.reason, message, { ...rest, metadata });
  // A newer node's reason: its code tells the kind, as far as a code can.
  return fromBareCode(details.code, message, facts, cause, { ...metadata, reason: details.reason });
}

/**
 * Codes that come without Sexton's details: gRPC's own, a proxy's, another service's. `refusal`: who
 * answers so has not executed the call, also a write.
 */
const BARE_CODE: Readonly<Partial<Record<status, { readonly reason: Reason; readonly refusal: boolean }>>> = {
  [status.CANCELLED]: { reason: 'CANCELLED', refusal: false },
  [status.INVALID_ARGUMENT]: { reason: 'INVALID_ARGUMENT', refusal: true },
  [status.DEADLINE_EXCEEDED]: { reason: 'DEADLINE_EXCEEDED', refusal: false },
  [status.NOT_FOUND]: { reason: 'INTERNAL', refusal: true },
  [status.ALREADY_EXISTS]: { reason: 'INTERNAL', refusal: true },
  [status.PERMISSION_DENIED]: { reason: 'INTERNAL', refusal: true },
  [status.UNAUTHENTICATED]: { reason: 'INTERNAL', refusal: true },
  [status.FAILED_PRECONDITION]: { reason: 'INTERNAL', refusal: true },
  [status.UNIMPLEMENTED]: { reason: 'UNIMPLEMENTED', refusal: true },
  // A message over the limit, of either side, or a connection told to calm down: not certain which.
  [status.RESOURCE_EXHAUSTED]: { reason: 'TOO_MANY_REQUESTS', refusal: false },
  [status.UNAVAILABLE]: { reason: 'UNREACHABLE', refusal: false },
  [status.OUT_OF_RANGE]: { reason: 'INTERNAL', refusal: false },
  [status.ABORTED]: { reason: 'INTERNAL', refusal: false },
};

function fromBareCode(
  code: status,
  message: string,
  facts: CallFacts,
  cause: unknown,
  more: Readonly<Record<string, string>> = {},
): SextonError {
  const { reason, refusal } = BARE_CODE[code] ?? { reason: 'INTERNAL', refusal: false };
  const codeName = status[code] ?? String(code);
  const metadata = { ...more, grpc_code: codeName };
  const text = message === '' ? `the call ended with ${codeName}` : cutMessage(message);
  if (facts.readOnly || refusal) return new SextonError(reason, text, { metadata, cause });
  if (facts.sent === false) {
    const unsent = reason === 'CANCELLED' || reason === 'DEADLINE_EXCEEDED' ? reason : 'UNREACHABLE';
    return new SextonError(unsent, text, { metadata, cause });
  }
  return new SextonError('OUTCOME_UNKNOWN', `${text}; repeat the call with the same request_id`, {
    metadata,
    cause,
  });
}

/**
 * True when grpc-js itself reports that no connection was there to send the call on. These texts are the
 * library's, not an API: `status.test.ts` makes each of them happen, and a version that words them
 * otherwise fails there. Not recognised means "may have been sent", which is the safe side.
 */
function wasNeverSent(error: StatusObject): boolean {
  return (
    error.code === status.UNAVAILABLE &&
    /^(No connection established|Name resolution failed|Channel has been shut down)/.test(error.details)
  );
}

function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text);
}

function isGrpcError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'number' &&
    'details' in error &&
    typeof error.details === 'string' &&
    'metadata' in error &&
    error.metadata instanceof Metadata
  );
}
