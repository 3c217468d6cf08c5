/**
 * What one command does: finds the life it is about, asks the transition table, then the guards, and
 * describes the change. Reads only; `apply.ts` turns the outcome into writes.
 *
 * The order of checks is the order in which a caller can mend them: which life, which revision, which
 * state, and only then time, pauses and prefixes.
 */
import { assert, assertNever } from '../shared/assert.js';
import { LIFECYCLE, type LifeState, type Transition } from './lifecycle.js';
import { defaultPrefix, normalizeLabels } from './names.js';
import { acquirePrefix, forgetPrefix, releasePrefix } from './ownership.js';
import { readCurrent, readMeta, readStream, readStreamByIncarnation } from './queries.js';
import {
  etagMismatch,
  incarnationMismatch,
  incarnationNotFound,
  refuseStream,
  streamExists,
} from './refusals.js';
import type {
  BeginPurge,
  CatalogReader,
  CatalogWrite,
  Command,
  CommandKind,
  CommandResult,
  CreateStream,
  EventKind,
  ForgetStream,
  MarkDeleted,
  MarkPurged,
  PurgeProgress,
  RecordPurgeProgress,
  Refusal,
  RetryPurge,
  SetPurgePaused,
  StreamRecord,
  Undelete,
} from './types.js';

export interface ExecutionContext {
  readonly reader: CatalogReader;
  /** Of the entry; 0 when only asking (AIP-163). */
  readonly index: number;
  /** Committed time at this entry (C3). */
  readonly nowMs: number;
}

/** `before` undefined: a new life. `after` undefined: forgotten. */
export interface StreamChange {
  readonly before: StreamRecord | undefined;
  readonly after: StreamRecord | undefined;
  /** Undefined: nothing that a watch tells. */
  readonly event: EventKind | undefined;
  /** What the `current` key of the name becomes; undefined: it stays. 0: it goes. */
  readonly current: number | undefined;
  /** C1: prefix nodes. */
  readonly writes: readonly CatalogWrite[];
}

export type Outcome =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unchanged'; readonly stream: StreamRecord | undefined }
  | { readonly kind: 'changed'; readonly change: StreamChange }
  | { readonly kind: 'clusterPauseChanged'; readonly paused: boolean };

/** The outcome as callers see it. A forgotten stream is answered as it was last. */
export function resultOf(outcome: Outcome): CommandResult {
  switch (outcome.kind) {
    case 'refused':
      return { ok: false, refusal: outcome.refusal };
    case 'unchanged':
      return { ok: true, stream: outcome.stream, changed: false };
    case 'changed':
      return { ok: true, stream: outcome.change.after ?? outcome.change.before, changed: true };
    case 'clusterPauseChanged':
      return { ok: true, stream: undefined, changed: true };
  }
}

const NO_PROGRESS: PurgeProgress = {
  phase: 'NONE',
  objectsDeleted: 0,
  bytesDeleted: 0,
  attempts: 0,
  lastError: '',
  nextAttemptTimeMs: 0,
  paused: false,
};

/** `command` has passed `validateCommand`. */
export function execute(context: ExecutionContext, command: Command): Outcome {
  switch (command.kind) {
    case 'createStream':
      return createStream(context, command);
    case 'markDeleted':
      return markDeleted(context, command);
    case 'undelete':
      return undelete(context, command);
    case 'beginPurge':
      return beginPurge(context, command);
    case 'recordPurgeProgress':
      return recordPurgeProgress(context, command);
    case 'markPurged':
      return markPurged(context, command);
    case 'forgetStream':
      return forgetStream(context, command);
    case 'retryPurge':
      return retryPurge(context, command);
    case 'setPurgePaused':
      return command.name === '' ? pauseCluster(context, command.paused) : pauseStream(context, command);
    default:
      return assertNever(command);
  }
}

// ------------------------------------------------------------------------------------- stream calls

function createStream(context: ExecutionContext, command: CreateStream): Outcome {
  const { reader, index, nowMs } = context;
  const { tenant, name } = command;
  const current = readCurrent(reader, tenant, name);
  const transition = transitionOf(current, 'createStream');
  if (transition.kind !== 'create') return settled(transition, current);

  const prefix = command.prefix === '' ? defaultPrefix(tenant, name, index) : command.prefix;
  const claim = acquirePrefix(reader, { tenant, name, incarnation: index, prefix }, nowMs);
  if (!claim.ok) return refused(claim.refusal);

  const after: StreamRecord = {
    tenant,
    name,
    incarnation: index,
    state: 'ACTIVE',
    prefix,
    prefixReusable: command.prefix !== '',
    labels: normalizeLabels(command.labels),
    revision: index,
    createTimeMs: nowMs,
    deleteTimeMs: 0,
    purgeAfterMs: 0,
    tombstoneRevision: 0,
    purgeTimeMs: 0,
    reusableAfterMs: 0,
    purge: NO_PROGRESS,
  };
  return changed({ before: undefined, after, event: 'CREATED', current: index, writes: claim.writes });
}

function markDeleted(context: ExecutionContext, command: MarkDeleted): Outcome {
  const { index, nowMs } = context;
  const found = readStream(context.reader, command);
  if (!found.ok) {
    const isMissing = found.refusal.reason === 'STREAM_NOT_FOUND';
    return isMissing && command.allowMissing ? unchanged(undefined) : refused(found.refusal);
  }
  const before = found.stream;
  if (command.incarnation !== 0) {
    // A program that deletes what it read earlier must learn that another life has begun since.
    const current = readCurrent(context.reader, command.tenant, command.name);
    if (current !== undefined && current.incarnation !== command.incarnation) {
      return refused(incarnationMismatch(command, command.incarnation, current.incarnation));
    }
  }
  if (isStale(before, command)) return refused(etagMismatch(before));
  const transition = transitionOf(before, 'markDeleted');
  if (transition.kind !== 'move') return settled(transition, before);
  return moved(context, before, transition, {
    deleteTimeMs: nowMs,
    // C5: the deadline itself is committed; no failover restarts or shortens it.
    purgeAfterMs: nowMs + command.gracePeriodMs,
    tombstoneRevision: index,
    purge: { ...NO_PROGRESS, phase: 'WAITING' },
  });
}

function undelete(context: ExecutionContext, command: Undelete): Outcome {
  const found = readStream(context.reader, command);
  if (!found.ok) return refused(found.refusal);
  const before = found.stream;
  if (isStale(before, command)) return refused(etagMismatch(before));
  const transition = transitionOf(before, 'undelete');
  if (transition.kind !== 'move') return settled(transition, before);
  // An older life may come back while no other life of the name is ACTIVE: writers that create streams
  // on their own often make a new one before the operator notices the mistake. It owns its prefix still.
  const current = readCurrent(context.reader, command.tenant, command.name);
  if (current?.state === 'ACTIVE') return refused(streamExists(current));
  return moved(
    context,
    before,
    transition,
    { deleteTimeMs: 0, purgeAfterMs: 0, tombstoneRevision: 0, purge: NO_PROGRESS },
    { current: before.incarnation },
  );
}

// -------------------------------------------------------------------------------------- purge calls

function beginPurge(context: ExecutionContext, command: BeginPurge): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'beginPurge');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  // P3: the proposer has checked this by its own clock; what counts is committed time.
  if (nowMs < before.purgeAfterMs) {
    const refusal = refuseStream('PURGE_PENDING', before, 'is still in its grace period');
    const metadata = { ...refusal.metadata, purge_after_ms: String(before.purgeAfterMs) };
    return refused({ ...refusal, metadata });
  }
  // P10: an acknowledged pause holds against a purge that was proposed before it and commits after it.
  if (before.purge.paused || readMeta(reader).purgesPaused) {
    const refusal = refuseStream('PURGE_PENDING', before, 'is not purged: purges are paused');
    const metadata = { ...refusal.metadata, paused: before.purge.paused ? 'stream' : 'cluster' };
    return refused({ ...refusal, metadata });
  }
  return moved(context, before, transition, { purge: { ...before.purge, phase: 'RUNNING' } });
}

function recordPurgeProgress(context: ExecutionContext, command: RecordPurgeProgress): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'recordPurgeProgress');
  if (before === undefined || transition.kind !== 'update')
    return settled(transition, before, command.incarnation);
  return updated(before, {
    phase: command.phase,
    ...totalsAfter(before, command),
    attempts: Math.max(before.purge.attempts, command.attempts),
    lastError: command.lastError,
    nextAttemptTimeMs: command.phase === 'RUNNING' ? 0 : command.nextAttemptTimeMs,
    paused: before.purge.paused,
  });
}

function markPurged(context: ExecutionContext, command: MarkPurged): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'markPurged');
  if (before === undefined || transition.kind !== 'move')
    return settled(transition, before, command.incarnation);
  // Allowed while paused too: the listing is empty, and saying so deletes nothing.
  const purge: PurgeProgress = {
    ...before.purge,
    phase: 'DONE',
    ...totalsAfter(before, command),
    lastError: '',
    nextAttemptTimeMs: 0,
  };
  return moved(
    context,
    before,
    transition,
    { purgeTimeMs: nowMs, reusableAfterMs: command.reusableAfterMs, purge },
    { writes: releasePrefix(reader, before, command.reusableAfterMs, nowMs) },
  );
}

function forgetStream(context: ExecutionContext, command: ForgetStream): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'forgetStream');
  if (before === undefined || transition.kind !== 'forget') return settled(transition, before);
  // P11: the record carries the fence; without it the prefix would be free at once.
  if (nowMs < before.reusableAfterMs) {
    const refusal = refuseStream('PURGE_PENDING', before, 'is fenced: late delete requests may still arrive');
    const metadata = { ...refusal.metadata, reusable_after_ms: String(before.reusableAfterMs) };
    return refused({ ...refusal, metadata });
  }
  const isCurrent = readCurrent(reader, before.tenant, before.name)?.incarnation === before.incarnation;
  return changed({
    before,
    after: undefined,
    event: 'FORGOTTEN',
    current: isCurrent ? 0 : undefined,
    writes: forgetPrefix(reader, before, nowMs),
  });
}

// ----------------------------------------------------------------------------------- operator calls

function retryPurge(context: ExecutionContext, command: RetryPurge): Outcome {
  const found = readStream(context.reader, command);
  if (!found.ok) return refused(found.refusal);
  const before = found.stream;
  const transition = transitionOf(before, 'retryPurge');
  if (transition.kind !== 'update') return settled(transition, before);
  // The last error stays until the new try says how it went.
  return updated(before, { ...before.purge, phase: 'RUNNING', nextAttemptTimeMs: 0 });
}

function pauseStream(context: ExecutionContext, command: SetPurgePaused): Outcome {
  const found = readStream(context.reader, command);
  if (!found.ok) return refused(found.refusal);
  const transition = transitionOf(found.stream, 'setPurgePaused');
  if (transition.kind !== 'update') return settled(transition, found.stream);
  return updated(found.stream, { ...found.stream.purge, paused: command.paused });
}

function pauseCluster({ reader }: ExecutionContext, paused: boolean): Outcome {
  return readMeta(reader).purgesPaused === paused
    ? unchanged(undefined)
    : { kind: 'clusterPauseChanged', paused };
}

// ------------------------------------------------------------------------------------------- pieces

function transitionOf(stream: StreamRecord | undefined, command: CommandKind): Transition {
  const state: LifeState = stream?.state ?? 'ABSENT';
  return LIFECYCLE[state][command];
}

/** A cell that changes nothing. `incarnation`: which one was asked for, where none was found. */
function settled(transition: Transition, stream: StreamRecord | undefined, incarnation = 0): Outcome {
  if (transition.kind === 'unchanged') return unchanged(stream);
  if (transition.kind === 'notFound') return refused(incarnationNotFound(incarnation));
  assert(
    transition.kind === 'refuse' && stream !== undefined,
    () => `no guard for a ${transition.kind} transition`,
  );
  return refused(refuseStream(transition.reason, stream, transition.because));
}

function isStale(stream: StreamRecord, { ifRevision }: { readonly ifRevision: number }): boolean {
  return ifRevision !== 0 && ifRevision !== stream.revision;
}

/** C2: the one place where a state changes, always to what the table said. */
function moved(
  { index }: ExecutionContext,
  before: StreamRecord,
  transition: Extract<Transition, { readonly kind: 'move' }>,
  fields: Partial<Omit<StreamRecord, 'state' | 'revision'>>,
  indexes: { readonly current?: number; readonly writes?: readonly CatalogWrite[] } = {},
): Outcome {
  const after: StreamRecord = { ...before, ...fields, state: transition.to, revision: index };
  return changed({
    before,
    after,
    event: transition.event,
    current: indexes.current,
    writes: indexes.writes ?? [],
  });
}

/** Purge fields alone: neither the etag nor a watch tells of them. */
function updated(before: StreamRecord, purge: PurgeProgress): Outcome {
  if (isSameProgress(before.purge, purge)) return unchanged(before);
  return changed({ before, after: { ...before, purge }, event: undefined, current: undefined, writes: [] });
}

function isSameProgress(a: PurgeProgress, b: PurgeProgress): boolean {
  return (
    a.phase === b.phase &&
    a.objectsDeleted === b.objectsDeleted &&
    a.bytesDeleted === b.bytesDeleted &&
    a.attempts === b.attempts &&
    a.lastError === b.lastError &&
    a.nextAttemptTimeMs === b.nextAttemptTimeMs &&
    a.paused === b.paused
  );
}

/** Totals never shrink: a new leader that has not read the latest ones cannot take anything back. */
function totalsAfter(
  { purge }: StreamRecord,
  said: { readonly objectsDeleted: number; readonly bytesDeleted: number },
): Pick<PurgeProgress, 'objectsDeleted' | 'bytesDeleted'> {
  return {
    objectsDeleted: Math.max(purge.objectsDeleted, said.objectsDeleted),
    bytesDeleted: Math.max(purge.bytesDeleted, said.bytesDeleted),
  };
}

function changed(change: StreamChange): Outcome {
  return { kind: 'changed', change };
}

function unchanged(stream: StreamRecord | undefined): Outcome {
  return { kind: 'unchanged', stream };
}

function refused(refusal: Refusal): Outcome {
  return { kind: 'refused', refusal };
}
