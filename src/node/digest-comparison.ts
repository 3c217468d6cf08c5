/**
 * S7, the leader's judgement: what the members report of their state, against what this node knows of its
 * own. Without I/O and clock; `digest-monitor.ts` carries out what follows.
 *
 * Rules, after etcd's corruption of 3.5 (postmortem of 2022), whose checks passed for the wrong reasons:
 * - only digests of the same index are compared;
 * - silence, and an index that this node no longer remembers, are no agreement and no difference;
 * - a difference is remembered for the rest of the term, whatever is reported afterwards;
 * - who is wrong is decided by a majority of the voters, never by who leads. Without one: undecided.
 */
import type { LogIndex, MemberId } from '../raft/types.js';
import type { DigestHistory, StateDigest } from './digest-history.js';

export interface DigestMismatch {
  readonly member: MemberId;
  /** The lowest index at which a difference was seen; the first one may be earlier. */
  readonly index: LogIndex;
  readonly theirs: string;
  readonly ours: string;
}

/** Who stands against the majority. */
export type DigestVerdict = 'member' | 'leader' | 'undecided';

export interface DigestDifference {
  readonly kind: 'different';
  /** As of the index just compared. */
  readonly mismatch: DigestMismatch;
  readonly verdict: DigestVerdict;
  /** Voters known to hold the leader's state there, the leader among them. */
  readonly agreeing: number;
  readonly voters: number;
  /** The first difference of this member, or its verdict has changed. */
  readonly isNews: boolean;
}

export type DigestAnswer = { readonly kind: 'equal' } | { readonly kind: 'notComparable' } | DigestDifference;

interface Differing {
  readonly first: DigestMismatch;
  /** The last reports that differed, for finding voters that agree with each other. */
  readonly reported: Map<LogIndex, string>;
  verdict: DigestVerdict | undefined;
}

/** More than one report names, so that two members' reports meet. */
const REPORTS_KEPT = 16;

export class DigestComparison {
  readonly #self: MemberId;
  readonly #history: DigestHistory;
  readonly #equalUpTo = new Map<MemberId, LogIndex>();
  readonly #differing = new Map<MemberId, Differing>();

  constructor(self: MemberId, history: DigestHistory) {
    this.#self = self;
    this.#history = history;
  }

  /** A term begins or ends: what was found belongs to the one before. */
  reset(): void {
    this.#equalUpTo.clear();
    this.#differing.clear();
  }

  /** Removed members are forgotten; nothing here outgrows the configuration. */
  retain(members: ReadonlySet<MemberId>): void {
    for (const id of this.#equalUpTo.keys()) if (!members.has(id)) this.#equalUpTo.delete(id);
    for (const id of this.#differing.keys()) if (!members.has(id)) this.#differing.delete(id);
  }

  /** The member's state was seen to be this node's up to here; 0: not seen in this term. */
  equalUpTo(member: MemberId): LogIndex {
    return this.#equalUpTo.get(member) ?? 0;
  }

  /** The first difference seen of each member that differs, by member id. */
  mismatches(): readonly DigestMismatch[] {
    return [...this.#differing.values()].map(({ first }) => first).sort((a, b) => a.member - b.member);
  }

  /** Some member differs, and no majority has told yet who is right. */
  get isUndecided(): boolean {
    for (const { verdict } of this.#differing.values()) if (verdict === 'undecided') return true;
    return false;
  }

  compare(member: MemberId, reported: StateDigest, voters: readonly MemberId[]): DigestAnswer {
    const { index, digest } = reported;
    const ours = this.#history.at(index);
    if (ours === undefined) return { kind: 'notComparable' };
    if (ours === digest) {
      this.#equalUpTo.set(member, Math.max(index, this.equalUpTo(member)));
      return { kind: 'equal' };
    }
    return this.#differs({ member, index, theirs: digest, ours }, voters);
  }

  #differs(mismatch: DigestMismatch, voters: readonly MemberId[]): DigestDifference {
    const { member, index, theirs } = mismatch;
    const known = this.#differing.get(member);
    const differing: Differing = known ?? { first: mismatch, reported: new Map(), verdict: undefined };
    this.#differing.set(member, differing);
    const { reported } = differing;
    reported.set(index, theirs);
    for (const oldest of reported.keys()) {
      if (reported.size <= REPORTS_KEPT) break;
      reported.delete(oldest);
    }
    const majority = Math.floor(voters.length / 2) + 1;
    // Equal at a later index means equal at this one too: the digest rolls.
    const agreeing = voters.filter((id) => id === this.#self || this.equalUpTo(id) >= index).length;
    const against = voters.filter((id) => this.#differing.get(id)?.reported.get(index) === theirs).length;
    const found = agreeing >= majority ? 'member' : against >= majority ? 'leader' : 'undecided';
    // Decided at one index is decided: at another there may only be fewer reports yet.
    const verdict = found === 'undecided' ? (differing.verdict ?? found) : found;
    const isNews = differing.verdict !== verdict;
    differing.verdict = verdict;
    return { kind: 'different', mismatch, verdict, agreeing, voters: voters.length, isNews };
  }
}
