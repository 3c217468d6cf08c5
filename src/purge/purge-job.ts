/**
 * One stream's purge, as the sequence that it is:
 *
 *   beginPurge applied (P1) -> data -> metadata (P7) -> uploads -> proof by listing (P4) -> markPurged
 *                               ^                                         | something is left
 *                               +-----------------------------------------+ (a few rounds, then RETRYING)
 *
 * Every step may end in a failure of the store or in a stop; `settle` turns either into one outcome and, where
 * the stream's phase changes, into one log entry. Nothing in here waits for a retry: the stream gives its slot
 * back and the scheduler brings it again (P5).
 */
import { SKEW_MS } from '../bucket-layout/life-of-metadata.js';
import { lifeStateOf, type LifeState } from '../catalog/lifecycle.js';
import type { BeginDrain, BeginPurge, StreamRecord } from '../catalog/types.js';
import { backoffMs } from '../shared/backoff.js';
import { deleteAll } from './delete-all.js';
import { propose, type PurgeEnvironment } from './environment.js';
import {
  errorText,
  isUnrecoverable,
  PurgeFailure,
  PurgeStopped,
  StreamReborn,
  type StopReason,
} from './failure.js';
import { olderObjectLeft } from './listing.js';
import type { PurgeAttempt } from './purge-attempt.js';
import { firstSweepTimeMs } from './sweep-schedule.js';

export type AttemptOutcome =
  | { readonly kind: 'purged' }
  /** Committed with its next time; `storeWide`: probe the store before starting anything else. */
  | { readonly kind: 'retrying' | 'blocked'; readonly storeWide: boolean }
  /** Nothing was committed about it. The scheduler looks at the record again, a little later. */
  | { readonly kind: 'stopped'; readonly because: StopReason };

/** Tries in a row that changed nothing for good: from then on an operator is asked to look. Minutes, by the backoff. */
const FRUITLESS_TRIES_MAX = 8;

/** After PURGED, where the prefix may never be used again: soon enough for the alarm. */
const REBORN_SWEEP_MS_MAX = 300_000;

/** The point of no return of a DELETED stream. Undefined: the catalog refused, the stream has moved on. */
export function beginDrain(env: PurgeEnvironment, stream: StreamRecord): Promise<StreamRecord | undefined> {
  return begun(env, { kind: 'beginDrain', incarnation: stream.incarnation }, ['DRAINING', 'PURGING']);
}

/** Begins the purge of a stream that every session has drained (P3). Undefined: as of {@link beginDrain}. */
export function beginPurge(env: PurgeEnvironment, stream: StreamRecord): Promise<StreamRecord | undefined> {
  const { incarnation, drainRevision } = stream;
  return begun(env, { kind: 'beginPurge', incarnation, drainRevision }, ['PURGING']);
}

async function begun(
  env: PurgeEnvironment,
  command: BeginDrain | BeginPurge,
  expected: readonly LifeState[],
): Promise<StreamRecord | undefined> {
  const { kind, incarnation } = command;
  const result = await propose(env, command);
  if (!result.ok) {
    const { reason, message } = result.refusal;
    env.logger.info({ incarnation, reason }, `${kind} refused: ${message}`);
    return undefined;
  }
  const applied = env.cluster.stream(incarnation); // P1: only what is applied here counts.
  return expected.includes(lifeStateOf(applied)) ? applied : undefined;
}

/** Purges a stream that is PURGING here. Throws only bugs and fatal conditions. */
export async function runPurge(attempt: PurgeAttempt): Promise<AttemptOutcome> {
  const { env, stream } = attempt;
  const log = {
    incarnation: stream.incarnation,
    tenant: stream.tenant,
    stream: stream.name,
    prefix: stream.prefix,
  };
  let outcome: AttemptOutcome;
  try {
    const reborn = await deleteAllButNewLife(attempt);
    await markPurged(attempt, reborn !== undefined);
    const facts = { ...log, objectsDeleted: attempt.progress.objects };
    if (reborn === undefined) env.logger.info(facts, 'stream purged, its prefix is proved empty');
    else env.logger.warn({ ...facts, newLife: reborn.key }, `stream purged; ${reborn.message}`);
    outcome = { kind: 'purged' };
  } catch (error) {
    outcome = await settle(attempt, error, log);
  }
  env.metrics.attemptFinished(outcome.kind, env.clock.monotonicMs() - attempt.startedMs);
  return outcome;
}

/**
 * P4 and P12: nothing of the deleted life is left. Where its writer has begun a new one meanwhile, that is so once
 * everything below the prefix is younger than the new life; the sweep that follows takes care of that one. Objects of
 * both side by side are for an operator: nothing tells what belongs to whom.
 */
async function deleteAllButNewLife(attempt: PurgeAttempt): Promise<StreamReborn | undefined> {
  try {
    await deleteAll(attempt);
    return undefined;
  } catch (error) {
    if (!(error instanceof StreamReborn)) throw error;
    attempt.step = 'verifying';
    const older = await olderObjectLeft(attempt, error.createdMs - SKEW_MS);
    if (older === undefined) return error;
    throw new PurgeFailure(
      'STREAM_REBORN',
      `nothing more is deleted below ${JSON.stringify(attempt.stream.prefix)}: ${error.message}, and ` +
        `${JSON.stringify(older)} is older. Stop the clients and delete the stream where it lives, or give up what was ` +
        'written since by `sexton purge retry --discard-new-writes`',
      { cause: error },
    );
  }
}

async function markPurged(attempt: PurgeAttempt, isReborn: boolean): Promise<void> {
  const { env, stream, progress } = attempt;
  attempt.step = 'committing';
  await attempt.commitsSettled();
  attempt.mustGoOn();
  const nowMs = env.clock.wallMs();
  const reusableAfterMs = attempt.fence.reusableAfterMs({
    nowMs,
    capabilities: env.capabilities(),
    marginMs: env.options.clockMarginMs,
    prefixReusable: stream.prefixReusable,
  });
  const result = await propose(env, {
    kind: 'markPurged',
    incarnation: stream.incarnation,
    objectsDeleted: progress.objects,
    bytesDeleted: progress.bytes,
    uploadsAborted: progress.uploads,
    reusableAfterMs,
    // A new life is looked at as soon as the catalog may give the prefix to it.
    nextSweepTimeMs: isReborn
      ? Math.min(reusableAfterMs, Math.ceil(nowMs + REBORN_SWEEP_MS_MAX))
      : firstSweepTimeMs(env.sweepAfterMs, nowMs),
  });
  if (!result.ok) throw new PurgeFailure('retrying', `markPurged was refused: ${result.refusal.message}`);
}

async function settle(attempt: PurgeAttempt, thrown: unknown, log: object): Promise<AttemptOutcome> {
  const { env } = attempt;
  try {
    await attempt.commitsSettled();
    if (isUnrecoverable(thrown)) throw thrown;
    if (env.leading.aborted) return { kind: 'stopped', because: 'leadership' };
    if (thrown instanceof PurgeStopped) {
      if (thrown.because === 'paused' && attempt.progress.hasUncommitted)
        await attempt.record({ phase: 'RUNNING' });
      return { kind: 'stopped', because: thrown.because };
    }
    return await commitFailure(attempt, thrown, log);
  } catch (error) {
    if (isUnrecoverable(error)) throw error;
    if (env.leading.aborted || error instanceof PurgeStopped)
      return { kind: 'stopped', because: 'leadership' };
    env.logger.error(
      { ...log, err: error, while: errorText(thrown) },
      'the end of a purge try could not be committed',
    );
    return { kind: 'stopped', because: 'gone' };
  }
}

async function commitFailure(attempt: PurgeAttempt, thrown: unknown, log: object): Promise<AttemptOutcome> {
  const { env } = attempt;
  const failure =
    thrown instanceof PurgeFailure
      ? thrown
      : new PurgeFailure('retrying', `unexpected: ${errorText(thrown)}`, { cause: thrown });
  if (failure !== thrown)
    env.logger.error({ ...log, err: thrown }, 'unexpected error in a purge; it is tried again');

  const { outcome, blockedReason } = judged(attempt, failure);
  const nextAttemptTimeMs = nextAttemptTime(attempt, failure, outcome);
  const facts = { ...log, err: failure.message, step: attempt.step, nextAttemptTimeMs };
  env.logger.warn(
    facts,
    outcome === 'blocked' ? 'purge blocked, an operator must act' : 'purge will be tried again',
  );
  const phase = outcome === 'blocked' ? 'BLOCKED' : 'RETRYING';
  const lastError = failure.message;
  const recorded = await attempt.record({ phase, blockedReason, lastError, nextAttemptTimeMs });
  if (!recorded) return { kind: 'stopped', because: 'gone' };
  return { kind: outcome, storeWide: failure.storeWide };
}

/** What passes by itself, and does not try after try, is not passing. */
function judged(
  { env, stream }: PurgeAttempt,
  failure: PurgeFailure,
): Pick<PurgeFailure, 'outcome' | 'blockedReason'> {
  const { outcome, blockedReason, fruitless } = failure;
  const tries = env.fruitless.ended(stream.incarnation, fruitless);
  if (outcome === 'blocked' || tries < FRUITLESS_TRIES_MAX) return { outcome, blockedReason };
  return { outcome: 'blocked', blockedReason: 'NO_PROGRESS' };
}

/** Exponential with equal jitter. A try that removed something starts over: the store does serve us. */
function nextAttemptTime(
  { env, progress, stream }: PurgeAttempt,
  { fruitless }: PurgeFailure,
  outcome: PurgeFailure['outcome'],
): number {
  const { options } = env;
  const backoff =
    outcome === 'blocked'
      ? { initialMs: options.blockedBackoffInitialMs, maxMs: options.blockedBackoffMaxMs }
      : { initialMs: options.transientBackoffInitialMs, maxMs: options.transientBackoffMaxMs };
  const step = progress.removalsThisTry > 0 && !fruitless ? 1 : stream.purge.attempts + 1;
  return Math.ceil(env.clock.wallMs() + backoffMs(backoff, step, env.random));
}
