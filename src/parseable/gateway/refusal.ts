/** What the gateway answers itself: a status, a reason from a closed set, and a body that says both in words. */
import type { StreamKey } from './route.js';

export type RefusalReason =
  | 'STREAM_DELETED'
  | 'STREAM_PURGING'
  | 'STREAM_FENCED'
  | 'STREAM_UNKNOWN'
  | 'STREAM_NOT_FOUND'
  | 'STATE_UNKNOWN'
  | 'CONFLICT'
  | 'INTERNAL_CALL'
  | 'AMBIGUOUS_PATH'
  | 'INVALID_ARGUMENT'
  | 'TENANT_UNPROVED'
  | 'NOT_PERMITTED'
  | 'CATALOG_UNAVAILABLE'
  | 'TOO_MANY_REQUESTS'
  | 'NODE_UNREACHABLE'
  | 'NODE_TIMEOUT'
  | 'NODE_ANSWER_UNUSABLE'
  | 'STOPPING'
  | 'INTERNAL';

export interface Refusal {
  readonly status: number;
  readonly reason: RefusalReason;
  /** What is wrong and what to do, for people. */
  readonly error: string;
  readonly stream?: StreamKey;
  /** Of the stream, as the catalog says. */
  readonly state?: string;
  /** Further facts, by the name that they have in the body. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

/** The body, in one line of JSON. */
export function refusalBody({ reason, error, stream, state, facts }: Refusal): string {
  const tenant = stream === undefined || stream.tenant === '' ? {} : { tenant: stream.tenant };
  const named = stream === undefined ? {} : { stream: stream.name, ...tenant };
  return `${JSON.stringify({ error, reason, ...named, ...(state === undefined ? {} : { state }), ...facts })}\n`;
}

export function refusalHeaders({ retryAfterMs }: Refusal): Readonly<Record<string, string>> {
  const wait = retryAfterMs === undefined ? {} : { 'retry-after': String(retryAfterSeconds(retryAfterMs)) };
  return { 'content-type': 'application/json', 'cache-control': 'no-store', ...wait };
}

/** Whole seconds, at least one: 0 would invite a loop. */
function retryAfterSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1_000));
}
