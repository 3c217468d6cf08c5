/**
 * A client's calls over the simulated network to the production handlers of a node: the same protobuf
 * bytes, the same conversions, the same errors as over gRPC, without sockets.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type {
  ClientTransport,
  KeepAliveCall,
  MutationCall,
  TrySettings,
  UnaryCalls,
  UnaryMethod,
} from '../../src/client/transport.js';
import { TransportError } from '../../src/client/transport.js';
import type { WatchStreamsResponse__Output } from '../../src/generated/sexton/v1/WatchStreamsResponse.js';
import { storageServiceDefinition, streamServiceDefinition } from '../../src/rpc/proto.js';
import { forwardingMetadata } from '../../src/server/call-scope.js';
import { fromCallError } from '../../src/rpc/status.js';
import type { SextonError } from '../../src/shared/errors.js';
import type { Network } from './network.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

/** What listens at an address. */
export interface Listener {
  readonly host: string;
  readonly scope: ProcessScope;
  readonly handlers: UntypedServiceImplementation;
  /** Told when the process dies, so that open calls break. */
  readonly onDeath: (listener: () => void) => () => void;
}

export interface ClientTransportDeps {
  readonly host: string;
  readonly scheduler: Scheduler;
  readonly network: Network;
  /** Undefined: nobody listens. */
  readonly listenerAt: (endpoint: string) => Listener | undefined;
  readonly hostOf: (endpoint: string) => string;
}

interface WireMethod {
  requestSerialize(request: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(response: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

const METHODS = { ...streamServiceDefinition, ...storageServiceDefinition } as unknown as Readonly<
  Record<string, WireMethod>
>;

type Answer =
  | { readonly kind: 'response'; readonly bytes: Buffer }
  | { readonly kind: 'error'; readonly error: SextonError };

type Handler = (call: unknown, callback: (error: object | null, response?: unknown) => void) => void;

export class SimulatedClientTransport implements ClientTransport {
  readonly #deps: ClientTransportDeps;

  constructor(deps: ClientTransportDeps) {
    this.#deps = deps;
  }

  unary<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    settings: TrySettings,
  ): Promise<UnaryCalls[Method]['response']> {
    const wire = METHODS[method];
    if (wire === undefined) throw new Error(`the simulated client does not call ${method}`);
    const { scheduler, network, host: from } = this.#deps;
    const to = this.#deps.hostOf(endpoint);
    const bytes = wire.requestSerialize(request);
    return new Promise((resolve, reject) => {
      let settled = false;
      const fail = (kind: 'unreachable' | 'broken' | 'timeout' | 'cancelled', text: string): void => {
        if (settled) return;
        settled = true;
        finish();
        reject(new TransportError(kind, endpoint, text));
      };
      const onAbort = (): void => fail('cancelled', 'given up');
      const timeout = scheduler.after(settings.timeoutMs, () => fail('timeout', 'no answer in time'));
      const finish = (): void => {
        timeout.cancel();
        settings.signal.removeEventListener('abort', onAbort);
      };
      if (settings.signal.aborted) {
        onAbort();
        return;
      }
      settings.signal.addEventListener('abort', onAbort, { once: true });
      const answer = (given: Answer): void => {
        network.reliable(
          to,
          from,
          () => {
            if (settled) return;
            settled = true;
            finish();
            if (given.kind === 'error') reject(tryError(endpoint, given.error));
            else resolve(wire.responseDeserialize(given.bytes) as UnaryCalls[Method]['response']);
          },
          // The request was executed; the answer is lost for good when the timeout says so.
          () => undefined,
        );
      };
      network.reliable(
        from,
        to,
        () => {
          const listener = this.#deps.listenerAt(endpoint);
          if (listener === undefined) {
            fail('unreachable', 'connection refused');
            return;
          }
          const forget = listener.onDeath(() => fail('broken', 'connection reset'));
          listener.scope.enter(() => {
            execute(listener, method, wire, bytes, (given) => {
              forget();
              answer(given);
            });
          });
        },
        () => fail('unreachable', 'no route'),
      );
    });
  }

  watchStreams(endpoint: string): AsyncIterable<WatchStreamsResponse__Output> {
    throw new TransportError('unreachable', endpoint, 'the simulated client does not watch');
  }

  mutateStreams(endpoint: string): MutationCall {
    throw new TransportError('unreachable', endpoint, 'the simulated client does not pipeline');
  }

  openKeepAlive(endpoint: string): KeepAliveCall {
    throw new TransportError('unreachable', endpoint, 'the simulated client holds no session');
  }

  close(): void {
    // Connections are not kept.
  }
}

function execute(
  listener: Listener,
  method: string,
  wire: WireMethod,
  bytes: Buffer,
  answer: (given: Answer) => void,
): void {
  const handler = listener.handlers[method] as unknown as Handler;
  const call = {
    request: { ok: true, request: wire.requestDeserialize(bytes) },
    cancelled: false,
    // As if it had been passed on already: a node that does not lead then says who does, instead of opening a real
    // connection to it.
    metadata: forwardingMetadata(0),
    // The node's own limit on waiting is the only one: a deadline would be read off the real clock.
    getDeadline: () => Infinity,
    on: () => undefined,
  };
  handler(call, (error, response) => {
    if (error === null) answer({ kind: 'response', bytes: wire.responseSerialize(response) });
    else {
      const told = fromCallError(Object.assign(new Error(), error), { readOnly: false });
      answer({ kind: 'error', error: told });
    }
  });
}

/** As `client/grpc-transport.ts`: what a node says of its own deadline is no more than a timeout. */
function tryError(endpoint: string, error: SextonError): Error {
  if (error.reason === 'DEADLINE_EXCEEDED') return new TransportError('timeout', endpoint, error.message);
  if (error.reason === 'CANCELLED') return new TransportError('broken', endpoint, error.message);
  return error;
}
