/**
 * When a stream's purge may be worked on, from its record alone. Pure: the scheduler asks it about records
 * from a scan and from events alike, so that both roads lead to the same answer.
 */
import type { StreamRecord } from '../catalog/types.js';

/**
 * P5: streams that have failed before queue apart from those that have not, so that any number of them
 * leaves room for the others.
 */
export type Lane = 'fresh' | 'retry';

export type Dueness =
  | { readonly kind: 'now'; readonly lane: Lane }
  /** Not before this wall-clock time. */
  | { readonly kind: 'at'; readonly timeMs: number }
  /** An event must change the record first. */
  | { readonly kind: 'never' };

export interface DuenessContext {
  /** The leader's wall clock. The catalog checks `purge_after` again with the stamp of the entry. */
  readonly nowMs: number;
  /** P3's seam: sessions have drained a stream that is DRAINING. */
  readonly readyToBegin: (stream: StreamRecord) => boolean;
  /** How soon to ask `readyToBegin` again after a no. */
  readonly barrierPollMs: number;
  /**
   * A next try further away than this was stamped by a leader whose clock ran ahead: it is due now. No
   * backoff is longer.
   */
  readonly longestBackoffMs: number;
}

const NEVER: Dueness = { kind: 'never' };

export function dueness(stream: StreamRecord, context: DuenessContext): Dueness {
  const { nowMs } = context;
  if (stream.purge.paused) return NEVER;
  switch (stream.state) {
    case 'ACTIVE':
    case 'PURGED':
      return NEVER;
    case 'DELETED':
      // The drain waits for nobody: until it has begun, nobody may be told to forget the stream.
      if (stream.purgeAfterMs > nowMs) return { kind: 'at', timeMs: stream.purgeAfterMs };
      return { kind: 'now', lane: 'fresh' };
    case 'PURGING': {
      const { phase, nextAttemptTimeMs } = stream.purge;
      if (phase === 'DRAINING') {
        if (!context.readyToBegin(stream)) return { kind: 'at', timeMs: nowMs + context.barrierPollMs };
        return { kind: 'now', lane: 'fresh' };
      }
      const failedBefore = phase === 'RETRYING' || phase === 'BLOCKED';
      const waitMs = failedBefore ? nextAttemptTimeMs - nowMs : 0;
      if (waitMs > 0 && waitMs <= context.longestBackoffMs) return { kind: 'at', timeMs: nextAttemptTimeMs };
      return { kind: 'now', lane: failedBefore ? 'retry' : 'fresh' };
    }
  }
}
