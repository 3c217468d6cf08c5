/**
 * Is a command well-formed? Total over all commands and over any JavaScript value in their fields.
 *
 * Called before proposing (so that nothing bad enters the log) and again by apply (so that nothing
 * depends on who proposed it). It looks at the command alone; what the catalog holds is the business
 * of `execute.ts`.
 */
import { assertNever } from '../shared/assert.js';
import type { FieldViolation } from '../shared/errors.js';
import { LAST_ERROR_BYTES_MAX, TIME_MS_MAX } from './limits.js';
import {
  gracePeriodViolations,
  labelsViolations,
  nameViolations,
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
    case 'forgetStream':
      return incarnationViolations(command.incarnation);
    case 'recordPurgeProgress':
      return [
        ...incarnationViolations(command.incarnation),
        ...totalsViolations(command),
        ...count('attempts', command.attempts),
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
      ];
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
}): FieldViolation[] {
  return [
    ...count('objects_deleted', command.objectsDeleted),
    ...count('bytes_deleted', command.bytesDeleted),
  ];
}

function count(field: string, value: number): FieldViolation[] {
  if (Number.isSafeInteger(value) && value >= 0) return [];
  return [{ field, description: 'must be a whole number from 0 to 2^53 - 1' }];
}

function time(field: string, timeMs: number): FieldViolation[] {
  if (Number.isSafeInteger(timeMs) && timeMs >= 0 && timeMs <= TIME_MS_MAX) return [];
  return [{ field, description: 'must be a time from 1970 to 9999, in milliseconds' }];
}
