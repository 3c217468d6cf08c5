/**
 * The members, as this node uses them: at which addresses to reach them, what to believe of a peer, the
 * calls that change them, and what a leader and a node without a leader do of themselves. One for a running
 * node; the parts are in the other files named `member-`.
 */
import type { RaftCore } from '../raft/core.js';
import type { Configuration, LogIndex, Member, MemberId } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage } from '../storage/node-storage.js';
import { handshakeInfo } from './bootstrap.js';
import type { Driver } from './driver.js';
import { DirectoryBinding } from './member-binding.js';
import { MemberChanges, notStarted } from './member-changes.js';
import { MemberDiscovery } from './member-discovery.js';
import { isBlank, wasRemoved, type MemberKnowledge } from './member-identity.js';
import { MembershipWatch } from './member-watch.js';
import { electionTimeoutMs, type NodeOptions } from './options.js';
import type { Reads } from './reads.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

/** Anybody can claim any id. */
const STRANGERS_MAX = 16;
/** Members in force are not counted in this: their addresses come from the configuration. */
const TOLD_OF_MAX = 64;

export interface MemberServicesDeps {
  readonly options: NodeOptions;
  readonly core: RaftCore;
  readonly driver: Pick<Driver, 'feed'>;
  readonly reads: Pick<Reads, 'read'>;
  readonly storage: NodeStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly appliedIndex: () => LogIndex;
  /** This node is no member any more, says `by`. Called at most once, instead of `wiped`. */
  readonly removed: (by: string, message: string) => void;
  /** The cluster knows this member with another disk. Called at most once, instead of `removed`. */
  readonly wiped: (by: string, message: string) => void;
}

export class MemberServices {
  readonly #deps: MemberServicesDeps;
  readonly changes: MemberChanges;
  readonly #binding: DirectoryBinding;
  readonly #watch: MembershipWatch;
  readonly #discovery: MemberDiscovery;
  /** Told of by `--members` or by others; of use where no configuration here lists them. */
  readonly #toldOf = new Map<MemberId, Member>();
  /** They spoke, and there is no link to answer over. */
  readonly #strangers = new Set<MemberId>();
  #links: ReadonlyMap<MemberId, Member> = new Map();
  #linked: { readonly inForce: Configuration; readonly committed: Configuration } | undefined;

  constructor(deps: MemberServicesDeps) {
    this.#deps = deps;
    const { options, core, driver, reads, transport, clock, logger, appliedIndex } = deps;
    const { memberId } = options;
    for (const member of options.initialMembers) this.#toldOf.set(member.id, member);
    const info = (to: MemberId): HandshakeInfo => this.handshakeInfo(to);
    this.changes = new MemberChanges({
      core,
      clock,
      appliedIndex,
      addressOf: (member) => this.addressOf(member),
      change: (change) => driver.feed({ kind: 'changeMembership', change }),
      confirm: (timeoutMs) => reads.read(timeoutMs),
    });
    this.#binding = new DirectoryBinding({
      clock,
      logger,
      transport,
      info,
      configuration: () => core.configuration,
      isLeader: () => core.role === 'leader',
      bind: (id, directoryId) =>
        driver.feed({ kind: 'changeMembership', change: { kind: 'bindDirectory', id, directoryId } }),
    });
    this.#watch = new MembershipWatch({
      core,
      memberId,
      clock,
      logger,
      transport,
      appliedIndex,
      info,
      known: () => this.contacts(),
      patienceMs: electionTimeoutMs(options),
      removed: deps.removed,
      wiped: deps.wiped,
    });
    this.#discovery = new MemberDiscovery({
      clock,
      transport,
      info,
      known: () => this.contacts(),
      found: (members) => {
        this.#found(members);
      },
    });
  }

  /** The members of the configuration in force, at the addresses to use. */
  members(): readonly Member[] {
    return this.#addressed(this.#deps.core.configuration);
  }

  /** Whom this node may have to talk to: see {@link follow}. */
  contacts(): readonly Member[] {
    return [...this.#links.values()];
  }

  /** '' when nobody here knows the member. */
  addressOf(member: MemberId): string {
    return (
      this.#links.get(member)?.address ??
      (member === this.#deps.options.memberId ? this.#deps.options.address : '')
    );
  }

  /** Somebody speaks whom this node may not know, and cannot answer then. */
  heardFrom(member: MemberId): void {
    if (this.#links.has(member) || this.#strangers.has(member)) return;
    const knowledge = { inForce: this.#deps.core.configuration, committed: this.#committed };
    if (!wasRemoved(knowledge, member) && this.#strangers.size < STRANGERS_MAX) this.#strangers.add(member);
  }

  /**
   * A peer whose hello was accepted says where it is. It may be all that is left of the members added since this
   * node lagged, the others dead or removed: nobody else could tell, and unanswered it could never lead.
   */
  introduced({ from, addresses }: HandshakeInfo): void {
    const address = addresses?.get(from);
    if (address === undefined || this.#links.has(from) || this.#toldOf.size >= TOLD_OF_MAX) return;
    this.#found([{ id: from, address, directoryId: '' }]);
  }

  knowledge(): MemberKnowledge {
    return { kind: 'member', inForce: this.#deps.core.configuration, committed: this.#committed };
  }

  /** This node about itself, with the directories that committed entries have bound. */
  handshakeInfo(to: MemberId): HandshakeInfo {
    const { storage, options } = this.#deps;
    const info = handshakeInfo(storage, to, this.#addressed(this.#committed));
    return { ...info, addresses: new Map(info.addresses).set(options.memberId, options.address) };
  }

  /** Why a learner cannot be promoted now, as a clause; '' = it can, or is none. */
  promotionObstacle(id: MemberId): string {
    const { core } = this.#deps;
    const learner = core.configuration.learners.find((member) => member.id === id);
    if (learner === undefined) return '';
    return learner.directoryId === '' ? notStarted(learner) : (core.promotionObstacle(id) ?? '');
  }

  /**
   * Links go to everybody whom this node may have to answer: the members in force, which is so when appended
   * (thesis §4.1); those that are committed, since a leader that removes itself must hear that this is done;
   * and whoever it was told of that may have been added since.
   */
  follow(): void {
    const inForce = this.#deps.core.configuration;
    const committed = this.#committed;
    if (this.#linked?.inForce === inForce && this.#linked.committed === committed) return;
    this.#linked = { inForce, committed };
    const { memberId, address } = this.#deps.options;
    const told = [...this.#toldOf.values()].filter(
      (member) => !wasRemoved({ inForce, committed }, member.id) && member.address !== address,
    );
    const links = new Map<MemberId, Member>();
    for (const member of [...told, ...this.#addressed(committed), ...this.#addressed(inForce)]) {
      if (member.id !== memberId) links.set(member.id, member);
    }
    this.#links = links;
    // Who is one still will speak again.
    this.#strangers.clear();
    this.#deps.transport.setPeers([...links.values()]);
  }

  /** Called once a tick. */
  tick(): void {
    this.follow();
    if (this.#strangers.size > 0 || isBlank(this.#deps.core.configuration)) this.#discovery.seek();
    this.changes.settle();
    this.#binding.tick();
    this.#watch.tick();
  }

  /** Calls that wait are answered; links stay as they are. */
  stop(): void {
    this.#watch.stop();
    this.changes.stop();
  }

  #found(members: readonly Member[]): void {
    const news = members.filter(({ id, address }) => this.#toldOf.get(id)?.address !== address);
    if (news.length === 0) return;
    for (const member of news) this.#toldOf.set(member.id, member);
    this.#linked = undefined;
    this.follow();
  }

  get #committed(): Configuration {
    const { core } = this.#deps;
    return core.configurationAt(core.commitIndex);
  }

  #addressed({ voters, learners }: Configuration): readonly Member[] {
    const moved = new Map(this.#deps.options.initialMembers.map((member) => [member.id, member.address]));
    return [...voters, ...learners].map((member) => ({
      ...member,
      address: moved.get(member.id) ?? member.address,
    }));
  }
}
