/**
 * What must hold in a cluster after every step, however bad the weather. Each check looks only at what the
 * step can have changed, so that checking does not cost more than running.
 *
 *   election safety        at most one leader a term                                          §5.2
 *   one vote               a node that votes in a term votes for one, also over a crash       §5.2, thesis §3.8
 *   log matching           same index and term: same entry, and the same before it            §5.3
 *   leader completeness    a leader has everything committed in its term and those before     §5.4
 *   state-machine safety   nobody applies another entry at an index                           §5.4.3
 *   durability             what is applied anywhere is on a majority's disks at that moment   thesis §10.2.1
 *   monotony               term and commit index of a running node only grow                  §5.1
 *   one change at a time   no log holds two configurations that are not committed             thesis §4.1
 *   linearizable reads     a read index covers all that was applied before it was asked for   thesis §6.4
 */
import type { Effects, Entry, LogIndex, MemberId, Term } from '../../src/raft/types.js';
import type { TestNode } from './harness.js';

interface Committed {
  readonly entry: Entry;
  /** The term of whoever applied it first; it was committed in that term or before. */
  readonly byTerm: Term;
}

interface Seen {
  readonly term: Term;
  readonly commitIndex: LogIndex;
  readonly appliedCount: number;
}

/** Of an entry and the one before it, as text. */
interface Link {
  /** Who had it first. */
  readonly author: MemberId;
  readonly content: string;
  readonly previousTerm: Term | undefined;
}

function contentOf({ payload }: Entry): string {
  return payload.kind === 'command' ? new TextDecoder().decode(payload.data) : JSON.stringify(payload);
}

export class ClusterChecks {
  readonly #nodes: readonly TestNode[];
  readonly #leaderOfTerm = new Map<Term, MemberId>();
  /** `node/term` -> whom it voted for. */
  readonly #votes = new Map<string, MemberId>();
  /** `index/term` -> what is there, in any log there ever was. */
  readonly #links = new Map<string, Link>();
  /** Whatever any node has applied, index 1 first. */
  readonly #committed: Committed[] = [];
  readonly #seen = new Map<MemberId, Seen>();
  /** `node/term` of a leader -> how much of what is committed it is known to have. */
  readonly #complete = new Map<string, LogIndex>();
  /** Read context -> highest index applied anywhere when it was asked for. */
  readonly #reads = new Map<number, LogIndex>();
  #commitIndex: LogIndex = 0;
  readsServed = 0;
  configurationsCommitted = 0;

  constructor(nodes: readonly TestNode[]) {
    this.#nodes = nodes;
  }

  get committedCount(): number {
    return this.#committed.length;
  }

  get leaderCount(): number {
    return this.#leaderOfTerm.size;
  }

  /** As a state machine would have it: what a snapshot brings. */
  committedEntries(): readonly Entry[] {
    return this.#committed.map(({ entry }) => entry);
  }

  readAsked(context: number): void {
    this.#reads.set(context, this.#committed.length);
  }

  /** After anything has happened to a node that is up. */
  observe(node: TestNode): void {
    if (!node.isUp) return;
    const { core } = node;
    const seen = this.#seen.get(node.id) ?? { term: 0, commitIndex: 0, appliedCount: 0 };
    if (core.term < seen.term) fail(`monotony: node ${node.id} went from term ${seen.term} to ${core.term}`);
    if (core.commitIndex < seen.commitIndex)
      fail(`monotony: node ${node.id} went from commit ${seen.commitIndex} to ${core.commitIndex}`);
    for (let at = seen.appliedCount; at < node.applied.length; at++)
      this.#applied(node, node.applied[at] as Entry);
    const { term, commitIndex } = core;
    this.#seen.set(node.id, { term, commitIndex, appliedCount: node.applied.length });
    this.#commitIndex = Math.max(this.#commitIndex, commitIndex);
    this.#checkVote(node);
    if (core.role === 'leader') this.#checkLeader(node);
    this.#checkReads(node);
  }

  /** With what a node has just handed out. */
  drained(node: TestNode, { entries }: Effects): void {
    let previousTerm = entries[0] === undefined ? 0 : node.core.termAt(entries[0].index - 1);
    for (const entry of entries) {
      const key = `${entry.index}/${entry.term}`;
      const link: Link = { author: node.id, content: contentOf(entry), previousTerm };
      const known = this.#links.get(key) ?? link;
      if (known.content !== link.content || known.previousTerm !== link.previousTerm)
        fail(`log matching: ${key} is ${describe(known)} elsewhere, ${describe(link)} at node ${node.id}`);
      this.#links.set(key, known);
      previousTerm = entry.term;
    }
    if (entries.some(({ payload }) => payload.kind === 'configuration')) this.#checkChanges(node);
  }

  /**
   * What was only in memory is gone: votes, and with a term that was not written all that was done in it. Only
   * a voter alone leads before its term is written, and says nothing until then; so that term may come again,
   * with another leader and other entries, and nobody has heard of the first ones.
   */
  crashed(node: TestNode): void {
    const { term, votedFor } = node.hardState;
    for (let lost = term; lost <= (this.#seen.get(node.id)?.term ?? 0); lost++) {
      this.#votes.delete(`${node.id}/${lost}`);
      if (lost > term && this.#leaderOfTerm.get(lost) === node.id) this.#leaderOfTerm.delete(lost);
    }
    if (votedFor !== 0) this.#votes.set(`${node.id}/${term}`, votedFor);
    for (const [key, { author }] of this.#links)
      if (author === node.id && Number(key.split('/')[1]) > term) this.#links.delete(key);
    this.#seen.delete(node.id);
  }

  #checkVote(node: TestNode): void {
    const { term, votedFor } = node.core.status();
    if (votedFor === 0) return;
    const key = `${node.id}/${term}`;
    const known = this.#votes.get(key) ?? votedFor;
    if (known !== votedFor)
      fail(`one vote: node ${node.id} voted for ${known} and ${votedFor} in term ${term}`);
    this.#votes.set(key, votedFor);
  }

  #checkLeader(node: TestNode): void {
    const { core, id } = node;
    const known = this.#leaderOfTerm.get(core.term) ?? id;
    if (known !== id) fail(`election safety: nodes ${known} and ${id} lead term ${core.term}`);
    this.#leaderOfTerm.set(core.term, id);
    const key = `${id}/${core.term}`;
    const from = this.#complete.get(key) ?? node.log.start.index;
    for (let at = from; at < this.#committed.length; at++) {
      const { entry, byTerm } = this.#committed[at] as Committed;
      if (
        byTerm <= core.term &&
        entry.index >= node.log.start.index &&
        core.termAt(entry.index) !== entry.term
      )
        fail(`leader completeness: node ${id} leads term ${core.term} without ${entry.index}/${entry.term}`);
    }
    this.#complete.set(key, this.#committed.length);
  }

  #checkReads(node: TestNode): void {
    for (const { context, index } of node.readStates.splice(0)) {
      const floor = this.#reads.get(context) ?? 0;
      if (index === undefined) continue;
      this.readsServed++;
      if (index < floor) fail(`linearizable reads: ${context} may read at ${index}, ${floor} was applied`);
    }
  }

  #checkChanges(node: TestNode): void {
    const open = node
      .drainedLog()
      .entries.filter(({ index, payload }) => payload.kind === 'configuration' && index > this.#commitIndex);
    if (open.length > 1) {
      const where = open.map(({ index, term }) => `${index}/${term}`).join(' and ');
      fail(`one change at a time: node ${node.id} has ${where}, committed is ${this.#commitIndex}`);
    }
  }

  #applied(node: TestNode, entry: Entry): void {
    const known = this.#committed[entry.index - 1]?.entry;
    if (known !== undefined) {
      if (known.term === entry.term && contentOf(known) === contentOf(entry)) return;
      const [a, b] = [known, entry].map((each) => `${each.term}/${contentOf(each)}`);
      fail(`state-machine safety: at ${entry.index} node ${node.id} applies ${b}, another ${a}`);
    }
    if (entry.index !== this.#committed.length + 1) fail(`node ${node.id} skips to ${entry.index}`);
    this.#committed.push({ entry, byTerm: node.core.term });
    if (entry.payload.kind === 'configuration') this.configurationsCommitted++;
    this.#checkDurable(entry);
  }

  /**
   * By which configuration it was counted is the leader's affair; one that is in force at some node, or was
   * until the change before, must agree.
   */
  #checkDurable(entry: Entry): void {
    const holders = this.#nodes
      .filter(({ log }) => entry.index <= log.start.index || log.termAt(entry.index) === entry.term)
      .map(({ id }) => id);
    const inForce = this.#nodes.flatMap(({ core, log }) => {
      const { configuration, configurationIndex } = core;
      const before = configurationIndex - 1;
      return before < log.start.index ? [configuration] : [configuration, core.configurationAt(before)];
    });
    const isHeld = inForce.some(({ voters }) => {
      return voters.filter(({ id }) => holders.includes(id)).length * 2 > voters.length;
    });
    if (!isHeld)
      fail(`durability: entry ${entry.index} was applied, but is on the disks of ${holders.join(', ')} only`);
  }
}

function describe({ content, previousTerm }: Link): string {
  return `${content} after term ${previousTerm}`;
}

function fail(text: string): never {
  throw new Error(text);
}
