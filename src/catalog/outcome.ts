/**
 * What executing a command can come to, and how outcomes are made. Every outcome follows a cell of the
 * transition table: a cell that changes nothing is `settled`, a change of state is `moved`, a change
 * of purge fields alone is `updated`.
 */
import { assert } from '../shared/assert.js';
import { LIFECYCLE, lifeStateOf, type Transition } from './lifecycle.js';
import { incarnationNotFound, refuseStream } from './refusals.js';
import type {
  CatalogReader,
  CatalogWrite,
  CommandResult,
  EventKind,
  PurgeProgress,
  Refusal,
  SessionRecord,
  StreamCommandKind,
  StreamRecord,
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
  | { readonly kind: 'clusterPauseChanged'; readonly paused: boolean }
  | { readonly kind: 'sessionUnchanged'; readonly session: SessionRecord | undefined }
  /** `before` undefined: opened. `after` undefined: gone. */
  | {
      readonly kind: 'sessionChanged';
      readonly before: SessionRecord | undefined;
      readonly after: SessionRecord | undefined;
    };

/** The outcome as callers see it. A forgotten stream, or a session that is gone, is answered as it was last. */
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
    case 'sessionUnchanged':
      return { ok: true, stream: undefined, session: outcome.session, changed: false };
    case 'sessionChanged':
      return { ok: true, stream: undefined, session: outcome.after ?? outcome.before, changed: true };
  }
}

export const NO_PROGRESS: PurgeProgress = {
  phase: 'NONE',
  blockedReason: 'NONE',
  objectsDeleted: 0,
  bytesDeleted: 0,
  uploadsAborted: 0,
  attempts: 0,
  lastError: '',
  lastErrorTimeMs: 0,
  nextAttemptTimeMs: 0,
  drainTimeMs: 0,
  beginTimeMs: 0,
  discardNewWrites: false,
  paused: false,
  pauseTimeMs: 0,
};

export function transitionOf(stream: StreamRecord | undefined, command: StreamCommandKind): Transition {
  return LIFECYCLE[lifeStateOf(stream)][command];
}

/** A cell that changes nothing. `incarnation`: which one was asked for, where none was found. */
export function settled(transition: Transition, stream: StreamRecord | undefined, incarnation = 0): Outcome {
  if (transition.kind === 'unchanged') return unchanged(stream);
  if (transition.kind === 'notFound') return refused(incarnationNotFound(incarnation));
  assert(
    transition.kind === 'refuse' && stream !== undefined,
    () => `no guard for a ${transition.kind} transition`,
  );
  return refused(refuseStream(transition.reason, stream, transition.because));
}

/** C2: the one place where a state changes, always to what the table said. The end of a drain changes the phase alone. */
export function moved(
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
export function updated(before: StreamRecord, purge: PurgeProgress): Outcome {
  if (isSameProgress(before.purge, purge)) return unchanged(before);
  return changed({ before, after: { ...before, purge }, event: undefined, current: undefined, writes: [] });
}

/** But for the times since when things are so: a repetition does not move them. */
function isSameProgress(a: PurgeProgress, b: PurgeProgress): boolean {
  return (
    a.phase === b.phase &&
    a.blockedReason === b.blockedReason &&
    a.objectsDeleted === b.objectsDeleted &&
    a.bytesDeleted === b.bytesDeleted &&
    a.uploadsAborted === b.uploadsAborted &&
    a.attempts === b.attempts &&
    a.lastError === b.lastError &&
    a.nextAttemptTimeMs === b.nextAttemptTimeMs &&
    a.discardNewWrites === b.discardNewWrites &&
    a.paused === b.paused
  );
}

export function changed(change: StreamChange): Outcome {
  return { kind: 'changed', change };
}

export function unchanged(stream: StreamRecord | undefined): Outcome {
  return { kind: 'unchanged', stream };
}

export function refused(refusal: Refusal): Outcome {
  return { kind: 'refused', refusal };
}
