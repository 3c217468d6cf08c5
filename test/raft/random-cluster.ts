/**
 * A cluster in which everything that may go wrong does, decided by one seed: messages are lost, doubled,
 * reordered and held back, writes linger, nodes crash and lose what was not durable, connections break,
 * clocks run apart, leaders are told to hand over, logs are compacted, snapshots arrive late or to a node that
 * has restarted meanwhile, members come and go. What must hold all the same is in random-cluster-checks.ts.
 */
import type { RaftConfig } from '../../src/raft/config.js';
import type { Configuration, LogIndex, MemberId, Message, SnapshotMeta, Term } from '../../src/raft/types.js';
import { configurationOf, member, TestNode } from './harness.js';
import { ClusterChecks } from './random-cluster-checks.js';

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

/** A snapshot on its way: taken when it was asked for, installed when it gets there. */
interface Stream {
  readonly from: TestNode;
  readonly to: TestNode;
  readonly term: Term;
  readonly meta: SnapshotMeta;
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
  #streams: Stream[] = [];
  readonly checks: ClusterChecks;
  #nextRead = 1;
  #nextCommand = 1;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = random;
    this.#voterCount = 1 + this.#below(5);
    this.#changesMembers = this.#chance(0.5);
    this.#haste = this.#chance(0.5) ? 0.3 : random() * 0.1;
    this.#lossRate = this.#chance(0.3) ? 0 : random() * 0.3;
    this.#duplicateRate = this.#chance(0.5) ? 0 : random() * 0.3;
    const voters = Array.from({ length: this.#voterCount }, (_, at) => at + 1);
    const others = [this.#voterCount + 1, this.#voterCount + 2];
    const learners = this.#chance(0.3) ? others.slice(0, 1 + this.#below(2)) : [];
    const outsiders = this.#changesMembers ? others.filter((id) => !learners.includes(id)) : [];
    const first = configurationOf(voters, learners);
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
    this.#nodes = [...voters, ...learners, ...outsiders].map(
      (id) =>
        new TestNode({
          id,
          configuration: outsiders.includes(id) ? BLANK : first,
          config,
          random: seededRandom(seed * 31 + id),
        }),
    );
    this.checks = new ClusterChecks(this.#nodes);
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
    }
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
    if (this.#weather === 'calm' && this.#chance(0.02)) {
      this.#rest();
      return;
    }
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
    this.checks.observe(node);
  }

  /** Everyone gets through what there is to do: without such moments nothing would ever be committed. */
  #rest(): void {
    const nodes = this.#nodes.filter(({ isUp }) => isUp);
    for (const node of nodes) {
      node.tick(this.#below(4));
      if (node.core.role === 'leader') this.#changeMembers(node);
    }
    for (let hop = 0; hop < 6; hop++) this.#exchange();
  }

  #disturbNode(node: TestNode, roll: number): void {
    const isVictim = node.id === this.#victim;
    if (this.#weather === 'crashes' && this.#chance(0.06)) {
      this.#crash(node);
      return;
    }
    if ((this.#weather === 'storm' || this.#weather === 'usurpation') && this.#chance(0.1)) {
      // Whoever hears this campaigns at once.
      node.step({ kind: 'peerUnreachable', member: node.core.leader });
    }
    if (node.core.role === 'leader' && this.#chance(0.08)) this.#changeMembers(node);
    if (this.#weather !== 'slowDisk' && this.#chance(this.#haste)) {
      this.#settle(node);
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
    else if (roll < 0.92) this.#startSnapshot(node);
    else if (roll < 0.93) this.#endSnapshot();
    else if (roll < 0.94) this.#compact(node);
    else if (roll < 0.95)
      node.step({ kind: 'transferLeadership', target: this.#below(this.#nodes.length + 1) });
    else if (roll < 0.96) node.step({ kind: 'peerUnreachable', member: 1 + this.#below(this.#nodes.length) });
    else if (roll < 0.965) node.step({ kind: 'stepDown', cause: 'told to' });
    else if (roll < 0.97) this.#crash(node);
    else this.#settle(node);
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
    this.checks.observe(node);
  }

  #send(messages: readonly Message[]): void {
    this.#network.push(...messages);
    // A network holds only so much; the oldest is lost.
    if (this.#network.length > 300) this.#network.splice(0, this.#network.length - 300);
  }

  #drain(node: TestNode): void {
    const effects = node.drain();
    this.#send(effects.sendNow);
    this.checks.drained(node, effects);
    this.checks.observe(node);
  }

  /** All that a node has to do, at once. */
  #settle(node: TestNode): void {
    while (node.core.hasEffects() || node.writesPending > 0 || node.isApplyPending) {
      if (node.core.hasEffects()) this.#drain(node);
      while (node.writesPending > 0) this.#send(node.persist());
      node.apply();
    }
    this.checks.observe(node);
  }

  #crash(node: TestNode): void {
    node.crash();
    this.checks.crashed(node);
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
    this.checks.readAsked(context);
    node.step({ kind: 'readIndex', context });
  }

  #startSnapshot(node: TestNode): void {
    const request = node.snapshotsToSend.shift();
    const to = this.#nodes[(request?.to ?? 0) - 1];
    if (request === undefined || to === undefined) return;
    this.#streams.push({ from: node, to, term: request.term, meta: node.snapshotMeta() });
  }

  #endSnapshot(): void {
    const [stream] = this.#streams.splice(this.#below(this.#streams.length), 1);
    if (stream === undefined) return;
    const { from, to, term, meta } = stream;
    const ok = to.isUp && meta.index > 0 && this.#chance(0.7);
    if (ok) {
      this.#settle(to);
      this.#send(to.installSnapshot(from.id, term, meta, this.checks.committedEntries()));
      this.checks.observe(to);
      // Swapped, and nothing more.
      if (this.#chance(0.1)) this.#crash(to);
    }
    if (from.isUp) from.step({ kind: 'snapshotSent', to: to.id, index: meta.index, ok });
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
    else {
      node.step({ kind: 'changeMembership', change: { kind: 'remove', id } });
    }
  }

  #restart(node: TestNode): void {
    const { term } = node.hardState;
    node.restart();
    // A snapshot may be a term ahead of the hard state, when its swap was the last thing done.
    if (node.core.term !== Math.max(term, node.log.start.term))
      throw new Error(`node ${node.id} came back in term ${node.core.term}, not ${term}`);
    node.applied.length = node.log.start.index;
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
        if (!node.isUp) this.#restart(node);
        node.tick();
        this.#settle(node);
        while (node.snapshotsToSend.length > 0) this.#startSnapshot(node);
        while (this.#streams.length > 0) this.#endSnapshot();
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
    for (const node of this.#nodes) if (node.isUp) this.#settle(node);
  }

  #hasEverywhere(leader: TestNode, goal: LogIndex): boolean {
    const { voters, learners } = leader.core.configuration;
    return [...voters, ...learners].every(({ id }) => (this.#nodes[id - 1]?.applied.length ?? 0) >= goal);
  }
}
