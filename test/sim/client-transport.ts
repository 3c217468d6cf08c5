/**
 * A client's calls over the simulated network to the production handlers of a node: the same protobuf
 * bytes, the same conversions, the same errors as over gRPC, without sockets.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type {
  ClientTransport,
  KeepAliveCall,
  KeepAliveHandlers,
  MutationCall,
  TrySettings,
  UnaryCalls,
  UnaryMethod,
} from '../../src/client/transport.js';
import { TransportError } from '../../src/client/transport.js';
import type { KeepAliveResponse__Output } from '../../src/generated/sexton/v1/KeepAliveResponse.js';
import type { WatchStreamsRequest } from '../../src/generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse__Output } from '../../src/generated/sexton/v1/WatchStreamsResponse.js';
import {
  ingestServiceDefinition,
  storageServiceDefinition,
  streamServiceDefinition,
} from '../../src/rpc/proto.js';
import { forwardingMetadata } from '../../src/server/call-scope.js';
import { fromCallError } from '../../src/rpc/status.js';
import type { SextonError } from '../../src/shared/errors.js';
import type { Network } from './network.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';
import { StreamingCall } from './streaming-call.js';

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
  /** The client's process; a dead one hears nothing, a stopped one hears it late. Absent: it always runs. */
  readonly scope?: ProcessScope;
}

interface WireMethod {
  requestSerialize(request: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(response: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

const METHODS = {
  ...streamServiceDefinition,
  ...storageServiceDefinition,
  ...ingestServiceDefinition,
} as unknown as Readonly<Record<string, WireMethod>>;

type Answer =
  | { readonly kind: 'response'; readonly bytes: Buffer }
  | { readonly kind: 'error'; readonly error: SextonError };

type Handler = (call: unknown, callback: (error: object | null, response?: unknown) => void) => void;

export class SimulatedClientTransport implements ClientTransport {
  readonly #deps: ClientTransportDeps;
  readonly #calls = new Set<StreamingCall>();

  constructor(deps: ClientTransportDeps) {
    this.#deps = deps;
  }

  /** The client's process is gone, and its connections with it. */
  die(): void {
    for (const call of this.#calls) call.cancel();
    this.#calls.clear();
  }

  #hear(callback: () => void): void {
    if (this.#deps.scope === undefined) callback();
    else this.#deps.scope.enter(callback);
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
        this.#hear(() => {
          if (settled) return;
          settled = true;
          finish();
          reject(new TransportError(kind, endpoint, text));
        });
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
            this.#hear(() => {
              if (settled) return;
              settled = true;
              finish();
              if (given.kind === 'error') reject(tryError(endpoint, given.error));
              else resolve(wire.responseDeserialize(given.bytes) as UnaryCalls[Method]['response']);
            });
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

  async *watchStreams(
    endpoint: string,
    request: WatchStreamsRequest,
    signal: AbortSignal,
  ): AsyncGenerator<WatchStreamsResponse__Output, void, undefined> {
    const answers = new Answers<WatchStreamsResponse__Output>();
    const call = this.#openStream(endpoint, 'WatchStreams', request, {
      onMessage: (response) => answers.push(response as WatchStreamsResponse__Output),
      onEnd: (error) => answers.end(error),
    });
    const onAbort = (): void => {
      call.cancel();
      answers.end(new TransportError('cancelled', endpoint, 'given up'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      yield* answers.read();
    } finally {
      signal.removeEventListener('abort', onAbort);
      call.cancel();
    }
  }

  mutateStreams(endpoint: string): MutationCall {
    throw new TransportError('unreachable', endpoint, 'the simulated client does not pipeline');
  }

  openKeepAlive(endpoint: string, handlers: KeepAliveHandlers): KeepAliveCall {
    const call = this.#openStream(endpoint, 'KeepAlive', undefined, {
      onMessage: (response) => handlers.onAnswer(response as KeepAliveResponse__Output),
      onEnd: (error) =>
        handlers.onEnd(
          (error ?? new TransportError('broken', endpoint, 'the node ended the call')) as
            SextonError | TransportError,
        ),
    });
    return {
      send: (frame) => {
        call.send(frame);
      },
      close: () => {
        call.cancel();
      },
    };
  }

  /** `onEnd` undefined: in order. What is said before the connection stands waits for it. */
  #openStream(
    endpoint: string,
    method: string,
    request: unknown,
    told: { readonly onMessage: (response: unknown) => void; readonly onEnd: (error?: Error) => void },
  ): { send(request: unknown): void; cancel(): void } {
    const { network, host } = this.#deps;
    const wire = METHODS[method];
    if (wire === undefined) throw new Error(`the simulated client does not call ${method}`);
    const asSent = (value: unknown): unknown => wire.requestDeserialize(wire.requestSerialize(value));
    let call: StreamingCall | undefined;
    let isOver = false;
    const early: unknown[] = [];
    const end = (error?: Error): void => {
      if (isOver) return;
      isOver = true;
      this.#hear(() => told.onEnd(error));
    };
    const unreachable = (text: string) => () => end(new TransportError('unreachable', endpoint, text));
    network.reliable(
      host,
      this.#deps.hostOf(endpoint),
      () => {
        const listener = this.#deps.listenerAt(endpoint);
        const handler = listener?.handlers[method] as ((call: unknown) => void) | undefined;
        if (listener === undefined || handler === undefined) {
          unreachable('connection refused')();
          return;
        }
        if (isOver) return;
        const opened = new StreamingCall(
          {
            network,
            host,
            listener,
            metadata: forwardingMetadata(0),
            onMessage: (response) => {
              const bytes = wire.responseSerialize(response);
              this.#hear(() => told.onMessage(wire.responseDeserialize(bytes)));
            },
            onEnd: (how) => {
              if (call !== undefined) this.#calls.delete(call);
              if (how === 'ended') end();
              else if (how === 'broken') end(new TransportError('broken', endpoint, 'connection reset'));
              else
                end(tryError(endpoint, fromCallError(Object.assign(new Error(), how), { readOnly: true })));
            },
          },
          request === undefined ? undefined : asSent(request),
        );
        call = opened;
        this.#calls.add(opened);
        listener.scope.enter(() => {
          handler(opened.server);
        });
        for (const each of early) opened.send(each);
      },
      unreachable('no route'),
    );
    return {
      send: (value) => {
        if (call === undefined) early.push(asSent(value));
        else call.send(asSent(value));
      },
      cancel: () => {
        isOver = true;
        call?.cancel();
      },
    };
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

/** What has arrived and was not read yet, and how it ended. */
class Answers<Answer> {
  readonly #arrived: Answer[] = [];
  #ended: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  push(answer: Answer): void {
    this.#arrived.push(answer);
    this.#wake();
  }

  end(error: Error | undefined): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async *read(): AsyncGenerator<Answer, void, undefined> {
    for (;;) {
      const next = this.#arrived.shift();
      if (next !== undefined) yield next;
      else if (this.#ended?.error !== undefined) throw this.#ended.error;
      else if (this.#ended !== undefined) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
