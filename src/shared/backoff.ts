/**
 * Exponential backoff with equal jitter: half of the step is kept, half is drawn, so that retries of
 * many callers spread out and none comes back at once.
 */
import type { Random } from './random.js';

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** The wait before try `attempt` (1 = the first retry). Between half of the step and the step. */
export function backoffMs(options: BackoffOptions, attempt: number, random: Random): number {
  const step = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(attempt - 1, 30));
  return step / 2 + (step / 2) * random.next();
}
