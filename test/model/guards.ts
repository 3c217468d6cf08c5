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
  const isPast = state === 'DRAINING' || state === 'PURGING';
  const comesBack = state === 'DELETED' || (isPast && !rules.pointOfNoReturn);
  if (!comesBack) return `the life is ${state}`;
  return nameIsActive ? 'another life of the name is ACTIVE' : undefined;
}

/** As the entry is applied. */
export function beginDrain(
  { state, graceOver }: { readonly state: LifeState; readonly graceOver: boolean },
  rules: Rules,
): Verdict {
  if (state !== 'DELETED') return `the life is ${state}`;
  return rules.gracePeriod && !graceOver ? 'its grace period is not over' : undefined;
}

/** As the entry is applied. `sameDrain`: it names the drain that the life is in. A life has one, so that no rule rests on it. */
export function beginPurge({
  state,
  sameDrain,
}: {
  readonly state: LifeState;
  readonly sameDrain: boolean;
}): Verdict {
  if (state !== 'DRAINING') return `the life is ${state}`;
  return sameDrain ? undefined : 'its drain is another one than was drained';
}

/** As the entry is applied. Of logs that were written before there were drains. */
export function beginPurgeUndrained(
  {
    state,
    graceOver,
    sameTombstone,
  }: { readonly state: LifeState; readonly graceOver: boolean; readonly sameTombstone: boolean },
  rules: Rules,
): Verdict {
  const verdict = beginDrain({ state, graceOver }, rules);
  if (verdict !== undefined) return verdict;
  return sameTombstone ? undefined : 'its tombstone is another one than was drained';
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

/** That the node reports a life as drained. `uploads`: those of that life that have not ended well. */
export function drained(
  { drainSeen, uploads }: { readonly drainSeen: boolean; readonly uploads: readonly UploadOutcome[] },
  rules: Rules,
): Verdict {
  if (rules.drainedAsSeen && !drainSeen) return 'the view has not reached the drain';
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

// ---------------------------------------------------------------------------------------- forgetting nodes

/** That a helper asks its node to forget a stream. `seen`: the life as the helper's view has it. */
export function askToForget({ seen }: { readonly seen: LifeState }, rules: Rules): Verdict {
  if (seen === 'DRAINING' || (seen === 'DELETED' && !rules.drainFirst)) return undefined;
  return `the life is ${seen} as last seen`;
}

/** That a helper reports the life as drained. `isHeld`: at the last question. */
export function forgotten(
  { uploadsAreOver, isHeld }: { readonly uploadsAreOver: boolean; readonly isHeld: boolean },
  rules: Rules,
): Verdict {
  if (!uploadsAreOver) return 'uploads from before it forgot are not past their deadline';
  return rules.takenUpAgain && isHeld ? 'the node has taken the stream up again' : undefined;
}

// ---------------------------------------------------------------------------------------- the purger

export function proposeBeginDrain({ seen }: { readonly seen: LifeState }): Verdict {
  return seen === 'DELETED' ? undefined : `the life is ${seen} here`;
}

/** A session that was open when the drain began, or covers earlier ones, and has not gone since. */
export interface WaitedFor {
  readonly state: SessionState;
  /** As reported to the leader that proposes. */
  readonly isDrained: boolean;
  /** It names the life: its node had let it go, and holds it again. */
  readonly isTakenUp: boolean;
}

export function proposeBeginPurge(
  { seen, sessions }: { readonly seen: LifeState; readonly sessions: readonly WaitedFor[] },
  rules: Rules,
): Verdict {
  if (seen !== 'DRAINING') return `the life is ${seen} here`;
  const holdsUp = ({ state, isDrained }: WaitedFor): boolean =>
    !isDrained && (rules.expiredUploads || state === 'OPEN');
  if (rules.barrier && sessions.some(holdsUp)) return 'a session has not drained the life';
  const isTakenUp = rules.takenUpAgain && sessions.some((session) => session.isTakenUp);
  return isTakenUp ? 'a node has taken the life up again' : undefined;
}

/** What a delete rests on: of a purge as of a sweep. */
export interface DeleteFacts {
  /** The life as applied where the purger runs. */
  readonly seen: LifeState;
  /**
   * P12: a look at the metadata below the prefix has found no new life: since the keys were listed, and before the send since the
   * quorum round trip too. True where no life can follow below the prefix.
   */
  readonly looksDead: boolean;
}

export function prepareDelete({ seen, looksDead }: DeleteFacts, rules: Rules): Verdict {
  const isEarly = !rules.beginFirst && (seen === 'DELETED' || seen === 'DRAINING');
  if (seen !== 'PURGING' && !isEarly) return `the life is ${seen} here`;
  return mayBeReborn(looksDead, rules);
}

function mayBeReborn(looksDead: boolean, rules: Rules): Verdict {
  return rules.metadataLook && !looksDead ? 'a new life may lie below its prefix' : undefined;
}

/** The second look is the same question again. */
function atSend(facts: DeleteFacts, rules: Rules): DeleteFacts {
  return rules.metadataLookAgain ? facts : { ...facts, looksDead: true };
}

export function confirmLeadership({ leads }: { readonly leads: boolean }): Verdict {
  return leads ? undefined : 'no quorum confirms it';
}

export function sendDelete(facts: DeleteFacts & { readonly isConfirmed: boolean }, rules: Rules): Verdict {
  if (rules.quorumRound && !facts.isConfirmed) return 'no quorum round trip since it was prepared';
  return prepareDelete(atSend(facts, rules), rules);
}

/** P8: what a purger may know of a PURGED life whose prefix it sweeps. */
export interface SweptPrefix extends DeleteFacts {
  /** No other life owns the prefix, as applied where the purger runs. */
  readonly prefixIsFree: boolean;
  /** reusable_after lies beyond the request's expiry. */
  readonly isFenced: boolean;
}

export function prepareSweep(
  { seen, looksDead, prefixIsFree, isFenced }: SweptPrefix,
  rules: Rules,
): Verdict {
  if (seen !== 'PURGED') return `the life is ${seen} here`;
  if (!prefixIsFree) return 'another life owns its prefix here';
  if (rules.sweepFence && !isFenced) return 'the fence of its prefix ends before the request does';
  return mayBeReborn(looksDead, rules);
}

export function sendSweep(prefix: SweptPrefix & { readonly isConfirmed: boolean }, rules: Rules): Verdict {
  if (rules.quorumRound && !prefix.isConfirmed) return 'no quorum round trip since it was prepared';
  return prepareSweep({ ...prefix, ...atSend(prefix, rules) }, rules);
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

/**
 * What a purger has to show for PURGED. `answered`: a delete request has ended, however; `younger`: a new life, and
 * nothing from before it (P12).
 */
export type Proof = 'none' | 'answered' | 'younger' | 'empty';

export function proposeMarkPurged(
  { seen, proof }: { readonly seen: LifeState; readonly proof: Proof },
  rules: Rules,
): Verdict {
  if (seen !== 'PURGING') return `the life is ${seen} here`;
  const isProven = proof === 'empty' || proof === 'younger' || (proof === 'answered' && !rules.emptyListing);
  return isProven ? undefined : 'no empty listing since the last delete';
}

// ---------------------------------------------------------------------------------------- the promise

/** Nothing deleted too early: whose object it was. Not a guard, the store does not ask. */
export function takesLivingObject({ state }: { readonly state: LifeState }): boolean {
  return state === 'ACTIVE' || state === 'DELETED' || state === 'DRAINING';
}
