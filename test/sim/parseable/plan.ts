/**
 * What a seed decides about a Parseable deployment. Its minutes are a world's tenths of seconds: flushed once a minute,
 * uploaded twice, orphans again after five, and a node has let go of what it forgot after four and a half.
 */
import type { Prng } from '../prng.js';

export const PARSEABLE_FAULTS = ['crash', 'pause', 'cut off', 'helper crash', 'helper pause'] as const;
export type ParseableFault = (typeof PARSEABLE_FAULTS)[number];

export interface ParseableTimes {
  /** Staged events become a parquet file. Parseable: 60 s. */
  readonly flushMs: number;
  /** Parquet files are uploaded. Parseable: 30 s. */
  readonly uploadMs: number;
  /** What was uploaded, and could not be listed, is uploaded again. Parseable: 300 s. */
  readonly orphanRetryMs: number;
  /** One upload, from its first request to the last try of its last one. */
  readonly cycleMaxMs: number;
  /** The helper's `--upload-deadline`: longer than {@link cycleMaxMs}. Parseable: 270 s. */
  readonly uploadDeadlineMs: number;
}

export interface ParseablePlan {
  /** 0: one process that ingests and queries. */
  readonly ingestNodes: number;
  readonly times: ParseableTimes;
  readonly sessionTtlMs: number;
  readonly eventClients: number;
  /** Mean pause of an event client between two events. */
  readonly eventEveryMs: number;
  /** Of the event clients: they go on when everybody else has stopped, until all other streams are purged. */
  readonly stubborn: number;
  /** Mean time between two queries of users; 0 = nobody asks. */
  readonly queryEveryMs: number;
  readonly faults: readonly ParseableFault[];
  readonly faultEveryMs: number;
  /** How often an operator looks at purges that wait for one; 0 = not before the heal. */
  readonly caretakerEveryMs: number;
}

export function parseablePlanOf(random: Prng): ParseablePlan {
  const flushMs = random.between(200, 1_000);
  const cycleMaxMs = random.between(1_000, 2_000);
  return {
    ingestNodes: random.pick([0, 1, 2, 2, 3]),
    times: {
      flushMs,
      uploadMs: Math.ceil(flushMs / 2),
      orphanRetryMs: 5 * flushMs,
      cycleMaxMs,
      uploadDeadlineMs: cycleMaxMs + random.pick([500, 1_500, 5_000]),
    },
    sessionTtlMs: random.pick([60_000, 3_600_000]),
    eventClients: random.between(1, 4),
    eventEveryMs: random.pick([60, 200, 600]),
    stubborn: random.pick([0, 0, 1]),
    queryEveryMs: random.pick([0, 500, 2_000]),
    faults: random.shuffle(PARSEABLE_FAULTS).slice(0, random.between(0, 3)),
    faultEveryMs: random.pick([500, 1_500, 4_000]),
    caretakerEveryMs: random.pick([0, 500, 2_000]),
  };
}
