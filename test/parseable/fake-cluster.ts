/**
 * A catalog and its sessions, as the helper sees them through the client: a listing, changes when the test
 * makes them, and sessions that the test can end. No rules: what happens is what the test says.
 */
import type { Stream, StreamEventType, WatchItem, WatchOptions } from '../../src/client/index.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import type { LeaseHolder, OpenedSession, SessionPort } from '../../src/parseable/session-keeper.js';
import type { ParseableSyncDeps } from '../../src/parseable/parseable-sync.js';
import { streamOf } from './support.js';

export class FakeCatalog {
  readonly streams = new Map<string, Stream>();
  revision = 100;
  listings = 0;
  /** Answers of `getStream` come after this. */
  #news: Deferred<void> = deferred();
  #events: WatchItem[] = [];
  #broken: SextonError | undefined;

  readonly client: ParseableSyncDeps['client'] = {
    watchStreams: (options: WatchOptions = {}) => this.#watch(options.signal),
    getStream: async ({ tenant = '', name }) => {
      const stream = this.streams.get(`${tenant}/${name}`);
      if (stream === undefined) throw new SextonError('STREAM_NOT_FOUND', name);
      return { stream, revision: this.revision };
    },
  };

  change(type: StreamEventType, fields: Partial<Stream> & Pick<Stream, 'name'>): number {
    this.revision += 1;
    const key = `${fields.tenant ?? ''}/${fields.name}`;
    const stream = streamOf({ ...this.streams.get(key), ...fields, revision: this.revision });
    this.streams.set(key, stream);
    this.#emit({ kind: 'event', type, revision: this.revision, stream });
    this.#emit({ kind: 'progress', revision: this.revision });
    return this.revision;
  }

  /** A bookmark, as the server sends them every now and then. */
  progress(): void {
    this.#emit({ kind: 'progress', revision: this.revision });
  }

  /** Ends the watch that runs, and every change since the last bookmark is lost with it. */
  breakWatch(error: SextonError): void {
    this.#broken = error;
    this.#news.resolve();
  }

  #emit(item: WatchItem): void {
    this.#events.push(item);
    this.#news.resolve();
  }

  async *#watch(signal: AbortSignal | undefined): AsyncGenerator<WatchItem, void, undefined> {
    this.listings += 1;
    this.#events = [];
    const streams = [...this.streams.values()];
    yield {
      kind: 'snapshot',
      streams: streams.slice(0, 1),
      revision: this.revision,
      first: true,
      last: false,
    };
    yield { kind: 'snapshot', streams: streams.slice(1), revision: this.revision, first: false, last: true };
    const onAbort = (): void => this.#news.resolve();
    signal?.addEventListener('abort', onAbort, { once: true });
    while (true) {
      signal?.throwIfAborted();
      const error = this.#broken;
      this.#broken = undefined;
      if (error !== undefined) throw error;
      const item = this.#events.shift();
      if (item !== undefined) yield item;
      else {
        this.#news = deferred();
        await this.#news.promise;
      }
    }
  }
}

export class FakeSessions implements SessionPort {
  /** By node: what its holder would report now. */
  readonly holders = new Map<string, LeaseHolder>();
  readonly opened: string[] = [];
  floorRevision = 100;
  refuse: SextonError | undefined;
  readonly #ends = new Map<string, Deferred<void>>();

  drained(nodeId: string): number {
    return this.holders.get(nodeId)?.drainedRevision() ?? -1;
  }

  /** An operator closes it. */
  end(nodeId: string): void {
    this.holders.delete(nodeId);
    this.#ends.get(nodeId)?.resolve();
  }

  async open(nodeId: string): Promise<OpenedSession> {
    if (this.refuse !== undefined) throw this.refuse;
    this.opened.push(nodeId);
    const { floorRevision } = this;
    return {
      sessionId: String(this.opened.length),
      floorRevision,
      leaseRemainingMs: 3_600_000,
      resumed: false,
    };
  }

  async keepAlive(session: OpenedSession, holder: LeaseHolder, signal: AbortSignal): Promise<void> {
    const nodeId = this.opened[Number(session.sessionId) - 1]!;
    const end = deferred<void>();
    this.holders.set(nodeId, holder);
    this.#ends.set(nodeId, end);
    signal.addEventListener('abort', () => end.reject(signal.reason), { once: true });
    await end.promise;
  }
}
