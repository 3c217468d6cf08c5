/**
 * A transport for tests of sessions: one pretended node behind every endpoint, which does what the test says. Calls
 * and answers are plain data, and time is the test's.
 */
import { TransportError, type ClientTransport } from '../../src/client/index.js';
import type {
  KeepAliveCall,
  KeepAliveHandlers,
  MutationCall,
  TrySettings,
  UnaryCalls,
  UnaryMethod,
} from '../../src/client/transport.js';
import type { KeepAliveRequest } from '../../src/generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../../src/generated/sexton/v1/KeepAliveResponse.js';
import type { Stream as WireStream } from '../../src/generated/sexton/v1/Stream.js';
import type { WatchStreamsRequest } from '../../src/generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse__Output } from '../../src/generated/sexton/v1/WatchStreamsResponse.js';
import { SextonError } from '../../src/shared/errors.js';
import { Wakeup } from '../../src/client/wakeup.js';

const EVENT_OF = [
  ['STREAM_STATE_ACTIVE', 'CREATED'],
  ['STREAM_STATE_DELETED', 'DELETED'],
  ['STREAM_STATE_PURGING', 'PURGE_STARTED'],
  ['STREAM_STATE_PURGED', 'PURGED'],
] as const;

export interface SentFrame extends KeepAliveRequest {
  readonly endpoint: string;
  readonly atMs: number;
}

export class FakeLink {
  readonly endpoint: string;
  readonly handlers: KeepAliveHandlers;
  closed = false;

  constructor(endpoint: string, handlers: KeepAliveHandlers) {
    this.endpoint = endpoint;
    this.handlers = handlers;
  }

  answer(fields: Partial<KeepAliveResponse__Output>): void {
    if (this.closed) return;
    this.handlers.onAnswer({
      sequence: 0,
      leaseRemaining: { seconds: 30, nanos: 0 },
      drainedRevision: 0,
      awaitedRevision: 0,
      revision: 0,
      ...fields,
    });
  }

  end(error: SextonError | TransportError): void {
    if (this.closed) return;
    this.closed = true;
    this.handlers.onEnd(error);
  }

  break(): void {
    this.end(new TransportError('broken', this.endpoint, 'connection reset'));
  }
}

type WatchMessage = WatchStreamsResponse__Output | Error;

export class FakeIngestTransport implements ClientTransport {
  readonly frames: SentFrame[] = [];
  readonly links: FakeLink[] = [];
  readonly unaries: { readonly method: string; readonly request: Readonly<Record<string, unknown>> }[] = [];
  /** What the cluster holds, for listings and for the watch that follows one. */
  streams: readonly Partial<WireStream>[] = [];
  revision = 10;
  openedRevision = 10;
  clusterId = 'c1';
  ttlSeconds = 30;
  uploadDeadlineSeconds = 60;
  openDelay: Promise<void> = Promise.resolve();
  /** Called for each frame; the default answers at once and renews the whole lease. */
  onFrame: (link: FakeLink, frame: KeepAliveRequest) => void = (link, { sequence = 0 }) => {
    queueMicrotask(() => link.answer({ sequence: Number(sequence) }));
  };
  /** A listing waits for this. */
  listGate: Promise<void> = Promise.resolve();
  readonly #now: () => number;
  #messages: WatchMessage[] = [];
  readonly #wakeup = new Wakeup();

  constructor(now: () => number) {
    this.#now = now;
  }

  get link(): FakeLink {
    return this.links.at(-1)!;
  }

  requests(method: string): readonly Readonly<Record<string, unknown>>[] {
    return this.unaries.filter((call) => call.method === method).map(({ request }) => request);
  }

  /** Ends the watch with an error. */
  breakWatch(error: Error): void {
    this.#push(error);
  }

  /** An event and its bookmark, from the watch. */
  event(stream: Partial<WireStream>, revision = this.revision + 1): void {
    this.revision = revision;
    const type = EVENT_OF.find(([state]) => state === stream.state)?.[1] ?? 'FORGOTTEN';
    const events = [{ type: `STREAM_EVENT_TYPE_${type}`, revision, stream: { ...stream, revision } }];
    this.#push({
      revision,
      content: 'events',
      events: { events },
    } as unknown as WatchStreamsResponse__Output);
  }

  async unary<Method extends UnaryMethod>(
    _endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    _settings: TrySettings,
  ): Promise<UnaryCalls[Method]['response']> {
    this.unaries.push({ method, request: request as Record<string, unknown> });
    return (await this.#answer(method)) as UnaryCalls[Method]['response'];
  }

  async *watchStreams(
    endpoint: string,
    request: WatchStreamsRequest,
    signal: AbortSignal,
  ): AsyncGenerator<WatchStreamsResponse__Output, void, undefined> {
    const { clusterId } = this;
    const revision = Number(request.startRevision ?? this.revision);
    signal.addEventListener('abort', () => this.#wakeup.notify(), { once: true });
    yield {
      revision,
      content: 'header',
      header: { clusterId, memberId: 1 },
    } as unknown as WatchStreamsResponse__Output;
    while (!signal.aborted) {
      const message = this.#messages.shift();
      if (message instanceof Error) throw message;
      if (message !== undefined) yield message;
      else await this.#wakeup.wait();
    }
    throw new TransportError('cancelled', endpoint, 'given up');
  }

  mutateStreams(endpoint: string): MutationCall {
    throw new TransportError('unreachable', endpoint, 'no mutations here');
  }

  openKeepAlive(endpoint: string, handlers: KeepAliveHandlers): KeepAliveCall {
    const link = new FakeLink(endpoint, handlers);
    this.links.push(link);
    return {
      send: (frame) => {
        this.frames.push({ ...frame, endpoint, atMs: this.#now() });
        this.onFrame(link, frame);
      },
      close: () => {
        link.closed = true;
      },
    };
  }

  close(): void {
    for (const link of this.links) link.closed = true;
  }

  async #answer(method: string): Promise<unknown> {
    const { revision } = this;
    switch (method) {
      case 'OpenSession':
        await this.openDelay;
        return {
          session: {
            sessionId: '9',
            nodeId: 'ingest-1',
            state: 'SESSION_STATE_OPEN',
            ttl: { seconds: this.ttlSeconds, nanos: 0 },
            uploadDeadline: { seconds: this.uploadDeadlineSeconds, nanos: 0 },
            openedRevision: this.openedRevision,
            leaseRemaining: { seconds: this.ttlSeconds, nanos: 0 },
          },
        };
      case 'ListStreams':
        await this.listGate;
        return { streams: this.streams, nextPageToken: '', revision };
      case 'CloseSession':
        return {};
      default:
        throw new SextonError('UNIMPLEMENTED', `the fake has no ${method}`);
    }
  }

  #push(message: WatchMessage): void {
    this.#messages.push(message);
    this.#wakeup.notify();
  }
}
