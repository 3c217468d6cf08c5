/**
 * Pre-vote: §9.6 of the thesis, with what others learned from leaving it half done.
 */
import { describe, expect, it } from 'vitest';
import { configurationOf, TestCluster } from './harness.js';
import {
  heartbeatRequest,
  nodeWith,
  ofKind,
  preCandidate,
  preVoteRequest,
  preVoteResponse,
} from './messages.js';

describe('thesis §9.6 pre-vote', () => {
  it('asks with the next term, and changes neither term nor vote on either side', () => {
    const node = preCandidate({ hardState: { term: 4 } });
    expect([node.core.role, node.core.term, node.hardState]).toEqual([
      'preCandidate',
      4,
      { term: 4, votedFor: 0, commitIndex: 0 },
    ]);
    const asked = nodeWith();
    asked.receive(preVoteRequest({ term: 5 }));
    expect(asked.settle()).toMatchObject([{ kind: 'preVoteResponse', granted: true, term: 5 }]);
    expect(asked.core.status()).toMatchObject({ term: 0, votedFor: 0 });
  });

  it('becomes an election only with a majority', () => {
    const node = preCandidate({ configuration: configurationOf([1, 2, 3, 4, 5]) });
    node.receive(preVoteResponse({ from: 2, term: 1 }));
    expect(node.core.role).toBe('preCandidate');
    node.receive(preVoteResponse({ from: 3, term: 1 }));
    expect([node.core.role, node.core.term]).toEqual(['candidate', 1]);
  });

  it('a refusal in a higher term is how a node that lags learns of it (etcd #8243)', () => {
    const node = preCandidate();
    node.receive(preVoteResponse({ granted: false, term: 6 }));
    expect([node.core.role, node.core.term]).toEqual(['follower', 6]);
  });

  it('a grant for another term does not count', () => {
    const node = preCandidate({ hardState: { term: 4 } });
    node.receive(preVoteResponse({ term: 4 }));
    node.receive(preVoteResponse({ term: 7 }));
    expect([node.core.role, node.core.term]).toEqual(['preCandidate', 4]);
  });

  it('a node cut off for any time comes back in its old term', () => {
    const cluster = TestCluster.of(3);
    cluster.elect(1);
    cluster.partition([3], [1, 2]);
    for (let i = 0; i < 10; i++) {
      cluster.node(3).tick(cluster.node(3).config.electionTicks);
      cluster.stabilize();
    }
    cluster.heal();
    cluster.node(1).tick(2);
    cluster.stabilize();
    expect(cluster.nodes.map(({ core }) => [core.role, core.term])).toEqual([
      ['leader', 1],
      ['follower', 1],
      ['follower', 1],
    ]);
  });
});

describe('thesis §9.6 whom a pre-vote is granted to', () => {
  it('nobody whose log is behind, and nobody while a leader is heard', () => {
    const ahead = nodeWith({ terms: [1, 2] });
    ahead.receive(preVoteRequest({ term: 3, lastLogIndex: 5, lastLogTerm: 1 }));
    expect(ahead.settle()).toMatchObject([{ kind: 'preVoteResponse', granted: false, term: 2 }]);
    const following = nodeWith();
    following.receive(heartbeatRequest({ from: 3 }));
    following.settle();
    following.receive(preVoteRequest({ term: 2 }));
    expect(following.settle()).toMatchObject([{ granted: false, term: 1 }]);
  });

  it('any number of candidates: it binds nobody', () => {
    const node = nodeWith();
    for (const from of [2, 3, 2]) node.receive(preVoteRequest({ from, term: 1 }));
    expect(node.settle()).toMatchObject([
      { to: 2, granted: true },
      { to: 3, granted: true },
      { to: 2, granted: true },
    ]);
    expect(node.core.status()).toMatchObject({ term: 0, votedFor: 0 });
  });

  it('a stale request is refused with the own term, never met with silence (etcd #8243, #8501)', () => {
    const node = nodeWith({ hardState: { term: 6 } });
    node.receive(preVoteRequest({ term: 2 }));
    expect(node.settle()).toMatchObject([{ kind: 'preVoteResponse', to: 2, granted: false, term: 6 }]);
  });

  it('whoever asks forgets its leader, so that it can itself be asked (etcd #9586)', () => {
    const node = nodeWith();
    node.receive(heartbeatRequest({ from: 3 }));
    node.tick(2 * node.config.electionTicks);
    node.settle();
    expect([node.core.role, node.core.leader]).toEqual(['preCandidate', 0]);
    node.receive(preVoteRequest({ term: 2, lastLogIndex: 4, lastLogTerm: 1 }));
    expect(ofKind(node.settle(), 'preVoteResponse')).toMatchObject([{ granted: true }]);
  });

  it('a pre-candidate that hears its leader again goes back, in the same term', () => {
    const node = preCandidate({ hardState: { term: 1 } });
    node.receive(heartbeatRequest({ from: 3 }));
    expect([node.core.role, node.core.term, node.core.leader]).toEqual(['follower', 1, 3]);
  });

  it('refused by a majority it waits for another timeout, in the same term', () => {
    const node = preCandidate();
    node.receive(preVoteResponse({ from: 2, term: 0, granted: false }));
    expect(node.core.role).toBe('preCandidate');
    node.receive(preVoteResponse({ from: 3, term: 1, granted: false }));
    expect(node.core.role).toBe('follower');
  });
});

describe('thesis §9.6 a pre-vote asked by somebody whose log is shorter', () => {
  const shorter = preVoteRequest({ term: 3, lastLogIndex: 1, lastLogTerm: 1 });

  it('takes back the refusal of a moment ago, once for each question', () => {
    const node = preCandidate({ terms: [1, 2], hardState: { term: 2 } });
    node.settle();
    node.receive(shorter);
    expect(ofKind(node.settle(), 'preVoteRequest')).toEqual([]);
    node.receive(preVoteResponse({ granted: false, term: 2 }));
    node.receive(shorter);
    node.receive(shorter);
    expect(ofKind(node.settle(), 'preVoteRequest')).toMatchObject([{ to: 2, lastLogIndex: 2 }]);
    node.receive(preVoteResponse({ term: 3 }));
    expect(node.core.role).toBe('candidate');
  });

  it('changes nothing for who asks nobody', () => {
    const node = nodeWith({ terms: [1, 2], hardState: { term: 2 } });
    node.receive(shorter);
    expect(node.settle()).toMatchObject([{ kind: 'preVoteResponse', to: 2, granted: false }]);
  });
});
