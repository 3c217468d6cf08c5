/** From how a call failed to what a shell can tell apart. The statuses of `serve` are in shared/fatal.ts. */
import { EXIT_STATUS } from '../shared/fatal.js';
import { SextonError, type Reason } from '../shared/errors.js';

const UNAVAILABLE: ReadonlySet<Reason> = new Set([
  'NOT_LEADER',
  'NO_LEADER',
  'NODE_STOPPING',
  'OUTCOME_UNKNOWN',
  'TOO_MANY_REQUESTS',
  'UNREACHABLE',
  'DEADLINE_EXCEEDED',
]);

export function exitStatusOf(error: unknown): number {
  if (!(error instanceof SextonError)) return EXIT_STATUS.ERROR;
  if (error.reason === 'INVALID_ARGUMENT') return EXIT_STATUS.INVALID_INPUT;
  if (error.reason === 'CANCELLED') return EXIT_STATUS.INTERRUPTED;
  if (error.reason === 'INTERNAL') return EXIT_STATUS.ERROR;
  return UNAVAILABLE.has(error.reason) ? EXIT_STATUS.UNAVAILABLE : EXIT_STATUS.REFUSED;
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
