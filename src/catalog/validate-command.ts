/**
 * Is a command well-formed? Total over all commands and over any JavaScript value in their fields.
 *
 * Called before proposing (so that nothing bad enters the log) and again by apply (so that nothing
 * depends on who proposed it). It looks at the command alone; what the catalog holds is the business
 * of `execute.ts`.
 */
import { assertNever } from '../shared/assert.js';
import type { FieldViolation } from '../shared/errors.js';
import {
  LAST_ERROR_BYTES_MAX,
  SESSION_TTL_MS_MAX,
  SESSION_TTL_MS_MIN,
  TIME_MS_MAX,
  UPLOAD_DEADLINE_MS_MAX,
  UPLOAD_DEADLINE_MS_MIN,
} from './limits.js';
import {
  gracePeriodViolations,
  labelsViolations,
  nameViolations,
  nodeIdViolations,
  prefixViolations,
  tenantViolations,
  utf8Bytes,
  type Alphabet,
} from './names.js';
import type { Command } from './types.js';

/** Every violation, not only the first. Empty: well-formed. `alphabet`: see `names.ts`. */
export function validateCommand(command: Command, alphabet: Alphabet = 'unicode'): readonly FieldViolation[] {
  switch (command.kind) {
    case 'createStream':
      return [
        ...tenantViolations(command.tenant),
        ...nameViolations(command.name, alphabet),
        ...(command.prefix === '' ? [] : prefixViolations(command.prefix)),
        ...labelsViolations(command.labels),
      ];
    case 'markDeleted':
      return [
        ...targetViolations(command, alphabet),
        ...gracePeriodViolations(command.gracePeriodMs),
        ...count('etag', command.ifRevision),
      ];
    case 'undelete':
      return [...targetViolations(command, alphabet), ...count('etag', command.ifRevision)];
    case 'retryPurge':
      return targetViolations(command, alphabet);
    case 'setPurgePaused':
      if (command.name !== '') return targetViolations(command, alphabet);
      return command.tenant === '' && command.incarnation === 0
        ? []
        : [{ field: 'name', description: 'is required with a tenant or an incarnation' }];
    case 'beginPurge':
      return [
        ...incarnationViolations(command.incarnation),
        ...count('drain_revision', command.drainRevision),
      ];
    case 'beginPurgeUndrained':
      return [
        ...incarnationViolations(command.incarnation),
        ...count('tombstone_revision', command.tombstoneRevision),
      ];
    case 'beginDrain':
    case 'forgetStream':
      return incarnationViolations(command.incarnation);
    case 'recordPurgeProgress':
      return [
        ...incarnationViolations(command.incarnation),
        ...totalsViolations(command),
        ...count('attempts', command.attempts),
        ...(command.phase === 'BLOCKED' || command.blockedReason === 'NONE'
          ? []
          : [{ field: 'blocked_reason', description: 'belongs to the phase BLOCKED' }]),
        ...time('next_attempt_time', command.nextAttemptTimeMs),
        ...(utf8Bytes(command.lastError) <= LAST_ERROR_BYTES_MAX
          ? []
          : [{ field: 'last_error', description: `is longer than ${LAST_ERROR_BYTES_MAX} bytes of UTF-8` }]),
      ];
    case 'markPurged':
      return [
        ...incarnationViolations(command.incarnation),
        ...totalsViolations(command),
        ...time('reusable_after', command.reusableAfterMs),
        ...time('next_sweep_time', command.nextSweepTimeMs),
      ];
    case 'beginSweep':
      return [
        ...incarnationViolations(command.incarnation),
        ...time('reusable_after', command.reusableAfterMs),
      ];
    case 'recordSweep':
      return [
        ...incarnationViolations(command.incarnation),
        ...count('objects_found', command.objectsFound),
        ...count('bytes_found', command.bytesFound),
        ...time('newest_write_time', command.newestWriteMs),
        ...time('next_sweep_time', command.nextSweepTimeMs),
      ];
    case 'adoptStream':
      return [
        ...tenantViolations(command.tenant),
        ...nameViolations(command.name, alphabet),
        // '' would be a prefix that nothing has been written to yet.
        ...prefixViolations(command.prefix),
        ...labelsViolations(command.labels),
        ...gracePeriodViolations(command.gracePeriodMs),
        ...(command.state === 'DELETED' || command.gracePeriodMs === 0
          ? []
          : [{ field: 'grace_period', description: 'is for streams that are adopted as DELETED only' }]),
      ];
    case 'openSession':
      return [
        ...nodeIdViolations(command.nodeId),
        ...duration('ttl', command.ttlMs, SESSION_TTL_MS_MIN, SESSION_TTL_MS_MAX),
        ...duration(
          'upload_deadline',
          command.uploadDeadlineMs,
          UPLOAD_DEADLINE_MS_MIN,
          UPLOAD_DEADLINE_MS_MAX,
        ),
      ];
    case 'closeSession':
    case 'expireSession':
      return Number.isSafeInteger(command.sessionId) && command.sessionId > 0
        ? []
        : [{ field: 'session_id', description: 'must be the id of a session, as OpenSession gave it' }];
    default:
      return assertNever(command);
  }
}

function targetViolations(
  target: { readonly tenant: string; readonly name: string; readonly incarnation: number },
  alphabet: Alphabet,
): FieldViolation[] {
  return [
    ...tenantViolations(target.tenant),
    ...nameViolations(target.name, alphabet),
    ...count('incarnation', target.incarnation),
  ];
}

function incarnationViolations(incarnation: number): FieldViolation[] {
  if (Number.isSafeInteger(incarnation) && incarnation > 0) return [];
  return [{ field: 'incarnation', description: 'must be a positive whole number below 2^53' }];
}

function totalsViolations(command: {
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  readonly uploadsAborted: number;
}): FieldViolation[] {
  return [
    ...count('objects_deleted', command.objectsDeleted),
    ...count('bytes_deleted', command.bytesDeleted),
    ...count('uploads_aborted', command.uploadsAborted),
  ];
}

function count(field: string, value: number): FieldViolation[] {
  if (Number.isSafeInteger(value) && value >= 0) return [];
  return [{ field, description: 'must be a whole number from 0 to 2^53 - 1' }];
}

function duration(field: string, valueMs: number, minMs: number, maxMs: number): FieldViolation[] {
  if (Number.isSafeInteger(valueMs) && valueMs >= minMs && valueMs <= maxMs) return [];
  const description = `must be a whole number of milliseconds from ${minMs / 1000} s to ${maxMs / 1000} s`;
  return [{ field, description }];
}

function time(field: string, timeMs: number): FieldViolation[] {
  if (Number.isSafeInteger(timeMs) && timeMs >= 0 && timeMs <= TIME_MS_MAX) return [];
  return [{ field, description: 'must be a time from 1970 to 9999, in milliseconds' }];
}
