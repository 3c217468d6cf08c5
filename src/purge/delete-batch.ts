/**
 * P2 and P12, one batch: listed (by the caller), the metadata looked at, prepared, confirmed by a quorum round trip
 * that began after the prepare, the metadata looked at again, the record looked at once more, sent. Nothing may come
 * between that last look and the send.
 *
 * A batch that fails as a whole is prepared anew, in the size that the store now bears. Keys that fail inside
 * an answered batch are left to the next listing.
 */
import { ObjectStoreError, type DeleteOutcome } from '../objectstore/object-store.js';
import { assert } from '../shared/assert.js';
import { isRecurringKey } from '../bucket-layout/stream-metadata.js';
import { confirmLeadership } from './environment.js';
import { RECURRING_EXPIRY_MS } from './life-check.js';
import { totalBytes, type PassTally } from './pass-tally.js';
import type { Doomed } from './listing.js';
import type { PurgeAttempt } from './purge-attempt.js';
import { RequestRetry } from './request-retry.js';
import type { Permit } from './throttle.js';

/** Single keys per pass that the store may call invalid before the whole pass is given up. */
const INVALID_KEYS_MAX = 16;

/** Deletes what can be deleted of `batch` and adds what became of it to `tally`. Throws PurgeFailure, PurgeStopped. */
export async function deleteBatch(
  attempt: PurgeAttempt,
  batch: readonly Doomed[],
  tally: PassTally,
): Promise<void> {
  const { env } = attempt;
  const retry = new RequestRetry(attempt, 'deleteObjects');
  const rest: (readonly Doomed[])[] = [batch];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part.length > env.batchSize.current) {
      rest.push(part.slice(env.batchSize.current), part.slice(0, env.batchSize.current));
      continue;
    }
    try {
      account(attempt, part, await sendOnce(attempt, part), tally);
      retry.succeeded();
      env.batchSize.requestSucceeded(part.length);
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      if (error.kind === 'INVALID' && isolateInvalid(part, error, tally, rest)) continue;
      if (error.kind === 'TRANSIENT') env.batchSize.requestDied();
      await retry.afterError(error, part[0]?.target.key ?? '');
      rest.push(part);
    }
  }
}

async function sendOnce(attempt: PurgeAttempt, batch: readonly Doomed[]): Promise<readonly DeleteOutcome[]> {
  const { env } = attempt;
  const call = { signal: env.leading };
  return env.gate.run('delete', attempt.going, async (permit) => {
    await attempt.life.mustBeDead(); // P12: after the keys were listed.
    await attempt.coverRequests(); // P11
    const prepared = await env.store.prepareDelete(
      batch.map(({ target }) => target),
      { ...call, ...expiryFor(attempt, batch) },
    );
    attempt.fence.prepared(prepared.expiresAtMs, env.clock.wallMs());
    await confirmLeadership(env); // P2: began after the prepare.
    await attempt.life.mustBeDead(); // P12: and whatever the round trip took.
    attempt.mustGoOn(prepared.expiresAtMs); // P1, and the pause switch.
    if (env.clock.wallMs() >= prepared.expiresAtMs) {
      // P11: a process that slept here must not lean on the store's clock alone.
      throw new ObjectStoreError('EXPIRED', '', 'the prepared delete expired before it was sent');
    }
    env.metrics.batchSent(batch.length);
    const outcomes = await prepared.send(call);
    assert(
      outcomes.length === batch.length,
      () => `${outcomes.length} outcomes for ${batch.length} delete targets`,
    );
    noteThrottledKeys(outcomes, permit);
    return outcomes;
  });
}

/** P12: a key that a new life writes again, without a condition that would spare it, must not be on its way for long. */
function expiryFor({ stream }: PurgeAttempt, batch: readonly Doomed[]): { readonly expiryMs?: number } {
  const isExposed = ({ target }: Doomed): boolean =>
    target.ifMatch === undefined &&
    target.versionId === undefined &&
    isRecurringKey(target.key.slice(stream.prefix.length));
  return stream.prefixReusable && batch.some(isExposed) ? { expiryMs: RECURRING_EXPIRY_MS } : {};
}

/** P6: a 200 whose keys were refused for pace is a throttled answer like any other. */
function noteThrottledKeys(outcomes: readonly DeleteOutcome[], permit: Permit): void {
  if (outcomes.some((outcome) => outcome.kind === 'failed' && outcome.error.kind === 'THROTTLED'))
    permit.throttled();
}

function account(
  attempt: PurgeAttempt,
  batch: readonly Doomed[],
  outcomes: readonly DeleteOutcome[],
  tally: PassTally,
): void {
  const gone: Doomed[] = [];
  const counts = new Map<string, Doomed[]>();
  batch.forEach((doomed, index) => {
    const outcome = outcomes[index];
    assert(outcome !== undefined, 'a delete outcome is missing');
    tally.answered(doomed, outcome);
    if (outcome.kind === 'deleted') gone.push(doomed);
    const label = outcome.kind === 'failed' ? outcome.error.kind : outcome.kind;
    const sameLabel = counts.get(label);
    if (sameLabel === undefined) counts.set(label, [doomed]);
    else sameLabel.push(doomed);
  });
  for (const [label, keys] of counts) {
    attempt.env.metrics.keysAnswered(
      label as 'deleted' | ObjectStoreError['kind'],
      keys.length,
      totalBytes(keys),
    );
  }
  attempt.removed(gone.length, totalBytes(gone));
}

/**
 * One key that the protocol cannot carry (a control character in XML) condemns the request that names it.
 * Halve until it stands alone, so that it holds up no other key. False: too many, not worth it.
 */
function isolateInvalid(
  batch: readonly Doomed[],
  error: ObjectStoreError,
  tally: PassTally,
  rest: (readonly Doomed[])[],
): boolean {
  const [only, second] = batch;
  if (only !== undefined && second === undefined) {
    if (tally.failed >= INVALID_KEYS_MAX) return false;
    tally.answered(only, { kind: 'failed', error });
    return true;
  }
  const middle = Math.ceil(batch.length / 2);
  rest.push(batch.slice(middle), batch.slice(0, middle));
  return true;
}
