/**
 * What a core holds: the state common to all roles, and the role as a union, so that what belongs to a
 * leader exists only in a leader. Plain data with the few moves that every role shares; the rules are in
 * `follower.ts`, `candidate.ts`, `leader.ts` and `replication.ts`.
 *
 * Invariants:
 * - term never goes back; votedFor changes at most once within a term.
 * - commitIndex never goes back and never exceeds log.lastIndex.
 * - leaving a role answers every read that waited in it: refused.
 */
import { assert } from '../shared/assert.js';
import type { ByteWindow } from './byte-window.js';
import type { RaftConfig } from './config.js';
import type { RaftLog } from './log.js';
import type { Membership } from './membership.js';
import type { Outbox } from './outbox.js';
import type { Progress } from './progress.js';
import { ForwardedReads, type LeaderReads, type ReadRequest } from './read-index.js';
import type { LogIndex, MemberId, Role, Term } from './types.js';

/** Follows, or waits for someone to follow. A learner is a follower that is no voter. */
export interface FollowerRole {
  readonly kind: 'follower';
  /** 0 = unknown. */
  leader: MemberId;
  /** The connection to the leader is gone: it may be dead, so its freshness protects it no longer. */
  leaderUnreachable: boolean;
  /** Since the leader was last heard, or a vote granted. */
  elapsedTicks: number;
  readonly timeoutTicks: number;
  readonly reads: ForwardedReads;
}

export interface CandidateRole {
  /** A pre-candidate asks whether it could win; it has changed neither term nor vote (thesis §9.6). */
  readonly kind: 'preCandidate' | 'candidate';
  readonly votes: Map<MemberId, boolean>;
  elapsedTicks: number;
  readonly timeoutTicks: number;
}

export interface LeaderRole {
  readonly kind: 'leader';
  /** Everyone else in the configuration, ascending by id. */
  peers: readonly Progress[];
  /** Index of the no-op that opened this term; what lies before is another term's (§5.4.2). */
  readonly firstOwnIndex: LogIndex;
  /**
   * Whether term and vote are known to be durable. A vote from somebody else proves it, as requests leave
   * after the write. A group of one wins without asking: until its first write is done nothing may leave
   * beside the write, or a crash could let it send two different entries with one index and term.
   */
  termIsDurable: boolean;
  heartbeatElapsedTicks: number;
  transfer: { readonly target: MemberId; elapsedTicks: number } | undefined;
  /** Own entries that are not committed. */
  readonly uncommitted: ByteWindow;
  readonly reads: LeaderReads;
  /** Something happened after which a follower may be sent more. Looked at once, in the next drain. */
  flushDue: boolean;
  /** For counting, so that the hot path allocates nothing. */
  readonly scratch: number[];
}

export type RoleState = FollowerRole | CandidateRole | LeaderRole;

export interface RaftStateOptions {
  readonly id: MemberId;
  readonly config: RaftConfig;
  readonly log: RaftLog;
  readonly membership: Membership;
  readonly outbox: Outbox;
  readonly random: () => number;
  readonly term: Term;
  readonly votedFor: MemberId;
  readonly commitIndex: LogIndex;
}

export class RaftState {
  readonly id: MemberId;
  readonly config: RaftConfig;
  readonly log: RaftLog;
  readonly membership: Membership;
  readonly outbox: Outbox;
  readonly #random: () => number;
  term: Term;
  votedFor: MemberId;
  role: RoleState;
  nowTick = 0;
  #commitIndex: LogIndex;
  #nextReadToken: number;

  constructor(options: RaftStateOptions) {
    this.id = options.id;
    this.config = options.config;
    this.log = options.log;
    this.membership = options.membership;
    this.outbox = options.outbox;
    this.#random = options.random;
    this.term = options.term;
    this.votedFor = options.votedFor;
    this.#commitIndex = options.commitIndex;
    // An answer on its way to the process before a restart must not meet a token of the one after it.
    this.#nextReadToken = Math.floor(options.random() * 2 ** 51);
    this.role = this.#newFollower(0);
  }

  get isVoter(): boolean {
    return this.membership.isVoter(this.id);
  }

  /**
   * Voters campaign, and so does one whose removal is in its log but not known to be committed: it may be
   * the only one to have that entry, and then nobody else can win. Its own vote does not count (thesis §4.2.2).
   */
  get mayCampaign(): boolean {
    if (this.isVoter) return true;
    return this.membership.at(this.#commitIndex).voters.some(({ id }) => id === this.id);
  }

  get leader(): MemberId {
    if (this.role.kind === 'leader') return this.id;
    return this.role.kind === 'follower' ? this.role.leader : 0;
  }

  get publicRole(): Role {
    if (this.role.kind === 'follower') return this.isVoter ? 'follower' : 'learner';
    return this.role.kind;
  }

  get commitIndex(): LogIndex {
    return this.#commitIndex;
  }

  commitTo(index: LogIndex): void {
    if (index <= this.#commitIndex) return;
    assert(
      index <= this.log.lastIndex,
      () => `commit ${index} beyond the end of the log, ${this.log.lastIndex}`,
    );
    this.#commitIndex = index;
  }

  /** For requests whose answers must not be taken for another's. */
  takeReadToken(): number {
    return this.#nextReadToken++;
  }

  /** Uniform in [electionTicks, 2 * electionTicks): split votes sort themselves out (§5.2). */
  drawElectionTimeout(): number {
    const { electionTicks } = this.config;
    return electionTicks + Math.min(electionTicks - 1, Math.floor(this.#random() * electionTicks));
  }

  /**
   * Whether a leader is believed to be alive. Then nobody gets a vote: a node that was cut off must not
   * depose a leader that everyone else still hears (thesis §4.2.3). A leader vouches for itself; check-quorum
   * takes care of one that should not.
   */
  get hasFreshLeader(): boolean {
    const { role } = this;
    if (role.kind === 'leader') return true;
    if (role.kind !== 'follower' || role.leader === 0 || role.leaderUnreachable) return false;
    return role.elapsedTicks < this.config.electionTicks;
  }

  /** Steps into `term` (never back), following `leader`; 0 = not known. */
  becomeFollower(term: Term, leader: MemberId): void {
    this.#leaveRole();
    this.#enterTerm(term);
    this.role = this.#newFollower(leader);
  }

  becomePreCandidate(): CandidateRole {
    return this.#becomeCandidate('preCandidate');
  }

  /** Opens a new term and votes for itself in it. */
  becomeCandidate(): CandidateRole {
    this.#enterTerm(this.term + 1);
    this.votedFor = this.id;
    return this.#becomeCandidate('candidate');
  }

  becomeLeader(role: LeaderRole): void {
    assert(this.role.kind === 'candidate', () => `${this.role.kind} cannot become a leader`);
    this.role = role;
  }

  #becomeCandidate(kind: CandidateRole['kind']): CandidateRole {
    this.#leaveRole();
    const role: CandidateRole = {
      kind,
      votes: new Map([[this.id, true]]),
      elapsedTicks: 0,
      timeoutTicks: this.drawElectionTimeout(),
    };
    this.role = role;
    return role;
  }

  #newFollower(leader: MemberId): FollowerRole {
    return {
      kind: 'follower',
      leader,
      leaderUnreachable: false,
      elapsedTicks: 0,
      timeoutTicks: this.drawElectionTimeout(),
      reads: new ForwardedReads(this.config.maxPendingReads),
    };
  }

  #enterTerm(term: Term): void {
    assert(term >= this.term, () => `term ${term} after term ${this.term}`);
    if (term === this.term) return;
    this.term = term;
    this.votedFor = 0;
  }

  #leaveRole(): void {
    const { role } = this;
    if (role.kind === 'leader') {
      for (const request of role.reads.abandon()) this.answerRead(request, undefined);
    } else if (role.kind === 'follower') {
      for (const context of role.reads.abandon()) this.outbox.answerRead(context, undefined);
    }
  }

  /** To this node's driver or over the network; undefined: refused. */
  answerRead(request: ReadRequest, index: LogIndex | undefined): void {
    const { from, context } = request;
    if (from === this.id) {
      this.outbox.answerRead(context, index);
      return;
    }
    this.outbox.sendNow({
      kind: 'readIndexResponse',
      from: this.id,
      to: from,
      term: this.term,
      context,
      index: index ?? 0,
      refused: index === undefined,
    });
  }
}
