/**
 * Who votes and who listens: the configuration in force, its history, and which changes are sound.
 *
 * A configuration takes effect the moment its entry is in the log, committed or not (thesis §4.1), and
 * goes out of effect when that entry is cut off again. So the history since the log's start is kept.
 *
 * Changes are one at a time. Any majority of the old and any of the new group then overlap, as long as
 * three rules hold, all kept in `leader-membership.ts`, which knows what is committed and who is alive:
 * - the leader has committed an entry of its own term (the bug found in single-server changes in 2015);
 * - the configuration before is committed;
 * - the voters that are heard from are a majority of the new group, or the change stalls the cluster.
 */
import { assert } from '../shared/assert.js';
import type {
  Configuration,
  Entry,
  LogIndex,
  LogReader,
  Member,
  MemberId,
  MembershipChange,
  RefusalReason,
} from './types.js';

interface Version {
  /** Of the entry that brought it; for the first one, of the snapshot. */
  readonly index: LogIndex;
  readonly configuration: Configuration;
  readonly voterIds: readonly MemberId[];
}

export class Membership {
  /** Ascending by index, never empty. */
  #versions: Version[];
  #current: Version;

  constructor(start: LogIndex, configuration: Configuration) {
    // A node that waits to be added knows of nobody; everybody else knows of at least one voter.
    const { voters, learners } = configuration;
    const isBlank = voters.length === 0 && learners.length === 0;
    assert(isBlank || isValidConfiguration(configuration), 'the stored configuration is not a valid one');
    this.#current = versionOf(start, configuration);
    this.#versions = [this.#current];
  }

  /** The stored log's latest configuration counts, committed or not. Reads it once, in pieces. */
  static recover(log: LogReader, snapshotConfiguration: Configuration, maxBytes: number): Membership {
    const membership = new Membership(log.start.index, snapshotConfiguration);
    let next = log.start.index + 1;
    while (next <= log.lastIndex) {
      const entries = log.entries(next, log.lastIndex + 1, maxBytes);
      assert(entries.length > 0, () => `entry ${next} is missing from the durable log`);
      membership.append(entries);
      next += entries.length;
    }
    return membership;
  }

  get current(): Configuration {
    return this.#current.configuration;
  }

  /** Of the entry that brought the current configuration. */
  get currentIndex(): LogIndex {
    return this.#current.index;
  }

  /** Ascending. */
  get voterIds(): readonly MemberId[] {
    return this.#current.voterIds;
  }

  isVoter(id: MemberId): boolean {
    return this.#current.voterIds.includes(id);
  }

  isMember(id: MemberId): boolean {
    return this.isVoter(id) || this.current.learners.some((learner) => learner.id === id);
  }

  /** As of `index`, which must not lie before the log's start. */
  at(index: LogIndex): Configuration {
    const version = this.#versions.findLast((each) => each.index <= index);
    assert(version !== undefined, () => `configuration at ${index} asked for, which was compacted`);
    return version.configuration;
  }

  /** Follows the log: to be called with whatever is appended to it. Returns whether anything changed. */
  append(entries: readonly Entry[]): boolean {
    const first = entries[0];
    if (first === undefined) return false;
    let changed = this.#cutFrom(first.index);
    for (const { index, payload } of entries) {
      if (payload.kind !== 'configuration') continue;
      this.#current = versionOf(index, payload.configuration);
      this.#versions.push(this.#current);
      changed = true;
    }
    return changed;
  }

  #cutFrom(index: LogIndex): boolean {
    if (this.#current.index < index) return false;
    const kept = this.#versions.filter((each) => each.index < index);
    const last = kept[kept.length - 1];
    assert(last !== undefined, () => `log cut from ${index}, before its own start`);
    this.#versions = kept;
    this.#current = last;
    return true;
  }

  /** Forgets what was in force only before `upTo`. */
  compact(upTo: LogIndex): void {
    const base = this.#versions.findLastIndex((each) => each.index <= upTo);
    if (base > 0) this.#versions = this.#versions.slice(base);
  }

  /**
   * A snapshot brings its own configuration, and everything known before goes: an uncommitted one kept
   * over an install lets two groups decide apart (openraft #1808).
   */
  reset(index: LogIndex, configuration: Configuration): void {
    this.#current = versionOf(index, configuration);
    this.#versions = [this.#current];
  }
}

function versionOf(index: LogIndex, configuration: Configuration): Version {
  return { index, configuration, voterIds: Object.freeze(configuration.voters.map((member) => member.id)) };
}

/** Voters not empty, both lists ascending by id, nobody twice, and no highest id that is not the highest. */
export function isValidConfiguration(configuration: Configuration): boolean {
  const { voters, learners, highestId } = configuration;
  return (
    voters.length > 0 &&
    isAscending(voters) &&
    isAscending(learners) &&
    !learners.some((learner) => voters.some((voter) => voter.id === learner.id)) &&
    (highestId === undefined || (Number.isSafeInteger(highestId) && highestId > highestListed(configuration)))
  );
}

/** Every id up to this one is a member's, was one's, or was passed over; 0 for a blank configuration. */
export function highestIdOf(configuration: Configuration): MemberId {
  return configuration.highestId ?? highestListed(configuration);
}

function highestListed({ voters, learners }: Pick<Configuration, 'voters' | 'learners'>): MemberId {
  return Math.max(voters[voters.length - 1]?.id ?? 0, learners[learners.length - 1]?.id ?? 0);
}

function isAscending(members: readonly Member[]): boolean {
  return members.every(
    ({ id }, at) => Number.isSafeInteger(id) && id > 0 && (at === 0 || id > (members[at - 1] as Member).id),
  );
}

export type ChangePlan =
  | { readonly kind: 'change'; readonly configuration: Configuration }
  | { readonly kind: 'refused'; readonly cause: string; readonly reason: RefusalReason };

/** The configuration after `change`, or why there is none. Looks at the configuration alone. */
export function planChange(current: Configuration, change: MembershipChange): ChangePlan {
  const { voters, learners } = current;
  switch (change.kind) {
    case 'addLearner': {
      const { member } = change;
      if (!Number.isSafeInteger(member.id) || member.id <= 0) {
        return refused('INVALID_ARGUMENT', `${member.id} is not a member id: those are whole numbers from 1`);
      }
      if ([...voters, ...learners].some(({ id }) => id === member.id)) {
        return refused('MEMBER_EXISTS', `member ${member.id} is in the cluster already`);
      }
      return planned(current, voters, insert(learners, member));
    }
    case 'promote': {
      const learner = learners.find(({ id }) => id === change.id);
      if (learner === undefined) {
        return voters.some(({ id }) => id === change.id)
          ? refused('MEMBER_EXISTS', `member ${change.id} is a voter already`)
          : refused('MEMBER_NOT_FOUND', `no learner ${change.id}`);
      }
      return planned(current, insert(voters, learner), without(learners, change.id));
    }
    case 'bindDirectory': {
      const { id, directoryId } = change;
      const member = [...voters, ...learners].find((each) => each.id === id);
      if (member === undefined) return refused('MEMBER_NOT_FOUND', `no member ${id}`);
      if (member.directoryId !== '') {
        return refused('MEMBER_EXISTS', `member ${id} has data directory ${member.directoryId} already`);
      }
      if (directoryId === '' || [...voters, ...learners].some((each) => each.directoryId === directoryId)) {
        return refused('INVALID_ARGUMENT', `'${directoryId}' is no data directory of its own`);
      }
      const bind = (members: readonly Member[]): readonly Member[] =>
        members.map((each) => (each.id === id ? { ...each, directoryId } : each));
      return planned(current, bind(voters), bind(learners));
    }
    case 'remove': {
      if (![...voters, ...learners].some(({ id }) => id === change.id)) {
        return refused('MEMBER_NOT_FOUND', `no member ${change.id}`);
      }
      const left = without(voters, change.id);
      if (left.length === 0) return refused('QUORUM_AT_RISK', `member ${change.id} is the last voter`);
      return planned(current, left, without(learners, change.id));
    }
  }
}

function planned(before: Configuration, voters: readonly Member[], learners: readonly Member[]): ChangePlan {
  const highestId = highestIdOf(before);
  const listed = { voters, learners };
  const configuration = highestId > highestListed(listed) ? { ...listed, highestId } : listed;
  return { kind: 'change', configuration };
}

function refused(reason: RefusalReason, cause: string): ChangePlan {
  return { kind: 'refused', reason, cause };
}

function insert(members: readonly Member[], member: Member): readonly Member[] {
  return [...members, member].sort((a, b) => a.id - b.id);
}

function without(members: readonly Member[], id: MemberId): readonly Member[] {
  return members.filter((member) => member.id !== id);
}
