/**
 * Terms and elections: §5.1, §5.2 and §5.4.1 of "In Search of an Understandable Consensus Algorithm" (extended
 * version), which are §3.3, §3.4 and §3.6.1 of Ongaro's thesis. The themes are those of etcd's raft_paper_test.go.
 */
import { describe, expect, it } from 'vitest';
import type {} from '../../src/raft/types.js';
import { configurationOf, entry, TestCluster } from './harness.js';
import {
  appendRequest,
  candidate,
  heartbeatRequest,
  leader,
  nodeWith,
  ofKind,
  preCandidate,
  preVoteRequest,
  preVoteResponse,
  settledLeader,
  voteRequest,
  voteResponse,
} from './messages.js';
import { seededRandom } from './random-cluster.js';

describe('§5.1 terms', () => {
  it.each([
    ['follower', nodeWith],
    ['preCandidate', preCandidate],
    ['candidate', candidate],
    ['leader', leader],
  ] as const)('a %s that sees a higher term follows it at once', (role, create) => {
    const node = create();
    expect(node.core.role).toBe(role);
    node.receive(appendRequest({ term: 7 }));
    expect([node.core.role, node.core.term, node.core.leader]).toEqual(['follower', 7, 2]);
  });

  it('a stale request changes nothing and is answered with the current term', () => {
    const node = nodeWith({ hardState: { term: 5 } });
    for (const stale of [
      appendRequest({ term: 4, entries: [entry(1, 4)] }),
      heartbeatRequest({ term: 4 }),
      voteRequest({ term: 4 }),
      preVoteRequest({ term: 4 }),
    ]) {
      node.receive(stale);
      expect(node.settle()).toMatchObject([{ to: 2, term: 5 }]);
    }
    expect([node.core.term, node.core.leader, node.core.lastIndex]).toEqual([5, 0, 0]);
  });

  it('a stale response changes nothing', () => {
    const node = candidate({ hardState: { term: 5 } });
    node.receive(voteResponse({ term: 5 }));
    expect([node.core.role, node.core.term]).toEqual(['candidate', 6]);
  });

  it('a higher term is durable before anything that rests on it is said', () => {
    const node = nodeWith();
    node.receive(appendRequest({ term: 3, entries: [entry(1, 3)] }));
    const effects = node.drain();
    expect(effects.hardState).toMatchObject({ term: 3, votedFor: 0 });
    expect(effects.sendNow).toEqual([]);
    expect(effects.sendAfterPersist).toMatchObject([{ kind: 'appendResponse', term: 3, matchIndex: 1 }]);
  });
});

describe('§5.2 leader election', () => {
  it('a server starts as a follower', () => {
    expect([nodeWith().core.role, nodeWith({ hardState: { term: 3, votedFor: 1 } }).core.role]).toEqual([
      'follower',
      'follower',
    ]);
  });

  it('a leader sends heartbeats to everyone, every heartbeat interval', () => {
    const node = settledLeader();
    node.tick(node.config.heartbeatTicks - 1);
    expect(node.settle()).toEqual([]);
    node.tick();
    expect(node.settle()).toMatchObject([
      { kind: 'heartbeatRequest', to: 2 },
      { kind: 'heartbeatRequest', to: 3 },
    ]);
  });

  it('a follower that hears from a leader stays one', () => {
    const node = nodeWith();
    for (let i = 0; i < 10; i++) {
      node.tick(node.config.electionTicks - 1);
      node.receive(i % 2 === 0 ? heartbeatRequest({}) : appendRequest({}));
      node.settle();
    }
    expect([node.core.role, node.core.term]).toEqual(['follower', 1]);
  });

  it('a candidate votes for itself in a new term and asks all others', () => {
    const node = candidate();
    expect(node.hardState).toMatchObject({ term: 1, votedFor: 1 });
    const fresh = preCandidate();
    fresh.receive(preVoteResponse({ term: 1 }));
    expect(ofKind(fresh.settle(), 'voteRequest').map(({ to, term }) => [to, term])).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it('a candidate that neither wins nor loses tries again in a new term', () => {
    const node = candidate();
    node.tick(node.config.electionTicks);
    node.receive(preVoteResponse({ term: 2 }));
    node.settle();
    expect([node.core.role, node.core.term]).toEqual(['candidate', 2]);
  });

  it.each([
    [1, [], 'leader'],
    [3, [2], 'leader'],
    [3, [], 'candidate'],
    [5, [2, 3], 'leader'],
    [5, [2], 'candidate'],
    [4, [2], 'candidate'],
    [4, [2, 3], 'leader'],
  ] as const)('of %i, with the votes of %j beside its own, a candidate is then %s', (size, voters, role) => {
    const configuration = configurationOf(Array.from({ length: size }, (_, at) => at + 1));
    const node = candidate({ configuration });
    for (const from of voters) node.receive(voteResponse({ from, term: 1 }));
    expect(node.core.role).toBe(role);
  });

  it('a candidate that a majority refuses is a follower again', () => {
    const node = candidate();
    node.receive(voteResponse({ from: 2, granted: false }));
    expect(node.core.role).toBe('candidate');
    node.receive(voteResponse({ from: 3, granted: false }));
    expect(node.core.role).toBe('follower');
  });

  it('the same vote does not count twice', () => {
    const node = candidate({ configuration: configurationOf([1, 2, 3, 4, 5]) });
    node.receive(voteResponse({ from: 2 }));
    node.receive(voteResponse({ from: 2 }));
    expect(node.core.role).toBe('candidate');
  });

  it.each([
    ['nobody yet', 0, 2, true],
    ['the one that asks again', 2, 2, true],
    ['another', 3, 2, false],
  ] as const)('a voter that voted for %s says %s', (_, votedFor, from, granted) => {
    const node = nodeWith({ hardState: { term: 4, votedFor } });
    node.receive(voteRequest({ from, term: 4 }));
    expect(node.settle()).toMatchObject([{ kind: 'voteResponse', to: from, granted }]);
  });

  it.each([0, 4])('a vote is given once a term, also across a restart, when term %i was durable', (term) => {
    const node = nodeWith({ hardState: { term } });
    node.receive(voteRequest({ from: 2, term: 4 }));
    node.settle();
    node.crash();
    node.restart();
    node.receive(voteRequest({ from: 3, term: 4 }));
    expect(node.settle()).toMatchObject([{ kind: 'voteResponse', granted: false }]);
  });

  it('a candidate that hears from the leader of its term follows it', () => {
    for (const message of [appendRequest({ from: 3 }), heartbeatRequest({ from: 3 })]) {
      const node = candidate();
      node.receive(message);
      expect([node.core.role, node.core.term, node.core.leader]).toEqual(['follower', 1, 3]);
    }
  });

  it('whoever granted a vote waits a full timeout before campaigning itself', () => {
    const node = nodeWith();
    node.tick(node.config.electionTicks - 1);
    node.receive(voteRequest({ term: 1 }));
    node.tick(node.config.electionTicks - 1);
    expect(node.core.role).toBe('follower');
  });

  it.each([
    ['follower', nodeWith],
    ['candidate', candidate],
  ] as const)(
    'the election timeout of a %s is drawn anew each time, between one and two times the setting',
    (_, create) => {
      const random = seededRandom(7);
      const timeouts = Array.from({ length: 200 }, () => {
        const node = create({ random });
        let ticks = 0;
        while (ofKind(node.settle(), 'preVoteRequest').length === 0) {
          node.tick();
          ticks++;
        }
        return ticks;
      });
      const { electionTicks } = nodeWith().config;
      expect(Math.min(...timeouts)).toBe(electionTicks);
      expect(Math.max(...timeouts)).toBe(2 * electionTicks - 1);
      expect(new Set(timeouts).size).toBe(electionTicks);
    },
  );

  it('random timeouts keep split votes rare', () => {
    let conflicts = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed);
      const timeouts = [1, 2, 3, 4, 5].map((id) => {
        const node = nodeWith({ id, random, configuration: configurationOf([1, 2, 3, 4, 5]) });
        let ticks = 0;
        for (; node.core.role === 'follower'; ticks++) node.tick();
        return ticks;
      });
      const first = Math.min(...timeouts);
      if (timeouts.filter((ticks) => ticks === first).length > 1) conflicts++;
    }
    expect(conflicts / 300).toBeLessThan(0.35);
  });
});

describe('§5.4.1 election restriction', () => {
  it.each([
    ['rejects a vote for a shorter log', [1, 1], 1, 1, false],
    ['rejects a vote for an older last term, however long the log', [1, 2], 9, 1, false],
    ['grants a vote to an equal log', [1, 2], 2, 2, true],
    ['grants a vote to a longer log', [1, 2], 3, 2, true],
    ['grants a vote to a newer last term, however short the log', [1, 1, 1], 1, 2, true],
  ] as const)('%s', (_, terms, lastLogIndex, lastLogTerm, granted) => {
    for (const request of [voteRequest, preVoteRequest]) {
      const node = nodeWith({ terms });
      node.receive(request({ term: 3, lastLogIndex, lastLogTerm }));
      expect(node.settle()).toMatchObject([{ granted }]);
    }
  });

  it('a request for votes says how far the own log goes', () => {
    const node = preCandidate({ terms: [1, 1, 2] });
    node.receive(preVoteResponse({ term: 3 }));
    expect(ofKind(node.settle(), 'voteRequest')).toMatchObject([
      { term: 3, lastLogIndex: 3, lastLogTerm: 2 },
      { term: 3, lastLogIndex: 3, lastLogTerm: 2 },
    ]);
  });
});

describe('§5.2 split votes', () => {
  it('a vote that splits in two elects nobody, and the next term somebody', () => {
    const configuration = configurationOf([1, 2, 3, 4]);
    const cluster = new TestCluster(
      [1, 2, 3, 4].map((id) => nodeWith({ id, configuration, random: seededRandom(id) })),
    );
    // 1 and 4 ask at the same moment; 2 hears 1 first, 3 hears 4 first.
    for (const id of [1, 4]) cluster.node(id).step({ kind: 'tick' });
    for (const [id, voter] of [
      [1, 2],
      [4, 3],
    ] as const) {
      const own = cluster.node(id);
      while (own.core.role === 'follower') own.tick();
      for (const from of [2, 3]) own.receive(preVoteResponse({ from, to: id, term: 1 }));
      own.settle();
      cluster.node(voter).receive(voteRequest({ from: id, to: voter, term: 1 }));
      for (const message of cluster.node(voter).settle()) own.receive(message);
    }
    expect(cluster.nodes.map(({ core }) => core.role)).toEqual([
      'candidate',
      'follower',
      'follower',
      'candidate',
    ]);
    for (let i = 0; i < 100 && !cluster.nodes.some(({ core }) => core.role === 'leader'); i++) {
      for (const node of cluster.nodes) node.tick();
      cluster.stabilize();
    }
    const leaders = cluster.nodes.filter(({ core }) => core.role === 'leader');
    expect(leaders.map(({ core }) => core.term)).toEqual([2]);
  });

  it('a new leader says so at once, to everyone, so that no further election begins', () => {
    const node = candidate();
    node.receive(voteResponse({ from: 2 }));
    expect(node.settle()).toMatchObject([
      { kind: 'appendRequest', to: 2, term: 1 },
      { kind: 'appendRequest', to: 3, term: 1 },
    ]);
  });

  it('a follower that hears nobody for its timeout begins an election, and not a tick earlier', () => {
    const node = nodeWith();
    node.tick(node.config.electionTicks - 1);
    expect([node.core.role, node.settle()]).toEqual(['follower', []]);
    node.tick();
    expect(node.core.role).toBe('preCandidate');
  });

  it('late votes for a term that is over, or for one already won, change nothing', () => {
    const node = settledLeader();
    node.receive(voteResponse({ from: 3 }));
    node.receive(voteResponse({ from: 3, granted: false }));
    expect([node.core.role, node.settle()]).toEqual(['leader', []]);
  });
});

describe('§5.4.1 in a cluster', () => {
  it('of five, whoever lacks a committed entry finds no majority, in whatever order they try', () => {
    // Entry 2 of term 2 is committed: 1, 2 and 3 have it.
    const terms: Readonly<Record<number, readonly number[]>> = {
      1: [1, 2],
      2: [1, 2],
      3: [1, 2],
      4: [1],
      5: [1],
    };
    const configuration = configurationOf([1, 2, 3, 4, 5]);
    for (const first of [4, 5]) {
      const cluster = new TestCluster(
        [1, 2, 3, 4, 5].map((id) =>
          nodeWith({ id, configuration, terms: terms[id] ?? [], hardState: { term: 2 } }),
        ),
      );
      cluster.node(first).tick(20);
      cluster.stabilize();
      expect(cluster.nodes.some(({ core }) => core.role === 'leader')).toBe(false);
      cluster.elect(3);
      expect(cluster.node(first).log.all()[1]).toEqual(cluster.node(3).log.all()[1]);
    }
  });
});
