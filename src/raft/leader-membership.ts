/**
 * Membership changes as the leader judges them: what `membership.ts` cannot know, because it takes knowing
 * what is committed and who is really there.
 *
 * A change takes effect when it is appended, so everything is decided before that: a configuration entry in
 * the log has been judged once, by the one leader that appended it, and followers only check its shape.
 */
import { append } from './leader.js';
import { planChange } from './membership.js';
import { quorumSize } from './quorum.js';
import { peerOf } from './replication.js';
import type { LeaderRole, RaftState } from './state.js';
import type { Configuration, MemberId, MembershipChange, StepOutcome } from './types.js';

export function changeMembership(state: RaftState, role: LeaderRole, change: MembershipChange): StepOutcome {
  if (role.transfer !== undefined) return { kind: 'transferring', target: role.transfer.target };
  // Without the first rule, two leaders can each complete a change that the other does not know, and the
  // majorities of the two outcomes need not overlap (Ongaro, raft-dev, July 2015).
  if (state.commitIndex < role.firstOwnIndex) {
    return pending(`the leader has not committed an entry of its term ${state.term} yet`);
  }
  if (state.membership.currentIndex > state.commitIndex) {
    return pending(`the change at index ${state.membership.currentIndex} is not committed yet`);
  }
  const plan = planChange(state.membership.current, change);
  if (plan.kind === 'refused') return plan;
  const objection = whyNotReady(state, role, change) ?? whyAtRisk(state, role, plan.configuration);
  if (objection !== undefined) return objection;
  const firstIndex = append(state, role, [{ kind: 'configuration', configuration: plan.configuration }]);
  return { kind: 'appended', firstIndex, term: state.term };
}

function pending(cause: string): StepOutcome {
  return { kind: 'refused', reason: 'MEMBERSHIP_CHANGE_PENDING', cause };
}

function whyNotReady(state: RaftState, role: LeaderRole, change: MembershipChange): StepOutcome | undefined {
  if (change.kind !== 'promote') return undefined;
  const cause = promotionObstacle(state, role, change.id);
  return cause === undefined ? undefined : { kind: 'refused', reason: 'LEARNER_NOT_READY', cause };
}

/**
 * Why a learner would be a burden as a voter: it adds to the majority needed, and would not add to the one
 * that is there. Measured all the time, by its lag in entries and its answers. Undefined: it is ready.
 */
export function promotionObstacle(state: RaftState, role: LeaderRole, id: MemberId): string | undefined {
  const { config, nowTick, log } = state;
  const peer = peerOf(role, id);
  const lag = log.lastIndex - (peer?.matchIndex ?? 0);
  if (peer?.kind !== 'replicate' || lag > config.promotionLagEntries) {
    return `learner ${id} is ${lag} entries behind (${peer?.kind ?? 'unknown'})`;
  }
  return peer.isHeard(nowTick, config) ? undefined : `learner ${id} is not heard from`;
}

/**
 * The voters that are there must be a majority of the group after the change. Only who has answered this
 * leader lately counts: the benefit of the doubt that a new leader gives for check-quorum's sake would let
 * it remove the one follower that lives.
 */
function whyAtRisk(state: RaftState, role: LeaderRole, after: Configuration): StepOutcome | undefined {
  const { config, nowTick } = state;
  const { voters } = after;
  const heard = voters.filter(({ id }) => id === state.id || peerOf(role, id)?.isHeard(nowTick, config));
  const needed = quorumSize(voters.length);
  if (heard.length >= needed) return undefined;
  return {
    kind: 'refused',
    reason: 'QUORUM_AT_RISK',
    cause: `only ${heard.length} of the ${voters.length} voters after the change are heard from, ${needed} are needed`,
  };
}
