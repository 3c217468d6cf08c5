/**
 * What may happen when: the predicates of the transition relation, one an action, under the action's name. The search
 * asks them about its small states, and the replay about runs of the real system, where there are any number of
 * lives, sessions and requests. So they see only the facts that they decide on, and count nothing.
 *
 * Each answers undefined for "enabled", else why not.
 */
import type { LifeState } from '../../src/catalog/lifecycle.js';
import type { SessionState } from '../../src/catalog/types.js';
import type { Rules } from './rules.js';

export type Verdict = string | undefined;

// ---------------------------------------------------------------------------------------- the catalog

/** `owned`: by another life that is not PURGED; `fenced`: its last owner's reusable_after has not passed. */
export type PrefixState = 'free' | 'owned' | 'fenced';

export function createStream(
  { nameIsActive, prefix }: { readonly nameIsActive: boolean; readonly prefix: PrefixState },
  rules: Rules,
): Verdict {
  if (nameIsActive) return 'a life of the name is ACTIVE';
  if (rules.prefixOwner && prefix === 'owned') return 'a life that is not PURGED owns its prefix';
  if (rules.reusableAfter && prefix === 'fenced') return 'reusable_after of its prefix has not passed';
  return undefined;
}

export function markDeleted({ state }: { readonly state: LifeState }): Verdict {
  return state === 'ACTIVE' ? undefined : `the life is ${state}`;
}

export function undelete(
  { state, nameIsActive }: { readonly state: LifeState; readonly nameIsActive: boolean },
  rules: Rules,
): Verdict {
  const comesBack = state === 'DELETED' || (state === 'PURGING' && !rules.pointOfNoReturn);
  if (!comesBack) return `the life is ${state}`;
  return nameIsActive ? 'another life of the name is ACTIVE' : undefined;
}

/** As the entry is applied. */
export function beginPurge(
  {
    state,
    graceOver,
    sameTombstone,
  }: { readonly state: LifeState; readonly graceOver: boolean; readonly sameTombstone: boolean },
  rules: Rules,
): Verdict {
  if (state !== 'DELETED') return `the life is ${state}`;
  if (rules.gracePeriod && !graceOver) return 'its grace period is not over';
  if (rules.sameTombstone && !sameTombstone) return 'its tombstone is another one than was drained';
  return undefined;
}

/** As the entry is applied. */
export function markPurged({ state }: { readonly state: LifeState }): Verdict {
  return state === 'PURGING' ? undefined : `the life is ${state}`;
}

/** As the entry is applied. Nothing of the model is left of a forgotten life but what its name and prefix allow. */
export function forgetStream({
  state,
  fencePassed,
}: {
  readonly state: LifeState;
  readonly fencePassed: boolean;
}): Verdict {
  if (state !== 'PURGED') return `the life is ${state}`;
  return fencePassed ? undefined : 'reusable_after of its prefix has not passed';
}

/** `requests`: delete requests prepared before PURGED that the store would still carry out. */
export function fencePasses({ requests }: { readonly requests: number }, rules: Rules): Verdict {
  return rules.storeExpiry && requests > 0 ? 'a delete request has not expired' : undefined;
}

// ---------------------------------------------------------------------------------------- sessions

/** An upload in the eyes of the node that makes it. `unknown`: given up, and the store may apply it still. */
export type UploadOutcome = 'awaited' | 'unknown';

export function guardAdmits(
  {
    seenActive,
    viewReachedOpening,
    leaseIsSure,
  }: { readonly seenActive: boolean; readonly viewReachedOpening: boolean; readonly leaseIsSure: boolean },
  rules: Rules,
): Verdict {
  if (!seenActive) return 'the stream is not ACTIVE as last seen';
  if (rules.openedRevision && !viewReachedOpening) return 'the view has not reached the opening revision';
  if (rules.leaseChecked && !leaseIsSure) return 'the lease is not sure';
  return undefined;
}

/** That the node reports a tombstone as drained. `uploads`: those of the tombstoned life that have not ended well. */
export function drained(
  { tombstoneSeen, uploads }: { readonly tombstoneSeen: boolean; readonly uploads: readonly UploadOutcome[] },
  rules: Rules,
): Verdict {
  if (rules.drainedAsSeen && !tombstoneSeen) return 'the view has not reached the tombstone';
  if (uploads.includes('awaited')) return 'an upload is in flight';
  if (rules.settledUploads && uploads.includes('unknown')) return 'the outcome of an upload is unknown';
  return undefined;
}

export function keepAlive(
  {
    state,
    isTakenOver,
    isExpiring,
  }: { readonly state: SessionState; readonly isTakenOver: boolean; readonly isExpiring: boolean },
  rules: Rules,
): Verdict {
  if (state !== 'OPEN') return `the session is ${state}`;
  if (rules.answersAsLeader && !isTakenOver) return 'entries of earlier terms are not settled';
  return isTakenOver && isExpiring ? 'the leader has proposed its expiry' : undefined;
}

/** `isNewLeader`: the leader has not heard from the session in its own term. */
export function proposeExpireSession(
  {
    state,
    leaseIsSure,
    isNewLeader,
  }: { readonly state: SessionState; readonly leaseIsSure: boolean; readonly isNewLeader: boolean },
  rules: Rules,
): Verdict {
  if (state !== 'OPEN') return `the session is ${state}`;
  const couldBeSure = rules.leaseExtended || !isNewLeader;
  return couldBeSure && leaseIsSure ? 'the lease has not run out' : undefined;
}

/** The second `expireSession`: the record goes. */
export function settleSession({
  state,
  uploadsAreOver,
}: {
  readonly state: SessionState;
  readonly uploadsAreOver: boolean;
}): Verdict {
  if (state !== 'EXPIRED') return `the session is ${state}`;
  return uploadsAreOver ? undefined : 'its uploads are not past their deadline';
}

// ---------------------------------------------------------------------------------------- the purger

/** A session that was open at the tombstone and has not gone since. */
export interface WaitedFor {
  readonly state: SessionState;
  /** As reported to the leader that proposes. */
  readonly isDrained: boolean;
}

export function proposeBeginPurge(
  { seen, sessions }: { readonly seen: LifeState; readonly sessions: readonly WaitedFor[] },
  rules: Rules,
): Verdict {
  if (seen !== 'DELETED') return `the life is ${seen} here`;
  const holdsUp = ({ state, isDrained }: WaitedFor): boolean =>
    !isDrained && (rules.expiredUploads || state === 'OPEN');
  return rules.barrier && sessions.some(holdsUp) ? 'a session has not drained its tombstone' : undefined;
}

/** `seen`: the life as applied where the purger runs. */
export function prepareDelete({ seen }: { readonly seen: LifeState }, rules: Rules): Verdict {
  if (seen === 'PURGING' || (seen === 'DELETED' && !rules.beginFirst)) return undefined;
  return `the life is ${seen} here`;
}

export function confirmLeadership({ leads }: { readonly leads: boolean }): Verdict {
  return leads ? undefined : 'no quorum confirms it';
}

export function sendDelete(
  { seen, isConfirmed }: { readonly seen: LifeState; readonly isConfirmed: boolean },
  rules: Rules,
): Verdict {
  if (rules.quorumRound && !isConfirmed) return 'no quorum round trip since it was prepared';
  return prepareDelete({ seen }, rules);
}

/** P8: what a purger may know of a PURGED life whose prefix it sweeps. */
export interface SweptPrefix {
  readonly seen: LifeState;
  /** No other life owns the prefix, as applied where the purger runs. */
  readonly prefixIsFree: boolean;
  /** reusable_after lies beyond the request's expiry. */
  readonly isFenced: boolean;
}

export function prepareSweep({ seen, prefixIsFree, isFenced }: SweptPrefix, rules: Rules): Verdict {
  if (seen !== 'PURGED') return `the life is ${seen} here`;
  if (!prefixIsFree) return 'another life owns its prefix here';
  return rules.sweepFence && !isFenced ? 'the fence of its prefix ends before the request does' : undefined;
}

export function sendSweep(prefix: SweptPrefix & { readonly isConfirmed: boolean }, rules: Rules): Verdict {
  if (rules.quorumRound && !prefix.isConfirmed) return 'no quorum round trip since it was prepared';
  return prepareSweep(prefix, rules);
}

/** As the entry is applied. */
export function beginSweep({
  state,
  prefixIsFree,
}: {
  readonly state: LifeState;
  readonly prefixIsFree: boolean;
}): Verdict {
  if (state !== 'PURGED') return `the life is ${state}`;
  return prefixIsFree ? undefined : 'another life owns its prefix';
}

/** What a purger has to show for PURGED. `answered`: a delete request has ended, however. */
export type Proof = 'none' | 'answered' | 'empty';

export function proposeMarkPurged(
  { seen, proof }: { readonly seen: LifeState; readonly proof: Proof },
  rules: Rules,
): Verdict {
  if (seen !== 'PURGING') return `the life is ${seen} here`;
  const isProven = proof === 'empty' || (proof === 'answered' && !rules.emptyListing);
  return isProven ? undefined : 'no empty listing since the last delete';
}

// ---------------------------------------------------------------------------------------- the promise

/** Nothing deleted too early: whose object it was. Not a guard, the store does not ask. */
export function takesLivingObject({ state }: { readonly state: LifeState }): boolean {
  return state === 'ACTIVE' || state === 'DELETED';
}
