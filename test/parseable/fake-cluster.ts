/**
 * A catalog and its sessions, as the helper sees them through the client: a listing, changes when the test
 * makes them, and sessions that the test can end. No rules: what happens is what the test says.
 */
import type {
  AdoptStreamInput,
  AuditFinding,
  AuditItem,
  DeleteStreamInput,
  SessionLeaseEnd,
  Stream,
  StreamEventType,
  WatchItem,
  WatchOptions,
} from '../../src/client/index.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import type { HeldSession, LeaseHolder, SessionPort } from '../../src/parseable/session-keeper.js';
import type { ParseableSyncDeps } from '../../src/parseable/parseable-sync.js';
import { streamOf } from './support.js';

export class FakeCatalog {
  readonly streams = new Map<string, Stream>();
  revision = 100;
  listings = 0;
  /** Linearizable reads. */
  reads = 0;
  /** A listing waits for this. */
  listGate: Promise<void> = Promise.resolve();
  /** The answer to a read waits for this. */
  readGate: Promise<void> | undefined;
  #news: Deferred<void> = deferred();
  #events: WatchItem[] = [];
  #broken: SextonError | undefined;

  readonly client: ParseableSyncDeps['client'] = {
    watchStreams: (options?: WatchOptions) => this.#watch(options?.signal),
    getStream: async ({ tenant, name }) => {
      this.reads += 1;
      const stream = this.streams.get(`${tenant ?? ''}/${name}`);
      if (this.readGate !== undefined) await this.readGate;
      if (stream === undefined) throw new SextonError('STREAM_NOT_FOUND', name);
      return { stream, revision: this.revision };
    },
    adoptStream: async (input) => {
      this.adoptions.push(input);
      const { tenant = '', name, prefix = '' } = input;
      const refusal = this.adoptionRefusals.get(prefix);
      if (refusal !== undefined) throw refusal;
      this.change('CREATED', { tenant, name, prefix, state: 'ACTIVE', incarnation: this.revision + 1 });
      const stream = this.streams.get(`${tenant}/${name}`) ?? streamOf({ name });
      return { stream, executed: true, objectCount: 1, byteCount: 1, newestWriteTimeMs: undefined };
    },
    auditStorage: (input) => this.#audit(input?.prefix ?? ''),
    deleteStream: async (input) => {
      this.deletions.push(input);
      const { tenant = '', name } = input;
      this.change('DELETED', { tenant, name, state: 'DELETED' });
      return this.streams.get(`${tenant}/${name}`);
    },
  };

  /** What was asked for, in order. */
  readonly adoptions: AdoptStreamInput[] = [];
  readonly deletions: DeleteStreamInput[] = [];
  /** By prefix. */
  readonly adoptionRefusals = new Map<string, SextonError>();
  readonly findings = new Map<string, AuditFinding>();
  /** '' = audits are whole. */
  auditProblem = '';
  audits = 0;

  async *#audit(prefix: string): AsyncGenerator<AuditItem, void, undefined> {
    this.audits += 1;
    const finding = this.findings.get(prefix);
    if (finding !== undefined) yield finding;
    yield {
      kind: 'summary',
      complete: this.auditProblem === '',
      incompleteReason: this.auditProblem,
      objectsListed: 1,
      bytesListed: 1,
      findingCount: finding === undefined ? 0 : 1,
      leftoverObjects: 0,
      leftoverBytes: 0,
      elapsedMs: 1,
    };
  }

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
    await this.listGate;
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
  /** Reports that were asked for before their time. */
  nudges = 0;
  floorRevision = 100;
  leaseRemainingMs = 3_600_000;
  refuse: SextonError | undefined;
  readonly #ends = new Map<string, Deferred<SessionLeaseEnd>>();

  drained(nodeId: string): number {
    return Math.max(this.floorRevision, this.holders.get(nodeId)?.drainedRevision() ?? 0);
  }

  /** Somebody closes it, or it expires. */
  end(nodeId: string, reason: 'EXPIRED' | 'REFUSED' = 'EXPIRED'): void {
    this.holders.delete(nodeId);
    this.#ends.get(nodeId)?.resolve({ reason, error: new SextonError('SESSION_EXPIRED', 'it is gone') });
  }

  async open(nodeId: string, holder: LeaseHolder): Promise<HeldSession> {
    if (this.refuse !== undefined) throw this.refuse;
    this.opened.push(nodeId);
    const end = deferred<SessionLeaseEnd>();
    this.holders.set(nodeId, holder);
    this.#ends.set(nodeId, end);
    return {
      sessionId: String(this.opened.length),
      resumed: false,
      floorRevision: this.floorRevision,
      ended: end.promise,
      leaseRemainingMs: () => this.leaseRemainingMs,
      nudge: () => (this.nudges += 1),
      leave: () => end.resolve({ reason: 'LEFT' }),
    };
  }
  async settleExpired(): Promise<number> {
    return 0;
  }
}
