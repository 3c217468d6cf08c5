/**
 * A delete request at a simulated bucket: what becomes of each key, and what the answer says about it.
 * The two differ on purpose (P4, P6): a key may be called deleted and stay, or go and not be mentioned.
 */
import type { DeleteOutcome, DeleteTarget } from '../../src/objectstore/object-store.js';
import { etagOf } from './object-store-contents.js';
import type { BucketContents } from './object-store-contents.js';
import type { BucketCounts, BucketFaults } from './object-store-faults.js';
import type { Removed } from './object-store-records.js';
import { failure } from './object-store-wire.js';
import type { Prng } from './prng.js';

export interface DeleteContext {
  readonly contents: BucketContents;
  readonly random: Prng;
  readonly faults: BucketFaults;
  readonly counts: BucketCounts;
  readonly conditionalDelete: boolean;
  readonly wallMs: number;
}

/** Of the keys in a request that is meant to go wrong for some. */
const BAD_KEY_SHARE = 1 / 3;

export function deleteTargets(
  targets: readonly DeleteTarget[],
  context: DeleteContext,
): { readonly outcomes: readonly DeleteOutcome[]; readonly removed: readonly Removed[] } {
  const { random, faults, counts } = context;
  const removed: Removed[] = [];
  const meant = {
    throttle: random.chance(faults.keyThrottleProbability),
    fail: random.chance(faults.keyErrorProbability),
    forget: random.chance(faults.keyUnaccountedProbability),
    lie: random.chance(faults.keyLieProbability),
  };
  const isBad = (isMeant: boolean): boolean => isMeant && random.chance(BAD_KEY_SHARE);
  const outcomes = targets.map((target): DeleteOutcome => {
    const failed = (kind: 'THROTTLED' | 'TRANSIENT', code: string): DeleteOutcome => ({
      kind: 'failed',
      error: failure(kind, code, `deleting ${target.key}: ${code}`),
    });
    if (isBad(meant.throttle)) {
      counts.keysThrottled += 1;
      return failed('THROTTLED', 'SlowDown');
    }
    if (isBad(meant.fail)) {
      counts.keysFailed += 1;
      if (random.chance(0.5)) deleteOne(target, context, removed);
      return failed('TRANSIENT', 'InternalError');
    }
    if (isBad(meant.forget)) {
      counts.keysUnaccounted += 1;
      if (random.chance(0.5)) deleteOne(target, context, removed);
      return { kind: 'unaccounted' };
    }
    if (isBad(meant.lie)) {
      counts.keysLied += 1;
      return { kind: 'deleted' };
    }
    return deleteOne(target, context, removed);
  });
  return { outcomes, removed };
}

function deleteOne(target: DeleteTarget, context: DeleteContext, removed: Removed[]): DeleteOutcome {
  const { contents, faults, counts } = context;
  const { key, versionId, ifMatch } = target;
  const refused = (
    kind: 'ACCESS_DENIED' | 'OBJECT_LOCKED' | 'PRECONDITION_FAILED',
    code: string,
  ): DeleteOutcome => ({
    kind: 'failed',
    error: failure(kind, code, `deleting ${key}: ${code}`),
  });
  if (isUnder(faults.deniedPrefixes, key)) {
    counts.denied += 1;
    return refused('ACCESS_DENIED', 'AccessDenied');
  }
  const victim = contents.victim(target);
  // A marker hides a locked object and destroys nothing.
  const destroys = versionId !== undefined || contents.versioning === 'never';
  if (destroys && victim?.isDeleteMarker === false && isUnder(faults.lockedPrefixes, key)) {
    counts.locked += 1;
    return refused('OBJECT_LOCKED', 'ObjectLocked');
  }
  const isConditional = ifMatch !== undefined && context.conditionalDelete;
  if (isConditional && victim !== undefined && etagOf(victim) !== ifMatch)
    return refused('PRECONDITION_FAILED', 'PreconditionFailed');
  const gone = contents.delete(target, context.wallMs);
  if (gone !== undefined) removed.push(gone);
  return { kind: 'deleted' };
}

export function isUnder(prefixes: ReadonlySet<string>, name: string): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true;
  return false;
}
