/**
 * What all purges of one term of leadership share, and the two ways they speak to the cluster. Built once
 * by `purger.ts`; gone when leadership ends.
 */
import type { Command, CommandResult, StreamRecord } from '../catalog/types.js';
import type { Capabilities, ObjectStore } from '../objectstore/object-store.js';
import { backoffMs } from '../shared/backoff.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { BatchSize } from './batch-size.js';
import { isUnrecoverable, PurgeStopped } from './failure.js';
import type { FruitlessTries } from './fruitless-tries.js';
import type { PurgeMetrics } from './metrics.js';
import type { BucketOwnership } from './ownership-marker.js';
import type { ResolvedPurgeOptions } from './options.js';
import type { PurgeCluster } from './purge-cluster.js';
import type { RebornPolicy, RebornStreams } from './reborn-streams.js';
import type { SharedRound } from './shared-round.js';
import type { StoreGate } from './store-gate.js';
import { untilAborted } from './until-aborted.js';

export interface PurgeEnvironment {
  readonly cluster: PurgeCluster;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PurgeMetrics;
  readonly options: ResolvedPurgeOptions;
  /** Fires when leadership ends, or when a bug was found: everything stops. */
  readonly leading: AbortSignal;
  readonly gate: StoreGate;
  readonly batchSize: BatchSize;
  /** P2: a quorum round trip. */
  readonly leadership: SharedRound<void>;
  readonly fruitless: FruitlessTries;
  /** P9: whether the bucket is ours. */
  readonly ownership: BucketOwnership;
  /** P8: when a purged prefix is swept, after PURGED. */
  readonly sweepAfterMs: readonly number[];
  /** P12: what becomes of a stream that its writer has created again below a purged prefix. */
  readonly rebornPolicy: RebornPolicy;
  readonly reborn: RebornStreams;
  /** P3's place: false holds `beginPurge` of a stream back that is DRAINING. */
  readonly readyToBegin: (stream: StreamRecord) => boolean;
  /** As last probed; nothing starts before the first probe succeeded. */
  capabilities(): Capabilities;
}

/** Proposals refused for lack of room are tried again this often, then the try fails. */
const CROWDED_TRIES_MAX = 10;
const CROWDED_BACKOFF = { initialMs: 100, maxMs: 5_000 };

/**
 * Proposes and waits until applied here. Refusals of the catalog are data. Throws PurgeStopped when this
 * node no longer leads or cannot know the outcome: the next leader reads the truth from the log.
 */
export async function propose(env: PurgeEnvironment, command: Command): Promise<CommandResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await untilAborted(env.cluster.propose(command), env.leading);
    } catch (error) {
      throwIfNotLeading(env, error);
      const crowded = error instanceof SextonError && error.advice === 'later';
      if (!crowded || tries === CROWDED_TRIES_MAX) throw error;
      const waitMs = error.retryAfterMs ?? backoffMs(CROWDED_BACKOFF, tries, env.random);
      await delay(env.clock, waitMs, env.leading);
    }
  }
}

/** P2: a quorum round trip that began after this call. Throws PurgeStopped when it fails. */
export async function confirmLeadership(env: PurgeEnvironment): Promise<void> {
  try {
    await untilAborted(env.leadership.answer(), env.leading);
  } catch (error) {
    throwIfNotLeading(env, error);
    throw error;
  }
}

function throwIfNotLeading(env: PurgeEnvironment, error: unknown): void {
  if (isUnrecoverable(error)) throw error;
  if (env.leading.aborted) throw new PurgeStopped('leadership');
  if (!(error instanceof SextonError)) return;
  if (error.advice === 'other-node' || error.advice === 'same-request') throw new PurgeStopped('leadership');
}
