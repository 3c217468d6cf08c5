/**
 * Nothing that comes over the network makes a core throw, go back in time, or say what it must not.
 *
 * The sender is no sound Raft node here, so what sound nodes guarantee together (one leader a term, equal
 * logs) is not demanded; random-cluster.ts does that. Demanded is what a single core owes whatever it hears:
 *
 *   it never throws
 *   term never falls, the vote of a term never changes                          §5.1, §5.2
 *   a vote that has left is the only one of its term, whatever crashes          §5.2, thesis §3.8
 *   the commit index never falls, what is committed never changes               §5.4.3
 *   what is drained keeps the order of writing, sending and applying            Effects in types.ts
 *   what it sends is in its own name, with numbers that are numbers
 *   when it has been drained dry, it has nothing more to do
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effects, Entry, HardState, LogIndex, Message, Term } from '../../src/raft/types.js';
import { configurationOf, entriesOfTerms, type TestNode } from './harness.js';
import { anAction, resolve, resolveMessage, type Action } from './message-fuzz.js';
import { candidate, leader, nodeWith, preCandidate, settledLeader } from './messages.js';

/** FUZZ_RUNS=10000 FUZZ_SEED=7: more of them, others. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 200);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const config = {
  electionTicks: 2,
  heartbeatTicks: 1,
  maxMessageBytes: 100,
  maxInflightMessages: 2,
  maxInflightBytes: 200,
  maxUncommittedBytes: 300,
  maxCommittedBytesPerDrain: 80,
  maxPendingReads: 2,
  snapshotTimeoutTicks: 4,
};

/** What snapshots bring; the core never sees it. */
const STATE = entriesOfTerms(...Array.from({ length: 1_000 }, () => 1));

const STARTS = {
  'a new node': () => nodeWith({ config }),
  'a node that waits to be added': () => nodeWith({ config, configuration: configurationOf([]) }),
  'a follower with a log': () =>
    nodeWith({ config, terms: [1, 1, 2, 2], hardState: { term: 3, votedFor: 2, commitIndex: 2 } }),
  'a learner': () => nodeWith({ config, configuration: configurationOf([2, 3], [1]), terms: [1, 1] }),
  'a pre-candidate': () => preCandidate({ config, terms: [1, 2] }),
  'a candidate': () => candidate({ config, terms: [1, 2] }),
  'a new leader': () => leader({ config, terms: [1, 2] }),
  'a leader of five': () =>
    settledLeader({ config, configuration: configurationOf([1, 2, 3, 4, 5]), terms: [1, 2] }),
  'a leader with learners': () => settledLeader({ config, configuration: configurationOf([1, 2], [3, 4]) }),
  'a voter alone': () => leader({ config, configuration: configurationOf([1]) }),
} satisfies Record<string, () => TestNode>;

/** What a node has shown, against which everything it shows later is held. */
class Witness {
  readonly #node: TestNode;
  #term: Term;
  #votes = new Map<Term, number>();
  readonly #promised = new Map<Term, number>();
  #commitIndex: LogIndex;
  /** Term of each committed entry. */
  #committed = new Map<LogIndex, Term>();
  #applied = new Map<LogIndex, Entry>();

  constructor(node: TestNode) {
    this.#node = node;
    this.#term = node.core.term;
    this.#commitIndex = node.core.commitIndex;
    this.look();
  }

  look(): void {
    const { core, hardState, applied, log } = this.#node;
    expect(Number.isSafeInteger(core.term) && core.term >= this.#term).toBe(true);
    this.#term = core.term;
    this.#checkVote(core.status());
    this.#checkVote(hardState);
    expect(core.commitIndex).toBeGreaterThanOrEqual(this.#commitIndex);
    expect(core.commitIndex).toBeLessThanOrEqual(core.lastIndex);
    this.#commitIndex = core.commitIndex;
    for (let index = log.start.index; index <= core.commitIndex; index++) {
      const term = core.termAt(index);
      expect(term).toBe(this.#committed.get(index) ?? term);
      if (term !== undefined) this.#committed.set(index, term);
    }
    for (const entry of applied.slice(log.start.index)) {
      expect(entry).toBe(this.#applied.get(entry.index) ?? entry);
      this.#applied.set(entry.index, entry);
    }
  }

  #checkVote({ term, votedFor }: Pick<HardState, 'term' | 'votedFor'>): void {
    if (votedFor === 0) return;
    expect(votedFor).toBe(this.#votes.get(term) ?? votedFor);
    this.#votes.set(term, votedFor);
  }

  /** Votes that have left the node bind it for ever, whatever a crash made it forget. */
  heard(messages: readonly Message[]): void {
    for (const { kind, term, from, to, ...rest } of messages) {
      const isVote = kind === 'voteResponse' && 'granted' in rest && rest.granted;
      if (kind !== 'voteRequest' && !isVote) continue;
      const candidate = kind === 'voteRequest' ? from : to;
      expect(candidate).toBe(this.#promised.get(term) ?? candidate);
      this.#promised.set(term, candidate);
    }
  }

  /**
   * What was only in memory is gone, promises made from it were not sent, and the commit index is a hint that
   * lags. Term and vote are not forgotten, as far as they were durable.
   */
  restarted(): void {
    const { hardState, core } = this.#node;
    expect(core.term).toBeGreaterThanOrEqual(hardState.term);
    this.#term = core.term;
    this.#commitIndex = core.commitIndex;
    this.#committed.clear();
    this.#applied.clear();
    this.#votes = new Map(hardState.votedFor === 0 ? [] : [[hardState.term, hardState.votedFor]]);
  }
}

function checkSent(node: TestNode, effects: Effects): void {
  for (const message of [...effects.sendNow, ...effects.sendAfterPersist]) {
    expect(message.from).toBe(node.id);
    expect(message.to).not.toBe(node.id);
    expect(Number.isSafeInteger(message.to) && message.to > 0).toBe(true);
    expect(Number.isSafeInteger(message.term) && message.term > 0).toBe(true);
    if (message.kind !== 'appendRequest') continue;
    message.entries.forEach((entry, at) => expect(entry.index).toBe(message.prevLogIndex + 1 + at));
    expect(message.prevLogIndex + message.entries.length).toBeLessThanOrEqual(node.core.lastIndex);
  }
  for (const { to, term } of effects.snapshotsToSend) {
    expect(to).not.toBe(node.id);
    expect(term).toBeLessThanOrEqual(node.core.term);
  }
  effects.committed.forEach((entry, at) => expect(entry.index).toBe(effects.committed[0]!.index + at));
}

function restart(node: TestNode, witness: Witness): void {
  node.crash();
  node.restart();
  node.applied.length = node.log.start.index;
  witness.restarted();
}

function play(node: TestNode, action: Action, witness: Witness): void {
  const { core } = node;
  switch (action.kind) {
    case 'message':
      node.receive(resolveMessage(core, action.message));
      return;
    case 'local':
      node.step(action.input);
      return;
    case 'drain':
      checkSent(node, node.drain());
      return;
    case 'apply':
      node.apply();
      return;
    case 'persist':
    case 'settle':
      witness.heard(node[action.kind]());
      return;
    case 'compact': {
      const { appliedIndex } = core.status();
      if (appliedIndex > node.log.start.index && !node.isApplyPending) node.compact(appliedIndex);
      return;
    }
    case 'restart':
      restart(node, witness);
      return;
    case 'snapshotSent': {
      const { to, ok } = action;
      const index = Math.min(core.status().appliedIndex, Math.max(0, resolve(core, action.index) || 0));
      node.step({ kind: 'snapshotSent', to, index, ok });
      return;
    }
    case 'snapshotOffer': {
      const { from, configuration, crash } = action;
      const term = resolve(core, action.term);
      const meta = {
        index: resolve(core, action.index),
        term: resolve(core, action.lastTerm),
        configuration,
      };
      // Legal, and more than this test's memory has room for.
      if (meta.index > 1_000 && core.judgeSnapshot({ term, meta }).kind === 'install') return;
      const sent = node.installSnapshot(from, term, meta, STATE);
      witness.heard(sent);
      if (crash) restart(node, witness);
    }
  }
}

describe('any sequence of messages and inputs', () => {
  it.each(Object.entries(STARTS))('does no harm to %s', (_, create) => {
    fc.assert(
      fc.property(fc.array(anAction, { maxLength: 80 }), (actions) => {
        const node = create();
        const witness = new Witness(node);
        for (const action of actions) {
          play(node, action, witness);
          witness.look();
        }
        witness.heard(node.settle());
        witness.look();
        expect(node.core.hasEffects()).toBe(false);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
