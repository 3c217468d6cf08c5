/**
 * Handing over on purpose (thesis §3.10): stop taking proposals, let the successor catch up, tell it to
 * campaign at once. Given up after transferTimeoutTicks, and then proposals are taken again.
 */
import type { Progress } from './progress.js';
import { peerOf } from './replication.js';
import type { LeaderRole, RaftState } from './state.js';
import type { MemberId, StepOutcome } from './types.js';

const DONE: StepOutcome = Object.freeze({ kind: 'done' });

/** The voter, heard from lately, with the most of the log; the lowest id among equals. */
export function successor(state: RaftState, role: LeaderRole): Progress | undefined {
  let best: Progress | undefined;
  for (const peer of role.peers) {
    if (!peer.isVoter || !peer.isRecentlyActive(state.nowTick, state.config)) continue;
    if (best === undefined || peer.matchIndex > best.matchIndex) best = peer;
  }
  return best;
}

/** A later call names another target; for the same one it does not restart the clock. */
export function transferLeadership(state: RaftState, role: LeaderRole, target: MemberId): StepOutcome {
  if (target === state.id) return DONE;
  const peer = target === 0 ? successor(state, role) : peerOf(role, target);
  if (peer === undefined) {
    return target === 0
      ? { kind: 'refused', reason: 'TRANSFER_FAILED', cause: 'no other voter is heard from' }
      : { kind: 'refused', reason: 'MEMBER_NOT_FOUND', cause: `no member ${target}` };
  }
  if (!peer.isVoter)
    return { kind: 'refused', reason: 'NOT_A_VOTER', cause: `member ${target} is a learner` };
  if (role.transfer?.target === peer.id) return DONE;
  role.transfer = { target: peer.id, elapsedTicks: 0 };
  role.flushDue = true;
  maybeHandOver(state, role, peer);
  return DONE;
}

/** Repeated with every answer of the target: the message may be lost, and a second one changes nothing. */
export function maybeHandOver(state: RaftState, role: LeaderRole, peer: Progress): void {
  if (role.transfer?.target === peer.id && peer.matchIndex === state.log.lastIndex)
    sendTimeoutNow(state, peer);
}

export function sendTimeoutNow(state: RaftState, peer: Progress): void {
  state.outbox.sendNow({ kind: 'timeoutNow', from: state.id, to: peer.id, term: state.term });
}
