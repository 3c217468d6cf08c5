/**
 * Aborts unfinished multipart uploads until a complete listing shows none. One round is often not enough:
 * parts in flight at the abort may still land, and S3's manual asks to look again. An abort needs the same
 * proof of leadership as a delete (P2), although an upload's id is never used twice.
 */
import { ObjectStoreError, type UploadInfo } from '../objectstore/object-store.js';
import { forEachBounded } from './bounded-work.js';
import { confirmLeadership } from './environment.js';
import { failureOf, isBlocking, PurgeFailure } from './failure.js';
import { listUploads } from './listing.js';
import type { PurgeAttempt } from './purge-attempt.js';
import { RequestRetry } from './request-retry.js';

const ROUNDS_MAX = 5;

/**
 * P4: when this returns, a listing of uploads came back empty after the last delete and the last abort.
 * Throws PurgeFailure: blocked when aborts are refused (after all others were tried), retrying when uploads stay.
 */
export async function abortUploads(attempt: PurgeAttempt): Promise<void> {
  if (!attempt.env.capabilities().multipartUploads) return;
  for (let round = 1; ; round++) {
    const { found, blocked } = await abortListed(attempt);
    if (blocked !== undefined) throw blocked;
    if (found === 0) return;
    if (round === ROUNDS_MAX) {
      throw new PurgeFailure(
        'retrying',
        `${found} unfinished uploads are still listed after ${round} rounds of aborts`,
      );
    }
  }
}

async function abortListed(
  attempt: PurgeAttempt,
): Promise<{ readonly found: number; readonly blocked: PurgeFailure | undefined }> {
  let found = 0;
  let blocked: PurgeFailure | undefined;
  const room = (): number => attempt.parallelRequests;
  await forEachBounded(oneByOne(listUploads(attempt)), room, async (upload) => {
    found++;
    attempt.sawWritten(upload.initiatedMs);
    const error = await abortOne(attempt, upload);
    if (error === undefined) attempt.uploadAborted();
    else
      blocked ??= failureOf(error, 'abortUpload', JSON.stringify(upload.key), attempt.env.store.description);
  });
  return { found, blocked };
}

/** Undefined: aborted, or gone already. An error: only an operator can help, the others go on. */
async function abortOne(attempt: PurgeAttempt, upload: UploadInfo): Promise<ObjectStoreError | undefined> {
  const { env } = attempt;
  const retry = new RequestRetry(attempt, 'abortUpload');
  for (;;) {
    try {
      await env.gate.run('abort', attempt.going, async () => {
        await attempt.life.mustBeDead(); // P12: an upload of a new life must not be aborted.
        await confirmLeadership(env); // P2
        await attempt.life.mustBeDead(); // P12
        attempt.mustGoOn(); // P1
        await env.store.abortUpload(upload, { signal: env.leading });
      });
      env.metrics.keysAnswered('deleted', 1, 0);
      return undefined;
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      if (isBlocking(error)) {
        env.metrics.keysAnswered(error.kind, 1, 0);
        return error;
      }
      await retry.afterError(error, JSON.stringify(upload.key));
    }
  }
}

async function* oneByOne<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}
