/**
 * Elections from the side of the one that wants to lead: pre-vote, then vote.
 *
 * Pre-vote asks "would you vote for me?" without touching term or vote, so a node that was cut off does
 * not come back with a high term and depose a working leader (thesis §9.6).
 *
 * Two nodes that lose their leader at the same instant, as both do when its connections break, would
 * split the vote and then wait for a timeout. So pre-candidates with equal logs let the lower id go first;
 * see `yieldsTo` and `goesBefore`. That is courtesy, not safety: it only decides who asks first.
 */
import { assertNever } from '../shared/assert.js';
import { becomeLeader } from './leader.js';
import { voteResult } from './quorum.js';
import type { CandidateRole, RaftState } from './state.js';
import type { MemberId, PreVoteRequest, PreVoteResponse, VoteRequest, VoteResponse } from './types.js';

/** Asks for pre-votes; does nothing in a learner. */
export function campaign(state: RaftState): void {
  if (!state.mayCampaign) return;
  const role = state.becomePreCandidate();
  for (const to of state.membership.voterIds) if (to !== state.id) requestPreVote(state, to);
  tally(state, role);
}

/** A refusal was about a leader that its sender has given up by now. */
export function askAgain(state: RaftState, role: CandidateRole, member: MemberId): void {
  role.votes.delete(member);
  requestPreVote(state, member);
}

function requestPreVote(state: RaftState, to: MemberId): void {
  state.outbox.sendNow({
    kind: 'preVoteRequest',
    from: state.id,
    to,
    term: state.term + 1,
    lastLogIndex: state.log.lastIndex,
    lastLogTerm: state.log.lastTerm,
  });
}

/** Asks for votes in a new term. `leadershipTransfer`: the leader itself asked for this election. */
export function campaignForReal(state: RaftState, leadershipTransfer: boolean): void {
  if (!state.mayCampaign) return;
  const role = state.becomeCandidate();
  for (const to of state.membership.voterIds) {
    if (to === state.id) continue;
    // After the write: a candidate that forgot its own vote in a crash could vote twice.
    state.outbox.sendAfterPersist({
      kind: 'voteRequest',
      from: state.id,
      to,
      term: state.term,
      lastLogIndex: state.log.lastIndex,
      lastLogTerm: state.log.lastTerm,
      leadershipTransfer,
    });
  }
  tally(state, role);
}

export function tickCandidate(state: RaftState, role: CandidateRole): void {
  role.elapsedTicks++;
  if (role.elapsedTicks >= role.timeoutTicks) campaign(state);
}

/** A refusal carries the refuser's own term, which may well be lower than ours; a higher one was followed before. */
export function handlePreVoteResponse(state: RaftState, role: CandidateRole, message: PreVoteResponse): void {
  if (role.kind !== 'preCandidate') return;
  if (message.granted && message.term !== state.term + 1) return;
  role.votes.set(message.from, message.granted);
  tally(state, role);
}

export function handleVoteResponse(state: RaftState, role: CandidateRole, message: VoteResponse): void {
  if (role.kind !== 'candidate') return;
  // The first answer counts: a duplicate of a grant is a grant, and nobody answers both ways in a term.
  if (!role.votes.has(message.from)) role.votes.set(message.from, message.granted);
  tally(state, role);
}

function tally(state: RaftState, role: CandidateRole): void {
  const result = voteResult(state.membership.voterIds, role.votes);
  switch (result) {
    case 'pending':
      return;
    case 'won':
      if (role.kind === 'preCandidate') campaignForReal(state, false);
      else becomeLeader(state, { wonAlone: role.votes.size === 1 });
      return;
    case 'lost':
      state.becomeFollower(state.term, 0);
      return;
    default:
      assertNever(result);
  }
}

/**
 * As a pre-candidate, asked by another one: should it wait for us? Only while our own attempt is young,
 * and only if it has not refused us: a node that saw its leader a moment longer says no, then campaigns
 * itself, and must not be told to wait for an attempt that it has already turned down.
 */
export function goesBefore(state: RaftState, role: CandidateRole, request: PreVoteRequest): boolean {
  return (
    role.kind === 'preCandidate' &&
    role.elapsedTicks < state.config.heartbeatTicks &&
    request.term === state.term + 1 &&
    hasEqualLog(state, request) &&
    state.id < request.from &&
    role.votes.get(request.from) !== false
  );
}

/** As a pre-candidate that just granted another's request: leave it the field? */
export function yieldsTo(state: RaftState, role: CandidateRole, request: PreVoteRequest): boolean {
  return role.kind === 'preCandidate' && (!hasEqualLog(state, request) || request.from < state.id);
}

function hasEqualLog(state: RaftState, request: PreVoteRequest | VoteRequest): boolean {
  return request.lastLogIndex === state.log.lastIndex && request.lastLogTerm === state.log.lastTerm;
}
