/**
 * Refusals, built in one place so that a reason always carries the same metadata.
 *
 * Refusals are replicated results (C3) and are stored under request ids: everything in them follows
 * from the entry and the state before it. Times are RFC 3339 in messages, milliseconds since the epoch in metadata.
 */
import type { FieldViolation } from '../shared/errors.js';
import type { Incarnation, Refusal, StreamRecord } from './types.js';

interface Named {
  readonly tenant: string;
  readonly name: string;
}

/** How messages call a stream: `tenant/name` or `name`, in quotes. */
export function describeName({ tenant, name }: Named): string {
  return tenant === '' ? `'${name}'` : `'${tenant}/${name}'`;
}

/** What every refusal about an existing stream tells of it. */
export function streamMetadata(stream: StreamRecord): Record<string, string> {
  return {
    incarnation: String(stream.incarnation),
    state: stream.state,
    revision: String(stream.revision),
  };
}

export function invalidArgumentRefusal(violations: readonly FieldViolation[]): Refusal {
  const message = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return { reason: 'INVALID_ARGUMENT', message, metadata: { field: violations[0]?.field ?? '' }, violations };
}

export function streamNotFound(named: Named): Refusal {
  return { reason: 'STREAM_NOT_FOUND', message: `there is no stream ${describeName(named)}`, metadata: {} };
}

export function incarnationNotFound(incarnation: Incarnation): Refusal {
  return {
    reason: 'STREAM_NOT_FOUND',
    message: `there is no stream with incarnation ${incarnation}; it is forgotten or never existed`,
    metadata: { incarnation: String(incarnation) },
  };
}

export function incarnationMismatch(named: Named, asked: Incarnation, current: Incarnation): Refusal {
  return {
    reason: 'INCARNATION_MISMATCH',
    message: `the current incarnation of ${describeName(named)} is ${current}, not ${asked}`,
    metadata: { incarnation: String(asked), current_incarnation: String(current) },
  };
}

export function etagMismatch(stream: StreamRecord): Refusal {
  return {
    reason: 'ETAG_MISMATCH',
    message: `stream ${describeName(stream)} has changed since it was read; it is at revision ${stream.revision}`,
    metadata: streamMetadata(stream),
  };
}

export function streamExists(stream: StreamRecord): Refusal {
  return {
    reason: 'STREAM_EXISTS',
    message: `stream ${describeName(stream)} is ACTIVE with incarnation ${stream.incarnation}`,
    metadata: streamMetadata(stream),
  };
}

export function tooManySessions(max: number): Refusal {
  const message = `there are ${max} sessions, and no more are allowed: close some, or wait for leases to run out`;
  return { reason: 'TOO_MANY_REQUESTS', message, metadata: { sessions_max: String(max) } };
}

/** `because` completes "stream 'x' …". */
export function refuseStream(reason: Refusal['reason'], stream: StreamRecord, because: string): Refusal {
  return { reason, message: `stream ${describeName(stream)} ${because}`, metadata: streamMetadata(stream) };
}
