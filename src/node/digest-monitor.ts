/**
 * The digest alarm (S7), on every member. Now and then a member tells the leader its state's digest at a few
 * indexes; the leader compares them with its own and tells a member that differs. What follows:
 *
 *   the leader and a majority agree against a member   that member stops (CATALOG_DIVERGED) and says how to rejoin
 *   a majority agrees against the leader               the leader stops: it must not purge by a wrong catalog
 *   no majority either way                             an alarm on both, and the leader purges nothing: no guessing
 *
 * A directory whose state was found wrong is marked so, and not opened again: a supervisor that starts the node anew
 * must not bring it back, perhaps as the leader.
 *
 * A member stops on the leader's word only if it is still led by it in the same term, and finds in its own
 * memory that it did have the digest it is told of. The alarm stands until the term ends or the member is
 * removed; the next leader finds it again from the next reports.
 *
 * Limits: a digest covers what apply wrote. A record that decays on the disk afterwards shows only once
 * apply reads it and writes something else on its account.
 */
import type { MemberId } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { condemnedError } from '../storage/identity-file.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { DirectoryOwner } from '../storage/rejoin-advice.js';
import type { AlarmView } from './alarm.js';
import { DigestComparison, type DigestDifference, type DigestMismatch } from './digest-comparison.js';
import { DigestHistory, type StateDigest } from './digest-history.js';
import type { NodeMetrics } from './node-metrics.js';
import type { Leadership } from './proposals.js';
import type { DigestNotice, PeerItem } from './transport/transport.js';

export interface DigestMonitorDeps {
  readonly memberId: MemberId;
  /** For the words of the rejoin advice. */
  readonly owner: () => DirectoryOwner;
  readonly storage: Pick<NodeStorage, 'condemn'>;
  /** The state that the node starts with. */
  readonly start: StateDigest;
  /** A report goes out every so many ticks. */
  readonly reportTicks: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<NodeMetrics, 'digestCompared'>;
  readonly leadership: () => Leadership;
  /** In force now. */
  readonly members: () => { readonly voters: readonly MemberId[]; readonly all: ReadonlySet<MemberId> };
  readonly send: (to: MemberId, item: PeerItem) => void;
  /** `inDoubt` is another than before. */
  readonly doubtChanged: () => void;
  readonly fatal: (error: unknown) => void;
}

export class DigestMonitor {
  readonly #deps: DigestMonitorDeps;
  readonly #history: DigestHistory;
  readonly #comparison: DigestComparison;
  readonly #alarms = new Map<MemberId, AlarmView>();
  #ownAlarm: AlarmView | undefined;
  #ticks = 0;
  #inDoubt = false;
  #isStopping = false;

  constructor(deps: DigestMonitorDeps) {
    this.#deps = deps;
    this.#history = new DigestHistory(deps.start);
    this.#comparison = new DigestComparison(deps.memberId, this.#history);
  }

  /** As the leader sees the cluster; on other nodes only what concerns themselves. */
  get alarms(): readonly AlarmView[] {
    const { all } = this.#deps.members();
    const found = [...this.#alarms.values()].filter(({ memberId }) => all.has(memberId));
    return this.#ownAlarm === undefined ? found : [...found, this.#ownAlarm];
  }

  /** Up to here the member's state was seen to be the leader's, in this term; 0: not seen. */
  equalUpTo(member: MemberId): number {
    return member === this.#deps.memberId ? this.#history.newest.index : this.#comparison.equalUpTo(member);
  }

  /** This node leads, and it may be its own state that is wrong: nothing must be purged by it. */
  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  applied(digests: readonly StateDigest[]): void {
    for (const digest of digests) this.#history.add(digest);
  }

  /** A snapshot took the catalog's place. */
  replaced(start: StateDigest): void {
    this.#history.reset(start);
    this.#ownAlarm = undefined;
  }

  /** What was found belongs to a term; what this node was told, to the leader that told it. */
  leadershipChanged(): void {
    this.#comparison.reset();
    this.#alarms.clear();
    this.#ownAlarm = undefined;
    // The new leader hears from everyone soon.
    this.#ticks = 0;
    this.#weigh();
  }

  tick(): void {
    if (this.#ticks++ % this.#deps.reportTicks !== 0) return;
    const { isLeader, leader } = this.#deps.leadership();
    if (isLeader) {
      this.#comparison.retain(this.#deps.members().all);
      this.#weigh();
    } else if (leader !== 0) {
      for (const digest of this.#history.report()) this.#deps.send(leader, { kind: 'digest', digest });
    }
  }

  /** A member's report; only a leader has a use for it. */
  receive(from: MemberId, reported: StateDigest): void {
    const { voters, all } = this.#deps.members();
    if (!this.#deps.leadership().isLeader || !all.has(from)) return;
    const answer = this.#comparison.compare(from, reported, voters);
    if (answer.kind === 'notComparable') return;
    this.#deps.metrics.digestCompared(from, answer.kind === 'equal');
    if (answer.kind === 'different') this.#differs(answer);
    this.#weigh();
  }

  /** The leader says that this node's state is not the cluster's. */
  receiveNotice(from: MemberId, notice: DigestNotice): void {
    const { isLeader, leader, term } = this.#deps.leadership();
    if (isLeader || from !== leader || notice.term !== term) return;
    // Not what this node remembers: a late word about another life of it, or one that is not sound.
    if (this.#history.at(notice.index) !== notice.reported || notice.reported === notice.expected) return;
    const { memberId, clock, logger } = this.#deps;
    const mismatch = {
      member: memberId,
      index: notice.index,
      theirs: notice.reported,
      ours: notice.expected,
    };
    const conclusive = notice.agreeing >= Math.floor(notice.voters / 2) + 1;
    if (this.#ownAlarm === undefined) {
      logger.error({ ...notice, leader: from }, 'the state of this member is not the leader’s');
      this.#ownAlarm = {
        kind: 'DIGEST_MISMATCH',
        memberId,
        message: describe(mismatch, conclusive ? 'member' : 'undecided'),
        raisedMs: clock.wallMs(),
      };
    }
    if (conclusive) {
      const agreeing = `${notice.agreeing} of ${notice.voters} voters hold ${notice.expected}`;
      this.#stop(`after entry ${notice.index} the catalog here has digest ${notice.reported}, ${agreeing}`);
    }
  }

  #differs(difference: DigestDifference): void {
    const { mismatch, verdict, agreeing, voters, isNews } = difference;
    const { logger, clock, send, leadership } = this.#deps;
    const { member, index, theirs, ours } = mismatch;
    if (isNews) {
      logger.error(
        { member, index, digest: theirs, leaderDigest: ours, verdict },
        'the state of a member differs',
      );
      const raisedMs = this.#alarms.get(member)?.raisedMs ?? clock.wallMs();
      this.#alarms.set(member, {
        kind: 'DIGEST_MISMATCH',
        memberId: member,
        message: describe(mismatch, verdict),
        raisedMs,
      });
    }
    if (verdict === 'leader') {
      this.#stop(
        `after entry ${index} the catalog here has digest ${ours}, a majority of the voters ${theirs}`,
      );
      return;
    }
    const { term } = leadership();
    const notice: DigestNotice = { term, index, reported: theirs, expected: ours, agreeing, voters };
    send(member, { kind: 'digestNotice', notice });
  }

  #weigh(): void {
    const inDoubt = this.#comparison.isUndecided;
    if (inDoubt === this.#inDoubt) return;
    this.#inDoubt = inDoubt;
    this.#deps.doubtChanged();
  }

  #stop(cause: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { owner, storage, fatal } = this.#deps;
    const what = `${cause}: this member applied something else`;
    // Durably first; a disk that refuses even that stops the node with its own words (S5).
    storage.condemn(what).then(() => {
      fatal(condemnedError(what, owner()));
    }, fatal);
  }
}

function describe(mismatch: DigestMismatch, verdict: DigestDifference['verdict']): string {
  const { member, index, theirs, ours } = mismatch;
  const seen = `member ${member} differs from the leader after entry ${index}: digest ${theirs} there, ${ours} on the leader`;
  switch (verdict) {
    case 'member':
      return `${seen}; a majority agrees with the leader: the member stops, replace it by a new one`;
    case 'leader':
      return `${seen}; a majority agrees with the member: the leader stops`;
    case 'undecided':
      return `${seen}; no majority tells who is right yet: nothing is purged until one does; bring all members up`;
  }
}
