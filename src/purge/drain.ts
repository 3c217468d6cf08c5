/**
 * Deletes everything of one part of a stream: passes of list and delete, until a pass finds nothing. A pass
 * is the retry of the one before it (P6: unaccounted and failed keys are whatever the next listing shows).
 */
import { assertDefined } from '../shared/assert.js';
import { forEachBounded } from './bounded-work.js';
import { deleteBatch } from './delete-batch.js';
import { failureOf, PurgeFailure } from './failure.js';
import { listDoomed, type Doomed, type ListingPlan } from './listing.js';
import { PassTally } from './pass-tally.js';
import type { PurgeAttempt } from './purge-attempt.js';

/** Passes of one try, each of which must find less than the one before. */
const PASSES_MAX = 20;

/**
 * P7 rests on the last pass of the data part: metadata is touched only after a listing without data keys.
 * With `trustAnswers` the last, empty pass is left out when the store confirmed every key, which is right
 * only where a proof by listing follows anyway (P4).
 *
 * Throws PurgeFailure: blocked once everything else is gone, retrying when passes stop helping.
 */
export async function drain(
  attempt: PurgeAttempt,
  plan: ListingPlan,
  options: { readonly trustAnswers: boolean },
): Promise<void> {
  let previous: PassTally | undefined;
  let previousJumped = false;
  for (let pass = 1; ; pass++) {
    // Only a first pass may jump. In a listing without order a jump hides keys, so such a pass proves nothing by
    // finding nothing, and the one after it may well find more.
    const jumping = plan.mayJump && pass === 1;
    const tally = await onePass(attempt, { ...plan, mayJump: jumping });
    if (previous !== undefined) {
      const settled = previous.settledBy(tally);
      attempt.removed(settled.objects, settled.bytes);
    }
    if (tally.found === 0 && !jumping) return;
    if (options.trustAnswers && tally.allDeleted) return;
    const helps = previous === undefined || previousJumped || tally.found < previous.found;
    const retriable = tally.found - tally.blocked > 0;
    if (tally.blocked > 0 && (!retriable || !helps)) throw blockedFailure(attempt, tally);
    if (!helps || pass === PASSES_MAX) throw retryingFailure(attempt, tally, pass);
    previous = tally;
    previousJumped = jumping;
  }
}

async function onePass(attempt: PurgeAttempt, plan: ListingPlan): Promise<PassTally> {
  const tally = new PassTally();
  const { estimate } = attempt;
  estimate.passBegan();
  const room = (): number => attempt.parallelRequests;
  await forEachBounded(batches(attempt, plan), room, async (batch) => {
    tally.saw(batch);
    for (const { writtenMs } of batch) attempt.sawWritten(writtenMs);
    estimate.saw(batch.map(({ target }) => target.key));
    await deleteBatch(attempt, batch, tally);
    estimate.deleted(tally.deleted);
  });
  return tally;
}

/** Cuts pages into requests. One page is held at a time. */
async function* batches(attempt: PurgeAttempt, plan: ListingPlan): AsyncGenerator<readonly Doomed[]> {
  const { batchSize } = attempt.env;
  for await (const page of listDoomed(attempt, plan)) {
    for (let start = 0; start < page.length;) {
      const batch = page.slice(start, start + batchSize.current);
      start += batch.length;
      yield batch;
    }
  }
  attempt.estimate.listingEnded();
}

function blockedFailure(attempt: PurgeAttempt, { blocked, firstBlocked }: PassTally): PurgeFailure {
  const { error, key } = assertDefined(firstBlocked, `${blocked} keys are blocked, and none is known`);
  const others = blocked > 1 ? ` and ${blocked - 1} more` : '';
  return failureOf(error, 'deleteObjects', `${JSON.stringify(key)}${others}`, attempt.env.store.description);
}

function retryingFailure(attempt: PurgeAttempt, tally: PassTally, pass: number): PurgeFailure {
  const { firstFailure, unaccounted, found, failed, deleted } = tally;
  const store = attempt.env.store.description;
  if (firstFailure !== undefined) {
    const { error, key } = firstFailure;
    const code = error.code === '' ? error.kind : error.code;
    return new PurgeFailure(
      'retrying',
      `${failed} of ${found} keys could not be deleted in ${store} (pass ${pass}), ` +
        `the first ${JSON.stringify(key)}: ${code}: ${error.message}`,
      { cause: error, fruitless: deleted > 0 },
    );
  }
  return new PurgeFailure(
    'retrying',
    `${found} keys are still listed in ${store} after ${pass} passes; ` +
      `the store said deleted for ${deleted} and nothing about ${unaccounted} of them`,
    { fruitless: true },
  );
}
