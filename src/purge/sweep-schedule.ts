/**
 * When a purged prefix is swept again (P8). The times lie in the log, so that a failover neither restarts nor
 * skips them; this says what they are.
 *
 * A sweep covers every time that has passed when it runs. The last one must find nothing: where it found
 * something, somebody still writes, and another follows as long after it as the last one lay after PURGED.
 */
import { SextonError } from '../shared/errors.js';

/** An hour and a day: longer than any request is on its way, and than a node is usually away with what it has staged. */
const DEFAULT_SWEEP_AFTER_MS: readonly number[] = [3_600_000, 86_400_000];
const SWEEPS_MAX = 8;
const SWEEP_AFTER_MS_MIN = 1_000;
const SWEEP_AFTER_MS_MAX = 365 * 86_400_000;

/**
 * Milliseconds after PURGED, ascending; none = no sweep. Throws INVALID_ARGUMENT: at most 8, each from a second to a
 * year, each later than the one before.
 */
export function resolveSweepAfter(afterMs: readonly number[] = DEFAULT_SWEEP_AFTER_MS): readonly number[] {
  const outOfBounds = afterMs.find(
    (ms) => !Number.isInteger(ms) || ms < SWEEP_AFTER_MS_MIN || ms > SWEEP_AFTER_MS_MAX,
  );
  const outOfOrder = afterMs.find((ms, at) => at > 0 && ms <= (afterMs[at - 1] ?? 0));
  const description =
    afterMs.length > SWEEPS_MAX
      ? `has ${afterMs.length} times; at most ${SWEEPS_MAX} sweeps follow a purge`
      : outOfBounds !== undefined
        ? `has ${outOfBounds} ms; a sweep follows a purge after ${SWEEP_AFTER_MS_MIN} to ${SWEEP_AFTER_MS_MAX} ms`
        : outOfOrder !== undefined
          ? `has ${outOfOrder} ms behind a later time; the times must ascend`
          : undefined;
  if (description === undefined) return afterMs;
  throw new SextonError('INVALID_ARGUMENT', `--sweep-after ${description}`, {
    violations: [{ field: '--sweep-after', description }],
  });
}

/** For markPurged. 0 = no sweep. */
export function firstSweepTimeMs(sweepAfterMs: readonly number[], nowMs: number): number {
  const [first] = sweepAfterMs;
  return first === undefined ? 0 : Math.ceil(nowMs + first);
}

/** For recordSweep: after a sweep that ended at `nowMs`. 0 = that was the last. */
export function nextSweepTimeMs(
  sweepAfterMs: readonly number[],
  purgeTimeMs: number,
  nowMs: number,
  foundSomething: boolean,
): number {
  const next = sweepAfterMs.map((afterMs) => purgeTimeMs + afterMs).find((timeMs) => timeMs > nowMs);
  if (next !== undefined) return next;
  const lastMs = sweepAfterMs.at(-1);
  return foundSomething && lastMs !== undefined ? Math.ceil(nowMs + lastMs) : 0;
}
