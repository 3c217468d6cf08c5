/**
 * Elections from the side of the one that is asked. The same rules for every role: whoever is asked has a
 * term, a vote and a log.
 *
 * Requests are judged by log and term alone, not by whether the asker is known: a voter may be asked by a
 * member that an entry it has not received yet has added (thesis §4.1). A removed member that goes on
 * asking is held off by pre-vote and by the fresh-leader rule.
 *
 * Every request is answered, even a stale one, with our own term: that is how a node that lags learns of
 * it. Silence, which looks equivalent, deadlocks pre-vote (etcd #8243, #8501, #9586).
 */
import { askAgain, goesBefore, yieldsTo } from './candidate.js';
import type { RaftState } from './state.js';
import type { PreVoteRequest, VoteRequest } from './types.js';

/** Changes neither term nor vote, whatever the answer. */
export function handlePreVoteRequest(state: RaftState, request: PreVoteRequest): void {
  const granted = wouldVoteFor(state, request);
  state.outbox.sendNow({
    kind: 'preVoteResponse',
    from: state.id,
    to: request.from,
    term: granted ? request.term : state.term,
    granted,
  });
  const { role } = state;
  if (granted && role.kind === 'preCandidate' && yieldsTo(state, role, request)) {
    state.becomeFollower(state.term, 0);
  }
  // It has given up on the leader since it refused us over it. It cannot win and we might: without a second question
  // both of us would wait for a timeout. Such questions go from a longer log to a shorter one, so they end.
  const isAhead = !state.log.isUpToDate(request.lastLogIndex, request.lastLogTerm);
  if (isAhead && role.kind === 'preCandidate' && role.votes.get(request.from) === false) {
    askAgain(state, role, request.from);
  }
}

function wouldVoteFor(state: RaftState, request: PreVoteRequest): boolean {
  if (state.hasFreshLeader || request.term < state.term) return false;
  if (request.term === state.term && !mayVoteInThisTerm(state, request.from)) return false;
  if (!state.log.isUpToDate(request.lastLogIndex, request.lastLogTerm)) return false;
  const { role } = state;
  return !(role.kind === 'preCandidate' && goesBefore(state, role, request));
}

/**
 * A higher term has been followed before this is called, unless a fresh leader stood in the way; then the
 * request still carries it, and is refused.
 */
export function handleVoteRequest(state: RaftState, request: VoteRequest): void {
  const granted =
    request.term === state.term &&
    mayVoteInThisTerm(state, request.from) &&
    state.log.isUpToDate(request.lastLogIndex, request.lastLogTerm);
  const response = {
    kind: 'voteResponse',
    from: state.id,
    to: request.from,
    term: state.term,
    granted,
  } as const;
  if (!granted) {
    state.outbox.sendNow(response);
    return;
  }
  state.votedFor = request.from;
  // Whoever granted a vote gives the candidate time to win (§5.2).
  if (state.role.kind === 'follower') state.role.elapsedTicks = 0;
  else state.becomeFollower(state.term, 0);
  // After the write: a vote forgotten in a crash is a second vote.
  state.outbox.sendAfterPersist(response);
}

/** One vote a term, first come first served (§5.2), and none once its leader is known. */
function mayVoteInThisTerm(state: RaftState, candidate: number): boolean {
  return state.votedFor === candidate || (state.votedFor === 0 && state.leader === 0);
}
