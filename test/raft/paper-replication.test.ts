/**
 * Log replication: §5.3 of the paper, §3.5 of the thesis. The themes are those of etcd's raft_paper_test.go.
 */
import { describe, expect, it } from 'vitest';
import { command, configurationOf, entriesOfTerms, entry, TestCluster } from './harness.js';
import { accepted, appendRequest, leader, nodeWith, ofKind, settledLeader } from './messages.js';

describe('§5.3 log replication', () => {
  it('a leader appends a proposal to its log and sends it to all followers', () => {
    const node = settledLeader();
    expect(node.propose('a')).toEqual({ kind: 'appended', firstIndex: 2, term: 1 });
    const { entries, sendNow } = node.drain();
    expect(entries).toEqual([{ index: 2, term: 1, payload: command('a') }]);
    expect(sendNow).toMatchObject([
      { kind: 'appendRequest', to: 2, prevLogIndex: 1, prevLogTerm: 1, entries, commitIndex: 1 },
      { kind: 'appendRequest', to: 3, prevLogIndex: 1, prevLogTerm: 1, entries, commitIndex: 1 },
    ]);
  });

  it.each([
    [3, [2], true],
    [3, [], false],
    [5, [2, 3], true],
    [5, [2], false],
    [4, [2], false],
  ] as const)(
    'of %i, an entry that %j acknowledge beside the leader is committed: %s',
    (size, from, committed) => {
      const node = settledLeader({
        configuration: configurationOf(Array.from({ length: size }, (_, at) => at + 1)),
      });
      node.propose('a');
      node.settle();
      for (const id of from) node.receive(accepted(2, { from: id }));
      expect(node.core.commitIndex).toBe(committed ? 2 : 1);
    },
  );

  it('an entry is applied in order, once, as soon as it is committed, and followers are told', () => {
    const node = settledLeader();
    node.propose('a', 'b');
    node.settle();
    node.receive(accepted(3));
    const { committed, sendNow } = node.drain();
    expect(committed.map(({ index }) => index)).toEqual([2, 3]);
    expect(ofKind(sendNow, 'appendRequest').map(({ to, commitIndex }) => [to, commitIndex])).toEqual([
      [2, 3],
      [3, 3],
    ]);
    node.receive(accepted(3, { from: 3 }));
    expect(node.drain().committed).toEqual([]);
  });

  it('committing an entry commits everything before it, of whatever term', () => {
    const node = leader({ terms: [1, 2] });
    node.receive(accepted(3, { term: 3 }));
    expect(node.drain().committed.map(({ index, term }) => [index, term])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('a follower applies what the leader says is committed, as far as it holds it', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1, 1), commitIndex: 9 }));
    node.settle();
    expect([node.core.commitIndex, node.applied.length]).toEqual([3, 3]);
  });

  it('a follower commits no further than the request verified: the rest of its log may differ', () => {
    const node = nodeWith({ terms: [1, 1, 1] });
    node.receive(appendRequest({ term: 2, prevLogIndex: 1, prevLogTerm: 1, commitIndex: 3 }));
    expect(node.core.commitIndex).toBe(1);
  });

  it.each([
    [0, 0, 'accepted'],
    [2, 2, 'accepted'],
    [2, 3, 'rejected'],
    [3, 3, 'rejected'],
    [9, 3, 'rejected'],
  ] as const)(
    'a follower with terms 1, 2 and a request after %i/%i: %s',
    (prevLogIndex, prevLogTerm, verdict) => {
      const node = nodeWith({ terms: [1, 2] });
      node.receive(appendRequest({ term: 3, prevLogIndex, prevLogTerm }));
      expect(node.settle()).toMatchObject([{ kind: 'appendResponse', rejected: verdict === 'rejected' }]);
    },
  );

  it.each([
    ['appends', 2, 2, [entry(3, 3)], [1, 2, 3], [3]],
    ['replaces what conflicts', 1, 1, [entry(2, 3), entry(3, 4)], [1, 3, 4], [2, 3]],
    ['replaces everything', 0, 0, [entry(1, 3)], [3], [1]],
    ['writes nothing that it has', 0, 0, [entry(1, 1), entry(2, 2)], [1, 2], []],
    ['cuts off nothing for being absent', 0, 0, [entry(1, 1)], [1, 2], []],
  ] as const)('a follower %s', (_, prevLogIndex, prevLogTerm, entries, terms, written) => {
    const node = nodeWith({ terms: [1, 2] });
    node.receive(appendRequest({ term: 4, prevLogIndex, prevLogTerm, entries }));
    expect(node.drain().entries.map(({ index }) => index)).toEqual(written);
    node.persist();
    expect(node.log.all().map(({ term }) => term)).toEqual(terms);
  });

  it('a late request does not undo a later one', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1, 1), commitIndex: 2 }));
    node.receive(appendRequest({ entries: entriesOfTerms(1), commitIndex: 0 }));
    node.settle();
    expect([node.core.lastIndex, node.core.commitIndex]).toEqual([3, 2]);
  });

  // Figure 7: a leader of term 8 and the six followers that it may find.
  it.each([
    ['(a)', [1, 1, 1, 4, 4, 5, 5, 6, 6]],
    ['(b)', [1, 1, 1, 4]],
    ['(c)', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]],
    ['(d)', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]],
    ['(e)', [1, 1, 1, 4, 4, 4, 4]],
    ['(f)', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]],
  ] as const)('Figure 7%s: the follower ends with the log of the leader', (_, terms) => {
    const configuration = configurationOf([1, 2, 3]);
    const lead = nodeWith({ configuration, terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6], hardState: { term: 7 } });
    const follower = nodeWith({ id: 2, configuration, terms, hardState: { term: 7 } });
    const third = nodeWith({ id: 3, configuration, terms: [1, 1, 1, 4], hardState: { term: 7 } });
    const cluster = new TestCluster([lead, follower, third]);
    cluster.partition([1], [2]);
    lead.tick(lead.config.electionTicks);
    cluster.stabilize();
    expect([lead.core.role, lead.core.term]).toEqual(['leader', 8]);
    cluster.heal();
    lead.tick(lead.config.heartbeatTicks);
    cluster.stabilize();
    expect(follower.log.all()).toEqual(lead.log.all());
  });

  it('a conflict is found in as many round trips as there are terms, not entries', () => {
    const configuration = configurationOf([1, 2, 3]);
    const common = Array.from({ length: 5 }, () => 1);
    const lead = nodeWith({ configuration, terms: [...common, ...Array.from({ length: 40 }, () => 3)] });
    const follower = nodeWith({
      id: 2,
      configuration,
      terms: [...common, ...Array.from({ length: 60 }, () => 2)],
      hardState: { term: 3 },
    });
    const cluster = new TestCluster([lead, follower]);
    lead.tick(lead.config.electionTicks);
    let rejections = 0;
    for (let round = 0; round < 30; round++) {
      for (const node of cluster.nodes) cluster.send(node.settle());
      const messages = cluster.network;
      cluster.network = [];
      for (const message of messages) {
        if (message.kind === 'appendResponse' && message.rejected) rejections++;
        cluster.deliver(message);
      }
    }
    expect(follower.log.all()).toEqual(lead.log.all());
    expect(rejections).toBeLessThanOrEqual(2);
  });
});

describe('§5.3 a leader towards its followers', () => {
  it('begins at the end of its own log, whatever theirs may be', () => {
    const node = leader({ terms: [1, 1, 2] });
    expect(node.core.status().peers).toMatchObject([
      { id: 2, matchIndex: 0, nextIndex: 4 },
      { id: 3, matchIndex: 0, nextIndex: 4 },
    ]);
  });

  it('goes back until the logs agree, then brings the rest', () => {
    const node = leader({ terms: [1, 1, 2] });
    const reject = {
      kind: 'appendResponse',
      from: 2,
      to: 1,
      term: 3,
      rejected: true,
      matchIndex: 0,
    } as const;
    node.receive({ ...reject, conflictIndex: 3, hintIndex: 2, hintTerm: 1 });
    expect(ofKind(node.settle(), 'appendRequest')).toMatchObject([
      { to: 2, prevLogIndex: 2, prevLogTerm: 1, entries: [{ index: 3 }, { index: 4 }] },
    ]);
    node.receive({ ...reject, conflictIndex: 2, hintIndex: 0, hintTerm: 0 });
    expect(ofKind(node.settle(), 'appendRequest')).toMatchObject([
      { to: 2, prevLogIndex: 0, entries: [{ index: 1 }, { index: 2 }, { index: 3 }, { index: 4 }] },
    ]);
  });

  it('an acknowledgement never falls: a late one says less than is known already', () => {
    const node = settledLeader();
    node.propose('a', 'b');
    node.settle();
    node.receive(accepted(3));
    node.receive(accepted(2));
    expect(node.core.status().peers[0]).toMatchObject({ id: 2, matchIndex: 3, nextIndex: 4 });
  });

  it('nobody can acknowledge what was never sent, not even a majority', () => {
    const node = settledLeader();
    for (const from of [2, 3]) node.receive(accepted(2, { from }));
    expect(node.core.commitIndex).toBe(1);
    expect(node.core.status().peers).toMatchObject([{ matchIndex: 1 }, { matchIndex: 1 }]);
  });

  it('retries for ever: a follower that was away for long gets everything, answered to clients or not', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    cluster.partition([3], [1, 2]);
    for (let i = 0; i < 5; i++) {
      lead.propose(`while away ${i}`);
      cluster.stabilize();
      for (let tick = 0; tick < lead.config.electionTicks; tick++) {
        lead.tick();
        cluster.stabilize();
      }
    }
    expect([lead.core.commitIndex, cluster.node(3).core.lastIndex]).toEqual([6, 1]);
    cluster.heal();
    lead.tick(lead.config.heartbeatTicks);
    cluster.stabilize();
    expect(cluster.node(3).applied).toEqual(lead.applied);
  });

  it('§5.5 a request that was lost, and one that came twice, end in the same log', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    lead.propose('a');
    cluster.send(lead.settle());
    const [lost, ...rest] = ofKind(cluster.network, 'appendRequest');
    expect(lost?.to).toBe(2);
    cluster.network = [...rest, ...rest];
    cluster.stabilize();
    lead.tick(lead.config.heartbeatTicks);
    cluster.stabilize();
    expect(cluster.nodes.map(({ log }) => log.lastIndex)).toEqual([2, 2, 2]);
  });
});
