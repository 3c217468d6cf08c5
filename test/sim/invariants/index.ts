/** Every invariant that is checked in every run, after every step. */
import type { Invariant } from '../observer.js';
import { beginAfterDeadline } from './begin-after-deadline.js';
import { catalogIntegrity } from './catalog-integrity.js';
import { catalogLifecycle } from './catalog-lifecycle.js';
import { commitInOwnTerm } from './commit-in-own-term.js';
import { committedIsDurable } from './committed-is-durable.js';
import { configurationFollowsLog } from './configuration-follows-log.js';
import { durability } from './durability.js';
import { electionSafety } from './election-safety.js';
import { emptyBeforePurged } from './empty-before-purged.js';
import { guardedUploadsLandFirst } from './guarded-uploads-land-first.js';
import { honestCounts } from './honest-counts.js';
import { leaderCompleteness } from './leader-completeness.js';
import { logMatching } from './log-matching.js';
import { lostDiskTakesNoPart } from './lost-disk-takes-no-part.js';
import { metadataLast } from './metadata-last.js';
import { modelConformance } from './model-conformance.js';
import { monotonicity } from './monotonicity.js';
import { noEarlyDelete } from './no-early-delete.js';
import { oneMembershipChange } from './one-membership-change.js';
import { oneVoteATerm } from './one-vote-a-term.js';
import { quorumBeforeDelete } from './quorum-before-delete.js';
import { readIndex } from './read-index.js';
import { stateMachineSafety } from './state-machine-safety.js';
import { sweptBeforeForgotten } from './swept-before-forgotten.js';

export const INVARIANTS: readonly Invariant[] = [
  electionSafety,
  oneVoteATerm,
  logMatching,
  leaderCompleteness,
  commitInOwnTerm,
  committedIsDurable,
  stateMachineSafety,
  readIndex,
  durability,
  lostDiskTakesNoPart,
  monotonicity,
  oneMembershipChange,
  configurationFollowsLog,
  catalogIntegrity,
  catalogLifecycle,
  noEarlyDelete,
  quorumBeforeDelete,
  beginAfterDeadline,
  guardedUploadsLandFirst,
  emptyBeforePurged,
  honestCounts,
  metadataLast,
  sweptBeforeForgotten,
  modelConformance,
];
