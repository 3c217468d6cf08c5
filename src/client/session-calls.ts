/**
 * Sessions as the cluster has them, whoever holds them: `SextonClient.sessions`. What an ingest node needs is
 * `SextonClient.openIngestSession`. Errors are those of every call; see sexton-client.ts.
 */
import type { UnaryCalls } from './transport.js';
import type { CallOptions } from './call-runner.js';
import { toSession } from './convert-session.js';
import { pagesOf } from './paging.js';
import type { ListSessionsInput } from './requests.js';
import {
  holdSession,
  type SessionLease,
  type SessionLeaseDeps,
  type SessionLeaseOptions,
} from './session-lease.js';
import type { Session, SessionPage } from './types.js';

export interface CloseSessionOptions extends CallOptions {
  /** False: its uploads may still be under way or begin, and purges wait one TTL and one upload deadline more. */
  readonly settled: boolean;
}

type Answer<Method extends keyof UnaryCalls> = Promise<UnaryCalls[Method]['response']>;

export interface SessionCallsDeps extends Omit<SessionLeaseDeps, 'open' | 'list' | 'close'> {
  readonly open: SessionLeaseDeps['open'];
  readonly list: (
    request: UnaryCalls['ListSessions']['request'],
    options: CallOptions,
  ) => Answer<'ListSessions'>;
  readonly close: (
    request: UnaryCalls['CloseSession']['request'],
    options: CallOptions,
  ) => Answer<'CloseSession'>;
}

export class SessionCalls {
  readonly #deps: SessionCallsDeps;

  constructor(deps: SessionCallsDeps) {
    this.#deps = deps;
  }

  /**
   * Holds a session whose drained revision the caller knows by itself: for a program that answers for another one.
   * Resolves when the session is open; from then on it is kept alive.
   */
  hold(options: SessionLeaseOptions): Promise<SessionLease> {
    const list = (nodeId: string, call: CallOptions) => this.list({ nodeId }, call);
    const close = (sessionId: string, settled: boolean) => this.close(sessionId, { settled });
    return holdSession({ ...this.#deps, list, close }, options);
  }

  /** One page of those that purges wait for, or may: OPEN and EXPIRED, by node id, then session id. */
  async listPage(input: ListSessionsInput = {}, options: CallOptions = {}): Promise<SessionPage> {
    const request = {
      nodeId: input.nodeId ?? '',
      waitingOnly: input.waitingOnly ?? false,
      pageSize: input.pageSize ?? 0,
      pageToken: input.pageToken ?? '',
    };
    const { sessions, nextPageToken, revision } = await this.#deps.list(request, options);
    return { sessions: sessions.map(toSession), nextPageToken, revision };
  }

  async *list(
    input: ListSessionsInput = {},
    options: CallOptions = {},
  ): AsyncGenerator<Session, void, undefined> {
    const pages = pagesOf((pageToken) => this.listPage({ ...input, pageToken }, options), input.pageToken);
    for await (const page of pages) yield* page.sessions;
  }

  /** Ends a session, whoever holds it. One that has ended is a success; undefined: it is not known any more. */
  async close(sessionId: string, options: CloseSessionOptions): Promise<Session | undefined> {
    const { settled } = options;
    const { session } = await this.#deps.close({ sessionId, settled }, options);
    return session ? toSession(session) : undefined;
  }
}
