/**
 * What callers do to streams: create, adopt, delete, undelete.
 *
 * The order of checks is the order in which a caller can mend them: which life, which revision, which
 * state, and only then other lives and prefixes.
 */
import { defaultPrefix, normalizeLabels } from './names.js';
import {
  changed,
  moved,
  NO_PROGRESS,
  refused,
  settled,
  transitionOf,
  unchanged,
  type ExecutionContext,
  type Outcome,
} from './outcome.js';
import { acquirePrefix } from './ownership.js';
import { readCurrent, readStream } from './queries.js';
import { NO_SWEEP } from './record-codec.js';
import { etagMismatch, incarnationMismatch, streamExists } from './refusals.js';
import type { AdoptStream, CreateStream, MarkDeleted, StreamRecord, Undelete } from './types.js';

export function createStream(context: ExecutionContext, command: CreateStream): Outcome {
  return beginLife(context, command, {});
}

/**
 * A new life that owns what is in the bucket already. A dead one gets its tombstone with its first entry: no
 * moment exists at which it could be written to.
 */
export function adoptStream(context: ExecutionContext, command: AdoptStream): Outcome {
  if (command.state === 'ACTIVE') return beginLife(context, command, {});
  return beginLife(context, command, {
    state: 'DELETED',
    deleteTimeMs: context.nowMs,
    purgeAfterMs: context.nowMs + command.gracePeriodMs,
    tombstoneRevision: context.index,
    purge: { ...NO_PROGRESS, phase: 'WAITING' },
  });
}

function beginLife(
  context: ExecutionContext,
  command: CreateStream | AdoptStream,
  fields: Partial<StreamRecord>,
): Outcome {
  const { reader, index, nowMs } = context;
  const { tenant, name } = command;
  const current = readCurrent(reader, tenant, name);
  const transition = transitionOf(current, command.kind);
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
    drainRevision: 0,
    purgeTimeMs: 0,
    reusableAfterMs: 0,
    purge: NO_PROGRESS,
    sweep: NO_SWEEP,
    ...fields,
  };
  const event = after.state === 'ACTIVE' ? 'CREATED' : 'DELETED';
  return changed({ before: undefined, after, event, current: index, writes: claim.writes });
}

export function markDeleted(context: ExecutionContext, command: MarkDeleted): Outcome {
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

export function undelete(context: ExecutionContext, command: Undelete): Outcome {
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

function isStale(stream: StreamRecord, { ifRevision }: { readonly ifRevision: number }): boolean {
  return ifRevision !== 0 && ifRevision !== stream.revision;
}
