/**
 * One KeepAlive call: frames of one session, each answered once and in order, by the node that leads. A node that
 * does not lead passes the call on, as a whole: what one node is told in a call, one leader has heard.
 *
 * One frame at a time is read, so that a sender that runs ahead costs no memory here. Whatever goes wrong ends
 * the call; its holder opens another one, and nothing was lost: a lease runs on until it runs out.
 */
import type { ClientDuplexStream, ServerDuplexStream } from '@grpc/grpc-js';
import type { KeepAliveRequest__Output } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { NodeApi } from '../node/node-api.js';
import { fromKeepAlive, sessionIdOf, toKeepAliveResponse } from '../rpc/convert/session.js';
import { ingestServiceDefinition } from '../rpc/proto.js';
import { fromCallError } from '../rpc/status.js';
import { type Deferred, deferred } from '../shared/deferred.js';
import { invalidArgument, SextonError } from '../shared/errors.js';
import type { StreamScope } from './calls.js';
import type { Guarded } from './guarded-definition.js';
import type { LeaderRouter } from './leader-router.js';

export interface KeepAliveDeps {
  readonly node: NodeApi;
  readonly leader: LeaderRouter;
}

type IncomingCall = ServerDuplexStream<Guarded<KeepAliveRequest__Output>, KeepAliveResponse>;
type LeaderCall = ClientDuplexStream<KeepAliveRequest__Output, KeepAliveResponse>;

export class KeepAliveCall {
  readonly #deps: KeepAliveDeps;
  readonly #call: IncomingCall;
  readonly #scope: StreamScope<KeepAliveResponse>;
  readonly #ended: Deferred<void> = deferred();
  #sessionId: string | undefined;
  #lastSequence = 0;
  /** The answer to the one frame that the leader has not answered yet. */
  #forwarded: Deferred<KeepAliveResponse> | undefined;
  #atLeader: LeaderCall | undefined;

  constructor(deps: KeepAliveDeps, call: IncomingCall, scope: StreamScope<KeepAliveResponse>) {
    this.#deps = deps;
    this.#call = call;
    this.#scope = scope;
  }

  /** Resolves when the sender has half-closed. Rejects with what ends the call. */
  async run(): Promise<void> {
    const call = this.#call;
    const { signal } = this.#scope;
    const end = (): void => {
      this.#ended.reject(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    call.on('data', (frame: Guarded<KeepAliveRequest__Output>) => {
      call.pause();
      this.#answer(frame).then(
        () => call.resume(),
        (error: unknown) => {
          this.#ended.reject(error);
        },
      );
    });
    call.on('end', () => {
      this.#ended.resolve();
    });
    call.on('error', (error: Error) => {
      this.#ended.reject(error);
    });
    try {
      await this.#ended.promise;
    } finally {
      signal.removeEventListener('abort', end);
      this.#atLeader?.cancel();
    }
  }

  async #answer(guarded: Guarded<KeepAliveRequest__Output>): Promise<void> {
    if (!guarded.ok) throw guarded.error;
    const frame = guarded.request;
    const sessionId = sessionIdOf(frame.sessionId);
    this.#sessionId ??= frame.sessionId;
    if (frame.sessionId !== this.#sessionId) {
      throw invalidArgument('session_id', `is not ${this.#sessionId}, that of the call's first frame`);
    }
    const report = fromKeepAlive(frame, this.#lastSequence);
    this.#lastSequence = frame.sequence;
    if (sessionId === undefined) throw neverExisted(frame.sessionId);

    const sessions = this.#deps.node.sessions();
    if (sessions === undefined) {
      await this.#scope.writer.write(await this.#forward(frame));
      return;
    }
    const lease = await sessions.keepAlive({ sessionId, ...report });
    await this.#scope.writer.write(toKeepAliveResponse(frame.sequence, lease));
  }

  #forward(frame: KeepAliveRequest__Output): Promise<KeepAliveResponse> {
    const answer = deferred<KeepAliveResponse>();
    this.#forwarded = answer;
    this.#atLeader ??= this.#openAtLeader();
    this.#atLeader.write(frame);
    return answer.promise;
  }

  #openAtLeader(): LeaderCall {
    const call = this.#deps.leader.openAtLeader(ingestServiceDefinition.KeepAlive, this.#scope.call);
    call.on('data', (response: KeepAliveResponse) => {
      this.#forwarded?.resolve(response);
      this.#forwarded = undefined;
    });
    // Also between two frames: its holder then has the rest of the lease to open another call.
    const lost = (error: unknown): void => {
      this.#forwarded?.reject(error);
      this.#ended.reject(error);
    };
    call.on('error', (error) => {
      lost(told(fromCallError(error, { readOnly: true })));
    });
    call.on('end', () => {
      lost(new SextonError('NO_LEADER', 'the leader has ended the call'));
    });
    return call;
  }
}

/** What the leader said stays as it is; a connection that broke on the way is no leader for the moment. */
function told(error: SextonError): SextonError {
  if (error.metadata['grpc_code'] === undefined) return error;
  return new SextonError('NO_LEADER', `passed on to the leader: ${error.rawMessage}`, { cause: error });
}

function neverExisted(sessionId: string): SextonError {
  return new SextonError('SESSION_EXPIRED', `session ${sessionId} never existed; open one first`, {
    metadata: { session_id: sessionId },
  });
}
