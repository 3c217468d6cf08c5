/**
 * Times and durations: milliseconds here, google.protobuf seconds and nanoseconds on the wire.
 *
 * Durations from callers are taken exactly or refused. A fraction of a millisecond is refused rather
 * than rounded: the bounds are exact that way, and a grace period never comes out shorter than asked for.
 */
import type { Duration, Duration__Output } from '../../generated/google/protobuf/Duration.js';
import type { Timestamp, Timestamp__Output } from '../../generated/google/protobuf/Timestamp.js';
import type { Checks } from './checks.js';

/** 0 means "not yet" in the catalog's records, and is absent on the wire. */
export function toTimestamp(ms: number): Timestamp | null {
  if (ms === 0) return null;
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 };
}

/** Undefined when absent. Nanoseconds are cut to whole milliseconds. */
export function fromTimestamp(timestamp: Timestamp__Output | null): number | undefined {
  if (timestamp === null) return undefined;
  return timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1_000_000);
}

/** Not negative; fractions of a millisecond survive to the nanosecond. */
export function toDuration(ms: number): Duration {
  const positive = Math.max(0, ms);
  const seconds = Math.floor(positive / 1000);
  const nanos = Math.round((positive - seconds * 1000) * 1_000_000);
  return nanos < 1_000_000_000 ? { seconds, nanos } : { seconds: seconds + 1, nanos: 0 };
}

/** Of either sign; both fields then have it. */
export function toSignedDuration(ms: number): Duration {
  const { seconds, nanos } = toDuration(Math.abs(ms));
  return ms < 0
    ? { seconds: -Number(seconds), nanos: -(nanos ?? 0) }
    : { seconds: Number(seconds), nanos: nanos ?? 0 };
}

export interface DurationBounds {
  readonly minMs: number;
  readonly maxMs: number;
  /** `0 to 10 years`, as the error says it. */
  readonly text: string;
}

/** What a well-formed Duration is, in google/protobuf/duration.proto. */
const SECONDS_MAX = 315_576_000_000;

/** Milliseconds, or undefined when absent or (with a violation added) not right. */
export function durationMs(
  duration: Duration__Output | null,
  field: string,
  bounds: DurationBounds,
  checks: Checks,
): number | undefined {
  if (duration === null) return undefined;
  const { seconds, nanos } = duration;
  const isWellFormed =
    Number.isSafeInteger(seconds) &&
    Math.abs(seconds) <= SECONDS_MAX &&
    Number.isInteger(nanos) &&
    Math.abs(nanos) <= 999_999_999 &&
    !(seconds > 0 && nanos < 0) &&
    !(seconds < 0 && nanos > 0);
  if (!isWellFormed) {
    checks.add(field, 'is not a valid duration: nanos must be within a second and of the sign of seconds');
    return undefined;
  }
  if (seconds < 0 || nanos < 0) {
    checks.add(field, `must not be negative; ${bounds.text} is allowed`);
    return undefined;
  }
  if (nanos % 1_000_000 !== 0) {
    checks.add(field, 'must be a whole number of milliseconds');
    return undefined;
  }
  const ms = seconds * 1000 + nanos / 1_000_000;
  if (ms < bounds.minMs || ms > bounds.maxMs) {
    checks.add(field, `is out of bounds; ${bounds.text} is allowed`);
    return undefined;
  }
  return ms;
}
