/**
 * A NodeApi for tests of the faces: one node in memory, over the real catalog, the node's real reads and
 * its real watches. Only consensus is missing: a proposal is applied at once, or when the test says so.
 */
import { applyEntry } from '../../src/catalog/apply.js';
import { readSummary } from '../../src/catalog/queries.js';
import type { AlarmView } from '../../src/node/alarm.js';
import type { CatalogReader, Command, StreamRecord } from '../../src/catalog/types.js';
import { validateAgainst } from '../../src/catalog/validate-against.js';
import { validateCommand } from '../../src/catalog/validate-command.js';
import { CatalogReads } from '../../src/node/catalog-reads.js';
import type {
  CallContext,
  Consistency,
  LeaderView,
  LinkView,
  ListStreamsQuery,
  MembershipAnswer,
  NewMember,
  NodeApi,
  NodeView,
  PrefixLookup,
  ProposeOptions,
  ProposeResult,
  StreamPage,
  StreamSelector,
  WatchItem,
  WatchOptions,
} from '../../src/node/node-api.js';
import type { LeaderSessions } from '../../src/node/session-api.js';
import { SessionService } from '../../src/node/session-service.js';
import { WatchHub } from '../../src/node/watch-hub.js';
import { IDLE_PURGES, type PurgeStatus } from '../../src/purge/purge-status.js';
import type { CoreStatus, Member, MemberId } from '../../src/raft/types.js';
import { type Clock, systemClock } from '../../src/shared/clock.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';

/** A purger that has nothing to do. */
export const CALM_PURGES: PurgeStatus = {
  ...IDLE_PURGES,
  running: true,
  stopKind: undefined,
  stoppedBecause: '',
  concurrencyLimit: 8,
  concurrencyMax: 16,
};

export interface FakeNodeOptions {
  readonly memberId?: MemberId;
  readonly clock?: Clock;
  readonly maxWatches?: number;
}

/** A call that reached the node. */
export interface SeenCall {
  readonly method: string;
  readonly command?: Command;
  readonly requestId?: string;
  readonly deadlineMs?: number;
  readonly consistency?: Consistency;
  readonly signal?: AbortSignal;
}

export class FakeNode implements NodeApi {
  readonly memberId: MemberId;
  readonly clusterId = 'test-cluster';
  readonly seen: SeenCall[] = [];
  purges: PurgeStatus = CALM_PURGES;
  links: LinkView[] = [];
  alarms: AlarmView[] = [];
  /** The cluster has removed this node. */
  removed = false;
  /** Thrown by the next call of any method. */
  failNext: unknown;
  /** Reads wait for ever, as behind a blocked log writer (etcd #22214). */
  readsHang = false;
  /** What linearizable reads are refused with. */
  readsFail: SextonError | undefined;
  leader: { readonly id: MemberId; readonly address: string } | undefined;

  readonly #clock: Clock;
  readonly #store = new Map<string, Uint8Array>();
  readonly #keys = new Map<string, Uint8Array>();
  readonly #reads: CatalogReads;
  readonly #watches: WatchHub;
  readonly #listeners = new Set<() => void>();
  #index = 0;
  #gate: Deferred<void> | undefined;
  #sessions: SessionService | undefined;

  constructor(options: FakeNodeOptions = {}) {
    this.memberId = options.memberId ?? 1;
    this.#clock = options.clock ?? systemClock;
    this.leader = { id: this.memberId, address: '127.0.0.1:1' };
    this.#reads = new CatalogReads({
      catalog: this.catalog,
      iterateCatalog: (range) => this.#iterate(range),
    });
    this.#watches = new WatchHub({
      clock: this.#clock,
      maxWatches: options.maxWatches ?? 100,
      appliedIndex: () => this.#index,
      eventFloor: () => this.eventFloor,
      readHistory: (after, limit) => this.#reads.events(after, limit),
    });
  }

  get catalog(): CatalogReader {
    return { get: (key) => this.#store.get(hex(key)) };
  }

  /** Raised by tests of REVISION_COMPACTED, which drop what was kept in memory too. */
  eventFloor = 0;

  compactEvents(floor: number): void {
    this.eventFloor = floor;
    this.#watches.reset();
  }

  get openWatches(): number {
    return this.#watches.openCount;
  }

  /** From now on proposals keep their place and wait, until {@link release}. */
  hold(): void {
    this.#gate = deferred();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  setLeader(leader: { readonly id: MemberId; readonly address: string } | undefined): void {
    this.leader = leader;
    for (const listener of this.#listeners) listener();
  }

  stopWatches(): void {
    this.#watches.stop();
  }

  /** Applies a command as its own entry, as the log would. */
  apply(command: Command, requestId = ''): ProposeResult {
    const index = ++this.#index;
    const applied = applyEntry(
      this.catalog,
      {
        proposal: { member: this.memberId, boot: 1, sequence: index },
        requestId,
        stampMs: this.#clock.wallMs(),
        command,
      },
      index,
    );
    for (const { key, value } of applied.writes) {
      if (value === undefined) {
        this.#store.delete(hex(key));
        this.#keys.delete(hex(key));
      } else {
        this.#store.set(hex(key), value);
        this.#keys.set(hex(key), key);
      }
    }
    const { event, result } = applied;
    if (event !== undefined) this.#watches.publish([event]);
    else if (result.ok && result.changed && result.stream !== undefined)
      this.#watches.publish([], [{ revision: this.#index, stream: result.stream }]);
    this.#watches.applied();
    if (!applied.result.ok) {
      const { reason, message, metadata } = applied.result.refusal;
      throw new SextonError(reason, message, { metadata });
    }
    const { stream, session, changed } = applied.result;
    this.#sessions?.applied(index, session === undefined ? [] : [session.id]);
    return { stream, session, changed, index };
  }

  // ------------------------------------------------------------------------------------- NodeApi

  appliedIndex(): number {
    return this.#index;
  }

  async propose(command: Command, options: ProposeOptions): Promise<ProposeResult> {
    this.#note('propose', { command, requestId: options.requestId, ...contextOf(options) });
    this.#check(command);
    await this.#gate?.promise;
    return this.apply(command, options.requestId);
  }

  async validate(command: Command, context: CallContext): Promise<StreamRecord | undefined> {
    this.#note('validate', { command, ...contextOf(context) });
    this.#check(command);
    const result = validateAgainst(this.catalog, command, this.#clock.wallMs());
    if (result.ok) return result.stream;
    throw new SextonError(result.refusal.reason, result.refusal.message, {
      metadata: result.refusal.metadata,
    });
  }

  async getStream(
    selector: StreamSelector,
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamRecord> {
    this.#note('getStream', { consistency, ...contextOf(context) });
    await this.#read(consistency, context);
    return this.#reads.get(selector);
  }

  async listStreams(
    query: ListStreamsQuery,
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamPage> {
    this.#note('listStreams', { consistency, ...contextOf(context) });
    await this.#read(consistency, context);
    return this.#reads.list(query);
  }

  async listPurges(
    query: { readonly pageSize: number; readonly after: Uint8Array | undefined },
    consistency: Consistency,
    context: CallContext,
  ): Promise<StreamPage> {
    this.#note('listPurges', { consistency, ...contextOf(context) });
    await this.#read(consistency, context);
    return this.#reads.purges(query);
  }

  async lookUpPrefix(prefix: string, context: CallContext): Promise<PrefixLookup> {
    this.#note('lookUpPrefix', contextOf(context));
    await this.#read('linearizable', context);
    return this.#reads.prefix(prefix);
  }

  watchStreams(options: WatchOptions): AsyncIterable<WatchItem> {
    this.#note('watchStreams', { signal: options.signal });
    return this.#watches.watch(options);
  }

  async linearizableRead(context: CallContext): Promise<{ readonly readIndex: number }> {
    this.#note('linearizableRead', contextOf(context));
    await this.#read('linearizable', context);
    return { readIndex: this.#index };
  }

  async leaderView(): Promise<LeaderView | undefined> {
    this.#note('leaderView', {});
    if (this.leader?.id !== this.memberId) return undefined;
    return {
      clusterId: this.clusterId,
      leaderId: this.memberId,
      leaderAddress: this.leader.address,
      term: 7,
      commitIndex: this.#index,
      appliedIndex: this.#index,
      leaderSinceMs: 1_700_000_000_123,
      peers: [1, 2, 3].map((id) => ({
        id,
        address: `127.0.0.1:${7400 + id}`,
        role: id === 3 ? ('learner' as const) : ('voter' as const),
        progress:
          id === this.memberId
            ? ('leader' as const)
            : id === 3
              ? ('snapshot' as const)
              : ('replicate' as const),
        matchIndex: this.#index,
        trailingEntries: 0,
        lastContactMs: id === this.memberId ? 0 : id === 3 ? undefined : 12.5,
        reachable: id !== 3,
        digestEqualIndex: id === 3 ? 0 : this.#index,
        directoryId: String(id).repeat(32),
        promotionObstacle: id === 3 ? 'learner 3 is 12 entries behind (snapshot)' : '',
        clock: id === 2 ? { offsetMs: -40.5, errorMs: 0.25 } : undefined,
      })),
      links: this.links,
      summary: readSummary(this.catalog),
      purge: this.purges,
      clientsStillSending: this.#sessions?.totals().stillSentTo ?? 0,
      objectStore: 's3://logs at http://127.0.0.1:9000',
      membershipChangePending: false,
      alarms: this.alarms,
    };
  }

  async nodeView(): Promise<NodeView> {
    this.#note('nodeView', {});
    const { digest, revision } = readSummary(this.catalog);
    return {
      removed: this.removed,
      joining: false,
      clusterId: this.clusterId,
      memberId: this.memberId,
      directoryId: 'ab'.repeat(16),
      address: `127.0.0.1:${7400 + this.memberId}`,
      version: '0.1.0',
      startedMs: 1_700_000_000_000,
      core: this.core(),
      firstLogIndex: 1,
      snapshotIndex: 0,
      storageSizeBytes: 4096,
      diskFreeBytes: 8192,
      eventLoopLagMs: 1.5,
      diskSyncP50Ms: 0.25,
      diskSyncP99Ms: 0,
      residentBytes: 123_456_789,
      openWatches: this.openWatches,
      pendingProposals: 0,
      digest,
      revision,
      links: this.links.filter(({ from }) => from === this.memberId),
      alarms: this.alarms,
    };
  }

  core(): CoreStatus {
    const member = (id: number): { id: number; address: string; directoryId: string } => ({
      id,
      address: `127.0.0.1:${7400 + id}`,
      directoryId: String(id).repeat(32),
    });
    return {
      id: this.memberId,
      role: this.leader?.id === this.memberId ? 'leader' : 'follower',
      term: 7,
      votedFor: 1,
      leader: this.leader?.id ?? 0,
      commitIndex: this.#index,
      appliedIndex: this.#index,
      persistedIndex: this.#index,
      lastIndex: this.#index,
      configuration: { voters: [member(1), member(2)], learners: [member(3)] },
      transferTarget: 0,
      uncommittedBytes: 0,
      peers: [],
    };
  }

  /** The node's real sessions, once {@link serveSessions} has been called. */
  sessions(): LeaderSessions | undefined {
    return this.leader?.id === this.memberId ? this.#sessions : undefined;
  }

  /** Leads, as far as sessions go, until the signal fires. */
  async serveSessions(signal: AbortSignal): Promise<void> {
    const sessions = new SessionService({
      storage: { catalog: this.catalog, iterateCatalog: (range) => this.#iterate(range) },
      clock: this.#clock,
      logger: silentLogger,
      commitIndex: () => this.#index,
      propose: async (command) => ({ ok: true, ...this.apply(command) }),
      confirm: async () => {
        await this.#read('linearizable', { signal, deadlineMs: Infinity });
      },
      freed: () => undefined,
      signal,
    });
    this.#sessions = sessions;
    await sessions.load(() => this.#index);
    void sessions.run();
  }

  /** The purger's question (P3). */
  askBarrier(stream: StreamRecord): boolean | undefined {
    return this.#sessions?.readyToBegin(stream);
  }

  leaderHint(): { readonly id: MemberId; readonly address: string } | undefined {
    return this.leader;
  }

  async transferLeadership(
    target: MemberId,
    context: CallContext,
  ): Promise<{ readonly leaderId: MemberId; readonly term: number }> {
    this.#note('transferLeadership', contextOf(context));
    if (target === 3) throw new SextonError('NOT_A_VOTER', 'member 3 is a learner; promote it first');
    if (target > 3) throw new SextonError('MEMBER_NOT_FOUND', `there is no member ${target}`);
    return { leaderId: target === 0 ? 2 : target, term: 8 };
  }

  async addMember(input: NewMember, context: CallContext): Promise<MembershipAnswer> {
    this.#note('addMember', contextOf(context));
    const { configuration } = this.core();
    const member = { ...input, id: input.id === 0 ? 4 : input.id };
    return {
      changed: true,
      member,
      configuration: { ...configuration, learners: [...configuration.learners, member] },
    };
  }

  async promoteMember(id: MemberId, context: CallContext): Promise<MembershipAnswer> {
    this.#note('promoteMember', contextOf(context));
    if (id > 3) throw new SextonError('MEMBER_NOT_FOUND', `no learner ${id}`);
    const { voters, learners } = this.core().configuration;
    const configuration = { voters: [...voters, ...learners], learners: [] };
    return { changed: id === 3, member: configuration.voters.find((each) => each.id === id), configuration };
  }

  async removeMember(id: MemberId, context: CallContext): Promise<MembershipAnswer> {
    this.#note('removeMember', contextOf(context));
    if (id > 3) throw new SextonError('MEMBER_NOT_FOUND', `no member ${id}`);
    const { voters, learners } = this.core().configuration;
    const without = (members: readonly Member[]): readonly Member[] =>
      members.filter((each) => each.id !== id);
    return {
      changed: true,
      member: undefined,
      configuration: { voters: without(voters), learners: without(learners) },
    };
  }

  onLeaderChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // ------------------------------------------------------------------------------------- private

  #note(method: string, call: Omit<SeenCall, 'method'>): void {
    this.seen.push({ method, ...call });
    if (this.failNext === undefined) return;
    const error = this.failNext;
    this.failNext = undefined;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- tests throw what nobody expects
    throw error;
  }

  #check(command: Command): void {
    const violations = validateCommand(command);
    if (violations.length === 0) return;
    const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new SextonError('INVALID_ARGUMENT', text, { violations });
  }

  async #read(consistency: Consistency, context: CallContext): Promise<void> {
    if (consistency === 'local') return;
    if (this.readsFail !== undefined) throw this.readsFail;
    if (!this.readsHang) return;
    await new Promise<void>((_, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true });
    });
  }

  async *#iterate(range: {
    readonly gte?: Uint8Array;
    readonly lt?: Uint8Array;
    readonly limit?: number;
  }): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const gte = range.gte === undefined ? '' : hex(range.gte);
    const lt = range.lt === undefined ? '~' : hex(range.lt);
    const found = [...this.#keys.keys()].filter((key) => key >= gte && key < lt).sort();
    for (const key of found.slice(0, range.limit)) {
      const value = this.#store.get(key);
      if (value !== undefined) yield [this.#keys.get(key) as Uint8Array, value];
    }
  }
}

/** A real context's fields are getters, which spreading would lose. */
function contextOf({ signal, deadlineMs }: CallContext): CallContext {
  return { signal, deadlineMs };
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
