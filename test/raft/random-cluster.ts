/**
 * A cluster in which everything that may go wrong does, decided by one seed: messages are lost, doubled,
 * reordered and held back, writes linger, nodes crash and lose what was not durable, connections break,
 * clocks run apart, leaders are told to hand over, logs are compacted, members come and go.
 *
 * Checked as it runs:
 *   election safety        at most one leader a term                                        §5.2
 *   log matching           same index and term: same entry, and the same before it          §5.3
 *   leader completeness    a leader's log holds everything that was ever committed          §5.4
 *   state-machine safety   nobody applies another entry at an index                         §5.4.3
 *   durability             what is applied anywhere is on a majority's disks at that moment thesis §10.2.1
 *   monotony               term and commit index of a running node only grow                §5.1
 *   linearizable reads     a read index covers all that was applied before it was asked for thesis §6.4
 */
import type { RaftConfig } from '../../src/raft/config.js';
import type { Configuration, Entry, LogIndex, MemberId, Message } from '../../src/raft/types.js';
import { configurationOf, member, TestNode } from './harness.js';

/** mulberry32: small, good enough, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Weather = 'calm' | 'storm' | 'usurpation' | 'slowDisk' | 'crashes';

const BLANK: Configuration = { voters: [], learners: [] };

function keyOf({ term, payload }: Entry): string {
  return `${term}/${payload.kind === 'command' ? new TextDecoder().decode(payload.data) : JSON.stringify(payload)}`;
}

export class RandomCluster {
  readonly #random: () => number;
  readonly #nodes: TestNode[];
  readonly #changesMembers: boolean;
  readonly #voterCount: number;
  #weather: Weather = 'calm';
  #victim: MemberId = 1;
  /** How often a node gets through all it has to do at once. */
  readonly #haste: number;
  readonly #lossRate: number;
  readonly #duplicateRate: number;
  #network: Message[] = [];
  #cuts = new Set<string>();
  readonly #leaderOfTerm = new Map<number, MemberId>();
  /** Whatever any node has applied, index 1 first. */
  readonly #committed: Entry[] = [];
  readonly #seen = new Map<MemberId, { term: number; commitIndex: LogIndex; appliedCount: number }>();
  /** Read context -> highest index applied anywhere when it was asked for. */
  readonly #reads = new Map<number, LogIndex>();
  #nextRead = 1;
  #nextCommand = 1;
  readsServed = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = random;
    this.#voterCount = 1 + this.#below(5);
    this.#changesMembers = this.#chance(0.4);
    this.#haste = this.#chance(0.5) ? 0.3 : random() * 0.1;
    this.#lossRate = this.#chance(0.3) ? 0 : random() * 0.3;
    this.#duplicateRate = this.#chance(0.5) ? 0 : random() * 0.3;
    const voters = Array.from({ length: this.#voterCount }, (_, at) => at + 1);
    const outsiders = this.#changesMembers ? [this.#voterCount + 1, this.#voterCount + 2] : [];
    const tight = this.#chance(0.5);
    const config: Partial<RaftConfig> = tight
      ? {
          electionTicks: 6,
          heartbeatTicks: 2,
          maxMessageBytes: 80,
          maxInflightMessages: 2,
          maxInflightBytes: 200,
          maxUncommittedBytes: 800,
          maxCommittedBytesPerDrain: 100,
          snapshotTimeoutTicks: 30,
          maxPendingReads: 4,
        }
      : { electionTicks: 6, heartbeatTicks: 1, snapshotTimeoutTicks: 30 };
    this.#nodes = [...voters, ...outsiders].map(
      (id) =>
        new TestNode({
          id,
          configuration: voters.includes(id) ? configurationOf(voters) : BLANK,
          config,
          random: seededRandom(seed * 31 + id),
        }),
    );
  }

  get committedCount(): number {
    return this.#committed.length;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#below(from.length)];
  }

  /** The phase in which anything goes. */
  misbehave(steps: number): void {
    for (let i = 0; i < steps; i++) {
      if (i % 100 === 0) this.#changeWeather();
      this.#disturb();
      if (i % 30 === 0) this.#checkLogMatching();
    }
    this.#checkLogMatching();
  }

  /** Faults that only matter together come together. */
  #changeWeather(): void {
    const weathers: readonly Weather[] = ['calm', 'calm', 'storm', 'usurpation', 'slowDisk', 'crashes'];
    this.#weather = this.#pick(weathers) ?? 'calm';
    this.#victim = (this.#pick(this.#nodes) as TestNode).id;
    if (this.#chance(0.6)) this.#cuts.clear();
    if (this.#weather !== 'usurpation') return;
    // A leader is cut off and does not notice: its clock stands still, and the others know at once.
    const leader = this.#pick(this.#nodes.filter(({ isUp, core }) => isUp && core.role === 'leader'));
    if (leader === undefined) return;
    this.#victim = leader.id;
    for (const { id } of this.#nodes) {
      this.#cuts.add(`${leader.id}->${id}`);
      if (this.#chance(0.8)) this.#cuts.add(`${id}->${leader.id}`);
    }
  }

  #disturb(): void {
    const roll = this.#random();
    if (roll < 0.35) {
      const message = this.#takeMessage();
      if (message !== undefined) this.#deliver(message);
      return;
    }
    if (roll < 0.36 && this.#weather === 'storm') {
      this.#cutOrHeal();
      return;
    }
    const node = this.#pick(this.#nodes) as TestNode;
    if (node.isUp) this.#disturbNode(node, this.#random());
    else if (this.#chance(0.15)) this.#restart(node);
    this.#observe(node);
  }

  #disturbNode(node: TestNode, roll: number): void {
    const isVictim = node.id === this.#victim;
    if (this.#weather === 'crashes' && this.#chance(0.06)) {
      node.crash();
      return;
    }
    if ((this.#weather === 'storm' || this.#weather === 'usurpation') && this.#chance(0.1)) {
      // Whoever hears this campaigns at once.
      node.step({ kind: 'peerUnreachable', member: node.core.leader });
    }
    if (this.#weather !== 'slowDisk' && this.#chance(this.#haste)) {
      this.#send(node.settle());
      return;
    }
    if (roll < 0.3) this.#drain(node);
    else if (roll < 0.5) {
      if (!isVictim || this.#weather !== 'slowDisk' || this.#chance(0.1)) this.#send(node.persist());
    } else if (roll < 0.58) node.apply();
    else if (roll < 0.66) {
      if (!isVictim || this.#weather !== 'usurpation') node.tick(1 + this.#below(3));
    } else if (roll < 0.8) {
      node.propose(...Array.from({ length: 1 + this.#below(3) }, () => `c${this.#nextCommand++}`));
    } else if (roll < 0.9) this.#read(node);
    else if (roll < 0.93) this.#carrySnapshot(node);
    else if (roll < 0.94) this.#compact(node);
    else if (roll < 0.95)
      node.step({ kind: 'transferLeadership', target: this.#below(this.#nodes.length + 1) });
    else if (roll < 0.96) node.step({ kind: 'peerUnreachable', member: 1 + this.#below(this.#nodes.length) });
    else if (roll < 0.98) this.#changeMembers(node);
    else if (roll < 0.985) node.step({ kind: 'stepDown', cause: 'told to' });
    else if (roll < 0.99) node.crash();
  }

  #takeMessage(): Message | undefined {
    if (this.#network.length === 0) return undefined;
    // Mostly in order, often not.
    const at = this.#chance(0.6) ? 0 : this.#below(this.#network.length);
    const [message] = this.#chance(this.#duplicateRate) ? [this.#network[at]] : this.#network.splice(at, 1);
    return this.#chance(this.#lossRate) ? undefined : message;
  }

  #deliver(message: Message): void {
    const node = this.#nodes[message.to - 1];
    if (node?.isUp !== true || this.#cuts.has(`${message.from}->${message.to}`)) return;
    node.receive(message);
    this.#observe(node);
  }

  #send(messages: readonly Message[]): void {
    this.#network.push(...messages);
    // A network holds only so much; the oldest is lost.
    if (this.#network.length > 300) this.#network.splice(0, this.#network.length - 300);
  }

  #drain(node: TestNode): void {
    this.#send(node.drain().sendNow);
    this.#observe(node);
  }

  #cutOrHeal(): void {
    if (this.#chance(0.5)) {
      this.#cuts.clear();
      return;
    }
    const from = 1 + this.#below(this.#nodes.length);
    for (const { id } of this.#nodes) {
      if (id === from) continue;
      this.#cuts.add(`${from}->${id}`);
      if (this.#chance(0.7)) this.#cuts.add(`${id}->${from}`);
    }
  }

  #read(node: TestNode): void {
    const context = this.#nextRead++;
    this.#reads.set(context, this.#committed.length);
    node.step({ kind: 'readIndex', context });
  }

  /** The last entry from the committed history that a node's snapshot covers is always known here. */
  #carrySnapshot(node: TestNode): void {
    const request = node.snapshotsToSend.shift();
    if (request === undefined) return;
    const target = this.#nodes[request.to - 1];
    const meta = node.snapshotMeta();
    const ok =
      target?.isUp === true && this.#chance(0.7) && request.term >= target.core.term && meta.index > 0;
    if (ok) {
      this.#send(target.installSnapshot(node.id, request.term, meta, this.#committed));
      this.#observe(target);
    }
    node.step({ kind: 'snapshotSent', to: request.to, index: meta.index, ok });
  }

  #compact(node: TestNode): void {
    const { appliedIndex } = node.core.status();
    const upTo = appliedIndex - this.#below(3);
    if (upTo > node.log.start.index) node.compact(upTo);
  }

  #changeMembers(node: TestNode): void {
    if (!this.#changesMembers) return;
    const id = 1 + this.#below(this.#nodes.length);
    const roll = this.#below(3);
    if (roll === 0)
      node.step({ kind: 'changeMembership', change: { kind: 'addLearner', member: member(id) } });
    else if (roll === 1) node.step({ kind: 'changeMembership', change: { kind: 'promote', id } });
    else if (node.core.configuration.voters.length > 2) {
      node.step({ kind: 'changeMembership', change: { kind: 'remove', id } });
    }
  }

  #restart(node: TestNode): void {
    const { term } = node.hardState;
    node.restart();
    if (node.core.term !== term)
      throw new Error(`node ${node.id} came back in term ${node.core.term}, not ${term}`);
    this.#seen.delete(node.id);
    node.applied.length = node.log.start.index;
  }

  // --------------------------------------------------------------------------------------- checks

  #observe(node: TestNode): void {
    if (!node.isUp) return;
    const { core } = node;
    const seen = this.#seen.get(node.id) ?? { term: 0, commitIndex: 0, appliedCount: 0 };
    if (core.term < seen.term)
      throw new Error(`monotony: node ${node.id} went from term ${seen.term} to ${core.term}`);
    if (core.commitIndex < seen.commitIndex) {
      throw new Error(
        `monotony: node ${node.id} went from commit ${seen.commitIndex} to ${core.commitIndex}`,
      );
    }
    for (let at = seen.appliedCount; at < node.applied.length; at++)
      this.#applied(node, node.applied[at] as Entry);
    this.#seen.set(node.id, {
      term: core.term,
      commitIndex: core.commitIndex,
      appliedCount: node.applied.length,
    });

    if (core.role === 'leader') this.#checkLeader(node);
    for (const { context, index } of node.readStates.splice(0)) {
      const floor = this.#reads.get(context) ?? 0;
      if (index === undefined) continue;
      this.readsServed++;
      if (index < floor)
        throw new Error(`linearizable reads: ${context} may read at ${index}, ${floor} was applied`);
    }
  }

  #applied(node: TestNode, entry: Entry): void {
    const known = this.#committed[entry.index - 1];
    if (known !== undefined) {
      if (keyOf(known) === keyOf(entry)) return;
      throw new Error(
        `state-machine safety: at ${entry.index} node ${node.id} applies ${keyOf(entry)}, another ${keyOf(known)}`,
      );
    }
    if (entry.index !== this.#committed.length + 1)
      throw new Error(`node ${node.id} skips to ${entry.index}`);
    this.#committed.push(entry);
    if (this.#changesMembers) return;
    const holders = this.#nodes.filter(({ log }) => {
      return entry.index <= log.start.index || log.termAt(entry.index) === entry.term;
    });
    if (holders.length * 2 <= this.#voterCount) {
      throw new Error(`durability: entry ${entry.index} was applied, but is on ${holders.length} disks only`);
    }
  }

  #checkLeader(node: TestNode): void {
    const { term } = node.core;
    const known = this.#leaderOfTerm.get(term) ?? node.id;
    if (known !== node.id)
      throw new Error(`election safety: nodes ${known} and ${node.id} lead term ${term}`);
    const isNew = !this.#leaderOfTerm.has(term);
    this.#leaderOfTerm.set(term, node.id);
    if (!isNew) return;
    this.#drain(node);
    const log = node.drainedLog();
    for (const entry of this.#committed.slice(log.start)) {
      const own = log.entries[entry.index - log.start - 1];
      if (own === undefined || keyOf(own) !== keyOf(entry)) {
        throw new Error(
          `leader completeness: node ${node.id} leads term ${term} without entry ${entry.index}`,
        );
      }
    }
  }

  #checkLogMatching(): void {
    for (const a of this.#nodes) {
      for (const b of this.#nodes) {
        if (a.id >= b.id) continue;
        let mustAgree = false;
        const low = Math.max(a.log.start.index, b.log.start.index);
        for (let index = Math.min(a.log.lastIndex, b.log.lastIndex); index > low; index--) {
          const [left] = a.log.entries(index, index + 1, 1);
          const [right] = b.log.entries(index, index + 1, 1);
          if (left === undefined || right === undefined) continue;
          if (keyOf(left) === keyOf(right)) mustAgree ||= true;
          else if (mustAgree || left.term === right.term) {
            throw new Error(
              `log matching: nodes ${a.id} and ${b.id} differ at ${index}: ${keyOf(left)}, ${keyOf(right)}`,
            );
          }
        }
      }
    }
  }

  // ------------------------------------------------------------------------------------- liveness

  /** Everything works again: a leader must be found, and whatever was proposed to it must get everywhere. */
  recover(): void {
    this.#cuts.clear();
    for (const node of this.#nodes) if (!node.isUp) this.#restart(node);
    let proposedIn = 0;
    let goal = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 600; round++) {
      for (const node of this.#nodes) {
        node.tick();
        this.#send(node.settle());
        this.#observe(node);
        while (node.snapshotsToSend.length > 0) this.#carrySnapshot(node);
      }
      for (let hop = 0; hop < 6; hop++) this.#exchange();
      const leader = this.#nodes.find(({ core }) => core.role === 'leader');
      if (leader !== undefined && leader.core.term !== proposedIn && round > 60) {
        const outcome = leader.propose('the end');
        if (outcome.kind === 'appended') {
          proposedIn = leader.core.term;
          goal = outcome.firstIndex;
        }
      }
      if (leader !== undefined && this.#hasEverywhere(leader, goal)) {
        this.#checkLogMatching();
        return;
      }
    }
    const lines = this.#nodes.map(
      ({ id, core }) => `${id} ${core.role} term=${core.term} commit=${core.commitIndex}`,
    );
    throw new Error(`liveness: no progress on a working network\n${lines.join('\n')}`);
  }

  #exchange(): void {
    const messages = this.#network;
    this.#network = [];
    for (const message of messages) this.#deliver(message);
    for (const node of this.#nodes) {
      this.#send(node.settle());
      this.#observe(node);
    }
  }

  #hasEverywhere(leader: TestNode, goal: LogIndex): boolean {
    const { voters, learners } = leader.core.configuration;
    return [...voters, ...learners].every(({ id }) => (this.#nodes[id - 1]?.applied.length ?? 0) >= goal);
  }
}
