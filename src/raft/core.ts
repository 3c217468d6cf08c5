/**
 * The consensus core: a function of the inputs it was fed. `step` takes one in, `drain` gives out
 * everything that is to be done; `types.ts` has the contract, README.md the driver's duties.
 *
 * Here are the rules common to all roles: what a term in a message means, what reaches the driver and
 * when. No clock, no randomness of its own, no I/O.
 *
 * Throws AssertionError for damaged local state and for a driver that breaks its contract; never for
 * anything that came over the network.
 */
import { assert, assertNever } from '../shared/assert.js';
import { ByteWindow } from './byte-window.js';
import { handlePreVoteResponse, handleVoteResponse, tickCandidate } from './candidate.js';
import type { RaftConfig } from './config.js';
import {
  adoptSnapshot,
  askLeader,
  flushFollower,
  handleAppendRequest,
  handleHeartbeatRequest,
  handlePeerUnreachable,
  handleReadIndexResponse,
  handleTimeoutNow,
  judgeSnapshot,
  tickFollower,
} from './follower.js';
import { changeMembership, handlePersisted, maybeCommit, propose, resign, tickLeader } from './leader.js';
import { RaftLog, sizeBytesOf } from './log.js';
import { Membership } from './membership.js';
import { isWellFormed } from './message-check.js';
import { Outbox } from './outbox.js';
import {
  flush,
  handleAppendResponse,
  handleHeartbeatResponse,
  handleSnapshotSent,
  peerOf,
} from './replication.js';
import { RaftState } from './state.js';
import { maybeHandOver, transferLeadership } from './transfer.js';
import type {
  Configuration,
  CoreStatus,
  Effects,
  Entry,
  HardState,
  Input,
  LogIndex,
  LogReader,
  MemberId,
  Message,
  Role,
  RoleChange,
  SnapshotMeta,
  SnapshotVerdict,
  StepOutcome,
  Term,
} from './types.js';
import { handlePreVoteRequest, handleVoteRequest } from './votes.js';

const DONE: StepOutcome = Object.freeze({ kind: 'done' });
const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export interface RaftCoreOptions {
  readonly id: MemberId;
  readonly config: RaftConfig;
  /** Live: the core reads it whenever it needs an entry that is durable. */
  readonly log: LogReader;
  /** As last persisted; {0, 0, 0} for a new node. */
  readonly hardState: HardState;
  /** As of log.start. No members at all: a new node that waits to be added. */
  readonly snapshotConfiguration: Configuration;
  /** How far the driver has applied; entries after it are handed out again. */
  readonly appliedIndex: LogIndex;
  /** Uniform in [0, 1). Seeds must differ between members, or their elections collide. */
  readonly random: () => number;
}

export class RaftCore {
  readonly #state: RaftState;
  /** What the last drain wrote, or the restart found. */
  #hardState: HardState;
  #reportedRole: RoleChange;
  #appliedIndex: LogIndex;
  /** The last entry that went out in `committed`. */
  #handedOutIndex: LogIndex;
  readonly #beingApplied = new ByteWindow();

  constructor(options: RaftCoreOptions) {
    const { hardState, appliedIndex } = options;
    const log = new RaftLog(options.log);
    assert(
      appliedIndex >= log.start.index && appliedIndex <= log.lastIndex,
      () => `applied up to ${appliedIndex}, but the log runs from ${log.start.index} to ${log.lastIndex}`,
    );
    assert(
      hardState.commitIndex <= log.lastIndex,
      () => `entry ${hardState.commitIndex} was committed, but the log ends at ${log.lastIndex}`,
    );
    assert(
      log.lastTerm <= hardState.term,
      () => `log of term ${log.lastTerm}, hard state of term ${hardState.term}`,
    );
    this.#state = new RaftState({
      id: options.id,
      config: options.config,
      log,
      membership: Membership.recover(
        options.log,
        options.snapshotConfiguration,
        options.config.maxMessageBytes,
      ),
      outbox: new Outbox(),
      random: options.random,
      term: hardState.term,
      votedFor: hardState.votedFor,
      // What was applied was committed; the stored commit index is a hint that lags.
      commitIndex: Math.max(hardState.commitIndex, appliedIndex),
    });
    this.#hardState = hardState;
    this.#appliedIndex = appliedIndex;
    this.#handedOutIndex = appliedIndex;
    this.#reportedRole = this.#currentRole();
  }

  get role(): Role {
    return this.#state.publicRole;
  }

  get term(): Term {
    return this.#state.term;
  }

  /** 0 = unknown. */
  get leader(): MemberId {
    return this.#state.leader;
  }

  get commitIndex(): LogIndex {
    return this.#state.commitIndex;
  }

  get lastIndex(): LogIndex {
    return this.#state.log.lastIndex;
  }

  /** In force, committed or not. A new object whenever it changed, the same one otherwise. */
  get configuration(): Configuration {
    return this.#state.membership.current;
  }

  /** As of an entry that is not compacted: what a snapshot at `index` has to say. */
  configurationAt(index: LogIndex): Configuration {
    return this.#state.membership.at(index);
  }

  /**
   * Whether a snapshot that a leader of `term` offers should be installed. To be asked when it arrives, and
   * again right before it is swapped in, with every earlier write durable, every committed entry applied and
   * no step between that answer and the `snapshotInstalled` input.
   */
  judgeSnapshot(offer: { readonly term: Term; readonly meta: SnapshotMeta }): SnapshotVerdict {
    return judgeSnapshot(this.#state, offer.term, offer.meta);
  }

  step(input: Input): StepOutcome {
    const state = this.#state;
    const { role } = state;
    switch (input.kind) {
      case 'tick':
        this.#tick();
        return DONE;
      case 'message':
        this.#receive(input.message);
        return DONE;
      case 'propose':
        return role.kind === 'leader' ? propose(state, role, input.payloads) : this.#notLeader();
      case 'persisted':
        state.log.persisted(input.index, input.term);
        if (role.kind === 'leader') handlePersisted(state, role);
        return DONE;
      case 'applied':
        this.#applied(input.index);
        return DONE;
      case 'readIndex':
        this.#readIndex(input.context);
        return DONE;
      case 'transferLeadership':
        return role.kind === 'leader' ? transferLeadership(state, role, input.target) : this.#notLeader();
      case 'changeMembership':
        return role.kind === 'leader' ? changeMembership(state, role, input.change) : this.#notLeader();
      case 'peerUnreachable':
        this.#peerUnreachable(input.member);
        return DONE;
      case 'snapshotInstalled':
        this.#snapshotInstalled(input.from, input.term, input.meta);
        return DONE;
      case 'snapshotSent':
        if (role.kind === 'leader') handleSnapshotSent(state, role, input);
        return DONE;
      case 'compacted':
        assert(
          input.upTo <= this.#appliedIndex && input.upTo <= state.log.start.index,
          () =>
            `compacted up to ${input.upTo}, log start ${state.log.start.index}, applied ${this.#appliedIndex}`,
        );
        state.membership.compact(input.upTo);
        return DONE;
      case 'stepDown':
        if (role.kind === 'leader') resign(state, role);
        return DONE;
      default:
        return assertNever(input);
    }
  }

  #notLeader(): StepOutcome {
    return { kind: 'notLeader', leader: this.#state.leader };
  }

  #tick(): void {
    const state = this.#state;
    const { role } = state;
    state.nowTick++;
    switch (role.kind) {
      case 'leader':
        tickLeader(state, role);
        return;
      case 'follower':
        tickFollower(state, role);
        return;
      case 'preCandidate':
      case 'candidate':
        tickCandidate(state, role);
        return;
    }
  }

  #applied(index: LogIndex): void {
    assert(
      index <= this.#handedOutIndex,
      () => `applied ${index}, but handed out only ${this.#handedOutIndex}`,
    );
    this.#appliedIndex = Math.max(this.#appliedIndex, index);
    this.#beingApplied.release(index);
  }

  #readIndex(context: number): void {
    const state = this.#state;
    const { role } = state;
    if (role.kind === 'follower') {
      askLeader(state, role, context);
    } else if (role.kind !== 'leader' || !role.reads.add({ from: state.id, context })) {
      state.outbox.answerRead(context, undefined);
    }
  }

  #peerUnreachable(member: MemberId): void {
    const state = this.#state;
    const { role } = state;
    if (role.kind === 'follower') {
      handlePeerUnreachable(state, role, member);
    } else if (role.kind === 'leader') {
      peerOf(role, member)?.unreachable();
    }
  }

  #snapshotInstalled(from: MemberId, term: Term, meta: SnapshotMeta): void {
    adoptSnapshot(this.#state, from, term, meta);
    this.#appliedIndex = meta.index;
    this.#handedOutIndex = meta.index;
    this.#beingApplied.clear();
  }

  // ------------------------------------------------------------------------------------- messages

  #receive(message: Message): void {
    const state = this.#state;
    if (message.to !== state.id || message.from === state.id || !isWellFormed(message)) return;
    if (isForMembersOnly(message) && !state.membership.isMember(message.from)) return;
    if (message.term > state.term) this.#enterTermOf(message);
    if (message.term < state.term && !this.#isJudgedWhenStale(message)) {
      this.#answerStale(message);
      return;
    }
    this.#handle(message);
  }

  /** A higher term is followed at once (§5.1), with the exceptions that keep a working leader in place. */
  #enterTermOf(message: Message): void {
    const state = this.#state;
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
  #isJudgedWhenStale(message: Message): boolean {
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
  #answerStale(message: Message): void {
    const state = this.#state;
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

  #handle(message: Message): void {
    const state = this.#state;
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
        this.#handleFollowersAnswer(message);
        return;
      default:
        assertNever(message);
    }
  }

  #handleFollowersAnswer(message: Message & { kind: 'appendResponse' | 'heartbeatResponse' }): void {
    const state = this.#state;
    const { role } = state;
    if (role.kind !== 'leader') return;
    const peer = peerOf(role, message.from);
    if (peer === undefined) return;
    if (message.kind === 'heartbeatResponse') handleHeartbeatResponse(state, role, peer, message);
    else if (handleAppendResponse(state, role, peer, message)) maybeCommit(state, role);
    // Committing may have ended this node's leadership.
    if (state.role === role) maybeHandOver(state, role, peer);
  }

  // ---------------------------------------------------------------------------------------- drain

  /** Whether a drain would give out anything. */
  hasEffects(): boolean {
    const { log, outbox, role } = this.#state;
    return (
      !outbox.isEmpty ||
      log.hasUndrained ||
      (role.kind === 'leader' && (role.flushDue || this.#canStartReads)) ||
      (role.kind === 'follower' && role.reads.canSend) ||
      this.#isHardStateDue ||
      this.#isRoleChangeDue ||
      this.#canHandOut
    );
  }

  /** Everything to be done since the last drain; the order is in {@link Effects}. */
  drain(): Effects {
    const state = this.#state;
    const { role } = state;
    if (role.kind === 'leader') flush(state, role);
    else if (role.kind === 'follower') flushFollower(state, role);

    const { entries, truncateFrom } = state.log.drain();
    const hardState = this.#takeHardState(entries.length > 0);
    const committed = this.#takeCommitted();
    return {
      hardState,
      truncateFrom,
      entries,
      committed,
      roleChange: this.#takeRoleChange(),
      ...state.outbox.take(),
    };
  }

  get #canStartReads(): boolean {
    const { role, commitIndex } = this.#state;
    return role.kind === 'leader' && role.reads.canStart && commitIndex >= role.firstOwnIndex;
  }

  get #isHardStateDue(): boolean {
    return this.#hardState.term !== this.#state.term || this.#hardState.votedFor !== this.#state.votedFor;
  }

  /** The commit index is a hint: it rides along with a write that happens anyway and never causes one. */
  #takeHardState(hasEntries: boolean): HardState | undefined {
    const { term, votedFor, commitIndex } = this.#state;
    const rides = hasEntries && commitIndex !== this.#hardState.commitIndex;
    if (!this.#isHardStateDue && !rides) return undefined;
    this.#hardState = { term, votedFor, commitIndex };
    return this.#hardState;
  }

  /** Never beyond what is durable here: a state machine must not be ahead of its own log after a crash. */
  get #committedHere(): LogIndex {
    return Math.min(this.#state.commitIndex, this.#state.log.persistedIndex);
  }

  get #canHandOut(): boolean {
    return (
      this.#handedOutIndex < this.#committedHere &&
      this.#beingApplied.bytes < this.#state.config.maxCommittedBytesPerDrain
    );
  }

  #takeCommitted(): readonly Entry[] {
    if (!this.#canHandOut) return NO_ENTRIES;
    const { log, config } = this.#state;
    const budget = config.maxCommittedBytesPerDrain - this.#beingApplied.bytes;
    const entries = log.slice(this.#handedOutIndex + 1, this.#committedHere + 1, budget);
    this.#handedOutIndex += entries.length;
    this.#beingApplied.add(this.#handedOutIndex, sizeBytesOf(entries));
    return entries;
  }

  #currentRole(): RoleChange {
    const { publicRole, term, leader } = this.#state;
    return { role: publicRole, term, leader };
  }

  get #isRoleChangeDue(): boolean {
    const { role, term, leader } = this.#reportedRole;
    const state = this.#state;
    return term !== state.term || leader !== state.leader || role !== state.publicRole;
  }

  #takeRoleChange(): RoleChange | undefined {
    if (!this.#isRoleChangeDue) return undefined;
    this.#reportedRole = this.#currentRole();
    return this.#reportedRole;
  }

  // --------------------------------------------------------------------------------------- status

  status(): CoreStatus {
    const state = this.#state;
    const { role, log, config, nowTick } = state;
    const isLeader = role.kind === 'leader';
    return {
      id: state.id,
      role: state.publicRole,
      term: state.term,
      votedFor: state.votedFor,
      leader: state.leader,
      commitIndex: state.commitIndex,
      appliedIndex: this.#appliedIndex,
      persistedIndex: log.persistedIndex,
      lastIndex: log.lastIndex,
      configuration: state.membership.current,
      transferTarget: isLeader ? (role.transfer?.target ?? 0) : 0,
      uncommittedBytes: isLeader ? role.uncommitted.bytes : 0,
      peers: isLeader ? role.peers.map((peer) => peer.status(nowTick, config)) : [],
    };
  }
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
