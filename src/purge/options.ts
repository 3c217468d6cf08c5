/**
 * What an operator may tune about purging. Every number has a unit in its name, a default and bounds;
 * {@link resolvePurgeOptions} applies the defaults once, so that nothing below it sees an absent value.
 *
 * The defaults suit one bucket on a general-purpose store. README.md says which to touch when.
 */
import { SextonError, type FieldViolation } from '../shared/errors.js';

export interface ResolvedPurgeOptions {
  /** Streams purged side by side. Default 4, 1 to 64. */
  readonly streamConcurrency: number;
  /** Requests to the store at once, over all streams, that the throttle may grow to. Default 16, 1 to 256. */
  readonly requestConcurrencyMax: number;
  /** Requests at once that a new leader begins with (P6: start small). Default 2, 1 to 256. */
  readonly requestConcurrencyInitial: number;
  /** Cap on requests started per second, over all streams. 0 (default) = none, at most 100,000. */
  readonly requestsPerSecondMax: number;
  /** Keys in one delete request; the store's own limit applies too. Default 1,000, 1 to 1,000. */
  readonly deleteBatchMax: number;
  /** Wait after a first throttled answer, doubling up to the maximum. Default 500, 1 to 60,000. */
  readonly quietInitialMs: number;
  /** Default 32,000, 1 to 600,000. */
  readonly quietMaxMs: number;
  /** RETRYING: first wait, doubling up to the maximum, with equal jitter. Default 1,000, 1 to 600,000. */
  readonly transientBackoffInitialMs: number;
  /** Default 30,000, 1 to 3,600,000. */
  readonly transientBackoffMaxMs: number;
  /** BLOCKED: first re-check, doubling up to the maximum, with equal jitter. Default 60,000, 1 to 3,600,000. */
  readonly blockedBackoffInitialMs: number;
  /** Default 600,000, 1 to 86,400,000. */
  readonly blockedBackoffMaxMs: number;
  /** Progress of a stream is committed when this long, and a fiftieth of the try, has passed… Default 1,000, 100 to 3,600,000. */
  readonly progressIntervalMs: number;
  /** …or this many objects are gone since the last commit. Default 50,000, 1,000 to 10,000,000. */
  readonly progressObjects: number;
  /** Due streams kept in memory, for each of the two lanes. Default 256, 1 to 10,000. */
  readonly dueWindowMax: number;
  /** The store's capabilities (versioning above all) are found out again after this. Default 600,000, 1,000 to 86,400,000. */
  readonly probeIntervalMs: number;
  /** Added to the store's measured clock offset when a prefix becomes reusable. Default 15,000, 0 to 3,600,000. */
  readonly clockMarginMs: number;
}

/** As an operator gives them: everything may be left out. */
export type PurgeOptions = Partial<ResolvedPurgeOptions>;

type Bounds = readonly [byDefault: number, min: number, max: number];

const BOUNDS: Readonly<Record<keyof ResolvedPurgeOptions, Bounds>> = {
  streamConcurrency: [4, 1, 64],
  requestConcurrencyMax: [16, 1, 256],
  requestConcurrencyInitial: [2, 1, 256],
  requestsPerSecondMax: [0, 0, 100_000],
  deleteBatchMax: [1_000, 1, 1_000],
  quietInitialMs: [500, 1, 60_000],
  quietMaxMs: [32_000, 1, 600_000],
  transientBackoffInitialMs: [1_000, 1, 600_000],
  transientBackoffMaxMs: [30_000, 1, 3_600_000],
  blockedBackoffInitialMs: [60_000, 1, 3_600_000],
  blockedBackoffMaxMs: [600_000, 1, 86_400_000],
  progressIntervalMs: [1_000, 100, 3_600_000],
  progressObjects: [50_000, 1_000, 10_000_000],
  dueWindowMax: [256, 1, 10_000],
  probeIntervalMs: [600_000, 1_000, 86_400_000],
  clockMarginMs: [15_000, 0, 3_600_000],
};

/** Pairs where the first must not exceed the second. */
const ORDERED: readonly (readonly [keyof ResolvedPurgeOptions, keyof ResolvedPurgeOptions])[] = [
  ['quietInitialMs', 'quietMaxMs'],
  ['transientBackoffInitialMs', 'transientBackoffMaxMs'],
  ['blockedBackoffInitialMs', 'blockedBackoffMaxMs'],
];

/**
 * Applies the defaults. Throws INVALID_ARGUMENT that names every option out of bounds, and what would be right.
 * An initial concurrency above the maximum is taken down to it, so that setting the maximum alone is enough.
 */
export function resolvePurgeOptions(options: PurgeOptions = {}): ResolvedPurgeOptions {
  const violations: FieldViolation[] = [];
  const resolved = {} as Record<keyof ResolvedPurgeOptions, number>;
  for (const name of Object.keys(BOUNDS) as (keyof ResolvedPurgeOptions)[]) {
    const [byDefault, min, max] = BOUNDS[name];
    const value = options[name] ?? byDefault;
    if (!Number.isInteger(value) || value < min || value > max) {
      violations.push({
        field: `purge.${name}`,
        description: `must be a whole number from ${min} to ${max} (default ${byDefault}), not ${value}`,
      });
    }
    resolved[name] = value;
  }
  for (const [low, high] of ORDERED) {
    if (resolved[low] > resolved[high]) {
      violations.push({
        field: `purge.${low}`,
        description: `${resolved[low]} is more than ${high}, ${resolved[high]}`,
      });
    }
  }
  if (violations.length > 0) {
    const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new SextonError('INVALID_ARGUMENT', text, { violations });
  }
  resolved.requestConcurrencyInitial = Math.min(
    resolved.requestConcurrencyInitial,
    resolved.requestConcurrencyMax,
  );
  return resolved;
}
