/**
 * The side that leads: taking office, proposals, committing, check-quorum, stepping down, membership
 * changes. What goes to each follower is in `replication.ts`, handing over in `transfer.ts`.
 *
 * Invariants:
 * - A leader never overwrites its own log (§5.3): it only appends.
 * - Only entries of its own term are committed by counting; older ones with them (§5.4.2).
 * - A leader that has not heard a majority for an election timeout steps down (thesis §6.2).
 */
import { planChange } from './membership.js';
import { ByteWindow } from './byte-window.js';
import { payloadSizeBytes } from './log.js';
import { Progress } from './progress.js';
import { quorumSize } from './quorum.js';
import { LeaderReads } from './read-index.js';
import { broadcastHeartbeat, peerOf, replicatedIndex } from './replication.js';
import type { LeaderRole, RaftState } from './state.js';
import { sendTimeoutNow, successor } from './transfer.js';
import type { Configuration, Entry, EntryPayload, LogIndex, MembershipChange, StepOutcome } from './types.js';

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

function append(state: RaftState, role: LeaderRole, payloads: readonly EntryPayload[]): LogIndex {
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

/** A voter that lags far behind adds to the majority needed and not to the majority there. */
function whyNotReady(state: RaftState, role: LeaderRole, change: MembershipChange): StepOutcome | undefined {
  if (change.kind !== 'promote') return undefined;
  const peer = peerOf(role, change.id);
  const lag = state.log.lastIndex - (peer?.matchIndex ?? 0);
  if (peer?.kind === 'replicate' && lag <= state.config.promotionLagEntries) return undefined;
  return {
    kind: 'refused',
    reason: 'LEARNER_NOT_READY',
    cause: `learner ${change.id} is ${lag} entries behind (${peer?.kind ?? 'unknown'})`,
  };
}

/** The voters that are alive must be a majority of the group after the change. */
function whyAtRisk(state: RaftState, role: LeaderRole, after: Configuration): StepOutcome | undefined {
  const voterIds = after.voters.map((member) => member.id);
  const active = activeVoters(state, role, voterIds);
  const needed = quorumSize(voterIds.length);
  if (active >= needed) return undefined;
  return {
    kind: 'refused',
    reason: 'QUORUM_AT_RISK',
    cause: `only ${active} of the ${voterIds.length} voters after the change are heard from, ${needed} are needed`,
  };
}
