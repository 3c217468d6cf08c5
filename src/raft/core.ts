/**
 * The consensus core: a function of the inputs it was fed. `step` takes one in, `drain` gives out
 * everything that is to be done; `types.ts` has the contract, README.md the driver's duties.
 *
 * This file only distributes: messages to `receive.ts`, everything else to the role concerned. No clock, no
 * randomness of its own, no I/O.
 *
 * Throws AssertionError for damaged local state and for a driver that breaks its contract; never for
 * anything that came over the network.
 */
import { assert, assertNever } from '../shared/assert.js';
import { tickCandidate } from './candidate.js';
import type { RaftConfig } from './config.js';
import {
  adoptSnapshot,
  askLeader,
  flushFollower,
  handlePeerUnreachable,
  judgeSnapshot,
  tickFollower,
} from './follower.js';
import { changeMembership, promotionObstacle } from './leader-membership.js';
import { handlePersisted, propose, resign, tickLeader } from './leader.js';
import { RaftLog } from './log.js';
import { Membership } from './membership.js';
import { Outbox } from './outbox.js';
import { receive } from './receive.js';
import { flush, handleSnapshotSent, peerOf } from './replication.js';
import { Reported } from './reported.js';
import { RaftState } from './state.js';
import { transferLeadership } from './transfer.js';
import type {
  Configuration,
  CoreStatus,
  Effects,
  HardState,
  Input,
  LogIndex,
  LogReader,
  MemberId,
  Role,
  SnapshotMeta,
  SnapshotVerdict,
  StepOutcome,
  Term,
} from './types.js';

const DONE: StepOutcome = Object.freeze({ kind: 'done' });

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
  readonly #reported: Reported;

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
    // A snapshot may bring a term that was not known here, and is durable before the hard state follows. No
    // vote can have been given in that term, or the hard state would know of it.
    const isSnapshotAhead = log.lastTerm > hardState.term && log.lastIndex === log.start.index;
    assert(
      log.lastTerm <= hardState.term || isSnapshotAhead,
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
      term: isSnapshotAhead ? log.lastTerm : hardState.term,
      votedFor: isSnapshotAhead ? 0 : hardState.votedFor,
      // What was applied was committed; the stored commit index is a hint that lags.
      commitIndex: Math.max(hardState.commitIndex, appliedIndex),
    });
    this.#reported = new Reported(this.#state, hardState, appliedIndex);
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

  /** Of the entry that brought the configuration in force. */
  get configurationIndex(): LogIndex {
    return this.#state.membership.currentIndex;
  }

  /** Of an entry that is in the log, durable or not; undefined when it is not, or was compacted. */
  termAt(index: LogIndex): Term | undefined {
    return this.#state.log.termAt(index);
  }

  /** Why this leader would not promote a learner now, as a clause; undefined: it would, or does not lead. */
  promotionObstacle(id: MemberId): string | undefined {
    const { role } = this.#state;
    return role.kind === 'leader' ? promotionObstacle(this.#state, role, id) : undefined;
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
        receive(state, input.message);
        return DONE;
      case 'propose':
        return role.kind === 'leader' ? propose(state, role, input.payloads) : this.#notLeader();
      case 'persisted':
        state.log.persisted(input.index, input.term);
        if (role.kind === 'leader') handlePersisted(state, role);
        return DONE;
      case 'applied':
        this.#reported.applied(input.index);
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
        adoptSnapshot(state, input.from, input.term, input.meta);
        this.#reported.skipTo(input.meta.index);
        return DONE;
      case 'snapshotSent':
        if (role.kind === 'leader') handleSnapshotSent(state, role, input);
        return DONE;
      case 'compacted':
        assert(
          input.upTo <= this.#reported.appliedIndex && input.upTo <= state.log.start.index,
          () =>
            `compacted up to ${input.upTo}, log start ${state.log.start.index}, applied ${this.#reported.appliedIndex}`,
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

  /** Whether a drain would give out anything. */
  hasEffects(): boolean {
    const { log, outbox, role, commitIndex } = this.#state;
    return (
      !outbox.isEmpty ||
      log.hasUndrained ||
      this.#reported.isAnythingDue ||
      (role.kind === 'leader' &&
        (role.flushDue || (role.reads.canStart && commitIndex >= role.firstOwnIndex))) ||
      (role.kind === 'follower' && role.reads.canSend)
    );
  }

  /** Everything to be done since the last drain; the order is in {@link Effects}. */
  drain(): Effects {
    const state = this.#state;
    const { role } = state;
    if (role.kind === 'leader') flush(state, role);
    else if (role.kind === 'follower') flushFollower(state, role);

    const { entries, truncateFrom } = state.log.drain();
    return {
      hardState: this.#reported.takeHardState({ hasEntries: entries.length > 0 }),
      truncateFrom,
      entries,
      committed: this.#reported.takeCommitted(),
      roleChange: this.#reported.takeRoleChange(),
      ...state.outbox.take(),
    };
  }

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
      appliedIndex: this.#reported.appliedIndex,
      persistedIndex: log.persistedIndex,
      lastIndex: log.lastIndex,
      configuration: state.membership.current,
      transferTarget: isLeader ? (role.transfer?.target ?? 0) : 0,
      uncommittedBytes: isLeader ? role.uncommitted.bytes : 0,
      peers: isLeader ? role.peers.map((peer) => peer.status(nowTick, config)) : [],
    };
  }
}
