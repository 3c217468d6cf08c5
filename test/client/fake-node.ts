/**
 * A gRPC server with the real service definitions and answers that a test decides call by call. It keeps
 * no catalog: what it says is what the test wants a node to have said. It remembers every request.
 */
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { MutateStreamsRequest__Output } from '../../src/generated/sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse } from '../../src/generated/sexton/v1/MutateStreamsResponse.js';
import type { Stream } from '../../src/generated/sexton/v1/Stream.js';
import type { WatchStreamsRequest__Output } from '../../src/generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse } from '../../src/generated/sexton/v1/WatchStreamsResponse.js';
import {
  clusterServiceDefinition,
  storageServiceDefinition,
  streamServiceDefinition,
} from '../../src/rpc/proto.js';
import { toCallStatus } from '../../src/rpc/status.js';
import { SextonError, type Reason, type SextonErrorDetails } from '../../src/shared/errors.js';

/** What a test gives back: an answer, an error, or a promise that never settles. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each method has its own request, and tests read fields of it
type UnaryHandler = (request: any, nth: number) => unknown;

export type WatchCall = ServerWritableStream<WatchStreamsRequest__Output, WatchStreamsResponse>;
export type MutateCall = ServerDuplexStream<MutateStreamsRequest__Output, MutateStreamsResponse>;

export interface SeenCall {
  readonly method: string;
  readonly request: Readonly<Record<string, unknown>>;
}

export const never = (): Promise<never> => new Promise(() => undefined);

export function refuse(reason: Reason, details: SextonErrorDetails = {}): never {
  throw new SextonError(reason, `the fake says ${reason}`, details);
}

export class FakeNode {
  readonly calls: SeenCall[] = [];
  #server = new Server();
  #port = 0;
  readonly #unary = new Map<string, UnaryHandler>();
  #watch: (call: WatchCall, nth: number) => void = (call) => call.end();
  #mutate: (call: MutateCall, nth: number) => void = (call) => call.end();

  static async start(): Promise<FakeNode> {
    const node = new FakeNode();
    await node.listen();
    return node;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Requests to one method, in the order they came. */
  requests(method: string): readonly Readonly<Record<string, unknown>>[] {
    return this.calls.filter((call) => call.method === method).map(({ request }) => request);
  }

  on(method: string, handler: UnaryHandler): this {
    this.#unary.set(method, handler);
    return this;
  }

  onWatch(handler: (call: WatchCall, nth: number) => void): this {
    this.#watch = handler;
    return this;
  }

  onMutate(handler: (call: MutateCall, nth: number) => void): this {
    this.#mutate = handler;
    return this;
  }

  /** Listens, on the same port as before when there was one. */
  async listen(): Promise<void> {
    this.#server = new Server();
    this.#server.addService(streamServiceDefinition, {
      ...this.#unaryMethods(Object.keys(streamServiceDefinition)),
      WatchStreams: (call: WatchCall) => {
        this.#remember('WatchStreams', call.request);
        this.#watch(call, this.requests('WatchStreams').length);
      },
      MutateStreams: (call: MutateCall) => {
        this.#remember('MutateStreams', {});
        this.#mutate(call, this.requests('MutateStreams').length);
      },
    });
    this.#server.addService(
      clusterServiceDefinition,
      this.#unaryMethods(Object.keys(clusterServiceDefinition)),
    );
    this.#server.addService(
      storageServiceDefinition,
      this.#unaryMethods(Object.keys(storageServiceDefinition)),
    );
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${this.#port}`, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  /** As a killed process: connections break, the port refuses. */
  stop(): void {
    this.#server.forceShutdown();
  }

  #unaryMethods(methods: readonly string[]): UntypedServiceImplementation {
    return Object.fromEntries(
      methods.map((method) => [
        method,
        (call: ServerUnaryCall<Record<string, unknown>, unknown>, callback: sendUnaryData<unknown>) => {
          this.#remember(method, call.request);
          this.#answer(method, call.request).then(
            (answer) => {
              callback(null, answer);
            },
            (error: unknown) => {
              callback(toCallStatus(error as SextonError));
            },
          );
        },
      ]),
    );
  }

  async #answer(method: string, request: unknown): Promise<unknown> {
    const handler = this.#unary.get(method);
    if (handler === undefined) throw new SextonError('UNIMPLEMENTED', `the fake has no ${method}`);
    return handler(request, this.requests(method).length);
  }

  #remember(method: string, request: unknown): void {
    this.calls.push({ method, request: request as Record<string, unknown> });
  }
}

/** Streams of a three-node cluster of fakes, for `afterEach`. */
export async function startNodes(count: number): Promise<FakeNode[]> {
  return Promise.all(Array.from({ length: count }, () => FakeNode.start()));
}

/** A stream as a server sends it. */
export function wireStream(fields: Partial<Stream> = {}): Stream {
  return {
    tenant: '',
    name: 'app',
    incarnation: 7,
    state: 'STREAM_STATE_ACTIVE',
    prefix: 'app/7/',
    labels: { team: 'core' },
    revision: 7,
    createTime: { seconds: 1_700_000_000, nanos: 123_000_000 },
    etag: 'e7',
    ...fields,
  };
}

/** Ends a streaming call as a server does when it refuses. */
export function endWith(call: { emit(event: 'error', error: unknown): boolean }, error: SextonError): void {
  call.emit('error', toCallStatus(error));
}
