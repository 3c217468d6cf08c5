/**
 * One sweep of one purged prefix (P8), from its first listing to `recordSweep`:
 *
 *   listed empty --------------------------------------> recordSweep
 *   something is there -> fence (P11) -> deleteAll (P4) --^
 *   owned again: nothing of it is ours to delete ---------^
 *   a new life behind the catalog: nothing is deleted (P12), and the lane decides what becomes of it
 *
 * What is found was written by a node that no barrier covered: it is deleted, counted, and told with the time of its
 * youngest write.
 */
import { deleteAll, findLeft } from './delete-all.js';
import { propose } from './environment.js';
import { errorText, isUnrecoverable, PurgeFailure, PurgeStopped, StreamReborn } from './failure.js';
import { listUploads } from './listing.js';
import type { SweepAttempt } from './sweep-attempt.js';
import { nextSweepTimeMs } from './sweep-schedule.js';

/** What a sweep found and deleted. */
export interface SweepFindings {
  readonly objects: number;
  readonly bytes: number;
  readonly newestWriteMs: number;
}

export const NOTHING_FOUND: SweepFindings = { objects: 0, bytes: 0, newestWriteMs: 0 };

export type SweepOutcome =
  | { readonly kind: 'recorded' }
  /** It is tried again; `findings` are of this try and those before it. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly storeWide: boolean;
      /** P12: the metadata below the prefix does not say whose it is. */
      readonly isUnclear: boolean;
      readonly findings: SweepFindings;
    }
  /** Its writer has begun a new life below the prefix. */
  | {
      readonly kind: 'reborn';
      readonly createdMs: number;
      readonly key: string;
      readonly findings: SweepFindings;
    }
  /** Paused, or leadership is over. */
  | { readonly kind: 'stopped'; readonly findings: SweepFindings };

/** `before`: what tries that failed have deleted already. Throws only bugs and fatal conditions. */
export async function runSweep(attempt: SweepAttempt, before: SweepFindings): Promise<SweepOutcome> {
  const { env } = attempt;
  const findings = (): SweepFindings => ({
    objects: before.objects + attempt.objectsFound,
    bytes: before.bytes + attempt.bytesFound,
    newestWriteMs: Math.max(before.newestWriteMs, attempt.newestWriteMs),
  });
  try {
    const owned = await sweep(attempt);
    await record(attempt, findings(), owned);
    return { kind: 'recorded' };
  } catch (error) {
    if (isUnrecoverable(error)) throw error;
    if (env.leading.aborted || error instanceof PurgeStopped)
      return { kind: 'stopped', findings: findings() };
    if (error instanceof StreamReborn)
      return { kind: 'reborn', createdMs: error.createdMs, key: error.key, findings: findings() };
    const storeWide = error instanceof PurgeFailure && error.storeWide;
    const isUnclear = error instanceof PurgeFailure && error.blockedReason === 'METADATA_UNCLEAR';
    return { kind: 'failed', message: errorText(error), storeWide, isUnclear, findings: findings() };
  }
}

/** False: the prefix is not this stream's any more. */
async function sweep(attempt: SweepAttempt): Promise<boolean> {
  if (!isOwn(attempt)) return false;
  try {
    if (await isEmpty(attempt)) return true;
    await attempt.life.mustBeDead(); // P12: before a fence is raised for nothing.
    await deleteAll(attempt);
    return true;
  } catch (error) {
    if (error instanceof PurgeStopped && error.because === 'gone' && !isOwn(attempt)) return false;
    throw error;
  }
}

function isOwn({ env, stream }: SweepAttempt): boolean {
  return env.cluster.maySweep(stream);
}

/** Three listings, where nothing is there: most sweeps end here. Uploads first: one that completes meanwhile is an object by then. */
async function isEmpty(attempt: SweepAttempt): Promise<boolean> {
  if (attempt.env.capabilities().multipartUploads) {
    for await (const uploads of listUploads(attempt)) if (uploads.length > 0) return false;
  }
  return (await findLeft(attempt)) === undefined;
}

async function record(attempt: SweepAttempt, findings: SweepFindings, owned: boolean): Promise<void> {
  const { env, stream } = attempt;
  const { objects, bytes, newestWriteMs } = findings;
  const { incarnation, tenant, name, prefix, purgeTimeMs } = stream;
  const result = await propose(env, {
    kind: 'recordSweep',
    incarnation,
    objectsFound: objects,
    bytesFound: bytes,
    newestWriteMs,
    nextSweepTimeMs: nextSweepTimeMs(env.sweepAfterMs, purgeTimeMs, env.clock.wallMs(), objects > 0),
    foundDataOnly: owned && objects > 0 && stream.prefixReusable && !attempt.life.sawMetadata,
  });
  const facts = { incarnation, tenant, stream: name, prefix };
  if (!result.ok) {
    throw new PurgeFailure('retrying', `recordSweep was refused: ${result.refusal.message}`);
  }
  if (!owned) {
    env.logger.info(facts, 'not swept: the purged prefix is owned again');
  } else if (objects > 0) {
    const found = {
      objectsFound: objects,
      bytesFound: bytes,
      newestWriteTime: new Date(newestWriteMs).toISOString(),
    };
    env.logger.warn(
      { ...facts, ...found },
      'a sweep found and deleted objects below a purged prefix: some node wrote past every barrier',
    );
  } else {
    env.logger.debug(facts, 'swept, the purged prefix is still empty');
  }
}
