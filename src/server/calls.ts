/**
 * What every handler has in common: the guard's verdict on the request, deadline and cancellation as a
 * CallContext, every error through `rpc/status.ts`, a line in the log with an id for what nobody
 * expected, and one observation per call.
 */
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
} from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { type CallStatus, toCallStatus } from '../rpc/status.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { CallScope, type SurfaceCall } from './call-scope.js';
import type { Guarded } from './guarded-definition.js';
import type { ServerLimits } from './limits.js';
import type { RequestMetrics } from './metrics.js';
import { ResponseWriter, type Sink } from './response-writer.js';

export interface CallsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: ServerLimits;
  readonly metrics: RequestMetrics;
  /** Fires when the server stops, with NODE_STOPPING: ends streaming calls. */
  readonly stopping: AbortSignal;
}

export interface StreamScope<Response> {
  readonly call: CallScope;
  /** Fires when the caller is gone or the server stops. */
  readonly signal: AbortSignal;
  readonly writer: ResponseWriter<Response>;
}

export class Calls {
  readonly #deps: CallsDeps;
  /** Of the streaming calls under way: one listener on `stopping` for all of them. */
  readonly #streams = new Set<AbortController>();

  constructor(deps: CallsDeps) {
    this.#deps = deps;
    const { stopping } = deps;
    const stop = (): void => {
      for (const stream of this.#streams) stream.abort(stopping.reason);
    };
    stopping.addEventListener('abort', stop, { once: true });
  }

  unary<Request, Response>(
    method: string,
    handle: (request: Request, call: CallScope) => Promise<Response>,
  ): handleUnaryCall<Guarded<Request>, Response> {
    return (call, callback) => {
      const done = this.#observe(method);
      const scope = new CallScope(call);
      const answer = async (): Promise<Response> => handle(admit(call.request), scope);
      answer().then(
        (response) => {
          scope.markAnswered();
          done(status.OK);
          callback(null, response);
        },
        (error: unknown) => {
          const ended = this.#statusOf(error, method);
          scope.markAnswered();
          done(ended.code);
          callback(ended);
        },
      );
    };
  }

  serverStream<Request, Response>(
    method: string,
    handle: (request: Request, scope: StreamScope<Response>) => Promise<void>,
  ): handleServerStreamingCall<Guarded<Request>, Response> {
    return (call) => {
      this.#runStream(method, call, (scope) => handle(admit(call.request), scope));
    };
  }

  bidi<Request, Response>(
    method: string,
    handle: (
      call: ServerDuplexStream<Guarded<Request>, Response>,
      scope: StreamScope<Response>,
    ) => Promise<void>,
  ): handleBidiStreamingCall<Guarded<Request>, Response> {
    return (call) => {
      this.#runStream(method, call, (scope) => handle(call, scope));
    };
  }

  #runStream<Response>(
    method: string,
    call: SurfaceCall &
      Sink<Response> & { end(): unknown; emit(event: 'error', status: CallStatus): boolean },
    run: (scope: StreamScope<Response>) => Promise<void>,
  ): void {
    const done = this.#observe(method);
    const scope = new CallScope(call);
    const { clock, limits, stopping } = this.#deps;
    // Not AbortSignal.any, which Node 20 keeps for good when one of its sources lives on (nodejs/node#64476).
    const ending = new AbortController();
    const { signal } = ending;
    if (stopping.aborted) ending.abort(stopping.reason);
    this.#streams.add(ending);
    const gone = (): void => ending.abort(scope.signal.reason);
    if (scope.isCancelled) gone();
    scope.signal.addEventListener('abort', gone, { once: true });
    const { stalledReceiverMs } = limits;
    const writer = new ResponseWriter<Response>(call, { clock, stalledReceiverMs, signal: scope.signal });
    const answer = async (): Promise<void> => {
      try {
        await run({ call: scope, signal, writer });
      } finally {
        this.#streams.delete(ending);
      }
    };
    answer().then(
      () => {
        scope.markAnswered();
        done(status.OK);
        call.end();
      },
      (error: unknown) => {
        const ended = this.#statusOf(error, method);
        done(ended.code);
        // There is nobody left to tell; gRPC has ended the call.
        if (scope.isCancelled) return;
        scope.markAnswered();
        call.emit('error', ended);
      },
    );
  }

  #observe(method: string): (code: status) => void {
    const { clock, metrics } = this.#deps;
    const startedMs = clock.monotonicMs();
    return (code) => {
      metrics.requestFinished(method, status[code] ?? String(code), clock.monotonicMs() - startedMs);
    };
  }

  #statusOf(error: unknown, method: string): CallStatus {
    if (error instanceof SextonError && error.reason !== 'INTERNAL') return toCallStatus(error);
    const errorId = randomUUID();
    this.#deps.logger.error(
      { method, errorId, err: error },
      'a call failed for a reason that is none of its own',
    );
    return toCallStatus(
      new SextonError('INTERNAL', `internal error ${errorId}; see this node's log`, {
        metadata: { error_id: errorId },
      }),
    );
  }
}

function admit<Request>(guarded: Guarded<Request>): Request {
  if (!guarded.ok) throw guarded.error;
  return guarded.request;
}
