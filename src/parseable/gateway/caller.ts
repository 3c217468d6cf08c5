/**
 * What the gateway asks a node in the name of a client, with the client's own credentials. It has none itself: whatever it
 * does for somebody, Parseable has said that he may.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logger.js';
import { HttpFailure, type HttpAnswer, type HttpPort } from '../http-call.js';
import { nameOf } from './decide.js';
import type { Refusal } from './refusal.js';
import type { StreamKey } from './route.js';
import type { UpstreamPool } from './upstreams.js';

/** All that Parseable tells callers apart by. */
const CREDENTIALS = ['authorization', 'cookie', 'x-api-key', 'x-p-tenant'];

/**
 * Parseable has no call that says what somebody may do. Whether he may delete streams is asked by a delete of a name that
 * no stream can have: 404 says that he may, 401 or 403 that he may not. The permission is for all streams or none, and
 * the roles that have it are the same that may create them.
 */
const IMPOSSIBLE_NAME = 'sexton.permission.probe';
const ANSWER_BYTES_MAX = 65_536;

export type Allowed =
  | { readonly kind: 'allowed' }
  /** Of Parseable: to be passed on. */
  | { readonly kind: 'denied'; readonly answer: HttpAnswer }
  | { readonly kind: 'failed'; readonly refusal: Refusal };

export interface CallerDeps {
  readonly http: HttpPort;
  readonly pool: UpstreamPool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

export class Caller {
  readonly #deps: CallerDeps;

  constructor(deps: CallerDeps) {
    this.#deps = deps;
  }

  /** Whether this client may delete and create streams. */
  async mayChangeStreams(headers: IncomingHttpHeaders, signal: AbortSignal): Promise<Allowed> {
    const answer = await this.#call('DELETE', `/api/v1/logstream/${IMPOSSIBLE_NAME}`, headers, signal);
    if ('reason' in answer) return { kind: 'failed', refusal: answer };
    if (answer.status === 404) return { kind: 'allowed' };
    if (answer.status === 401 || answer.status === 403) return { kind: 'denied', answer };
    return { kind: 'failed', refusal: unusable('whether the caller may change streams', answer) };
  }

  /** Whether Parseable has the stream, by what it says of it. */
  async hasStream(
    stream: StreamKey,
    headers: IncomingHttpHeaders,
    signal: AbortSignal,
  ): Promise<boolean | Refusal> {
    const path = `/api/v1/logstream/${encodeURIComponent(stream.name)}/info`;
    const answer = await this.#call('GET', path, headers, signal);
    if ('reason' in answer) return answer;
    if (answer.status === 200) return true;
    if (answer.status === 404) return false;
    return unusable(`whether there is a stream ${nameOf(stream)}`, answer);
  }

  async #call(
    method: 'GET' | 'DELETE',
    path: string,
    from: IncomingHttpHeaders,
    signal: AbortSignal,
  ): Promise<HttpAnswer | Refusal> {
    const { http, pool, clock, logger, timeoutMs } = this.#deps;
    const upstream = pool.next(clock.monotonicMs(), new Set());
    const headers: Record<string, string> = {};
    for (const name of CREDENTIALS) {
      const value = from[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const url = `${upstream?.url ?? ''}${path}`;
    try {
      return await http.call({ method, url, headers, timeoutMs, bodyBytesMax: ANSWER_BYTES_MAX }, signal);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      logger.warn({ node: upstream?.url, problem: error.message }, 'node could not be asked');
      const text = 'the node of Parseable could not be asked';
      return { status: 502, reason: 'NODE_UNREACHABLE', error: text, retryAfterMs: 1_000 };
    }
  }
}

function unusable(what: string, { status }: HttpAnswer): Refusal {
  const error = `Parseable did not say ${what}: it answered with status ${status}`;
  return { status: 502, reason: 'NODE_ANSWER_UNUSABLE', error };
}
