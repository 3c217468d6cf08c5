/** Durations as people write them: a whole number and one unit. */
import { InvalidArgumentError } from 'commander';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d{1,15})(ms|s|m|h|d)$/;

export interface DurationBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Throws InvalidArgumentError, which commander completes with the flag's or variable's name. */
export function parseDuration(text: string, bounds: DurationBounds): number {
  const match = FORM.exec(text);
  if (match === null) {
    throw new InvalidArgumentError('It must be a whole number and a unit: 500ms, 30s, 5m, 24h or 7d.');
  }
  const durationMs = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  if (durationMs < bounds.minMs || durationMs > bounds.maxMs) {
    throw new InvalidArgumentError(
      `It must be between ${formatDuration(bounds.minMs)} and ${formatDuration(bounds.maxMs)}.`,
    );
  }
  return durationMs;
}

/** The two largest units that matter: `2d 3h`, `4m 10s`, `230ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  const parts: string[] = [];
  let rest = durationMs;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    rest -= count * UNIT_MS[unit];
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.join(' ');
}
