/**
 * A cluster of cores with nothing real around them: memory for disks, a list for the network. Every step
 * between "drained" and "durable", and between "sent" and "received", is taken only when told, so a test
 * can stop the world anywhere. No randomness unless it is passed in.
 *
 * Each node checks what every driver relies on, after each drain: see `checkEffects`.
 */
import { raftConfig, type RaftConfig } from '../../src/raft/config.js';
import { RaftCore } from '../../src/raft/core.js';
import { payloadSizeBytes } from '../../src/raft/log.js';
import type {
  Configuration,
  Effects,
  Entry,
  EntryPayload,
  HardState,
  Input,
  LogIndex,
  LogReader,
  Member,
  MemberId,
  Message,
  SnapshotMeta,
  StepOutcome,
  Term,
} from '../../src/raft/types.js';

export function member(id: MemberId): Member {
  return { id, address: `node-${id}:7400`, directoryId: `directory-${id}` };
}

export function configurationOf(
  voters: readonly MemberId[],
  learners: readonly MemberId[] = [],
): Configuration {
  return { voters: voters.map(member), learners: learners.map(member) };
}

export function command(text: string): EntryPayload {
  return { kind: 'command', data: new TextEncoder().encode(text) };
}

export function entry(index: LogIndex, term: Term, text = `${index}/${term}`): Entry {
  return { index, term, payload: command(text) };
}

/** Entries 1.. with these terms. */
export function entriesOfTerms(...terms: readonly Term[]): Entry[] {
  return terms.map((term, at) => entry(at + 1, term));
}

/** A durable log in memory. */
export class MemoryLog implements LogReader {
  start: { readonly index: LogIndex; readonly term: Term } = { index: 0, term: 0 };
  #entries: Entry[] = [];

  constructor(entries: readonly Entry[] = []) {
    this.#entries = [...entries];
  }

  get lastIndex(): LogIndex {
    return this.start.index + this.#entries.length;
  }

  termAt(index: LogIndex): Term | undefined {
    if (index === this.start.index) return this.start.term;
    return this.#entries[index - this.start.index - 1]?.term;
  }

  entries(from: LogIndex, end: LogIndex, maxBytes: number): readonly Entry[] {
    const result: Entry[] = [];
    let bytes = 0;
    for (let index = from; index < end; index++) {
      const next = this.#entries[index - this.start.index - 1];
      if (next === undefined) break;
      bytes += payloadSizeBytes(next.payload);
      if (result.length > 0 && bytes > maxBytes) break;
      result.push(next);
    }
    return result;
  }

  all(): readonly Entry[] {
    return this.#entries;
  }

  write(truncateFrom: LogIndex | undefined, entries: readonly Entry[]): void {
    if (truncateFrom !== undefined) this.#entries.length = truncateFrom - this.start.index - 1;
    for (const each of entries) {
      if (each.index !== this.lastIndex + 1) throw new Error(`wrote ${each.index} after ${this.lastIndex}`);
      this.#entries.push(each);
    }
  }

  compact(upTo: LogIndex): void {
    const term = this.termAt(upTo);
    if (term === undefined || upTo > this.lastIndex) throw new Error(`cannot compact up to ${upTo}`);
    this.#entries.splice(0, upTo - this.start.index);
    this.start = { index: upTo, term };
  }

  replace(meta: SnapshotMeta): void {
    this.#entries = [];
    this.start = { index: meta.index, term: meta.term };
  }
}

interface Write {
  readonly hardState: HardState | undefined;
  readonly truncateFrom: LogIndex | undefined;
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
}

export interface NodeOptions {
  readonly id: MemberId;
  readonly configuration: Configuration;
  readonly config?: Partial<RaftConfig>;
  readonly random?: () => number;
  /** Already durable at the start. */
  readonly entries?: readonly Entry[];
  readonly hardState?: Partial<HardState>;
}

/** One core, its disk, and what was drained but not done yet. */
export class TestNode {
  readonly id: MemberId;
  readonly config: RaftConfig;
  readonly log: MemoryLog;
  hardState: HardState;
  core: RaftCore;
  isUp = true;
  /** Everything handed out as committed, as a state machine would have it: index 1 first. */
  readonly applied: Entry[] = [];
  readonly readStates: { context: number; index: LogIndex | undefined }[] = [];
  readonly snapshotsToSend: { to: MemberId; term: Term }[] = [];
  readonly #random: () => number;
  /** As of log.start. */
  #snapshotConfiguration: Configuration;
  #writes: Write[] = [];
  #toApply: LogIndex = 0;

  constructor(options: NodeOptions) {
    this.id = options.id;
    this.config = raftConfig(options.config);
    this.#random = options.random ?? ((): number => 0);
    this.#snapshotConfiguration = options.configuration;
    this.log = new MemoryLog(options.entries);
    const last = this.log.all().at(-1);
    this.hardState = { term: last?.term ?? 0, votedFor: 0, commitIndex: 0, ...options.hardState };
    this.core = this.#createCore();
  }

  #createCore(): RaftCore {
    return new RaftCore({
      id: this.id,
      config: this.config,
      log: this.log,
      hardState: this.hardState,
      snapshotConfiguration: this.#snapshotConfiguration,
      appliedIndex: this.log.start.index,
      random: this.#random,
    });
  }

  step(input: Input): StepOutcome {
    return this.core.step(input);
  }

  receive(message: Message): void {
    this.core.step({ kind: 'message', message });
  }

  tick(count = 1): void {
    for (let i = 0; i < count; i++) this.core.step({ kind: 'tick' });
  }

  propose(...texts: readonly string[]): StepOutcome {
    return this.core.step({ kind: 'propose', payloads: texts.map(command) });
  }

  get writesPending(): number {
    return this.#writes.length;
  }

  get isApplyPending(): boolean {
    return this.#toApply > 0;
  }

  /** Takes the effects; what may leave now is returned in them, what must wait is queued behind the disk. */
  drain(): Effects {
    const effects = this.core.drain();
    this.#checkEffects(effects);
    const { hardState, truncateFrom, entries, sendAfterPersist } = effects;
    if (hardState !== undefined || entries.length > 0 || sendAfterPersist.length > 0) {
      this.#writes.push({ hardState, truncateFrom, entries, messages: sendAfterPersist });
    }
    for (const each of effects.committed) {
      this.applied[each.index - 1] = each;
      this.#toApply = each.index;
    }
    this.readStates.push(...effects.readStates);
    this.snapshotsToSend.push(...effects.snapshotsToSend);
    return effects;
  }

  /** The oldest write becomes durable; returns what was waiting for it. */
  persist(): readonly Message[] {
    const write = this.#writes.shift();
    if (write === undefined) return [];
    this.log.write(write.truncateFrom, write.entries);
    this.hardState = write.hardState ?? this.hardState;
    const last = write.entries.at(-1);
    if (last !== undefined) this.core.step({ kind: 'persisted', index: last.index, term: last.term });
    return write.messages;
  }

  apply(): void {
    if (this.#toApply === 0) return;
    const index = this.#toApply;
    this.#toApply = 0;
    this.core.step({ kind: 'applied', index });
  }

  /** The log as it will be once everything drained so far is durable. */
  drainedLog(): { readonly start: LogIndex; readonly entries: readonly Entry[] } {
    let entries = [...this.log.all()];
    const start = this.log.start.index;
    for (const write of this.#writes) {
      if (write.truncateFrom !== undefined) entries = entries.slice(0, write.truncateFrom - start - 1);
      entries.push(...write.entries);
    }
    return { start, entries };
  }

  /** Drains, persists and applies until nothing is left; returns everything that was sent. */
  settle(): readonly Message[] {
    const sent: Message[] = [];
    for (let round = 0; this.core.hasEffects() || this.writesPending > 0 || this.isApplyPending; round++) {
      if (round > 10_000) throw new Error(`node ${this.id} does not settle`);
      if (this.core.hasEffects()) sent.push(...this.drain().sendNow);
      while (this.writesPending > 0) sent.push(...this.persist());
      this.apply();
    }
    return sent;
  }

  compact(upTo: LogIndex): void {
    this.#snapshotConfiguration = this.core.configurationAt(upTo);
    this.log.compact(upTo);
    this.core.step({ kind: 'compacted', upTo });
  }

  snapshotMeta(): SnapshotMeta {
    const { appliedIndex } = this.core.status();
    return {
      index: appliedIndex,
      term: this.log.termAt(appliedIndex) ?? 0,
      configuration: this.core.configurationAt(appliedIndex),
    };
  }

  /** As a driver does it: everything earlier is durable and applied, then asked, then swapped. */
  installSnapshot(
    from: MemberId,
    term: Term,
    meta: SnapshotMeta,
    state: readonly Entry[],
  ): readonly Message[] {
    const sent = [...this.settle()];
    if (this.core.judgeSnapshot({ term, meta }).kind !== 'install') return sent;
    this.log.replace(meta);
    this.#snapshotConfiguration = meta.configuration;
    for (let index = 1; index <= meta.index; index++) this.applied[index - 1] = state[index - 1]!;
    this.core.step({ kind: 'snapshotInstalled', from, term, meta });
    return sent;
  }

  /** Loses what was not durable; `restart` builds a new core on the rest. */
  crash(): void {
    this.isUp = false;
    this.#writes = [];
    this.#toApply = 0;
    this.readStates.length = 0;
    this.snapshotsToSend.length = 0;
  }

  restart(): void {
    this.isUp = true;
    this.core = this.#createCore();
  }

  #checkEffects(effects: Effects): void {
    const { entries, committed, sendAfterPersist, sendNow, truncateFrom } = effects;
    const fail = (text: string): never => {
      throw new Error(`node ${this.id}: ${text}`);
    };
    // Where the log ends once this write and all before it are done.
    let durableEnd = this.log.lastIndex;
    for (const write of [...this.#writes, { entries, truncateFrom }]) {
      if (write.truncateFrom !== undefined) durableEnd = write.truncateFrom - 1;
      const first = write.entries[0];
      if (first !== undefined && first.index !== durableEnd + 1)
        fail(`append of ${first.index} after ${durableEnd}`);
      durableEnd = write.entries.at(-1)?.index ?? durableEnd;
    }
    for (const message of sendAfterPersist) {
      if (message.kind === 'appendResponse' && !message.rejected && message.matchIndex > durableEnd) {
        fail(`accepts up to ${message.matchIndex}, durable up to ${durableEnd}`);
      }
    }
    for (const message of sendNow) {
      const promises =
        message.kind === 'voteRequest' ||
        (message.kind === 'voteResponse' && message.granted) ||
        (message.kind === 'appendResponse' && !message.rejected);
      if (promises) fail(`${message.kind} does not wait for the write`);
    }
    for (const each of committed) {
      if (each.index > this.log.lastIndex || this.log.termAt(each.index) !== each.term) {
        fail(`hands out entry ${each.index} of term ${each.term}, which is not durable here`);
      }
    }
  }
}

/** Nodes and the messages between them. */
export class TestCluster {
  readonly nodes: readonly TestNode[];
  network: Message[] = [];
  /** Ordered pairs `from->to` that lose everything. */
  readonly cuts = new Set<string>();

  constructor(nodes: readonly TestNode[]) {
    this.nodes = nodes;
  }

  static of(count: number, options: Partial<NodeOptions> = {}): TestCluster {
    const ids = Array.from({ length: count }, (_, at) => at + 1);
    const configuration = options.configuration ?? configurationOf(ids);
    return new TestCluster(ids.map((id) => new TestNode({ ...options, id, configuration })));
  }

  node(id: MemberId): TestNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (!this.cuts.has(`${message.from}->${message.to}`)) this.network.push(message);
    }
  }

  /** Cuts every connection between the two groups, both ways. */
  partition(left: readonly MemberId[], right: readonly MemberId[]): void {
    for (const a of left) {
      for (const b of right) {
        this.cuts.add(`${a}->${b}`);
        this.cuts.add(`${b}->${a}`);
      }
    }
  }

  heal(): void {
    this.cuts.clear();
  }

  /** Delivers, drains, persists and applies until the cluster is quiet. */
  stabilize(): void {
    for (let round = 0; ; round++) {
      if (round > 10_000) throw new Error('the cluster does not become quiet');
      for (const node of this.nodes) if (node.isUp) this.send(node.settle());
      const messages = this.network;
      if (messages.length === 0) return;
      this.network = [];
      for (const message of messages) this.deliver(message);
    }
  }

  deliver(message: Message): void {
    const node = this.nodes.find(({ id }) => id === message.to);
    if (node?.isUp === true && !this.cuts.has(`${message.from}->${message.to}`)) node.receive(message);
  }

  /** Makes `id` campaign by letting its time run, and carries the election through. */
  elect(id: MemberId): TestNode {
    const node = this.node(id);
    const before = node.core.term;
    for (const each of this.nodes) if (each.id !== id && each.isUp) each.tick(each.config.electionTicks - 1);
    for (let i = 0; i < 4 * node.config.electionTicks && node.core.term === before; i++) {
      node.tick();
      this.stabilize();
    }
    this.stabilize();
    if (node.core.role !== 'leader') throw new Error(`node ${id} was not elected but is ${node.core.role}`);
    return node;
  }
}
