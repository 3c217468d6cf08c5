/**
 * A session's watch. It begins with a linearizable list, and begins anew with one when the events to go on from are no
 * longer kept: a list after a gap is as good as no gap, and the session's view knows how to take it.
 */
import { backoffMs } from '../shared/backoff.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { RetryLimits } from './retry.js';
import type { WatchItem } from './types.js';
import type { WatchOptions } from './watch.js';

export interface FollowerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: RetryLimits;
  readonly watch: (options: WatchOptions) => AsyncIterable<WatchItem>;
  readonly tenant?: string;
  readonly namePrefix?: string;
  readonly signal: AbortSignal;
}

/** Resolves when the signal is aborted; with an error, when no watch can go on. What `onItem` throws ends it too. */
export async function followStreams(
  deps: FollowerDeps,
  onItem: (item: WatchItem) => void,
): Promise<SextonError | undefined> {
  const { clock, random, limits, logger, signal, tenant, namePrefix } = deps;
  const filter = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(namePrefix === undefined ? {} : { namePrefix }),
  };
  let rounds = 0;
  while (true) {
    try {
      for await (const item of deps.watch({ ...filter, from: 'list', signal })) {
        onItem(item);
        // A list proves little: what it took so long to read may be gone at its end.
        if (item.kind !== 'snapshot') rounds = 0;
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof SextonError)) {
        return new SextonError('INTERNAL', `the watch failed: ${String(error)}`, { cause: error });
      }
      if (!passes(error)) return error;
      logger.warn({ err: error }, 'the watch of a session begins anew');
    }
    rounds += 1;
    try {
      await delay(clock, backoffMs(limits.backoff, rounds, random), signal);
    } catch {
      return undefined; // Only the signal ends a delay.
    }
  }
}

/** A watch that ended so can be begun again with a list. Where the cluster is another one, the session is not its. */
function passes(error: SextonError): boolean {
  if (error.reason === 'REVISION_COMPACTED') return error.metadata['cluster_id'] === undefined;
  return error.advice !== 'never' || error.reason === 'DEADLINE_EXCEEDED';
}
