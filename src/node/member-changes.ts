/**
 * Membership changes as calls: judged by the leader's core, answered when committed and applied here.
 * What the core does not know is decided here, in the same turn in which it is asked:
 *
 * - a change that is there already is a success that changes nothing, so that a call may be repeated;
 * - ids only grow and addresses are not shared (S6, and two members at one address would answer for each other);
 * - nobody is promoted whose data directory is not bound (S6).
 *
 * A change whose fate is not seen because leadership moved is OUTCOME_UNKNOWN.
 */
import type { RaftCore } from '../raft/core.js';
import { highestIdOf } from '../raft/membership.js';
import type {
  Configuration,
  LogIndex,
  Member,
  MemberId,
  MembershipChange,
  StepOutcome,
  Term,
} from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import { memberOf } from './member-identity.js';
import type { MembershipAnswer, NewMember } from './node-api.js';
import { noLeader } from './proposals.js';

/** A change before is committed within a round trip or two. */
const PENDING_RETRY_MS = 200;
/** A learner catches up meanwhile. */
const NOT_READY_RETRY_MS = 500;

export interface MemberChangesDeps {
  readonly core: RaftCore;
  readonly clock: Clock;
  readonly appliedIndex: () => LogIndex;
  readonly addressOf: (member: MemberId) => string;
  readonly change: (change: MembershipChange) => StepOutcome;
  /** Resolves when a majority has confirmed that this node leads. */
  readonly confirm: (timeoutMs: number) => Promise<unknown>;
}

interface Waiter {
  readonly index: LogIndex;
  readonly term: Term;
  readonly resolve: () => void;
  readonly reject: (error: SextonError) => void;
  readonly expiresAtMs: number;
}

/** What a call asks for, given who is there; undefined: nothing, it is so already. */
type Plan = (now: Configuration) => MembershipChange | undefined;

export class MemberChanges {
  readonly #deps: MemberChangesDeps;
  #waiters: readonly Waiter[] = [];

  constructor(deps: MemberChangesDeps) {
    this.#deps = deps;
  }

  /** As a learner. MEMBER_EXISTS, MEMBERSHIP_CHANGE_PENDING, QUORUM_AT_RISK. */
  async add(input: NewMember, timeoutMs: number): Promise<MembershipAnswer> {
    const { changed, configuration } = await this.#carryOut((now) => planAdd(now, input), timeoutMs);
    const member = existing(configuration, input);
    return { changed, member, configuration };
  }

  /** MEMBER_NOT_FOUND, LEARNER_NOT_READY, MEMBERSHIP_CHANGE_PENDING, QUORUM_AT_RISK. */
  async promote(id: MemberId, timeoutMs: number): Promise<MembershipAnswer> {
    const { changed, configuration } = await this.#carryOut((now) => planPromote(now, id), timeoutMs);
    return { changed, member: memberOf(configuration, id), configuration };
  }

  /** MEMBER_NOT_FOUND, QUORUM_AT_RISK, MEMBERSHIP_CHANGE_PENDING. */
  async remove(id: MemberId, timeoutMs: number): Promise<MembershipAnswer> {
    const { changed, configuration } = await this.#carryOut((now) => planRemove(now, id), timeoutMs);
    return { changed, member: memberOf(configuration, id), configuration };
  }

  /** Applied index, role or term moved. */
  settle(): void {
    if (this.#waiters.length > 0) this.#waiters = this.#waiters.filter((waiter) => !this.#isSettled(waiter));
  }

  stop(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(unknownOutcome('this node is stopping'));
  }

  async #carryOut(
    plan: Plan,
    timeoutMs: number,
  ): Promise<{ readonly changed: boolean; readonly configuration: Configuration }> {
    const { core } = this.#deps;
    if (core.role !== 'leader') throw this.#notLeader(core.leader);
    const change = plan(core.configuration);
    if (change === undefined) return this.#confirmed(timeoutMs);
    const outcome = this.#deps.change(change);
    if (outcome.kind !== 'appended') throw this.#refusal(change, outcome);
    await this.#applied(outcome.firstIndex, outcome.term, timeoutMs);
    return { changed: true, configuration: core.configurationAt(outcome.firstIndex) };
  }

  /** "It is so already" must be as certain as a change: committed, and not a deposed leader's view. */
  async #confirmed(
    timeoutMs: number,
  ): Promise<{ readonly changed: boolean; readonly configuration: Configuration }> {
    const { core } = this.#deps;
    const { configuration, configurationIndex, term } = core;
    const of = core.termAt(configurationIndex) ?? term;
    await this.#applied(configurationIndex, of, timeoutMs);
    await this.#deps.confirm(timeoutMs);
    if (core.role !== 'leader' || core.term !== term) throw this.#notLeader(core.leader);
    return { changed: false, configuration };
  }

  #applied(index: LogIndex, term: Term, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const expiresAtMs = this.#deps.clock.monotonicMs() + timeoutMs;
      const waiter = { index, term, resolve, reject, expiresAtMs };
      if (!this.#isSettled(waiter)) this.#waiters = [...this.#waiters, waiter];
    });
  }

  #isSettled({ index, term, resolve, reject, expiresAtMs }: Waiter): boolean {
    const { core, clock, appliedIndex } = this.#deps;
    // Compacted: it was applied, and what was applied before it is not this waiter's to doubt.
    const isThere = (core.termAt(index) ?? term) === term;
    if (isThere && appliedIndex() >= index) resolve();
    else if (!isThere) reject(unknownOutcome('another leader took over'));
    // A leader that removed itself resigns when that is committed, and applies it a moment later.
    else if (core.commitIndex < index && (core.role !== 'leader' || core.term !== term)) {
      reject(unknownOutcome('the leader changed'));
    } else if (clock.monotonicMs() >= expiresAtMs) reject(unknownOutcome('the deadline passed'));
    else return false;
    return true;
  }

  #refusal(change: MembershipChange, outcome: Exclude<StepOutcome, { kind: 'appended' }>): SextonError {
    switch (outcome.kind) {
      case 'notLeader':
        return this.#notLeader(outcome.leader);
      case 'transferring':
        return this.#notLeader(outcome.target);
      case 'refused': {
        const { reason, cause } = outcome;
        if (reason === undefined) return new SextonError('NODE_STOPPING', cause);
        if (reason === 'MEMBERSHIP_CHANGE_PENDING') {
          return new SextonError(reason, cause, { retryAfterMs: PENDING_RETRY_MS });
        }
        return reason === 'LEARNER_NOT_READY' && change.kind === 'promote'
          ? this.#notReady(change.id, cause)
          : new SextonError(reason, cause);
      }
      case 'done':
      case 'overloaded':
        return new SextonError('INTERNAL', `a membership change ended as ${outcome.kind}`);
    }
  }

  #notReady(id: MemberId, cause: string): SextonError {
    const { lastIndex, peers } = this.#deps.core.status();
    const matchIndex = peers.find((peer) => peer.id === id)?.matchIndex ?? 0;
    return new SextonError('LEARNER_NOT_READY', cause, {
      metadata: { trailing_entries: String(lastIndex - matchIndex) },
      retryAfterMs: NOT_READY_RETRY_MS,
    });
  }

  #notLeader(leader: MemberId): SextonError {
    if (leader === 0 || leader === this.#deps.core.status().id) return noLeader();
    const address = this.#deps.addressOf(leader);
    return new SextonError('NOT_LEADER', `member ${leader} leads`, {
      metadata: { leader_id: String(leader), ...(address === '' ? {} : { leader_address: address }) },
    });
  }
}

function planAdd(now: Configuration, input: NewMember): MembershipChange | undefined {
  const { id, address, directoryId } = input;
  const same = existing(now, input);
  if (same?.address === address && (directoryId === '' || same.directoryId === directoryId)) return undefined;
  if (same !== undefined) {
    const which = same.directoryId === '' ? '' : `, with data directory ${same.directoryId}`;
    throw new SextonError(
      'MEMBER_EXISTS',
      `member ${same.id} is in the cluster already, at ${same.address}${which}`,
    );
  }
  const neighbour = all(now).find((member) => member.address === address);
  if (neighbour !== undefined) {
    throw new SextonError(
      'MEMBER_EXISTS',
      `${address} is member ${neighbour.id}'s address; remove that member first`,
    );
  }
  const next = highestIdOf(now) + 1;
  if (id !== 0 && id < next) {
    throw new SextonError(
      'MEMBER_EXISTS',
      `member id ${id} was used or passed over before, and ids are never given out again: take ${next} or a higher one`,
      { metadata: { next_member_id: String(next) } },
    );
  }
  return { kind: 'addLearner', member: { id: id === 0 ? next : id, address, directoryId } };
}

function planPromote(now: Configuration, id: MemberId): MembershipChange | undefined {
  if (now.voters.some((member) => member.id === id)) return undefined;
  const learner = now.learners.find((member) => member.id === id);
  if (learner?.directoryId === '') {
    throw new SextonError('LEARNER_NOT_READY', notStarted(learner), { retryAfterMs: NOT_READY_RETRY_MS });
  }
  if (learner === undefined && id <= highestIdOf(now)) {
    throw new SextonError('MEMBER_NOT_FOUND', `member ${id} is not in the cluster any more`);
  }
  return { kind: 'promote', id };
}

function planRemove(now: Configuration, id: MemberId): MembershipChange | undefined {
  const isGone = memberOf(now, id) === undefined && id <= highestIdOf(now);
  return isGone ? undefined : { kind: 'remove', id };
}

/** Why a learner without a bound directory cannot be promoted. */
export function notStarted({ id, address }: Member): string {
  return `learner ${id} was not heard from yet: start it at ${address} with --join`;
}

/** The member that the input names: by its id, or where it leaves that open, by its address. */
function existing(now: Configuration, { id, address }: NewMember): Member | undefined {
  return id === 0 ? all(now).find((member) => member.address === address) : memberOf(now, id);
}

function all({ voters, learners }: Configuration): readonly Member[] {
  return [...voters, ...learners];
}

function unknownOutcome(why: string): SextonError {
  return new SextonError(
    'OUTCOME_UNKNOWN',
    `${why} before the change was seen to be committed; repeat the call: what is done already is a success`,
  );
}
