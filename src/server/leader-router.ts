/**
 * Calls that only the leader can answer, taken by any node: answered here when this node leads, else
 * passed on to the leader once. A call that was passed on already is refused instead of going round in
 * circles while leadership moves; its caller, or the client, asks again.
 */
import {
  Client,
  type ClientDuplexStream,
  credentials,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import type { MemberId } from '../raft/types.js';
import { fromCallError } from '../rpc/status.js';
import { SextonError } from '../shared/errors.js';
import type { NodeApi } from '../node/node-api.js';
import { type CallScope, forwardingMetadata } from './call-scope.js';

/** Members that lead one after the other; the oldest connection goes when there are more. */
const CONNECTIONS_MAX = 8;
/** However long the caller would wait: a leader that does not answer for so long is none. */
const FORWARD_TIMEOUT_MS = 10_000;
const RESPONSE_BYTES_MAX = 32 * 1024 * 1024;

/** A leader-only method: how it travels, and whether it changes anything. */
export interface LeaderMethod<Request, Response> {
  readonly definition: MethodDefinition<Request, Response>;
  readonly readOnly: boolean;
}

export class LeaderRouter {
  readonly #node: NodeApi;
  readonly #connections = new Map<string, Client>();

  constructor(node: NodeApi) {
    this.#node = node;
  }

  /** True when this node believes to lead; what must be sure of it confirms it with a majority. */
  get isLeader(): boolean {
    return this.#node.leaderHint()?.id === this.#node.memberId;
  }

  /** `answer` resolves undefined when this node does not lead. */
  async call<Request, Response>(
    method: LeaderMethod<Request, Response>,
    request: Request,
    call: CallScope,
    answer: () => Promise<Response | undefined>,
  ): Promise<Response> {
    const own = await answer();
    if (own !== undefined) return own;
    return this.#forward(method, this.#otherLeader(call), request, call);
  }

  /**
   * The same call both ways, opened at the leader for one that this node got. It has no deadline of its own: who
   * opens it cancels it. Throws NO_LEADER, and NOT_LEADER for a call that was passed on already.
   */
  openAtLeader<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    call: CallScope,
  ): ClientDuplexStream<Request, Response> {
    return this.#connection(this.#otherLeader(call)).makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      forwardingMetadata(this.#node.memberId),
    );
  }

  /** Where to pass a call on to. */
  #otherLeader(call: CallScope): string {
    const leader = this.#node.leaderHint();
    if (leader === undefined || leader.id === this.#node.memberId) {
      throw new SextonError('NO_LEADER', 'no leader is known at the moment');
    }
    if (call.isForwarded) throw notLeader(leader);
    return leader.address;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  #forward<Request, Response>(
    { definition, readOnly }: LeaderMethod<Request, Response>,
    address: string,
    request: Request,
    call: CallScope,
  ): Promise<Response> {
    const { path, requestSerialize, responseDeserialize } = definition;
    const deadline = Date.now() + Math.min(call.deadlineMs, FORWARD_TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      const forwarded = this.#connection(address).makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        forwardingMetadata(this.#node.memberId),
        { deadline },
        (error: ServiceError | null, response: Response | undefined) => {
          call.signal.removeEventListener('abort', cancel);
          if (response !== undefined) resolve(response);
          else reject(told(fromCallError(error, { readOnly }), address));
        },
      );
      const cancel = (): void => forwarded.cancel();
      call.signal.addEventListener('abort', cancel, { once: true });
    });
  }

  #connection(address: string): Client {
    const known = this.#connections.get(address);
    if (known !== undefined) return known;
    if (this.#connections.size >= CONNECTIONS_MAX) {
      for (const [oldest, connection] of this.#connections) {
        connection.close();
        this.#connections.delete(oldest);
        break;
      }
    }
    const connection = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': RESPONSE_BYTES_MAX,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.enable_retries': 0,
    });
    this.#connections.set(address, connection);
    return connection;
  }
}

/** What the leader itself said stays as it is; what came of the way to it says so. */
function told(error: SextonError, address: string): SextonError {
  if (error.metadata['grpc_code'] === undefined) return error;
  const { reason, rawMessage, metadata, cause } = error;
  return new SextonError(reason, `passed on to the leader at ${address}: ${rawMessage}`, { metadata, cause });
}

function notLeader(leader: { readonly id: MemberId; readonly address: string }): SextonError {
  return new SextonError('NOT_LEADER', `member ${leader.id} leads now`, {
    metadata: { leader_id: String(leader.id), leader_address: leader.address },
  });
}
