/**
 * The rules that the purge protocol rests on, each with what it says. A rule is a switch: the model is searched
 * with all of them, which holds, and without each, which shows what that rule is for.
 *
 * Not here: what the model takes for granted. Consensus is atomic; a listing shows what lies there; no upload is
 * applied later than its deadline.
 */
export const RULES = {
  gracePeriod: 'C5: a drain begins only when the committed deadline has passed',
  prefixOwner: 'C1: no life gets a prefix before its last owner is PURGED',
  pointOfNoReturn: 'C2: no undelete after beginDrain',
  drainFirst: 'P3: no node is asked to forget a stream before beginDrain is applied',
  beginFirst: 'P1: no delete before beginPurge is applied',
  quorumRound: 'P2: a delete is confirmed by a quorum round trip between its preparation and its sending',
  barrier: 'P3: beginPurge waits for each session that was open when the drain began',
  coversEarlier:
    'P3: a session for a node that may hold the stream from before is waited for whenever it opened',
  takenUpAgain: 'P3: a node that has taken the stream up again does not count as drained',
  settledUploads: 'P3: an upload whose outcome is unknown settles only when its deadline has passed',
  drainedAsSeen: 'P3: a session reports drained no further than its view has come',
  expiredUploads: 'P3: an expired session counts only when its uploads are past their deadline',
  openedRevision: 'P3: guard refuses until the view has reached the revision at which the session opened',
  leaseChecked: 'P3: guard refuses when the lease is no longer sure',
  leaseExtended: 'P3: a new leader extends each lease by one TTL',
  answersAsLeader: 'P3: a leader answers keep-alives only once the entries of earlier terms are settled',
  emptyListing: 'P4: PURGED only after an empty listing that follows the last delete',
  reusableAfter: 'P11: a purged prefix is owned again only after reusable_after',
  sweepFence: 'P8, P11: a sweep moves reusable_after beyond its requests before it prepares them',
  metadataLook: 'P12: nothing is deleted below a chosen prefix where the metadata is of a new life',
  metadataLookAgain: 'P12: the metadata is looked at again after the quorum round trip',
  recurringKeys: 'P12: a key that a new life writes again is deleted only if it still is what was listed',
  storeExpiry:
    'P11: the store refuses a delete request that has expired, so reusable_after can lie beyond it',
} as const;

export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

export const RULE_NAMES = Object.keys(RULES) as readonly Rule[];

export const ALL_RULES: Rules = ruleSet([]);

export function without(...off: readonly Rule[]): Rules {
  return ruleSet(off);
}

function ruleSet(off: readonly Rule[]): Rules {
  return Object.fromEntries(RULE_NAMES.map((rule) => [rule, !off.includes(rule)])) as Record<Rule, boolean>;
}
