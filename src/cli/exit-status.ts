/** From how a call failed to what a shell can tell apart. The statuses of `serve` are in shared/fatal.ts. */
import { AssertionError } from '../shared/assert.js';
import { SextonError, type Reason } from '../shared/errors.js';
import { EXIT_STATUS, FatalError } from '../shared/fatal.js';

const { ERROR, UNAVAILABLE, INVALID_INPUT, REFUSED, INTERRUPTED } = EXIT_STATUS;

const STATUS_OF_REASON: Readonly<Record<Reason, number>> = {
  NOT_LEADER: UNAVAILABLE,
  NO_LEADER: UNAVAILABLE,
  NODE_STOPPING: UNAVAILABLE,
  UNREACHABLE: UNAVAILABLE,
  OUTCOME_UNKNOWN: UNAVAILABLE,
  TOO_MANY_REQUESTS: UNAVAILABLE,
  DEADLINE_EXCEEDED: UNAVAILABLE,
  TRANSFER_FAILED: UNAVAILABLE,
  INVALID_ARGUMENT: INVALID_INPUT,
  STREAM_EXISTS: REFUSED,
  STREAM_NOT_FOUND: REFUSED,
  STREAM_NOT_DELETED: REFUSED,
  PREFIX_OVERLAP: REFUSED,
  PREFIX_TOO_YOUNG: REFUSED,
  PREFIX_NOT_RESIDUE: REFUSED,
  PREFIX_EMPTY: REFUSED,
  PURGE_PENDING: REFUSED,
  PURGE_STARTED: REFUSED,
  INCARNATION_MISMATCH: REFUSED,
  ETAG_MISMATCH: REFUSED,
  REVISION_COMPACTED: REFUSED,
  SESSION_EXPIRED: REFUSED,
  SESSION_NOT_READY: REFUSED,
  STORAGE_NOT_READY: REFUSED,
  MEMBER_EXISTS: REFUSED,
  MEMBER_NOT_FOUND: REFUSED,
  MEMBERSHIP_CHANGE_PENDING: REFUSED,
  LEARNER_NOT_READY: REFUSED,
  QUORUM_AT_RISK: REFUSED,
  NOT_A_VOTER: REFUSED,
  CANCELLED: INTERRUPTED,
  UNIMPLEMENTED: ERROR,
  INTERNAL: ERROR,
};

export function exitStatusOf(error: unknown): number {
  if (error instanceof SextonError) return STATUS_OF_REASON[error.reason];
  if (error instanceof FatalError) return error.exitStatus;
  return error instanceof AssertionError ? EXIT_STATUS.BUG : ERROR;
}

export const EXIT_STATUS_HELP = `
Exit status:
  0  done
  1  something else went wrong
  2  no node or no leader could be reached in time, or the outcome is unknown
  3  bad input: the message names the flag or field
  4  refused: the stream does not exist, exists already, is in another state, ...
  5  interrupted
  'serve' has more of its own: 'sexton serve --help'`;
