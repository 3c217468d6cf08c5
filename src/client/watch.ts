/**
 * A watch that goes on by itself: it follows one node, and when that breaks off, falls silent or
 * refuses, it goes on from the last revision with another one.
 *
 * - W1 Nothing is lost: every connection but the first starts at the revision that everything up to it
 *   has been yielded of. A node that starts later than asked is an error, not a gap.
 * - W2 Nothing comes twice: what a connection repeats at or below that revision is dropped, message by
 *   message, since the events of one revision are never split over two. A bookmark is yielded again as long as
 *   nothing happens: whoever goes by the watch must tell a catalog at rest from a watch that is stuck.
 * - W3 Revisions of one cluster mean nothing in another: a changed cluster id counts as compaction.
 * - W4 A node that falls silent for three progress intervals is given up, even if its connection looks
 *   alive.
 */
import { backoffMs } from '../shared/backoff.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { WatchStreamsResponse__Output } from '../generated/sexton/v1/WatchStreamsResponse.js';
import { failureOf, learnFrom } from './call-runner.js';
import { toEvent, wireDuration } from './convert.js';
import type { LeaderRouting } from './leader-routing.js';
import type { Lifetime, Scope } from './lifetime.js';
import { nodeMessages } from './node-messages.js';
import { within } from './options.js';
import type { RetryLimits, TryFailure } from './retry.js';
import { TransportError, type ClientTransport } from './transport.js';
import type { StreamPage, WatchItem } from './types.js';

export interface WatchOptions {
  /**
   * Where to begin. A number: with the first event after that revision. 'now' (default): with the
   * present of whichever node answers. 'list': with everything that exists, as `snapshot` items, then
   * what happens after it.
   */
  readonly from?: number | 'now' | 'list';
  /** Only this tenant; '' is the tenant without a name. Default: every tenant. */
  readonly tenant?: string;
  /** Only names that start with this. */
  readonly namePrefix?: string;
  /** Also PURGE_PROGRESSED events, which are many. */
  readonly includePurgeProgress?: boolean;
  /** How often a node says that nothing was missed. Default 5 s. 100 ms to 10 minutes. */
  readonly progressIntervalMs?: number;
  /**
   * When the events to resume from are no longer kept: 'throw' (default) ends the watch with
   * REVISION_COMPACTED, 'relist' yields a new snapshot and goes on.
   */
  readonly onCompacted?: 'throw' | 'relist';
  /** How long the first connection may take. Default: the client's `requestTimeoutMs`. Later ones: for ever. */
  readonly connectTimeoutMs?: number;
  /** Told each time that a node is given up and another one asked. */
  readonly onDisconnect?: (error: Error, endpoint: string) => void;
  /** Ends the watch with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface WatchDeps {
  readonly transport: ClientTransport;
  readonly routing: LeaderRouting;
  readonly lifetime: Lifetime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: RetryLimits;
  readonly requestTimeoutMs: number;
  /** Every page of a linearizable listing with the watch's filter. */
  readonly listPages: (signal: AbortSignal) => AsyncIterable<StreamPage>;
}

type CheckedOptions = WatchOptions & { readonly progressIntervalMs: number };

/** Where the watch stands. */
interface Position {
  /** Everything up to here has been yielded; undefined until the first header of a watch from now. */
  revision: number | undefined;
  clusterId: string | undefined;
  connected: boolean;
}

export async function* watchStreams(
  deps: WatchDeps,
  options: WatchOptions,
): AsyncGenerator<WatchItem, void, undefined> {
  const progressIntervalMs = within('progressIntervalMs', options.progressIntervalMs ?? 5_000, 100, 600_000);
  const from = options.from ?? 'now';
  const position: Position = {
    revision: typeof from === 'number' ? within('from', from, 0, Number.MAX_SAFE_INTEGER) : undefined,
    clusterId: undefined,
    connected: false,
  };
  yield* deps.lifetime.yielding(options.signal, (scope) =>
    follow(deps, { ...options, progressIntervalMs }, from === 'list', scope, position),
  );
}

async function* follow(
  deps: WatchDeps,
  options: CheckedOptions,
  listFirst: boolean,
  scope: Scope,
  position: Position,
): AsyncGenerator<WatchItem, void, undefined> {
  const { routing, clock, random, limits, logger } = deps;
  const connectByMs = clock.monotonicMs() + (options.connectTimeoutMs ?? deps.requestTimeoutMs);
  const tried = new Set<string>();
  let rounds = 0;
  let mustList = listFirst;
  while (true) {
    if (mustList) {
      try {
        yield* relist(deps, scope, position);
        mustList = false;
      } catch (error) {
        if (scope.signal.aborted || !position.connected || !passes(error)) throw error;
        rounds += 1;
        await delay(clock, backoffMs(limits.backoff, rounds, random), scope.signal);
        continue;
      }
    }
    const endpoint = routing.next('any', tried, clock.monotonicMs());
    let failure: TryFailure;
    try {
      for await (const message of connect(deps, options, endpoint, scope, position, connectByMs)) {
        // A header proves little: only a node that then goes on is one to begin a new count after.
        if (message.content !== 'header') {
          rounds = 0;
          tried.clear();
          tried.add(endpoint);
        }
        routing.onAnswered(endpoint);
        yield* accept(message, position, endpoint);
      }
      const error = new TransportError('broken', endpoint, 'the node ended the watch');
      failure = { kind: 'unanswered', error };
    } catch (error) {
      if (scope.signal.aborted) throw error;
      failure = failureOf(error);
    }
    learnFrom(failure, endpoint, routing, clock.monotonicMs());
    if (failure.kind === 'refused' && failure.error.reason === 'REVISION_COMPACTED') {
      if (options.onCompacted !== 'relist') throw failure.error;
      logger.warn({ endpoint, revision: position.revision }, 'watch fell behind what is kept, listing again');
      mustList = true;
      continue;
    }
    if (failure.kind === 'refused' && failure.error.advice === 'never') throw failure.error;
    options.onDisconnect?.(failure.error, endpoint);
    logger.debug({ endpoint, revision: position.revision, err: failure.error }, 'watch goes on elsewhere');
    const nowMs = clock.monotonicMs();
    if (routing.pick('any', tried, nowMs) !== undefined) continue;
    rounds += 1;
    const retryAfterMs = failure.kind === 'refused' ? (failure.error.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(retryAfterMs, backoffMs(limits.backoff, rounds, random));
    if (!position.connected && nowMs + waitMs >= connectByMs) throw neverConnected(failure);
    await delay(clock, waitMs, scope.signal);
    tried.clear();
  }
}

/** One connection to one node, cut when it falls silent (W4). */
function connect(
  deps: WatchDeps,
  options: CheckedOptions,
  endpoint: string,
  scope: Scope,
  position: Position,
  connectByMs: number,
): AsyncGenerator<WatchStreamsResponse__Output, void, undefined> {
  const { progressIntervalMs } = options;
  const request = {
    ...(position.revision === undefined ? {} : { startRevision: position.revision }),
    tenant: options.tenant ?? '',
    allTenants: options.tenant === undefined,
    namePrefix: options.namePrefix ?? '',
    progressInterval: wireDuration(progressIntervalMs),
    includePurgeProgress: options.includePurgeProgress ?? false,
  };
  const silenceMs = progressIntervalMs * 3;
  const patienceMs = (): number =>
    position.connected ? silenceMs : Math.max(1, Math.min(silenceMs, connectByMs - deps.clock.monotonicMs()));
  const open = (signal: AbortSignal): AsyncIterable<WatchStreamsResponse__Output> =>
    deps.transport.watchStreams(endpoint, request, signal);
  return nodeMessages(deps, endpoint, scope.signal, open, patienceMs);
}

/** Takes one message over: yields what is new in it and moves the position. */
function* accept(
  message: WatchStreamsResponse__Output,
  position: Position,
  endpoint: string,
): Generator<WatchItem, void, undefined> {
  const before = position.revision;
  if (message.header) {
    checkCluster(message.header.clusterId, position);
    if (before !== undefined && message.revision > before) {
      const text = `${endpoint} began a watch at revision ${message.revision}, asked for ${before}`; // W1
      throw new SextonError('INTERNAL', text);
    }
    position.connected = true;
    if (before !== undefined) return;
  } else if (before === undefined) {
    throw new SextonError('INTERNAL', `${endpoint} began a watch without a header`);
  }
  for (const wire of message.events?.events ?? []) {
    const event = wire.revision > (before ?? 0) ? toEvent(wire) : undefined; // W2
    if (event !== undefined) yield event;
  }
  const revision = Math.max(message.revision, before ?? 0);
  const isBookmark = message.content === 'progress' && message.revision === before;
  if (revision === before && !isBookmark) return;
  position.revision = revision;
  yield { kind: 'progress', revision };
}

function checkCluster(clusterId: string, position: Position): void {
  const known = position.clusterId;
  position.clusterId = clusterId;
  if (known === undefined || known === clusterId) return;
  const text = `the cluster is now ${clusterId}, it was ${known}: revisions of the one mean nothing in the other`;
  throw new SextonError('REVISION_COMPACTED', text, { metadata: { cluster_id: clusterId } }); // W3
}

async function* relist(
  deps: WatchDeps,
  scope: Scope,
  position: Position,
): AsyncGenerator<WatchItem, void, undefined> {
  let first = true;
  for await (const page of deps.listPages(scope.signal)) {
    const last = page.nextPageToken === '';
    yield { kind: 'snapshot', streams: page.streams, revision: page.revision, first, last };
    position.revision = page.revision;
    first = false;
  }
}

/** A listing that failed so will do better later. */
function passes(error: unknown): boolean {
  return error instanceof SextonError && (error.advice !== 'never' || error.reason === 'DEADLINE_EXCEEDED');
}

function neverConnected(failure: TryFailure): SextonError {
  if (failure.kind === 'refused') return failure.error;
  const { message } = failure.error;
  return new SextonError('UNREACHABLE', `no node took the watch; last: ${message}`, { cause: failure.error });
}
