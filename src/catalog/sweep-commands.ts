/**
 * What happens to a stream after PURGED (P8): sweeps of its prefix, and the end of its record.
 *
 *   PURGED ---> sweep ---> sweep ---> forgotten
 *
 * The record stays until the last sweep has ended, and until the fence of its prefix has passed (P11): without
 * the record nobody would know what to sweep, and the prefix would be free at once.
 */
import {
  changed,
  refused,
  settled,
  transitionOf,
  unchanged,
  type ExecutionContext,
  type Outcome,
} from './outcome.js';
import { fencePrefix, forgetPrefix, maySweepPrefix } from './ownership.js';
import { readCurrent, readMeta, readStreamByIncarnation } from './queries.js';
import { refuseStream } from './refusals.js';
import { timeText } from './time-text.js';
import type { BeginSweep, ForgetStream, RecordSweep, StreamRecord, StreamSweep } from './types.js';

/**
 * When a PURGED stream needs the leader next: for its next sweep, else to be forgotten. Undefined: it does not.
 * The sweep queue is ordered by it.
 */
export function sweepTimeOf({ state, sweep, reusableAfterMs }: StreamRecord): number | undefined {
  if (state !== 'PURGED') return undefined;
  return sweep.nextTimeMs === 0 ? reusableAfterMs : sweep.nextTimeMs;
}

export function beginSweep(context: ExecutionContext, command: BeginSweep): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'beginSweep');
  if (before === undefined || transition.kind !== 'update')
    return settled(transition, before, command.incarnation);
  if (before.sweep.nextTimeMs === 0) return unchanged(before);
  // P10: as with beginPurge, an acknowledged pause holds.
  if (before.purge.paused || readMeta(reader).purgesPaused) {
    const refusal = refuseStream('PURGE_PENDING', before, 'is not swept: purges are paused');
    const metadata = { ...refusal.metadata, paused: before.purge.paused ? 'stream' : 'cluster' };
    return refused({ ...refusal, metadata });
  }
  if (!maySweepPrefix(reader, before)) {
    const because = `is not swept: its prefix '${before.prefix}' is owned again, or was`;
    return refused(refuseStream('PREFIX_OVERLAP', before, because));
  }
  const reusableAfterMs = Math.max(before.reusableAfterMs, command.reusableAfterMs);
  if (reusableAfterMs === before.reusableAfterMs) return unchanged(before);
  return changed({
    before,
    after: { ...before, reusableAfterMs },
    event: undefined,
    current: undefined,
    writes: fencePrefix(reader, before, reusableAfterMs, nowMs),
  });
}

export function recordSweep(context: ExecutionContext, command: RecordSweep): Outcome {
  const before = readStreamByIncarnation(context.reader, command.incarnation);
  const transition = transitionOf(before, 'recordSweep');
  if (before === undefined || transition.kind !== 'update')
    return settled(transition, before, command.incarnation);
  const { sweep: old } = before;
  // The same sweep told twice finds that the next one is not due yet, or that none is.
  if (old.nextTimeMs === 0 || context.nowMs < old.nextTimeMs) return unchanged(before);
  const sweep: StreamSweep = {
    done: old.done + 1,
    nextTimeMs: command.nextSweepTimeMs,
    objectsFound: add(old.objectsFound, command.objectsFound),
    bytesFound: add(old.bytesFound, command.bytesFound),
    newestWriteMs: Math.max(old.newestWriteMs, command.newestWriteMs),
  };
  return changed({
    before,
    after: { ...before, sweep },
    event: command.foundDataOnly ? 'RESIDUE_SWEPT' : undefined,
    current: undefined,
    writes: [],
  });
}

export function forgetStream(context: ExecutionContext, command: ForgetStream): Outcome {
  const { reader, nowMs } = context;
  const before = readStreamByIncarnation(reader, command.incarnation);
  const transition = transitionOf(before, 'forgetStream');
  if (before === undefined || transition.kind !== 'forget') return settled(transition, before);
  // P8: what late writers left would have nobody who looks for it.
  if (before.sweep.nextTimeMs !== 0) {
    const refusal = refuseStream(
      'PURGE_PENDING',
      before,
      `has a sweep to come at ${timeText(before.sweep.nextTimeMs)}`,
    );
    const metadata = { ...refusal.metadata, next_sweep_ms: String(before.sweep.nextTimeMs) };
    return refused({ ...refusal, metadata });
  }
  // P11: the record carries the fence; without it the prefix would be free at once.
  if (nowMs < before.reusableAfterMs) {
    const refusal = refuseStream(
      'PURGE_PENDING',
      before,
      `is fenced until ${timeText(before.reusableAfterMs)}: late delete requests may still arrive`,
    );
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

function add(total: number, increment: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, total + increment);
}
