/**
 * Log compaction: §7 of the paper, chapter 5 of the thesis.
 */
import { describe, expect, it } from 'vitest';
import type { SnapshotMeta } from '../../src/raft/types.js';
import { configurationOf, entriesOfTerms, entry, TestCluster, TestNode } from './harness.js';
import {
  accepted,
  appendRequest,
  candidate,
  heartbeatResponse,
  nodeWith,
  ofKind,
  settledLeader,
} from './messages.js';

describe('§7 log compaction', () => {
  it('a follower behind the start of the log is sent a snapshot', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    cluster.node(3).crash();
    lead.propose('a', 'b');
    cluster.stabilize();
    lead.compact(3);
    cluster.node(3).restart();
    lead.tick(2);
    cluster.stabilize();
    expect(lead.snapshotsToSend).toEqual([{ to: 3, term: 1 }]);
  });

  it('a snapshot takes the place of log, commit, applied and configuration', () => {
    const node = nodeWith({ terms: [1, 1, 1] });
    const meta = { index: 9, term: 4, configuration: configurationOf([1, 2, 4], [5]) };
    node.installSnapshot(2, 5, meta, entriesOfTerms(1, 1, 1, 1, 1, 1, 1, 1, 4));
    expect(node.settle()).toMatchObject([{ kind: 'appendResponse', to: 2, term: 5, matchIndex: 9 }]);
    expect(node.core.configuration).toEqual(meta.configuration);
    expect(node.core.status()).toMatchObject({
      commitIndex: 9,
      appliedIndex: 9,
      lastIndex: 9,
      term: 5,
      leader: 2,
    });
    node.receive(
      appendRequest({ term: 5, prevLogIndex: 9, prevLogTerm: 4, entries: [entry(10, 5)], commitIndex: 10 }),
    );
    node.settle();
    expect(node.applied.at(-1)).toMatchObject({ index: 10 });
  });

  it('a snapshot that the log already holds is not installed: entries beyond it may be acknowledged', () => {
    const node = nodeWith({ terms: [1, 1, 2, 2] });
    const configuration = configurationOf([1, 2, 3]);
    const judge = (term: number, index: number, at: number): object =>
      node.core.judgeSnapshot({ term, meta: { index, term: at, configuration } });
    expect(judge(2, 3, 2)).toEqual({ kind: 'present', matchIndex: 3 });
    expect(judge(1, 9, 1)).toEqual({ kind: 'stale', term: 2 });
    expect(judge(2, 9, 2)).toEqual({ kind: 'install' });
    expect(judge(3, 3, 1)).toEqual({ kind: 'install' });
  });
});

const META: SnapshotMeta = { index: 9, term: 4, configuration: configurationOf([1, 2, 3]) };
const STATE = entriesOfTerms(1, 1, 1, 1, 1, 1, 1, 1, 4);

describe('thesis §5.1 snapshots and what they take the place of', () => {
  it('compacting keeps the position before the first entry: the next request needs its term', () => {
    const node = settledLeader();
    node.propose('a', 'b');
    node.settle();
    for (const from of [2, 3]) node.receive(accepted(3, { from }));
    node.settle();
    node.compact(3);
    node.propose('c');
    expect(ofKind(node.settle(), 'appendRequest')[0]).toMatchObject({ prevLogIndex: 3, prevLogTerm: 1 });
  });

  it('a restart in the middle of a log finds configuration and applied index in the snapshot', () => {
    const node = nodeWith();
    node.installSnapshot(2, 5, META, STATE);
    node.settle();
    node.crash();
    node.restart();
    expect(node.core.status()).toMatchObject({ appliedIndex: 9, commitIndex: 9, lastIndex: 9, term: 5 });
    expect(node.core.configuration).toEqual(META.configuration);
  });

  it('a crash right after the swap, before the term of the snapshot was written, is no damage', () => {
    const node = nodeWith({ hardState: { term: 3, votedFor: 3 } });
    node.installSnapshot(2, 5, META, STATE);
    node.crash();
    expect(node.hardState.term).toBe(3);
    node.restart();
    // Not the sender's term, which is lost, but that of the last entry; no vote was given in it.
    expect(node.core.status()).toMatchObject({ term: 4, votedFor: 0, commitIndex: 9 });
    node.settle();
    expect(node.hardState).toMatchObject({ term: 4, votedFor: 0 });
  });

  it('a configuration that was not committed does not outlive the log that held it (openraft #1808)', () => {
    const node = nodeWith();
    const configuration = configurationOf([1, 2]);
    node.receive(
      appendRequest({ entries: [{ index: 1, term: 1, payload: { kind: 'configuration', configuration } }] }),
    );
    node.settle();
    expect(node.core.configuration).toEqual(configuration);
    node.installSnapshot(2, 5, META, STATE);
    expect(node.core.configuration).toEqual(META.configuration);
    expect(node.core.configurationAt(9)).toEqual(META.configuration);
  });
});

describe('§7 InstallSnapshot, when it is not taken', () => {
  it.each<[string, number, SnapshotMeta]>([
    ['without voters', 5, { ...META, configuration: configurationOf([]) }],
    ['of nothing', 5, { ...META, index: 0, term: 0 }],
    ['of a term after its sender’s', 5, { ...META, term: 6 }],
    ['of no term', 5, { ...META, term: 0 }],
    ['at no index', 5, { ...META, index: Number.NaN }],
    ['at a fraction', 5, { ...META, index: 9.5 }],
    ['in a term beyond what can be counted', Number.MAX_SAFE_INTEGER, META],
  ])('an offer %s is no offer', (_, term, meta) => {
    expect(nodeWith().core.judgeSnapshot({ term, meta })).toEqual({ kind: 'stale', term: 0 });
  });

  it('nor is one of the term that this node itself leads', () => {
    const node = settledLeader();
    expect(node.core.judgeSnapshot({ term: 1, meta: { ...META, term: 1 } })).toEqual({
      kind: 'stale',
      term: 1,
    });
  });

  it('a candidate that is offered one by the leader of its term follows', () => {
    const node = candidate({ hardState: { term: 4 } });
    node.installSnapshot(3, 5, META, STATE);
    expect([node.core.role, node.core.term, node.core.leader]).toEqual(['follower', 5, 3]);
  });
});

describe('§7 the leader, while a snapshot is on its way', () => {
  const behind = (): TestNode => {
    const node = settledLeader();
    node.propose('a', 'b');
    node.settle();
    node.receive(accepted(3));
    node.settle();
    node.compact(3);
    const reject = {
      kind: 'appendResponse',
      from: 3,
      to: 1,
      term: 1,
      rejected: true,
      matchIndex: 0,
    } as const;
    node.receive({ ...reject, conflictIndex: 3, hintIndex: 1, hintTerm: 1 });
    node.settle();
    expect(node.snapshotsToSend).toEqual([{ to: 3, term: 1 }]);
    return node;
  };

  it('sends that follower nothing else, and asks for no second one', () => {
    const node = behind();
    node.propose('c');
    node.receive(heartbeatResponse({ from: 3 }));
    expect(ofKind(node.settle(), 'appendRequest').map(({ to }) => to)).toEqual([2]);
    expect(node.snapshotsToSend).toHaveLength(1);
  });

  it('goes on from there when it has arrived; only the follower’s own answer counts as replicated', () => {
    const node = behind();
    node.step({ kind: 'snapshotSent', to: 3, index: 3, ok: true });
    expect(node.core.status().peers[1]).toMatchObject({
      id: 3,
      progress: 'probe',
      matchIndex: 1,
      nextIndex: 4,
    });
    node.receive(accepted(3, { from: 3 }));
    expect(node.core.status().peers[1]).toMatchObject({ progress: 'replicate', matchIndex: 3 });
  });

  it('counts it as failed when nobody reports, and tries again when the follower answers', () => {
    const node = behind();
    for (let i = 0; i < node.config.snapshotTimeoutTicks; i += 10) {
      node.tick(10);
      node.receive(heartbeatResponse({ from: 2 }));
      node.settle();
    }
    expect(node.core.status().peers[1]).toMatchObject({ id: 3, progress: 'probe' });
    node.receive(heartbeatResponse({ from: 3 }));
    node.settle();
    expect(node.snapshotsToSend).toHaveLength(2);
  });
});
