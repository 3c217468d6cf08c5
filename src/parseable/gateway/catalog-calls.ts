/** What deletes and creates share: the stream's prefix, its state as of now, adoption, and errors as answers. */
import type { SextonClient, Stream } from '../../client/index.js';
import { SextonError } from '../../shared/errors.js';
import { prefixOfParseableStream } from '../../shared/parseable-prefix.js';
import { nameOf, STATE_UNKNOWN_RETRY_MS } from './decide.js';
import type { Refusal } from './refusal.js';
import type { StreamKey } from './route.js';

export type CatalogClient = Pick<SextonClient, 'getStream' | 'createStream' | 'deleteStream' | 'adoptStream'>;

/** Refusals of the catalog that a client can act on; their message says how. */
const CONFLICTS = new Set([
  'STREAM_EXISTS',
  'PREFIX_OVERLAP',
  'PREFIX_TOO_YOUNG',
  'PREFIX_NOT_RESIDUE',
  'PURGE_PENDING',
  'PURGE_STARTED',
  'INCARNATION_MISMATCH',
]);

/** Where Parseable keeps it, in every life. */
export function prefixOf({ tenant, name }: StreamKey): string {
  return prefixOfParseableStream(tenant, name);
}

/** Of everything acknowledged before. Undefined: the catalog has no such name. */
export async function currentLife(
  client: CatalogClient,
  stream: StreamKey,
  signal: AbortSignal,
): Promise<Stream | undefined> {
  try {
    return (await client.getStream({ ...stream }, { signal })).stream;
  } catch (error) {
    if (error instanceof SextonError && error.reason === 'STREAM_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Brings what lies below the stream's prefix under the catalog, as a living stream. Undefined: nothing lies there. */
export async function adopt(
  client: CatalogClient,
  stream: StreamKey,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Stream | undefined> {
  const input = { ...stream, prefix: prefixOf(stream), as: 'ACTIVE', execute: true } as const;
  try {
    return (await client.adoptStream(input, { signal, timeoutMs })).stream;
  } catch (error) {
    if (error instanceof SextonError && error.reason === 'PREFIX_EMPTY') return undefined;
    throw error;
  }
}

/** What a failed call to the cluster means for whoever asked for it. Rethrows what is no answer of it. */
export function catalogRefusal(error: unknown, stream: StreamKey, what: string): Refusal {
  if (!(error instanceof SextonError)) throw error;
  const { reason, rawMessage, metadata } = error;
  const base = { stream, facts: { catalog_reason: reason } };
  if (reason === 'INVALID_ARGUMENT')
    return { ...base, status: 400, reason: 'INVALID_ARGUMENT', error: `${what}: ${rawMessage}` };
  if (reason === 'STREAM_NOT_FOUND')
    return {
      ...base,
      status: 404,
      reason: 'STREAM_NOT_FOUND',
      error: `stream ${nameOf(stream)} is not found`,
    };
  if (CONFLICTS.has(reason)) {
    const waits = reason === 'PURGE_PENDING' || reason === 'PREFIX_TOO_YOUNG';
    const untilMs = Number(metadata['reusable_after_ms'] ?? NaN);
    const until = Number.isNaN(untilMs) ? {} : { reusable_after: new Date(untilMs).toISOString() };
    return {
      ...base,
      status: 409,
      reason: 'CONFLICT',
      error: `${what}: ${rawMessage}`,
      facts: { catalog_reason: reason, ...until },
      ...(waits ? { retryAfterMs: 60_000 } : {}),
    };
  }
  return {
    ...base,
    status: 503,
    reason: 'CATALOG_UNAVAILABLE',
    // Without the message, which names addresses.
    error: `${what}: the catalog did not answer in time or could not do it now; try again`,
    retryAfterMs: error.retryAfterMs ?? STATE_UNKNOWN_RETRY_MS,
  };
}
