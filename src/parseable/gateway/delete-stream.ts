/**
 * `DELETE /api/v1/logstream/NAME`, done by the catalog instead of Parseable: the stream is marked deleted, can be undeleted
 * for the grace period, and its objects go when every node has let go of them.
 *
 * - D1 Nothing happens for a caller whom Parseable would not let delete.
 * - D2 A stream that only Parseable knows is adopted first, and then deleted like any other. What Parseable does not know
 *   is not touched, whatever lies below the prefix.
 * - D3 Repeating it changes nothing: a stream that is DELETED or PURGING is a success.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Stream } from '../../client/index.js';
import type { HttpAnswer } from '../http-call.js';
import type { Caller } from './caller.js';
import { adopt, catalogRefusal, currentLife, prefixOf, type CatalogClient } from './catalog-calls.js';
import { nameOf } from './decide.js';
import type { Refusal } from './refusal.js';
import type { StreamKey } from './route.js';

export interface DeleteStreamDeps {
  readonly client: CatalogClient;
  readonly caller: Caller;
  readonly gracePeriodMs: number;
  readonly adoptTimeoutMs: number;
}

export type DeleteOutcome =
  /** `isNew`: by this request. */
  | { readonly kind: 'deleted'; readonly stream: Stream; readonly isNew: boolean }
  | { readonly kind: 'denied'; readonly answer: HttpAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export async function deleteStream(
  deps: DeleteStreamDeps,
  stream: StreamKey,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
): Promise<DeleteOutcome> {
  const allowed = await deps.caller.mayChangeStreams(headers, signal);
  if (allowed.kind === 'denied') return allowed;
  if (allowed.kind === 'failed') return { kind: 'refused', refusal: allowed.refusal };
  try {
    const life = await lifeToDelete(deps, stream, headers, signal);
    if ('reason' in life) return { kind: 'refused', refusal: life };
    if (life.state === 'DELETED' || life.state === 'PURGING')
      return { kind: 'deleted', stream: life, isNew: false };
    const { incarnation } = life;
    const { gracePeriodMs } = deps;
    const deleted = await deps.client.deleteStream({ ...stream, incarnation, gracePeriodMs }, { signal });
    return { kind: 'deleted', stream: deleted ?? life, isNew: true };
  } catch (error) {
    const refusal = catalogRefusal(error, stream, `stream ${nameOf(stream)} is not deleted`);
    return { kind: 'refused', refusal };
  }
}

/** Parseable's own words and status. */
export function deletedBody({ name }: StreamKey): string {
  return `log stream ${name} deleted`;
}

async function lifeToDelete(
  { client, caller, adoptTimeoutMs }: DeleteStreamDeps,
  stream: StreamKey,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
): Promise<Stream | Refusal> {
  const current = await currentLife(client, stream, signal);
  if (current !== undefined && current.state !== 'PURGED') {
    return current.prefix === prefixOf(stream) ? current : otherPrefix(stream, current);
  }
  const isKnown = await caller.hasStream(stream, headers, signal);
  if (typeof isKnown !== 'boolean') return isKnown;
  // D2. Not in the bucket: a node's stale memory of a stream that is gone, which ends with its next restart.
  const adopted = isKnown ? await adopt(client, stream, signal, adoptTimeoutMs) : undefined;
  return (
    adopted ?? {
      status: 404,
      reason: 'STREAM_NOT_FOUND',
      error: `Stream ${nameOf(stream)} not found`,
      stream,
    }
  );
}

function otherPrefix(stream: StreamKey, { prefix, state, incarnation }: Stream): Refusal {
  return {
    status: 409,
    reason: 'CONFLICT',
    error:
      `stream ${nameOf(stream)} of the catalog owns '${prefix}' and not '${prefixOf(stream)}', where Parseable keeps it: ` +
      'deleting it would remove nothing of Parseable’s. Delete it by sexton stream delete, then adopt the other: sexton adopt',
    stream,
    state,
    facts: { incarnation: String(incarnation) },
  };
}
