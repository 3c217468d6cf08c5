/**
 * The client of a Sexton cluster: what an ingest node, a tool or the command line holds for as long as
 * it runs. It finds the leader, follows it, repeats what may be repeated, and says plainly what became
 * of each call.
 *
 * Every method rejects with {@link SextonError}, whose `reason` is what to act on; beside what each method
 * lists, any of them may end with
 *
 * - NO_LEADER, UNREACHABLE: nothing was done; the cluster has no leader, or no node could be reached;
 * - OUTCOME_UNKNOWN (writes): time ran out before it was certain; repeat under the same `requestId`;
 * - DEADLINE_EXCEEDED (reads): time ran out;
 * - TOO_MANY_REQUESTS: refused to the end, with `retryAfterMs`;
 * - INVALID_ARGUMENT: `violations` names the fields.
 */
import { adoptStream, auditStorage } from './audit.js';
import type { AdoptAnswer, AdoptStreamInput, AuditInput, AuditItem, AuditOptions } from './audit-types.js';
import type { CallOptions } from './call-runner.js';
import { toPurge, toPurgeSummary, toStoreLoad, toStream } from './convert.js';
import { toLeaderStatus, toMember, toNodeStatus } from './convert-cluster.js';
import { GrpcTransport } from './grpc-transport.js';
import { openIngestSession } from './ingest-open.js';
import type { IngestSessionOptions } from './ingest-options.js';
import type { IngestSession } from './ingest-session.js';
import { LeaderRouting, type Route } from './leader-routing.js';
import { Lifetime } from './lifetime.js';
import { mutateStreams, type MutateOptions, type Mutation, type MutationResult } from './mutations.js';
import { resolveOptions, type ResolvedOptions, type SextonClientOptions } from './options.js';
import { pagesOf } from './paging.js';
import {
  createRequest,
  deleteRequest,
  listPurgesRequest,
  listStreamsRequest,
  selector,
  WIRE_CONSISTENCY,
  type CreateStreamInput,
  type DeleteStreamInput,
  type ListPurgesInput,
  type RetryPurgeInput,
  type ListStreamsInput,
  type StreamSelector,
} from './requests.js';
import { SessionCalls, type SessionCallsDeps } from './session-calls.js';
import type { CloseSessionRequest } from '../generated/sexton/v1/CloseSessionRequest.js';
import type { PausePurgesResponse__Output } from '../generated/sexton/v1/PausePurgesResponse.js';
import type { OpenSessionRequest } from '../generated/sexton/v1/OpenSessionRequest.js';
import { SextonError } from '../shared/errors.js';
import { randomBelow } from '../shared/random.js';
import type { ClientTransport } from './transport.js';
import type {
  AddMemberAnswer,
  AddMemberInput,
  Consistency,
  HealthAnswer,
  LeaderStatus,
  NodeStatus,
  PauseAnswer,
  PromoteMemberAnswer,
  Purge,
  PurgePage,
  RemoveMemberAnswer,
  Stream,
  StreamAnswer,
  StreamPage,
  TransferAnswer,
  WatchItem,
} from './types.js';
import { COOLDOWN, UnaryCaller } from './unary-caller.js';
import { watchStreams, type WatchOptions } from './watch.js';

export interface WriteOptions extends CallOptions {
  /**
   * A UUID that makes repetitions harmless: the same id with the same content is executed once, on any
   * node, within an hour. Default: a new one for each call, the same for all its tries. Give your own to
   * be able to repeat the call after OUTCOME_UNKNOWN or after a crash.
   */
  readonly requestId?: string;
}

export interface ValidatedWriteOptions extends WriteOptions {
  /** Check everything, change nothing. */
  readonly validateOnly?: boolean;
}

export interface CreateOptions extends ValidatedWriteOptions {
  /** Told, for people, why a prefix that was not named is not the usual one, or might be wrong. */
  readonly onNote?: (note: string) => void;
}

export interface ReadOptions extends CallOptions {
  /** Default 'linearizable'. */
  readonly consistency?: Consistency;
}

export class SextonClient {
  readonly #options: ResolvedOptions;
  readonly #transport: ClientTransport;
  readonly #lifetime = new Lifetime();
  readonly #routing: LeaderRouting;
  readonly #calls: UnaryCaller;

  /** Connects at the first call. Throws INVALID_ARGUMENT that names the option. */
  constructor(options: SextonClientOptions) {
    this.#options = resolveOptions(options);
    const { endpoints, random } = this.#options;
    this.#transport = options.transport ?? new GrpcTransport();
    this.#routing = new LeaderRouting({
      endpoints,
      startAt: randomBelow(random, endpoints.length),
      ...COOLDOWN,
    });
    this.#calls = new UnaryCaller(this.#deps);
  }

  /** The `host:port` addresses that the client was made with. */
  get endpoints(): readonly string[] {
    return this.#options.endpoints;
  }

  // --------------------------------------------------------------------------------------- streams

  /**
   * Starts a new life of a name. Resolves once a majority has it on disk.
   * STREAM_EXISTS, PURGE_PENDING, PREFIX_OVERLAP.
   */
  async createStream(input: CreateStreamInput, options: CreateOptions = {}): Promise<Stream> {
    const validateOnly = options.validateOnly ?? false;
    const request = createRequest(input, this.#requestId(options), validateOnly);
    const answer = await this.#calls.write('CreateStream', request, options, !validateOnly);
    if (answer.note !== '') options.onNote?.(answer.note);
    return toStream(present(answer.stream));
  }

  /** In whatever state it is, deleted ones too, until it is forgotten. STREAM_NOT_FOUND. */
  async getStream(input: StreamSelector, options: ReadOptions = {}): Promise<StreamAnswer> {
    const consistency = options.consistency ?? 'linearizable';
    const request = { ...selector(input), consistency: WIRE_CONSISTENCY[consistency] };
    const answer = await this.#calls.read('GetStream', request, options, routeOf(consistency));
    return { stream: toStream(present(answer.stream)), revision: answer.revision };
  }

  /** One page, ordered by tenant, name, incarnation. */
  async listStreamsPage(input: ListStreamsInput = {}, options: ReadOptions = {}): Promise<StreamPage> {
    const consistency = options.consistency ?? 'linearizable';
    const request = listStreamsRequest(input, consistency);
    const answer = await this.#calls.read('ListStreams', request, options, routeOf(consistency));
    return {
      streams: answer.streams.map(toStream),
      nextPageToken: answer.nextPageToken,
      revision: answer.revision,
    };
  }

  /** All of them, page by page as they are consumed. The deadline of `options` is for each page. */
  async *listStreams(
    input: ListStreamsInput = {},
    options: ReadOptions = {},
  ): AsyncGenerator<Stream, void, undefined> {
    for await (const page of this.#streamPages(input, options)) yield* page.streams;
  }

  /**
   * Marks a stream deleted. Once this resolves its objects will be gone after `purgeAfterMs`, whichever
   * nodes fail. Undefined only where `allowMissing` met nothing. A stream that is already deleted is a
   * success that changes nothing. STREAM_NOT_FOUND, INCARNATION_MISMATCH, ETAG_MISMATCH.
   */
  async deleteStream(
    input: DeleteStreamInput,
    options: ValidatedWriteOptions = {},
  ): Promise<Stream | undefined> {
    const validateOnly = options.validateOnly ?? false;
    const request = deleteRequest(input, this.#requestId(options), validateOnly);
    const answer = await this.#calls.write('DeleteStream', request, options, !validateOnly);
    return answer.stream ? toStream(answer.stream) : undefined;
  }

  /**
   * Takes the tombstone back, as long as the purge has not begun.
   * STREAM_NOT_FOUND, STREAM_EXISTS, PURGE_STARTED, INCARNATION_MISMATCH, ETAG_MISMATCH.
   */
  async undeleteStream(
    input: StreamSelector & { readonly etag?: string },
    options: ValidatedWriteOptions = {},
  ): Promise<Stream> {
    const validateOnly = options.validateOnly ?? false;
    const request = {
      ...selector(input),
      etag: input.etag ?? '',
      requestId: this.#requestId(options),
      validateOnly,
    };
    const answer = await this.#calls.write('UndeleteStream', request, options, !validateOnly);
    return toStream(present(answer.stream));
  }

  /**
   * Every change, in order, none left out and none twice, for as long as it is read, through broken
   * connections and failovers. REVISION_COMPACTED unless `onCompacted` is 'relist'.
   */
  watchStreams(options: WatchOptions = {}): AsyncGenerator<WatchItem, void, undefined> {
    const { tenant, namePrefix } = options;
    const filter = {
      ...(tenant === undefined ? {} : { tenant }),
      ...(namePrefix === undefined ? {} : { namePrefix }),
      showDeleted: true,
      pageSize: 1_000,
    };
    const listPages = (signal: AbortSignal): AsyncIterable<StreamPage> =>
      this.#streamPages(filter, { signal });
    return watchStreams({ ...this.#deps, listPages }, options);
  }

  /** Creates and deletes in a pipeline; see {@link MutateOptions}. Results come as they become known. */
  mutateStreams(
    source: Iterable<Mutation> | AsyncIterable<Mutation>,
    options: MutateOptions = {},
  ): AsyncGenerator<MutationResult, void, undefined> {
    return mutateStreams({ ...this.#deps, newRequestId: this.#options.newRequestId }, source, options);
  }

  // ---------------------------------------------------------------------------------------- ingest

  /**
   * Opens a session and begins to keep it alive and to follow the streams; resolves when uploads may begin. One a
   * process, as a rule; close it at the end. DEADLINE_EXCEEDED: the first listing took longer than `openTimeoutMs`.
   */
  openIngestSession(options: IngestSessionOptions): Promise<IngestSession> {
    const watch = (given: WatchOptions) => this.watchStreams(given);
    return openIngestSession({ ...this.#deps, ...this.#sessionWrites, watch }, options);
  }

  /** Every node's sessions: to look at them, to end them, and to hold one for a node that cannot. */
  get sessions(): SessionCalls {
    const list: SessionCallsDeps['list'] = (request, options) =>
      this.#calls.read('ListSessions', request, options, 'leader');
    return new SessionCalls({ ...this.#deps, ...this.#sessionWrites, list });
  }

  // ---------------------------------------------------------------------------------------- purges

  /** One page of streams that are being purged or wait for it, the longest due first. */
  async listPurgesPage(input: ListPurgesInput = {}, options: CallOptions = {}): Promise<PurgePage> {
    const answer = await this.#calls.read('ListPurges', listPurgesRequest(input), options, 'leader');
    return {
      purges: answer.purges.map(toPurge).filter((purge) => purge !== undefined),
      nextPageToken: answer.nextPageToken,
      summary: toPurgeSummary(answer.summary),
      storeLoad: toStoreLoad(answer.storeLoad),
      revision: answer.revision,
    };
  }

  async *listPurges(
    input: ListPurgesInput = {},
    options: CallOptions = {},
  ): AsyncGenerator<Purge, void, undefined> {
    const pages = pagesOf(
      (pageToken) => this.listPurgesPage({ ...input, pageToken }, options),
      input.pageToken,
    );
    for await (const page of pages) yield* page.purges;
  }

  /**
   * Tries a RETRYING or BLOCKED purge again now. `discardNewWrites`: and removes, from now on and for good, what was
   * written after the tombstone too. STREAM_NOT_FOUND, STREAM_NOT_DELETED, PURGE_PENDING.
   */
  async retryPurge(input: RetryPurgeInput, options: WriteOptions = {}): Promise<Stream> {
    const { discardNewWrites = false } = input;
    const request = { ...selector(input), discardNewWrites, requestId: this.#requestId(options) };
    const answer = await this.#calls.write('RetryPurge', request, options);
    return toStream(present(answer.stream));
  }

  /** Stops purging one stream, or with 'cluster' all of them, until resumed. STREAM_NOT_DELETED. */
  async pausePurges(target: StreamSelector | 'cluster', options: WriteOptions = {}): Promise<PauseAnswer> {
    const request = { ...targetOf(target), requestId: this.#requestId(options) };
    return toPauseAnswer(await this.#calls.write('PausePurges', request, options));
  }

  /** Takes a pause back. Streams paused by name stay paused when the cluster is resumed. */
  async resumePurges(target: StreamSelector | 'cluster', options: WriteOptions = {}): Promise<PauseAnswer> {
    const request = { ...targetOf(target), requestId: this.#requestId(options) };
    return toPauseAnswer(await this.#calls.write('ResumePurges', request, options));
  }

  /** What the bucket holds and no stream owns; goes on with another node when one breaks off. STORAGE_NOT_READY. */
  auditStorage(
    input: AuditInput = {},
    options: AuditOptions = {},
  ): AsyncGenerator<AuditItem, void, undefined> {
    return auditStorage(this.#deps, input, options);
  }

  /** Only tells what it would do unless `execute`. Rejects as the proto says. Default timeout: 10 minutes. */
  adoptStream(input: AdoptStreamInput, options: WriteOptions = {}): Promise<AdoptAnswer> {
    return adoptStream(this.#deps, input, this.#requestId(options), options);
  }

  // --------------------------------------------------------------------------------------- cluster

  /** The leader's own view, confirmed by a majority. */
  async leaderStatus(options: CallOptions = {}): Promise<LeaderStatus> {
    const status = toLeaderStatus(await this.#calls.read('GetLeaderStatus', {}, options, 'leader'));
    this.#routing.onHint(status.leader.address, this.#options.clock.monotonicMs());
    return status;
  }

  /** What one node says about itself. One try, no other node. UNREACHABLE, DEADLINE_EXCEEDED. */
  async nodeStatus(endpoint: string, options: CallOptions = {}): Promise<NodeStatus> {
    const status = toNodeStatus(await this.#calls.ask(endpoint, 'GetNodeStatus', {}, options));
    this.#routing.onHint(status.leaderAddress, this.#options.clock.monotonicMs());
    return status;
  }

  /**
   * Hands the lead to a member, 0 (default) for the most up-to-date one. MEMBER_NOT_FOUND, NOT_A_VOTER,
   * TRANSFER_FAILED (the old leader goes on).
   */
  async transferLeadership(targetMemberId = 0, options: CallOptions = {}): Promise<TransferAnswer> {
    // With a target a repetition meets a leader that is there already. Without one it would move on.
    const kind = { write: true, repeatable: targetMemberId !== 0, route: 'leader' as const };
    const answer = await this.#calls.call('TransferLeadership', { targetMemberId }, kind, options);
    const leader = toMember(answer.leader);
    this.#routing.onHint(leader.address, this.#options.clock.monotonicMs());
    return { leader, term: answer.term };
  }

  /**
   * Adds a learner, or finds that it is there already. It takes part once its node is started with `--join`.
   * MEMBER_EXISTS, MEMBERSHIP_CHANGE_PENDING, QUORUM_AT_RISK.
   */
  async addMember(input: AddMemberInput, options: CallOptions = {}): Promise<AddMemberAnswer> {
    const { address, memberId = 0, directoryId = '' } = input;
    const request = { address, memberId, directoryId };
    const { member, members, clusterId } = await this.#calls.call('AddMember', request, REPEATABLE, options);
    return { member: toMember(member), members: members.map(toMember), clusterId };
  }

  /**
   * Makes a learner a voter; tried again while it catches up, as long as there is time.
   * MEMBER_NOT_FOUND, LEARNER_NOT_READY, MEMBERSHIP_CHANGE_PENDING, QUORUM_AT_RISK.
   */
  async promoteMember(memberId: number, options: CallOptions = {}): Promise<PromoteMemberAnswer> {
    const { member, members } = await this.#calls.call('PromoteMember', { memberId }, REPEATABLE, options);
    return { member: toMember(member), members: members.map(toMember) };
  }

  /** For good: its id never comes back. MEMBER_NOT_FOUND, QUORUM_AT_RISK, MEMBERSHIP_CHANGE_PENDING. */
  async removeMember(memberId: number, options: CallOptions = {}): Promise<RemoveMemberAnswer> {
    const { members } = await this.#calls.call('RemoveMember', { memberId }, REPEATABLE, options);
    return { members: members.map(toMember) };
  }

  /** A real linearizable read through one node: a round trip to a majority, and its answer. Never rejects for it. */
  async checkHealth(endpoint: string, options: CallOptions = {}): Promise<HealthAnswer> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const request = listStreamsRequest({ pageSize: 1 }, 'linearizable');
    try {
      await this.#calls.ask(endpoint, 'ListStreams', request, options);
      return { endpoint, healthy: true, tookMs: clock.monotonicMs() - startMs };
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      return { endpoint, healthy: false, tookMs: clock.monotonicMs() - startMs, error };
    }
  }

  /** Ends everything under way: reads with CANCELLED, writes with OUTCOME_UNKNOWN. Idempotent. */
  close(): void {
    this.#lifetime.close();
    this.#transport.close();
  }

  // --------------------------------------------------------------------------------------- plumbing

  get #deps() {
    const { clock, random, logger, limits, requestTimeoutMs, perTryTimeoutMs } = this.#options;
    const shared = { clock, random, logger, limits, requestTimeoutMs, perTryTimeoutMs };
    return { ...shared, transport: this.#transport, routing: this.#routing, lifetime: this.#lifetime };
  }

  get #sessionWrites() {
    return {
      open: (request: OpenSessionRequest, options: CallOptions) =>
        this.#calls.write('OpenSession', { ...request, requestId: this.#requestId({}) }, options),
      close: (request: CloseSessionRequest, options: CallOptions = {}) =>
        this.#calls.write('CloseSession', { ...request, requestId: this.#requestId({}) }, options),
    };
  }

  #requestId(options: ValidatedWriteOptions): string {
    return options.validateOnly === true ? '' : (options.requestId ?? this.#options.newRequestId());
  }

  #streamPages(input: ListStreamsInput, options: ReadOptions): AsyncGenerator<StreamPage, void, undefined> {
    return pagesOf((pageToken) => this.listStreamsPage({ ...input, pageToken }, options), input.pageToken);
  }
}

/** Done twice, a change of membership changes nothing. */
const REPEATABLE = { write: true, repeatable: true, route: 'leader' } as const;

/** A local read costs the node that answers nothing: no reason to burden the leader with it. */
function routeOf(consistency: Consistency): Route {
  return consistency === 'local' ? 'any' : 'leader';
}

function targetOf(target: StreamSelector | 'cluster'): { target?: ReturnType<typeof selector> } {
  return target === 'cluster' ? {} : { target: selector(target) };
}

function toPauseAnswer({ stream, summary }: PausePurgesResponse__Output): PauseAnswer {
  return { stream: stream ? toStream(stream) : undefined, summary: toPurgeSummary(summary) };
}

/** The contract says that it is there; a server that breaks it must not pass for an empty answer. */
function present<T>(value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  throw new SextonError('INTERNAL', 'the answer lacks the stream');
}
