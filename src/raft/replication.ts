/**
 * A leader towards its followers: what goes out to each, and what their answers mean.
 *
 * Nothing is sent while inputs are taken in; `flush` looks at every follower once, in the drain. However
 * many proposals came before it, a follower gets them in as few requests as fit, and the commit index rides
 * along. That is the batching; the window in `progress.ts` is the pipelining.
 */
import { sizeBytesOf } from './log.js';
import type { Progress } from './progress.js';
import { quorumIndex } from './quorum.js';
import type { LeaderRole, RaftState } from './state.js';
import type { AppendResponse, Entry, HeartbeatResponse, LogIndex, MemberId, Message } from './types.js';

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export function peerOf(role: LeaderRole, id: MemberId): Progress | undefined {
  return role.peers.find((peer) => peer.id === id);
}

function send(state: RaftState, role: LeaderRole, message: Message): void {
  if (role.termIsDurable) state.outbox.sendNow(message);
  else state.outbox.sendAfterPersist(message);
}

/** Everything a leader has to say since the last drain. */
export function flush(state: RaftState, role: LeaderRole): void {
  role.flushDue = false;
  // Before anything of this term is committed, the commit index may lie below what the last leader
  // acknowledged, and a read served there would be stale (thesis §6.4, etcd #7331).
  if (role.reads.canStart && state.commitIndex >= role.firstOwnIndex) {
    role.reads.start(state.commitIndex);
    broadcastHeartbeat(state, role);
    confirmReads(state, role);
  }
  for (const peer of role.peers) replicateTo(state, role, peer);
}

export function broadcastHeartbeat(state: RaftState, role: LeaderRole): void {
  role.heartbeatElapsedTicks = 0;
  for (const peer of role.peers) {
    send(state, role, {
      kind: 'heartbeatRequest',
      from: state.id,
      to: peer.id,
      term: state.term,
      // A heartbeat verifies nothing about the follower's log, so no further than it is known to agree.
      commitIndex: Math.min(peer.matchIndex, state.commitIndex),
      readSequence: role.reads.sequence,
    });
  }
}

/** As much as the follower may be sent now. */
function replicateTo(state: RaftState, role: LeaderRole, peer: Progress): void {
  const { log, config } = state;
  while (!peer.isPaused(config)) {
    const prevLogIndex = peer.nextIndex - 1;
    const prevLogTerm = log.termAt(prevLogIndex);
    if (prevLogTerm === undefined) {
      startSnapshot(state, peer);
      return;
    }
    const end = log.lastIndex + 1;
    const entries =
      peer.nextIndex < end ? log.slice(peer.nextIndex, end, config.maxMessageBytes) : NO_ENTRIES;
    const hasNews = peer.kind === 'probe' || peer.pingDue || peer.sentCommitIndex < state.commitIndex;
    if (entries.length === 0 && !hasNews) return;
    sendAppend(state, role, peer, { prevLogIndex, prevLogTerm, entries });
  }
  if (peer.pingDue) ping(state, role, peer);
}

/**
 * The window is full and may have been lost as a whole: an empty request past it is answered either way.
 * If the log no longer reaches back to its end, nothing could be sent again, and only a snapshot helps.
 */
function ping(state: RaftState, role: LeaderRole, peer: Progress): void {
  const prevLogIndex = peer.nextIndex - 1;
  const prevLogTerm = state.log.termAt(prevLogIndex);
  if (prevLogTerm === undefined) startSnapshot(state, peer);
  else sendAppend(state, role, peer, { prevLogIndex, prevLogTerm, entries: NO_ENTRIES });
}

function sendAppend(
  state: RaftState,
  role: LeaderRole,
  peer: Progress,
  request: {
    readonly prevLogIndex: LogIndex;
    readonly prevLogTerm: number;
    readonly entries: readonly Entry[];
  },
): void {
  send(state, role, {
    kind: 'appendRequest',
    from: state.id,
    to: peer.id,
    term: state.term,
    prevLogIndex: request.prevLogIndex,
    prevLogTerm: request.prevLogTerm,
    entries: request.entries,
    commitIndex: state.commitIndex,
  });
  peer.sent(request.prevLogIndex + request.entries.length, sizeBytesOf(request.entries));
  peer.sentCommitIndex = state.commitIndex;
  peer.pingDue = false;
}

/** Not for a follower that is silent: it would be tried, and fail, for as long as it is down. */
function startSnapshot(state: RaftState, peer: Progress): void {
  if (!peer.isRecentlyActive(state.nowTick, state.config)) return;
  peer.needsSnapshot(state.nowTick);
  state.outbox.sendSnapshot({ to: peer.id, term: state.term });
}

/** Returns whether the follower's matchIndex moved. */
export function handleAppendResponse(
  state: RaftState,
  role: LeaderRole,
  peer: Progress,
  response: AppendResponse,
): boolean {
  const { log } = state;
  peer.answered(state.nowTick);
  if (response.rejected) {
    const { hintIndex, hintTerm, conflictIndex } = response;
    // The follower's hint skips its terms that we cannot have; the same search here skips ours that it
    // cannot have. Below our start there is nothing to search: a snapshot is due.
    const candidate =
      hintIndex < log.start.index ? hintIndex : log.lastIndexWithTermAtMost(hintIndex, hintTerm);
    if (peer.rejected(conflictIndex, candidate)) role.flushDue = true;
    return false;
  }
  // More than was ever sent: not an answer to us.
  if (response.matchIndex > log.lastIndex) return false;
  const before = peer.matchIndex;
  peer.accepted(response.matchIndex, log.start.index);
  role.flushDue = true;
  return peer.matchIndex > before;
}

export function handleHeartbeatResponse(
  state: RaftState,
  role: LeaderRole,
  peer: Progress,
  response: HeartbeatResponse,
): void {
  peer.answered(state.nowTick);
  peer.heartbeatAnswered();
  role.flushDue = true;
  if (response.readSequence <= peer.readSequence || response.readSequence > role.reads.sequence) return;
  peer.readSequence = response.readSequence;
  confirmReads(state, role);
}

/** Serves the read rounds that a majority of the voters has confirmed by now. */
function confirmReads(state: RaftState, role: LeaderRole): void {
  const { scratch } = role;
  scratch.length = 0;
  if (state.isVoter) scratch.push(role.reads.sequence);
  for (const peer of role.peers) if (peer.isVoter) scratch.push(peer.readSequence);
  for (const { requests, index } of role.reads.confirm(quorumIndex(scratch))) {
    for (const request of requests) state.answerRead(request, index);
  }
}

/**
 * The highest index that a majority of the voters holds durably. The leader counts itself, and only as
 * far as its own write is done: replication runs beside that write (thesis §10.2.1, etcd #14370).
 */
export function replicatedIndex(state: RaftState, role: LeaderRole): LogIndex {
  const { scratch } = role;
  scratch.length = 0;
  if (state.isVoter) scratch.push(state.log.persistedIndex);
  for (const peer of role.peers) if (peer.isVoter) scratch.push(peer.matchIndex);
  return quorumIndex(scratch);
}

export function handleSnapshotSent(
  state: RaftState,
  role: LeaderRole,
  report: { readonly to: MemberId; readonly index: LogIndex; readonly ok: boolean },
): void {
  const peer = peerOf(role, report.to);
  if (peer === undefined) return;
  if (report.ok) peer.snapshotArrived(Math.min(report.index, state.log.lastIndex));
  else peer.snapshotFailed();
  role.flushDue = true;
}
