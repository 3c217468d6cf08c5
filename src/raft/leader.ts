/**
 * The side that leads: taking office, proposals, committing, check-quorum, stepping down. What goes to
 * each follower is in `replication.ts`, handing over in `transfer.ts`, membership changes in
 * `leader-membership.ts`.
 *
 * Invariants:
 * - A leader never overwrites its own log (§5.3): it only appends.
 * - Only entries of its own term are committed by counting; older ones with them (§5.4.2).
 * - A leader that has not heard a majority for an election timeout steps down (thesis §6.2).
 */
import { ByteWindow } from './byte-window.js';
import { payloadSizeBytes } from './log.js';
import { Progress } from './progress.js';
import { quorumSize } from './quorum.js';
import { LeaderReads } from './read-index.js';
import { broadcastHeartbeat, peerOf, replicatedIndex } from './replication.js';
import type { LeaderRole, RaftState } from './state.js';
import { sendTimeoutNow, successor } from './transfer.js';
import type { Entry, EntryPayload, LogIndex, StepOutcome } from './types.js';

const NOOP: EntryPayload = Object.freeze({ kind: 'noop' });

/** Opens the term with a no-op: only when that is committed is it known what all was (thesis §6.4). */
export function becomeLeader(state: RaftState, election: { readonly wonAlone: boolean }): void {
  const role: LeaderRole = {
    kind: 'leader',
    peers: [],
    firstOwnIndex: state.log.lastIndex + 1,
    termIsDurable: !election.wonAlone,
    heartbeatElapsedTicks: 0,
    transfer: undefined,
    uncommitted: new ByteWindow(),
    reads: new LeaderReads(state.config.maxPendingReads),
    flushDue: true,
    scratch: [],
  };
  state.becomeLeader(role);
  followConfiguration(state, role);
  append(state, role, [NOOP]);
}

/** The followers' records, in step with the configuration in force. */
function followConfiguration(state: RaftState, role: LeaderRole): void {
  const { voters, learners } = state.membership.current;
  const ids = [...voters, ...learners].map((member) => member.id).sort((a, b) => a - b);
  role.peers = ids
    .filter((id) => id !== state.id)
    .map((id) => {
      const isVoter = state.membership.isVoter(id);
      const known = peerOf(role, id);
      if (known !== undefined) {
        known.isVoter = isVoter;
        return known;
      }
      return new Progress({ id, isVoter, nextIndex: state.log.lastIndex + 1, nowTick: state.nowTick });
    });
  role.flushDue = true;
}

export function tickLeader(state: RaftState, role: LeaderRole): void {
  const { config } = state;
  if (activeVoters(state, role, state.membership.voterIds) < quorumSize(state.membership.voterIds.length)) {
    state.becomeFollower(state.term, 0);
    return;
  }
  if (role.transfer !== undefined) {
    role.transfer.elapsedTicks++;
    if (role.transfer.elapsedTicks >= config.transferTimeoutTicks) role.transfer = undefined;
  }
  for (const peer of role.peers) {
    if (!peer.snapshotTimedOut(state.nowTick, config)) continue;
    peer.snapshotFailed();
    role.flushDue = true;
  }
  role.heartbeatElapsedTicks++;
  if (role.heartbeatElapsedTicks >= config.heartbeatTicks) broadcastHeartbeat(state, role);
}

/** How many of these voters were heard within an election timeout. */
function activeVoters(state: RaftState, role: LeaderRole, voterIds: readonly number[]): number {
  let active = 0;
  for (const id of voterIds) {
    if (id === state.id || peerOf(role, id)?.isRecentlyActive(state.nowTick, state.config) === true) active++;
  }
  return active;
}

export function propose(state: RaftState, role: LeaderRole, payloads: readonly EntryPayload[]): StepOutcome {
  if (role.transfer !== undefined) return { kind: 'transferring', target: role.transfer.target };
  if (payloads.length === 0) {
    return { kind: 'refused', reason: 'INVALID_ARGUMENT', cause: 'nothing was proposed' };
  }
  let bytes = 0;
  for (const payload of payloads) {
    if (payload.kind === 'configuration') {
      return {
        kind: 'refused',
        reason: 'INVALID_ARGUMENT',
        cause: 'a configuration is changed by changeMembership',
      };
    }
    bytes += payloadSizeBytes(payload);
  }
  // A leader with nothing uncommitted takes anything, or one large proposal could never be made.
  if (role.uncommitted.bytes > 0 && role.uncommitted.bytes + bytes > state.config.maxUncommittedBytes) {
    return { kind: 'overloaded' };
  }
  const firstIndex = append(state, role, payloads);
  role.uncommitted.add(state.log.lastIndex, bytes);
  return { kind: 'appended', firstIndex, term: state.term };
}

export function append(state: RaftState, role: LeaderRole, payloads: readonly EntryPayload[]): LogIndex {
  const { log, term } = state;
  const firstIndex = log.lastIndex + 1;
  const entries: Entry[] = [];
  let index = firstIndex;
  for (const payload of payloads) entries.push({ index: index++, term, payload });
  log.append(entries);
  if (state.membership.append(entries)) followConfiguration(state, role);
  role.flushDue = true;
  return firstIndex;
}

/** Our own write is done. The first one of the term proves the term itself, which was written with it. */
export function handlePersisted(state: RaftState, role: LeaderRole): void {
  if (state.log.persistedIndex >= role.firstOwnIndex) role.termIsDurable = true;
  maybeCommit(state, role);
}

export function maybeCommit(state: RaftState, role: LeaderRole): void {
  const index = replicatedIndex(state, role);
  // Everything from firstOwnIndex on is of this term. An older entry on a majority may still be replaced
  // by a later leader; Figure 8 of the paper has the history.
  if (index <= state.commitIndex || index < role.firstOwnIndex) return;
  state.commitTo(index);
  role.uncommitted.release(index);
  role.flushDue = true;
  if (!state.isVoter && index >= state.membership.currentIndex) resign(state, role);
}

/**
 * Gives up the lead, and lets the most advanced follower take over at once where one has everything. Not
 * needed for safety: it saves the others an election timeout.
 */
export function resign(state: RaftState, role: LeaderRole): void {
  const next = successor(state, role);
  if (next !== undefined && next.matchIndex === state.log.lastIndex) sendTimeoutNow(state, next);
  state.becomeFollower(state.term, 0);
}
