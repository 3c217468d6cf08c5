/**
 * What a message's term means, and who handles what. The rules common to all roles (§5.1); those of each
 * role are in its own file.
 *
 *     not for us, malformed, an answer from a stranger   ignored
 *     higher term                                        followed, then handled
 *     lower term                                         answered with ours where that helps, else ignored
 */
import { assertNever } from '../shared/assert.js';
import { handlePreVoteResponse, handleVoteResponse } from './candidate.js';
import {
  handleAppendRequest,
  handleHeartbeatRequest,
  handleReadIndexResponse,
  handleTimeoutNow,
} from './follower.js';
import { maybeCommit } from './leader.js';
import { isWellFormed } from './message-check.js';
import { handleAppendResponse, handleHeartbeatResponse, peerOf } from './replication.js';
import type { RaftState } from './state.js';
import { maybeHandOver } from './transfer.js';
import type { AppendResponse, HeartbeatResponse, Message } from './types.js';
import { handlePreVoteRequest, handleVoteRequest } from './votes.js';

/** Takes one message in; whatever is not sound is ignored. */
export function receive(state: RaftState, message: Message): void {
  if (message.to !== state.id || message.from === state.id || !isWellFormed(message)) return;
  if (isForMembersOnly(message) && !state.membership.isMember(message.from)) return;
  if (message.term > state.term) enterTermOf(state, message);
  if (message.term < state.term && !isJudgedWhenStale(message)) {
    answerStale(state, message);
    return;
  }
  handle(state, message);
}

/** A higher term is followed at once (§5.1), with the exceptions that keep a working leader in place. */
function enterTermOf(state: RaftState, message: Message): void {
  switch (message.kind) {
    case 'preVoteRequest':
      return; // The term it would campaign in; nobody is there yet.
    case 'preVoteResponse':
      if (!message.granted) state.becomeFollower(message.term, 0);
      return;
    case 'voteRequest':
      // Thesis §4.2.3. Not when the leader itself asked for it: it would refuse its own successor.
      if (message.leadershipTransfer || !state.hasFreshLeader) state.becomeFollower(message.term, 0);
      return;
    case 'appendRequest':
    case 'heartbeatRequest':
      state.becomeFollower(message.term, message.from);
      return;
    case 'voteResponse':
    case 'appendResponse':
    case 'heartbeatResponse':
    case 'readIndexRequest':
    case 'readIndexResponse':
    case 'timeoutNow':
      state.becomeFollower(message.term, 0);
      return;
  }
}

/** Votes are answered by their own rules, and a refused pre-vote carries whatever term the refuser is in. */
function isJudgedWhenStale(message: Message): boolean {
  return (
    message.kind === 'preVoteRequest' ||
    message.kind === 'voteRequest' ||
    (message.kind === 'preVoteResponse' && !message.granted)
  );
}

/**
 * A leader of the past learns its term from the answer and steps down; so a node that is ahead, after an
 * election it could not win, gets back in (etcd #8501). Other late messages mean nothing any more.
 */
function answerStale(state: RaftState, message: Message): void {
  const { outbox, id, term } = state;
  switch (message.kind) {
    case 'appendRequest':
      outbox.sendNow({
        kind: 'appendResponse',
        from: id,
        to: message.from,
        term,
        rejected: true,
        matchIndex: 0,
        conflictIndex: message.prevLogIndex,
        hintIndex: 0,
        hintTerm: 0,
      });
      return;
    case 'heartbeatRequest':
      outbox.sendNow({ kind: 'heartbeatResponse', from: id, to: message.from, term, readSequence: 0 });
      return;
    case 'readIndexRequest':
      state.answerRead({ from: message.from, context: message.context }, undefined);
      return;
    case 'preVoteRequest':
    case 'preVoteResponse':
    case 'voteRequest':
    case 'voteResponse':
    case 'appendResponse':
    case 'heartbeatResponse':
    case 'readIndexResponse':
    case 'timeoutNow':
      return;
  }
}

function handle(state: RaftState, message: Message): void {
  const { role } = state;
  switch (message.kind) {
    case 'preVoteRequest':
      handlePreVoteRequest(state, message);
      return;
    case 'preVoteResponse':
      if (role.kind === 'preCandidate') handlePreVoteResponse(state, role, message);
      return;
    case 'voteRequest':
      handleVoteRequest(state, message);
      return;
    case 'voteResponse':
      if (role.kind === 'candidate') handleVoteResponse(state, role, message);
      return;
    case 'appendRequest':
      handleAppendRequest(state, message);
      return;
    case 'heartbeatRequest':
      handleHeartbeatRequest(state, message);
      return;
    case 'readIndexRequest':
      if (role.kind !== 'leader' || !role.reads.add({ from: message.from, context: message.context })) {
        state.answerRead({ from: message.from, context: message.context }, undefined);
      }
      return;
    case 'readIndexResponse':
      if (role.kind === 'follower') handleReadIndexResponse(state, role, message);
      return;
    case 'timeoutNow':
      if (role.kind === 'follower') handleTimeoutNow(state, role, message);
      return;
    case 'appendResponse':
    case 'heartbeatResponse':
      handleFollowersAnswer(state, message);
      return;
    default:
      assertNever(message);
  }
}

function handleFollowersAnswer(state: RaftState, message: AppendResponse | HeartbeatResponse): void {
  const { role } = state;
  if (role.kind !== 'leader') return;
  const peer = peerOf(role, message.from);
  if (peer === undefined) return;
  if (message.kind === 'heartbeatResponse') handleHeartbeatResponse(state, role, peer, message);
  else if (handleAppendResponse(state, role, peer, message)) maybeCommit(state, role);
  // Committing may have ended this node's leadership.
  if (state.role === role) maybeHandOver(state, role, peer);
}

/**
 * Answers come only from members that were asked, and reads only from members. Everything else may come
 * from one that an entry not received yet has added (thesis §4.1).
 */
function isForMembersOnly(message: Message): boolean {
  switch (message.kind) {
    case 'preVoteResponse':
    case 'voteResponse':
    case 'appendResponse':
    case 'heartbeatResponse':
    case 'readIndexRequest':
    case 'readIndexResponse':
      return true;
    case 'preVoteRequest':
    case 'voteRequest':
    case 'appendRequest':
    case 'heartbeatRequest':
    case 'timeoutNow':
      return false;
  }
}
