/**
 * What the purger does to streams, and what operators do to purges. The purger names an incarnation;
 * operators name a stream, and reach an older life of it by its incarnation.
 */
import {
  moved,
  refused,
  settled,
  transitionOf,
  unchanged,
  updated,
  type ExecutionContext,
  type Outcome,
} from './outcome.js';
import { releasePrefix } from './ownership.js';
import { readMeta, readStream, readStreamByIncarnation } from './queries.js';
import { NO_SWEEP } from './record-codec.js';
import { refuseStream } from './refusals.js';
import type {
  BeginDrain,
  BeginPurge,
  BeginPurgeUndrained,
  MarkPurged,
  PurgeProgress,
  RecordPurgeProgress,
  RetryPurge,
  SetPurgePaused,
  StreamRecord,
} from './types.js';

// ------------------------------------------------------------------------------------------- purger

/** C2: from here on nothing brings the stream back, so that whoever holds it outside may be told to forget it. */
export function beginDrain(context: ExecutionContext, command: BeginDrain): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'beginDrain');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  return (
    refusedInGrace(context, before) ??
    refusedWhilePaused(context, before) ??
    moved(context, before, transition, {
      drainRevision: context.index,
      purge: { ...before.purge, phase: 'DRAINING', drainTimeMs: context.nowMs },
    })
  );
}

export function beginPurge(context: ExecutionContext, command: BeginPurge): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'beginPurge');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  // P3: a drain begins once in a life, so that another revision can only be a proposer's error.
  if (command.drainRevision !== before.drainRevision) {
    const refusal = refuseStream('PURGE_PENDING', before, `drains since revision ${before.drainRevision}`);
    const metadata = { ...refusal.metadata, drain_revision: String(before.drainRevision) };
    return refused({ ...refusal, metadata });
  }
  return (
    refusedWhilePaused(context, before) ??
    moved(context, before, transition, {
      purge: { ...before.purge, phase: 'RUNNING', beginTimeMs: context.nowMs },
    })
  );
}

export function beginPurgeUndrained(context: ExecutionContext, command: BeginPurgeUndrained): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'beginPurgeUndrained');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  const inGrace = refusedInGrace(context, before);
  if (inGrace !== undefined) return inGrace;
  // P3: what was drained is another tombstone. An undelete and a delete were on their way when this was proposed.
  if (command.tombstoneRevision !== 0 && command.tombstoneRevision !== before.tombstoneRevision) {
    const refusal = refuseStream('PURGE_PENDING', before, 'was undeleted and deleted again');
    const metadata = { ...refusal.metadata, tombstone_revision: String(before.tombstoneRevision) };
    return refused({ ...refusal, metadata });
  }
  return (
    refusedWhilePaused(context, before) ??
    moved(context, before, transition, {
      purge: { ...before.purge, phase: 'RUNNING', beginTimeMs: context.nowMs },
    })
  );
}

/** C5: the proposer has checked this by its own clock; what counts is committed time. */
function refusedInGrace({ nowMs }: ExecutionContext, before: StreamRecord): Outcome | undefined {
  if (nowMs >= before.purgeAfterMs) return undefined;
  const refusal = refuseStream('PURGE_PENDING', before, 'is still in its grace period');
  const metadata = { ...refusal.metadata, purge_after_ms: String(before.purgeAfterMs) };
  return refused({ ...refusal, metadata });
}

/** P10: an acknowledged pause holds against a step that was proposed before it and commits after it. */
function refusedWhilePaused({ reader }: ExecutionContext, before: StreamRecord): Outcome | undefined {
  if (!before.purge.paused && !readMeta(reader).purgesPaused) return undefined;
  const refusal = refuseStream('PURGE_PENDING', before, 'is not purged: purges are paused');
  const metadata = { ...refusal.metadata, paused: before.purge.paused ? 'stream' : 'cluster' };
  return refused({ ...refusal, metadata });
}

export function recordPurgeProgress(context: ExecutionContext, command: RecordPurgeProgress): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'recordPurgeProgress');
  if (before === undefined || transition.kind !== 'update')
    return settled(transition, before, command.incarnation);
  return updated(before, {
    ...before.purge,
    phase: command.phase,
    blockedReason: command.blockedReason,
    ...totalsAfter(before, command),
    attempts: Math.max(before.purge.attempts, command.attempts),
    lastError: command.lastError,
    lastErrorTimeMs: command.lastError === '' ? 0 : context.nowMs,
    nextAttemptTimeMs: command.phase === 'RUNNING' ? 0 : command.nextAttemptTimeMs,
  });
}

export function markPurged(context: ExecutionContext, command: MarkPurged): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'markPurged');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  // Allowed while paused too: the listing is empty, and saying so deletes nothing.
  const purge: PurgeProgress = {
    ...before.purge,
    phase: 'DONE',
    blockedReason: 'NONE',
    ...totalsAfter(before, command),
    lastError: '',
    lastErrorTimeMs: 0,
    nextAttemptTimeMs: 0,
  };
  return moved(
    context,
    before,
    transition,
    {
      purgeTimeMs: nowMs,
      reusableAfterMs: command.reusableAfterMs,
      purge,
      sweep: { ...NO_SWEEP, nextTimeMs: command.nextSweepTimeMs },
    },
    { writes: releasePrefix(reader, before, command.reusableAfterMs, nowMs) },
  );
}

// ---------------------------------------------------------------------------------------- operators

export function retryPurge(context: ExecutionContext, command: RetryPurge): Outcome {
  const found = readStream(context.reader, command);
  if (!found.ok) return refused(found.refusal);
  const before = found.stream;
  const transition = transitionOf(before, 'retryPurge');
  if (transition.kind !== 'update') {
    // The word on new writes is given for a purge that has met some; a success would hide that it was not taken.
    if (!command.discardNewWrites || transition.kind !== 'unchanged') return settled(transition, before);
    return refused(
      refuseStream('PURGE_PENDING', before, 'is not being purged; there are no new writes to discard'),
    );
  }
  const discardNewWrites = before.purge.discardNewWrites || command.discardNewWrites;
  // P3: no retry skips the drain.
  if (before.purge.phase === 'DRAINING') return updated(before, { ...before.purge, discardNewWrites });
  // The last error stays until the new try says how it went.
  return updated(before, {
    ...before.purge,
    phase: 'RUNNING',
    blockedReason: 'NONE',
    nextAttemptTimeMs: 0,
    discardNewWrites,
  });
}

export function pauseStream(context: ExecutionContext, command: SetPurgePaused): Outcome {
  const found = readStream(context.reader, command);
  if (!found.ok) return refused(found.refusal);
  const transition = transitionOf(found.stream, 'setPurgePaused');
  if (transition.kind !== 'update') return settled(transition, found.stream);
  return updated(found.stream, {
    ...found.stream.purge,
    paused: command.paused,
    pauseTimeMs: command.paused ? context.nowMs : 0,
  });
}

export function pauseCluster({ reader }: ExecutionContext, paused: boolean): Outcome {
  return readMeta(reader).purgesPaused === paused
    ? unchanged(undefined)
    : { kind: 'clusterPauseChanged', paused };
}

/** Totals never shrink: a new leader that has not read the latest ones cannot take anything back. */
function totalsAfter(
  { purge }: StreamRecord,
  said: Pick<PurgeProgress, 'objectsDeleted' | 'bytesDeleted' | 'uploadsAborted'>,
): Pick<PurgeProgress, 'objectsDeleted' | 'bytesDeleted' | 'uploadsAborted'> {
  return {
    objectsDeleted: Math.max(purge.objectsDeleted, said.objectsDeleted),
    bytesDeleted: Math.max(purge.bytesDeleted, said.bytesDeleted),
    uploadsAborted: Math.max(purge.uploadsAborted, said.uploadsAborted),
  };
}
