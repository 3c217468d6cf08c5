/**
 * Everything below one prefix, deleted and proved gone: what a purge and a sweep have in common.
 *
 *   data -> metadata (P7) -> uploads -> proof by listing (P4)
 *    ^                                   | something is left
 *    +-----------------------------------+ (a few rounds)
 */
import { ObjectStoreError } from '../objectstore/object-store.js';
import { abortUploads } from './abort-uploads.js';
import { drain } from './drain.js';
import { PurgeFailure } from './failure.js';
import { firstObjectLeft, firstVersionLeft } from './listing.js';
import type { PurgeAttempt } from './purge-attempt.js';

/** Rounds of delete and proof in one try. More than one: something appeared, or a 200 was a lie. */
const PROOF_ROUNDS_MAX = 3;

/** Returns when a listing has proved the prefix empty. Throws PurgeFailure, PurgeStopped. */
export async function deleteAll(attempt: PurgeAttempt): Promise<void> {
  attempt.mustGoOn(); // P1
  let versions = attempt.env.capabilities().versioning !== 'never';
  for (let round = 1; ; round++) {
    attempt.step = 'data';
    await drain(attempt, { part: 'data', versions, mayJump: round === 1 }, { trustAnswers: false });
    attempt.step = 'metadata'; // P7: a listing has just shown no data.
    await drain(attempt, { part: 'metadata', versions, mayJump: false }, { trustAnswers: true });
    attempt.step = 'uploads';
    await abortUploads(attempt);
    attempt.step = 'verifying';
    const left = await findLeft(attempt);
    if (left === undefined) return;
    // A version that the listing of objects does not show: the bucket's versioning was switched on meanwhile.
    versions ||= left.kind === 'version';
    if (round === PROOF_ROUNDS_MAX) {
      throw new PurgeFailure(
        'retrying',
        `${JSON.stringify(left.key)} is there after ${round} rounds of deleting everything: ` +
          'somebody still writes below the prefix, or the store confirms deletes that it does not do',
        { fruitless: true },
      );
    }
  }
}

/**
 * P4: uploads were listed empty just before this (an upload that completes in between is an object by now),
 * and every delete has been answered or given up. Versions are asked for even where versioning was never on
 * when probed: it may have been switched on since, and then plain deletes have left markers.
 */
export async function findLeft(
  attempt: PurgeAttempt,
): Promise<{ readonly kind: 'object' | 'version'; readonly key: string } | undefined> {
  const [object, version] = await bothOrFirstError(firstObjectLeft(attempt), versionLeft(attempt));
  if (object !== undefined) return { kind: 'object', key: object };
  return version === undefined ? undefined : { kind: 'version', key: version };
}

/** A store without versions at all may say so, as long as its probe agrees. */
async function versionLeft(attempt: PurgeAttempt): Promise<string | undefined> {
  try {
    return await firstVersionLeft(attempt);
  } catch (error) {
    const unsupported =
      error instanceof PurgeFailure &&
      error.cause instanceof ObjectStoreError &&
      error.cause.kind === 'UNSUPPORTED';
    if (unsupported && attempt.env.capabilities().versioning === 'never') return undefined;
    throw error;
  }
}

/** Like Promise.all, but nothing is left running when it throws. */
async function bothOrFirstError<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (two.status === 'rejected') throw two.reason;
  return [one.value, two.value];
}
