/**
 * The side that is led: appends, heartbeats, snapshots, reads asked of the leader, and the wait for a
 * leader. Learners are followers that never campaign.
 *
 * Invariants:
 * - An entry is cut off only by an append of a current leader that conflicts with it, never for being
 *   absent from a request: requests arrive late and out of order (§5.3).
 * - Nothing committed is cut off. A request that asks for it is not from a sound cluster and is ignored.
 * - An acceptance waits for the write; a refusal promises nothing and leaves at once.
 */
import { assert } from '../shared/assert.js';
import { campaign, campaignForReal } from './candidate.js';
import { isSoundOffer } from './message-check.js';
import type { FollowerRole, RaftState } from './state.js';
import type {
  AppendRequest,
  Entry,
  HeartbeatRequest,
  MemberId,
  ReadIndexResponse,
  SnapshotMeta,
  SnapshotVerdict,
  Term,
  TimeoutNow,
} from './types.js';

export function tickFollower(state: RaftState, role: FollowerRole): void {
  role.elapsedTicks++;
  for (const context of role.reads.expire(state.nowTick)) state.outbox.answerRead(context, undefined);
  if (role.elapsedTicks < role.timeoutTicks) return;
  if (state.mayCampaign) campaign(state);
  // Nobody's to depose, but calls must not be sent to it for ever.
  else if (role.leader !== 0) state.becomeFollower(state.term, 0);
}

/**
 * The leader's connection is gone: ask around at once. Whoever still hears the leader says no, so a
 * broken cable costs nothing, and a killed leader is replaced in about a round trip.
 */
export function handlePeerUnreachable(state: RaftState, role: FollowerRole, member: MemberId): void {
  if (member !== role.leader || role.leaderUnreachable) return;
  role.leaderUnreachable = true;
  campaign(state);
}

/** Takes the sender for the leader of this term. Undefined: impossible, this node leads the term itself. */
function follow(state: RaftState, leader: MemberId): FollowerRole | undefined {
  const { role } = state;
  if (role.kind === 'leader') return undefined;
  if (role.kind !== 'follower' || role.leader !== leader) {
    state.becomeFollower(state.term, leader);
    return state.role as FollowerRole;
  }
  role.elapsedTicks = 0;
  role.leaderUnreachable = false;
  return role;
}

export function handleAppendRequest(state: RaftState, request: AppendRequest): void {
  if (follow(state, request.from) === undefined) return;
  const { log, commitIndex } = state;
  let { prevLogIndex, entries } = request;
  if (prevLogIndex < commitIndex) {
    // A late or repeated request. What is committed here is in the leader's log too (leader completeness).
    const known = Math.min(commitIndex - prevLogIndex, entries.length);
    const lastKnown = entries[known - 1];
    if (
      lastKnown !== undefined &&
      lastKnown.index >= log.start.index &&
      log.termAt(lastKnown.index) !== lastKnown.term
    ) {
      return;
    }
    entries = entries.slice(known);
    prevLogIndex = commitIndex;
  } else if (log.termAt(prevLogIndex) !== request.prevLogTerm) {
    reject(state, request);
    return;
  }

  const lastNew = prevLogIndex + entries.length;
  const fresh = firstFresh(state, entries);
  if (fresh !== undefined) {
    if (fresh.index <= log.lastIndex) state.outbox.retractAcceptances(fresh.index);
    const added = entries.slice(fresh.index - prevLogIndex - 1);
    log.append(added);
    state.membership.append(added);
  }
  // Up to what this request has verified: beyond, the logs may differ (§5.3).
  state.commitTo(Math.min(request.commitIndex, lastNew));
  state.outbox.acceptAppend({
    kind: 'appendResponse',
    from: state.id,
    to: request.from,
    term: state.term,
    rejected: false,
    matchIndex: lastNew,
    conflictIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
  });
}

/** The first entry that the log does not have, or has with another term. */
function firstFresh(state: RaftState, entries: readonly Entry[]): Entry | undefined {
  const { log } = state;
  for (const entry of entries) {
    if (entry.index > log.lastIndex || log.termAt(entry.index) !== entry.term) return entry;
  }
  return undefined;
}

function reject(state: RaftState, request: AppendRequest): void {
  const { log } = state;
  const hintIndex = log.lastIndexWithTermAtMost(request.prevLogIndex, request.prevLogTerm);
  state.outbox.sendNow({
    kind: 'appendResponse',
    from: state.id,
    to: request.from,
    term: state.term,
    rejected: true,
    matchIndex: 0,
    conflictIndex: request.prevLogIndex,
    hintIndex,
    hintTerm: log.termAt(hintIndex) ?? 0,
  });
}

/**
 * Answers for the term only. It may overtake our own writes: it says that this node has moved on to no
 * later term, which no crash can undo.
 */
export function handleHeartbeatRequest(state: RaftState, request: HeartbeatRequest): void {
  if (follow(state, request.from) === undefined) return;
  // The leader names no more than we acknowledged; anything else did not come from a sound leader.
  if (request.commitIndex <= state.log.lastIndex) state.commitTo(request.commitIndex);
  state.outbox.sendNow({
    kind: 'heartbeatResponse',
    from: state.id,
    to: request.from,
    term: state.term,
    readSequence: request.readSequence,
  });
}

/** Campaigns at once, without pre-vote: the leader has stopped taking proposals for our sake (thesis §3.10). */
export function handleTimeoutNow(state: RaftState, role: FollowerRole, message: TimeoutNow): void {
  if (role.leader === 0 || role.leader === message.from) campaignForReal(state, true);
}

/** Reads gather here and go to the leader with the next drain. */
export function askLeader(state: RaftState, role: FollowerRole, context: number): void {
  if (role.leader === 0 || !role.reads.add(context)) state.outbox.answerRead(context, undefined);
}

export function flushFollower(state: RaftState, role: FollowerRole): void {
  if (!role.reads.canSend) return;
  const context = state.takeReadToken();
  role.reads.send(context, state.nowTick + state.config.electionTicks);
  state.outbox.sendNow({
    kind: 'readIndexRequest',
    from: state.id,
    to: role.leader,
    term: state.term,
    context,
  });
}

export function handleReadIndexResponse(
  state: RaftState,
  role: FollowerRole,
  message: ReadIndexResponse,
): void {
  if (message.from !== role.leader) return;
  const index = message.refused ? undefined : message.index;
  for (const context of role.reads.answered(message.context)) state.outbox.answerRead(context, index);
}

/** See {@link SnapshotVerdict}. Installing drops the whole log, so it must lose nothing acknowledged. */
export function judgeSnapshot(state: RaftState, term: Term, meta: SnapshotMeta): SnapshotVerdict {
  if (term < state.term || !isSoundOffer(term, meta)) return { kind: 'stale', term: state.term };
  if (meta.index <= state.commitIndex) return { kind: 'present', matchIndex: state.commitIndex };
  if (state.log.termAt(meta.index) === meta.term) return { kind: 'present', matchIndex: meta.index };
  // Only one node leads a term; another's snapshot in it cannot be sound.
  if (term === state.term && state.role.kind === 'leader') return { kind: 'stale', term: state.term };
  return { kind: 'install' };
}

export function adoptSnapshot(state: RaftState, from: MemberId, term: Term, meta: SnapshotMeta): void {
  // `judgeSnapshot` cannot be asked again: the LogReader has been swapped already.
  assert(
    term >= state.term && meta.index > state.commitIndex,
    () =>
      `snapshot ${meta.index} of term ${term} was installed over commit ${state.commitIndex} of term ${state.term}; ` +
      'the driver must ask judgeSnapshot, and step nothing in between',
  );
  if (term > state.term) state.becomeFollower(term, from);
  else follow(state, from);
  state.outbox.retractAcceptances(0);
  state.log.reset(meta);
  state.membership.reset(meta.index, meta.configuration);
  state.commitTo(meta.index);
  state.outbox.acceptAppend({
    kind: 'appendResponse',
    from: state.id,
    to: from,
    term: state.term,
    rejected: false,
    matchIndex: meta.index,
    conflictIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
  });
}
