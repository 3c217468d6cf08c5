/**
 * Safety and crashes: §5.4 to §5.6 of the paper, §3.6 to §3.9 of the thesis. §5.4.1, the restriction on elections,
 * is with the elections; what only shows in whole clusters is in scenarios/ and random-cluster.ts.
 */
import { describe, expect, it } from 'vitest';
import { entriesOfTerms, entry, TestCluster } from './harness.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  leader,
  nodeWith,
  ofKind,
  preCandidate,
  preVoteResponse,
  settledLeader,
  voteRequest,
} from './messages.js';

describe('§5.4 safety', () => {
  it('§5.4.2 commits only entries of its own term by counting', () => {
    for (const [matchIndex, commitIndex] of [
      [1, 0],
      [2, 0],
      [3, 3],
    ] as const) {
      const node = leader({ terms: [1, 2] });
      node.receive(accepted(matchIndex, { term: 3 }));
      expect(node.core.commitIndex).toBe(commitIndex);
    }
  });

  it('§5.4.2 a leader never cuts its own log', () => {
    const node = leader({ terms: [1, 2] });
    node.receive(appendRequest({ term: 3, entries: [entry(1, 3)] }));
    expect([node.core.role, node.core.lastIndex, node.drain().truncateFrom]).toEqual([
      'leader',
      3,
      undefined,
    ]);
  });

  it('§5.4.3 what is committed is never cut off, whatever a request asks', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1, 1), commitIndex: 2 }));
    node.settle();
    node.receive(appendRequest({ term: 2, entries: [entry(1, 2), entry(2, 2)] }));
    node.settle();
    expect(node.log.all().map(({ term }) => term)).toEqual([1, 1, 1]);
  });
});

describe('§5.5 crashes', () => {
  it('requests may be repeated without harm', () => {
    const node = nodeWith();
    const request = appendRequest({ entries: entriesOfTerms(1, 1), commitIndex: 1 });
    node.receive(request);
    node.receive(request);
    expect(node.settle()).toMatchObject([{ kind: 'appendResponse', matchIndex: 2 }]);
    node.receive(request);
    expect(node.settle()).toMatchObject([{ kind: 'appendResponse', matchIndex: 2 }]);
    expect(node.log.all()).toHaveLength(2);
  });
});

describe('thesis §3.8 persisted state and server restarts', () => {
  it('term and vote leave only when they are durable', () => {
    const asking = preCandidate();
    asking.receive(preVoteResponse({ term: 1 }));
    const campaign = asking.drain();
    expect([campaign.hardState, campaign.sendNow]).toEqual([{ term: 1, votedFor: 1, commitIndex: 0 }, []]);
    expect(ofKind(campaign.sendAfterPersist, 'voteRequest')).toHaveLength(2);

    const asked = nodeWith();
    asked.receive(voteRequest({ term: 1 }));
    const vote = asked.drain();
    expect([vote.hardState, vote.sendNow]).toEqual([{ term: 1, votedFor: 2, commitIndex: 0 }, []]);
    expect(ofKind(vote.sendAfterPersist, 'voteResponse')).toMatchObject([{ granted: true }]);
  });

  it('the commit index need not be durable: it never causes a write', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1) }));
    node.settle();
    node.receive(heartbeatRequest({ commitIndex: 2 }));
    expect(node.drain()).toMatchObject({
      hardState: undefined,
      entries: [],
      committed: [{ index: 1 }, { index: 2 }],
    });
    node.receive(appendRequest({ prevLogIndex: 2, prevLogTerm: 1, entries: [entry(3, 1)] }));
    expect(node.drain().hardState).toEqual({ term: 1, votedFor: 0, commitIndex: 2 });
  });

  it('after a restart everything known to be committed is handed out again from the applied index', () => {
    const node = nodeWith({ terms: [1, 1, 1], hardState: { term: 1, commitIndex: 2 } });
    node.settle();
    expect(node.applied.map(({ index }) => index)).toEqual([1, 2]);
  });
});

describe('§5.4.3 state-machine safety', () => {
  it('a follower hands an entry out only when the leader has called it committed', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1), commitIndex: 0 }));
    node.settle();
    expect(node.applied).toEqual([]);
    node.receive(appendRequest({ prevLogIndex: 2, prevLogTerm: 1, commitIndex: 1 }));
    node.settle();
    expect(node.applied.map(({ index }) => index)).toEqual([1]);
  });

  it('a heartbeat verifies no log: it names no more than the follower has acknowledged', () => {
    const node = settledLeader();
    node.propose('a');
    node.settle();
    node.receive(accepted(2, { from: 2 }));
    node.settle();
    node.tick(node.config.heartbeatTicks);
    expect(ofKind(node.settle(), 'heartbeatRequest').map(({ to, commitIndex }) => [to, commitIndex])).toEqual(
      [
        [2, 2],
        [3, 1],
      ],
    );
  });

  it('an entry of an earlier term that a majority holds may still be replaced (Figure 8)', () => {
    // Node 3 has what a leader of term 2 gave it and a majority, and what a leader of term 3 has instead.
    const node = nodeWith({ id: 3, terms: [1, 2], hardState: { term: 4 } });
    node.receive(
      appendRequest({ to: 3, from: 5, term: 5, prevLogIndex: 1, prevLogTerm: 1, entries: [entry(2, 3)] }),
    );
    node.settle();
    expect(node.log.all().map(({ term }) => term)).toEqual([1, 3]);
  });
});

describe('§5.6 timing and availability', () => {
  it('safety does not depend on timing: any number of ticks elects nobody without a majority', () => {
    const node = nodeWith();
    for (let i = 0; i < 1_000; i++) {
      node.tick();
      node.settle();
    }
    expect([node.core.role, node.core.term]).toEqual(['preCandidate', 0]);
  });

  it('a cluster of 2f + 1 goes on without f, and stops, undamaged, without f + 1', () => {
    const cluster = TestCluster.of(5);
    const lead = cluster.elect(1);
    cluster.node(4).crash();
    cluster.node(5).crash();
    lead.propose('a');
    cluster.stabilize();
    expect(lead.core.commitIndex).toBe(2);
    cluster.node(3).crash();
    lead.propose('b');
    cluster.stabilize();
    expect(lead.core.commitIndex).toBe(2);
    cluster.node(3).restart();
    lead.tick(lead.config.heartbeatTicks);
    cluster.stabilize();
    expect(lead.core.commitIndex).toBe(3);
  });
});
