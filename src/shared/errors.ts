/**
 * The closed set of reasons that Sexton answers with, and the one error class that carries them.
 * No gRPC here: `rpc/status.ts` maps reasons to status codes and back.
 *
 * The reason, not the status code or the message, is what a client acts on. The three that concern
 * a write's fate are kept apart on purpose (pitfall: a dropped proposal is not a failed one):
 * NOT_LEADER and NO_LEADER were certainly not proposed; OUTCOME_UNKNOWN may still commit.
 * UNREACHABLE is the caller's own finding: the call never left it. DEADLINE_EXCEEDED and CANCELLED
 * are for calls that change nothing; a write that ends so is OUTCOME_UNKNOWN.
 */
export const REASONS = [
  'NOT_LEADER',
  'NO_LEADER',
  'NODE_STOPPING',
  /** Made by a client, never sent: no endpoint took the call in time. Certainly not proposed. */
  'UNREACHABLE',
  'OUTCOME_UNKNOWN',
  'STREAM_EXISTS',
  'STREAM_NOT_FOUND',
  'STREAM_NOT_DELETED',
  'PREFIX_OVERLAP',
  'PREFIX_TOO_YOUNG',
  'PREFIX_NOT_RESIDUE',
  'PREFIX_EMPTY',
  'PURGE_PENDING',
  'PURGE_STARTED',
  'INCARNATION_MISMATCH',
  'ETAG_MISMATCH',
  'INVALID_ARGUMENT',
  'TOO_MANY_REQUESTS',
  'REVISION_COMPACTED',
  'SESSION_EXPIRED',
  /** Made by a client: its lease is not sure, or its view is behind. Nothing was uploaded; it passes. */
  'SESSION_NOT_READY',
  'STORAGE_NOT_READY',
  'MEMBER_EXISTS',
  'MEMBER_NOT_FOUND',
  'MEMBERSHIP_CHANGE_PENDING',
  'LEARNER_NOT_READY',
  'QUORUM_AT_RISK',
  'NOT_A_VOTER',
  'TRANSFER_FAILED',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'UNIMPLEMENTED',
  'INTERNAL',
] as const;

export type Reason = (typeof REASONS)[number];

/**
 * What a caller may do about a reason, without knowing it by name.
 *
 * - `never`: the answer will be the same; fix the request.
 * - `same-request`: try again, on any node, with the same `request_id` only.
 * - `other-node`: not proposed; try the leader named in the metadata, or another node, freely.
 * - `later`: not proposed; try again after `retryAfterMs`.
 */
export type RetryAdvice = 'never' | 'same-request' | 'other-node' | 'later';

export const RETRY_ADVICE: Readonly<Record<Reason, RetryAdvice>> = {
  NOT_LEADER: 'other-node',
  NO_LEADER: 'other-node',
  NODE_STOPPING: 'other-node',
  UNREACHABLE: 'other-node',
  OUTCOME_UNKNOWN: 'same-request',
  STREAM_EXISTS: 'never',
  STREAM_NOT_FOUND: 'never',
  STREAM_NOT_DELETED: 'never',
  PREFIX_OVERLAP: 'never',
  PREFIX_TOO_YOUNG: 'never',
  PREFIX_NOT_RESIDUE: 'never',
  PREFIX_EMPTY: 'never',
  PURGE_PENDING: 'never',
  PURGE_STARTED: 'never',
  INCARNATION_MISMATCH: 'never',
  ETAG_MISMATCH: 'never',
  INVALID_ARGUMENT: 'never',
  TOO_MANY_REQUESTS: 'later',
  REVISION_COMPACTED: 'never',
  SESSION_EXPIRED: 'never',
  SESSION_NOT_READY: 'later',
  STORAGE_NOT_READY: 'later',
  MEMBER_EXISTS: 'never',
  MEMBER_NOT_FOUND: 'never',
  MEMBERSHIP_CHANGE_PENDING: 'later',
  LEARNER_NOT_READY: 'later',
  QUORUM_AT_RISK: 'never',
  NOT_A_VOTER: 'never',
  TRANSFER_FAILED: 'later',
  DEADLINE_EXCEEDED: 'never',
  CANCELLED: 'never',
  UNIMPLEMENTED: 'never',
  INTERNAL: 'never',
};

export interface FieldViolation {
  /** The request field in proto spelling (`grace_period`), or the flag (`--grace-period`). */
  readonly field: string;
  /** What is wrong and what would be right, as a clause. */
  readonly description: string;
}

export interface SextonErrorDetails {
  /** Facts for a program, e.g. `leader_address`. Keys snake_case, values short. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** INVALID_ARGUMENT: which fields. */
  readonly violations?: readonly FieldViolation[];
  /** How long to wait before another try; only with advice `later`. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** An expected refusal, on its way to a caller. Bugs throw `AssertionError` instead. */
export class SextonError extends Error {
  override readonly name = 'SextonError';
  readonly reason: Reason;
  readonly rawMessage: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, message: string, details: SextonErrorDetails = {}) {
    super(`[${reason}] ${message}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.rawMessage = message;
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }

  get advice(): RetryAdvice {
    return RETRY_ADVICE[this.reason];
  }
}

/** INVALID_ARGUMENT for one field. */
export function invalidArgument(field: string, description: string): SextonError {
  return new SextonError('INVALID_ARGUMENT', `${field}: ${description}`, {
    violations: [{ field, description }],
  });
}
