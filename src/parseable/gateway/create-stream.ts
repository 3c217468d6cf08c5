/**
 * `PUT /api/v1/logstream/NAME`: the stream is created in the catalog, at the prefix that Parseable uses, and then by
 * Parseable. In this order, since a stream that Parseable has and the catalog has not is nobody's when it is deleted.
 *
 * - C1 Nothing is created for a caller whom Parseable would not let create.
 * - C2 What lies below the prefix already is adopted. A new life begins only over an empty prefix, so that taking it back
 *   can remove nothing that was there before.
 * - C3 When Parseable answers with an error and has no such stream, the life that this very request created is deleted
 *   again, at once. In any other case it stays: the same request repeated finds it and goes on.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Stream } from '../../client/index.js';
import type { Logger } from '../../shared/logger.js';
import { SextonError } from '../../shared/errors.js';
import type { HttpAnswer } from '../http-call.js';
import type { Caller } from './caller.js';
import { adopt, catalogRefusal, currentLife, prefixOf, type CatalogClient } from './catalog-calls.js';
import { deadRefusal, fencedRefusal, nameOf } from './decide.js';
import type { Refusal } from './refusal.js';
import type { StreamKey } from './route.js';

export interface CreateStreamDeps {
  readonly client: CatalogClient;
  readonly caller: Caller;
  readonly adoptTimeoutMs: number;
  readonly nowWallMs: () => number;
  readonly logger: Logger;
}

export type CreateOutcome =
  /** To be forwarded. `createdHere`: by this request, over an empty prefix. */
  | { readonly kind: 'ready'; readonly stream: Stream; readonly createdHere: boolean }
  | { readonly kind: 'denied'; readonly answer: HttpAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export async function createStream(
  deps: CreateStreamDeps,
  stream: StreamKey,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
): Promise<CreateOutcome> {
  const { client, caller, adoptTimeoutMs, nowWallMs } = deps;
  try {
    const current = await currentLife(client, stream, signal);
    if (current?.state === 'ACTIVE') return { kind: 'ready', stream: current, createdHere: false };
    const refusal = current === undefined ? undefined : notReusable(stream, current, nowWallMs());
    if (refusal !== undefined) return { kind: 'refused', refusal };
    const allowed = await caller.mayChangeStreams(headers, signal);
    if (allowed.kind === 'denied') return allowed;
    if (allowed.kind === 'failed') return { kind: 'refused', refusal: allowed.refusal };
    const adopted = await adopt(client, stream, signal, adoptTimeoutMs);
    if (adopted !== undefined) return { kind: 'ready', stream: adopted, createdHere: false };
    const created = await client.createStream({ ...stream, prefix: prefixOf(stream) }, { signal });
    return { kind: 'ready', stream: created, createdHere: true };
  } catch (error) {
    const refusal = catalogRefusal(error, stream, `stream ${nameOf(stream)} is not created`);
    return { kind: 'refused', refusal };
  }
}

/** C3. What became of the stream in the catalog, as its state. Never rejects for what the cluster or a node says. */
export async function takeBack(
  { client, caller, logger }: CreateStreamDeps,
  stream: StreamKey,
  { incarnation }: Stream,
  headers: IncomingHttpHeaders,
  signal: AbortSignal,
): Promise<string> {
  const exists = await caller.hasStream(stream, headers, signal);
  if (exists !== false) {
    const why = exists === true ? 'Parseable has the stream' : exists.error;
    logger.warn(
      { stream: nameOf(stream), incarnation, why },
      'stream that Parseable refused stays in the catalog',
    );
    return 'ACTIVE';
  }
  try {
    const deleted = await client.deleteStream({ ...stream, incarnation, gracePeriodMs: 0 }, { signal });
    return deleted?.state ?? 'DELETED';
  } catch (error) {
    if (!(error instanceof SextonError)) throw error;
    const fields = { stream: nameOf(stream), incarnation, err: error.message };
    logger.warn(fields, 'stream that Parseable refused could not be deleted again; it stays in the catalog');
    return 'ACTIVE';
  }
}

function notReusable(stream: StreamKey, current: Stream, nowWallMs: number): Refusal | undefined {
  const dead = deadRefusal(stream, current, 409);
  if (dead !== undefined) return dead;
  const isFenced = current.state === 'PURGED' && (current.reusableAfterMs ?? 0) > nowWallMs;
  return isFenced ? fencedRefusal(stream, current, 409, nowWallMs) : undefined;
}
