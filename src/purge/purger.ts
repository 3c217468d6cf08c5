/**
 * The purger: runs on the leader only, for one term. Started by the node's leadership with a signal that fires
 * the moment leading ends; nothing of it survives that signal. README.md has the protocol on a page and says
 * where each invariant is kept and tested.
 *
 * Does not decide who leads, does not keep state of its own between terms: what must survive is in the log.
 */
import { setMaxListeners } from 'node:events';
import type { ObjectStore } from '../objectstore/object-store.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import { BatchSize } from './batch-size.js';
import type { PurgeEnvironment } from './environment.js';
import { FruitlessTries } from './fruitless-tries.js';
import { noPurgeMetrics, type PurgeMetrics } from './metrics.js';
import { BucketOwnership } from './ownership-marker.js';
import { resolvePurgeOptions, type PurgeOptions } from './options.js';
import type { PurgeCluster } from './purge-cluster.js';
import type { PurgeStatus, PurgeStopKind } from './purge-status.js';
import { RebornStreams, type RebornPolicy } from './reborn-streams.js';
import { PurgeScheduler } from './scheduler.js';
import { SharedRound } from './shared-round.js';
import { StoreGate } from './store-gate.js';
import { StoreReadiness } from './store-readiness.js';
import { SweepLane } from './sweep-lane.js';
import { resolveSweepAfter } from './sweep-schedule.js';
import { Throttle } from './throttle.js';

export interface PurgerDeps {
  /** Bound to this node's term of leadership. */
  readonly cluster: PurgeCluster;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly options: PurgeOptions;
  /** Fires when leading ends. */
  readonly signal: AbortSignal;
  readonly metrics?: PurgeMetrics;
  /** P8: sweeps after PURGED, see `resolveSweepAfter`. Default: an hour and a day. */
  readonly sweepAfterMs?: readonly number[];
  /** The id of the cluster whose marker on the bucket is replaced by ours (P9). Default: of none. */
  readonly takeOverBucketFrom?: string | undefined;
  /** P12. Default: adopt. */
  readonly rebornPolicy?: RebornPolicy;
}

export interface Purger {
  /** The live view, cheap enough to be asked for several times a second. */
  status(): PurgeStatus;
  /**
   * Resolves soon after the signal: no request leaves any more, no timer is left. Rejects only with an
   * AssertionError or a FatalError; everything has been stopped by then too.
   */
  readonly done: Promise<void>;
}

/** Throws INVALID_ARGUMENT for options out of bounds. */
export function startPurger(deps: PurgerDeps): Purger {
  const { cluster, store, clock, random, signal } = deps;
  const options = resolvePurgeOptions(deps.options);
  const metrics = deps.metrics ?? noPurgeMetrics;
  const logger = deps.logger.child({ component: 'purge', term: cluster.term });

  const leading = new AbortController();
  setMaxListeners(0, leading.signal); // One a request in flight: bounded by the throttle, not a leak.
  const onSignal = (): void => {
    leading.abort(signal.reason);
  };
  if (signal.aborted) onSignal();
  else signal.addEventListener('abort', onSignal, { once: true });

  const throttle = new Throttle(
    {
      initialLimit: options.requestConcurrencyInitial,
      maxLimit: options.requestConcurrencyMax,
      requestsPerSecondMax: options.requestsPerSecondMax,
      quietInitialMs: options.quietInitialMs,
      quietMaxMs: options.quietMaxMs,
    },
    clock,
    random,
    (inFlight, limit) => {
      metrics.concurrency(inFlight, limit);
    },
  );
  const batchSize = new BatchSize(options.deleteBatchMax);
  const ownership = new BucketOwnership({
    store,
    clock,
    logger,
    clusterId: cluster.clusterId,
    takeOverFrom: deps.takeOverBucketFrom ?? '',
  });
  const readiness = new StoreReadiness({
    ownership,
    store,
    clock,
    random,
    logger,
    metrics,
    probeIntervalMs: options.probeIntervalMs,
    backoff: { initialMs: options.transientBackoffInitialMs, maxMs: options.transientBackoffMaxMs },
    onProbed: ({ deleteBatchMax }) => {
      batchSize.setMax(Math.min(options.deleteBatchMax, deleteBatchMax));
    },
  });
  const env: PurgeEnvironment = {
    cluster,
    store,
    clock,
    random,
    logger,
    metrics,
    options,
    leading: leading.signal,
    gate: new StoreGate(throttle, clock, metrics, leading.signal),
    batchSize,
    ownership,
    leadership: new SharedRound(() => cluster.confirmLeadership()),
    fruitless: new FruitlessTries(),
    sweepAfterMs: resolveSweepAfter(deps.sweepAfterMs),
    rebornPolicy: deps.rebornPolicy ?? 'adopt',
    reborn: new RebornStreams(clock),
    readyToBegin: (stream) => cluster.sessionsDrained(stream),
    capabilities: () => readiness.capabilities,
  };

  let bug: { readonly error: unknown } | undefined;
  const onUnrecoverable = (error: unknown): void => {
    bug ??= { error };
    leading.abort(error);
  };
  const scheduler = new PurgeScheduler(env, readiness, onUnrecoverable);
  const sweeps = new SweepLane(env, readiness, onUnrecoverable);

  const run = async (): Promise<void> => {
    try {
      await Promise.all([scheduler.run(), sweeps.run()]);
    } finally {
      signal.removeEventListener('abort', onSignal);
      leading.abort(new Error('the purger has ended'));
    }
    if (bug !== undefined) throw bug.error;
  };

  return {
    done: run(),
    status: () => describe(env, scheduler, sweeps, readiness),
  };
}

interface Stop {
  readonly kind: PurgeStopKind;
  readonly because: string;
}

const RESTORED =
  'paused since the restore from a backup (P10): a stream that was undeleted after the backup is DELETED in it again; ' +
  'look through `sexton stream list`, then `sexton purge resume`';

/** What concerns the whole bucket, in the order in which an operator has to mend it. */
function stopOf(env: PurgeEnvironment, readiness: StoreReadiness): Stop | undefined {
  if (env.leading.aborted) return { kind: 'starting', because: 'leadership is over' };
  if (env.cluster.inDoubt()) {
    return { kind: 'stateInDoubt', because: 'members differ, and no majority tells whose state is right' };
  }
  const { purgesPaused, pausedByRestore } = env.cluster.summary();
  if (pausedByRestore) return { kind: 'restored', because: RESTORED };
  if (purgesPaused) return { kind: 'paused', because: 'paused' };
  if (readiness.trouble === '') return undefined;
  const { obstacle } = env.ownership;
  const kind = obstacle !== '' && readiness.trouble.endsWith(obstacle) ? 'foreignMarker' : 'storage';
  return { kind, because: readiness.trouble };
}

function describe(
  env: PurgeEnvironment,
  scheduler: PurgeScheduler,
  sweeps: SweepLane,
  readiness: StoreReadiness,
): PurgeStatus {
  const { throttle } = env.gate;
  const { oldestPendingMs } = scheduler;
  const stop = stopOf(env, readiness);
  return {
    running: stop === undefined,
    stopKind: stop?.kind,
    stoppedBecause: stop?.because ?? '',
    active: scheduler.attempts.map((attempt) => attempt.describe()),
    retryingSweeps: sweeps.retrying,
    rebornStreams: env.reborn.list(),
    waiting: scheduler.waiting,
    concurrencyLimit: throttle.limit,
    concurrencyMax: env.options.requestConcurrencyMax,
    requestsInFlight: throttle.inFlight,
    requestsWaiting: throttle.waiting,
    requestsPerSecond: throttle.requestsPerSecond,
    requestsPerSecondMax: env.options.requestsPerSecondMax,
    throttledTotal: throttle.throttledTotal,
    quietMs: throttle.quietMs,
    oldestPendingAgeMs: oldestPendingMs === undefined ? 0 : Math.max(0, env.clock.wallMs() - oldestPendingMs),
    store: readiness.found,
  };
}
