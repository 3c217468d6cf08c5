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
import type { StreamRecord } from '../catalog/types.js';
import { ObjectStoreError } from '../objectstore/object-store.js';
import { backoffMs } from '../shared/backoff.js';
import { abortUploads } from './abort-uploads.js';
import { drain } from './drain.js';
import { propose, type PurgeEnvironment } from './environment.js';
import { errorText, isUnrecoverable, PurgeFailure, PurgeStopped, type StopReason } from './failure.js';
import { firstObjectLeft, firstVersionLeft } from './listing.js';
import type { PurgeAttempt } from './purge-attempt.js';

export type AttemptOutcome =
  | { readonly kind: 'purged' }
  /** Committed with its next time; `storeWide`: probe the store before starting anything else. */
  | { readonly kind: 'retrying' | 'blocked'; readonly storeWide: boolean }
  /** Nothing was committed about it. The scheduler looks at the record again, a little later. */
  | { readonly kind: 'stopped'; readonly because: StopReason };

/** Rounds of delete and proof in one try. More than one: something appeared, or a 200 was a lie. */
const PROOF_ROUNDS_MAX = 3;

/** Begins the purge of a DELETED stream. Undefined: the catalog refused, the stream has moved on. */
export async function beginPurge(
  env: PurgeEnvironment,
  stream: StreamRecord,
): Promise<StreamRecord | undefined> {
  const { incarnation } = stream;
  const result = await propose(env, { kind: 'beginPurge', incarnation });
  if (!result.ok) {
    const { reason, message } = result.refusal;
    env.logger.info({ incarnation, reason }, `purge not begun: ${message}`);
    return undefined;
  }
  const applied = env.cluster.stream(incarnation); // P1: only what is applied here counts.
  return applied?.state === 'PURGING' ? applied : undefined;
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
    await purge(attempt);
    env.logger.info(
      { ...log, objectsDeleted: attempt.progress.objects },
      'stream purged, its prefix is proved empty',
    );
    outcome = { kind: 'purged' };
  } catch (error) {
    outcome = await settle(attempt, error, log);
  }
  env.metrics.attemptFinished(outcome.kind, env.clock.monotonicMs() - attempt.startedMs);
  return outcome;
}

async function purge(attempt: PurgeAttempt): Promise<void> {
  attempt.mustGoOn(); // P1
  let versions = attempt.env.capabilities().versioning !== 'never';
  for (let round = 1; ; round++) {
    attempt.step = 'data';
    await drain(attempt, { part: 'data', versions, mayJump: round === 1 }, { trustAnswers: false });
    attempt.step = 'metadata'; // P7: a listing has just shown no data.
    await drain(attempt, { part: 'metadata', versions, mayJump: false }, { trustAnswers: true });
    attempt.step = 'uploads';
    await abortUploads(attempt);
    attempt.step = 'verifying';
    const left = await findLeft(attempt);
    if (left === undefined) break;
    // A version that the listing of objects does not show: the bucket's versioning was switched on meanwhile.
    versions ||= left.kind === 'version';
    if (round === PROOF_ROUNDS_MAX) {
      throw new PurgeFailure(
        'retrying',
        `${JSON.stringify(left.key)} is there after ${round} rounds of deleting everything: ` +
          'somebody still writes below the prefix, or the store confirms deletes that it does not do',
        { fruitless: true },
      );
    }
  }
  await markPurged(attempt);
}

/**
 * P4: uploads were listed empty just before this (an upload that completes in between is an object by now),
 * and every delete has been answered or given up. Versions are asked for even where versioning was never on
 * when probed: it may have been switched on since, and then plain deletes have left markers.
 */
async function findLeft(
  attempt: PurgeAttempt,
): Promise<{ readonly kind: 'object' | 'version'; readonly key: string } | undefined> {
  const [object, version] = await bothOrFirstError(firstObjectLeft(attempt), versionLeft(attempt));
  if (object !== undefined) return { kind: 'object', key: object };
  return version === undefined ? undefined : { kind: 'version', key: version };
}

/** A store without versions at all may say so, as long as its probe agrees. */
async function versionLeft(attempt: PurgeAttempt): Promise<string | undefined> {
  try {
    return await firstVersionLeft(attempt);
  } catch (error) {
    const unsupported =
      error instanceof PurgeFailure &&
      error.cause instanceof ObjectStoreError &&
      error.cause.kind === 'UNSUPPORTED';
    if (unsupported && attempt.env.capabilities().versioning === 'never') return undefined;
    throw error;
  }
}

/** Like Promise.all, but nothing is left running when it throws. */
async function bothOrFirstError<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (two.status === 'rejected') throw two.reason;
  return [one.value, two.value];
}

async function markPurged(attempt: PurgeAttempt): Promise<void> {
  const { env, stream, progress } = attempt;
  attempt.step = 'committing';
  await attempt.commitsSettled();
  attempt.mustGoOn();
  const result = await propose(env, {
    kind: 'markPurged',
    incarnation: stream.incarnation,
    objectsDeleted: progress.objects,
    bytesDeleted: progress.bytes,
    reusableAfterMs: attempt.fence.reusableAfterMs(
      env.clock.wallMs(),
      env.capabilities().clockOffsetMs,
      env.options.clockMarginMs,
    ),
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

  const nextAttemptTimeMs = nextAttemptTime(attempt, failure);
  const facts = { ...log, err: failure.message, step: attempt.step, nextAttemptTimeMs };
  env.logger.warn(
    facts,
    failure.outcome === 'blocked' ? 'purge blocked, an operator must act' : 'purge will be tried again',
  );
  const phase = failure.outcome === 'blocked' ? 'BLOCKED' : 'RETRYING';
  const recorded = await attempt.record({ phase, lastError: failure.message, nextAttemptTimeMs });
  if (!recorded) return { kind: 'stopped', because: 'gone' };
  return { kind: failure.outcome, storeWide: failure.storeWide };
}

/** Exponential with equal jitter. A try that removed something starts over: the store does serve us. */
function nextAttemptTime(
  { env, progress, stream }: PurgeAttempt,
  { outcome, fruitless }: PurgeFailure,
): number {
  const { options } = env;
  const backoff =
    outcome === 'blocked'
      ? { initialMs: options.blockedBackoffInitialMs, maxMs: options.blockedBackoffMaxMs }
      : { initialMs: options.transientBackoffInitialMs, maxMs: options.transientBackoffMaxMs };
  const step = progress.objectsThisTry > 0 && !fruitless ? 1 : stream.purge.attempts + 1;
  return Math.ceil(env.clock.wallMs() + backoffMs(backoff, step, env.random));
}
