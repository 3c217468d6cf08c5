/**
 * A test for each rule of "In Search of an Understandable Consensus Algorithm" (extended version; §5 to §8)
 * and of Ongaro's thesis (cited as such) that the core keeps. The themes are those of etcd's
 * raft_paper_test.go and go beyond it where the thesis does.
 */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/raft/types.js';
import { command, configurationOf, entriesOfTerms, entry, TestCluster } from './harness.js';
import {
  accepted,
  appendRequest,
  candidate,
  heartbeatRequest,
  heartbeatResponse,
  leader,
  nodeWith,
  preCandidate,
  preVoteRequest,
  preVoteResponse,
  settledLeader,
  timeoutNow,
  voteRequest,
  voteResponse,
} from './messages.js';
import { seededRandom } from './random-cluster.js';

function ofKind<K extends Message['kind']>(
  messages: readonly Message[],
  kind: K,
): Extract<Message, { kind: K }>[] {
  return messages.filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);
}

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

describe('§5.4 safety', () => {
  it.each([
    ['§5.4.1 rejects a vote for a shorter log', [1, 1], 1, 1, false],
    ['§5.4.1 rejects a vote for an older last term, however long the log', [1, 2], 9, 1, false],
    ['§5.4.1 grants a vote to an equal log', [1, 2], 2, 2, true],
    ['§5.4.1 grants a vote to a longer log', [1, 2], 3, 2, true],
    ['§5.4.1 grants a vote to a newer last term, however short the log', [1, 1, 1], 1, 2, true],
  ] as const)('%s', (_, terms, lastLogIndex, lastLogTerm, granted) => {
    for (const request of [voteRequest, preVoteRequest]) {
      const node = nodeWith({ terms });
      node.receive(request({ term: 3, lastLogIndex, lastLogTerm }));
      expect(node.settle()).toMatchObject([{ granted }]);
    }
  });

  it('§5.4.1 a request for votes says how far the own log goes', () => {
    const node = preCandidate({ terms: [1, 1, 2] });
    node.receive(preVoteResponse({ term: 3 }));
    expect(ofKind(node.settle(), 'voteRequest')).toMatchObject([
      { term: 3, lastLogIndex: 3, lastLogTerm: 2 },
      { term: 3, lastLogIndex: 3, lastLogTerm: 2 },
    ]);
  });

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

describe('thesis §3.10 leadership transfer', () => {
  it('a target that has everything is told to campaign, at once and without pre-vote', () => {
    const node = settledLeader();
    node.step({ kind: 'transferLeadership', target: 2 });
    expect(ofKind(node.settle(), 'timeoutNow')).toMatchObject([{ to: 2 }]);
    const target = nodeWith({ id: 2 });
    target.receive(heartbeatRequest({ from: 1, to: 2 }));
    target.receive(timeoutNow({ from: 1, to: 2 }));
    expect(ofKind(target.settle(), 'voteRequest')).toMatchObject([
      { to: 1, term: 2, leadershipTransfer: true },
      { to: 3, term: 2, leadershipTransfer: true },
    ]);
  });

  it('proposals are refused meanwhile, and taken again when it was for nothing', () => {
    const node = settledLeader();
    node.propose('a');
    node.step({ kind: 'transferLeadership', target: 3 });
    expect(node.propose('b')).toEqual({ kind: 'transferring', target: 3 });
    expect(node.step({ kind: 'changeMembership', change: { kind: 'remove', id: 2 } }).kind).toBe(
      'transferring',
    );
    for (let i = 0; i < node.config.transferTimeoutTicks; i++) {
      node.tick();
      node.receive(heartbeatResponse({}));
    }
    expect(node.propose('c').kind).toBe('appended');
  });

  it('without a target the voter with the most of the log is chosen', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    node.propose('a');
    node.settle();
    node.receive(accepted(2, { from: 3 }));
    node.receive(accepted(2, { from: 4 }));
    node.step({ kind: 'transferLeadership', target: 0 });
    expect(node.core.status().transferTarget).toBe(3);
  });

  it('to a learner, a stranger or nobody it is refused, to itself it is done', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    const to = (target: number): object => node.step({ kind: 'transferLeadership', target });
    expect(to(4)).toMatchObject({ kind: 'refused', reason: 'NOT_A_VOTER' });
    expect(to(9)).toMatchObject({ kind: 'refused', reason: 'MEMBER_NOT_FOUND' });
    expect(to(1)).toEqual({ kind: 'done' });
    const alone = leader({ configuration: configurationOf([1]) });
    expect(alone.step({ kind: 'transferLeadership', target: 0 })).toMatchObject({
      reason: 'TRANSFER_FAILED',
    });
    expect(nodeWith().step({ kind: 'transferLeadership', target: 2 })).toEqual({
      kind: 'notLeader',
      leader: 0,
    });
  });
});

describe('thesis §4 membership', () => {
  it('§4.1 a configuration counts as soon as it is in the log, and no longer when it is cut off', () => {
    const node = nodeWith();
    const configuration = configurationOf([1, 2, 3, 4]);
    const payload = { kind: 'configuration', configuration } as const;
    node.receive(appendRequest({ entries: [{ index: 1, term: 1, payload }] }));
    expect(node.core.configuration).toBe(configuration);
    node.receive(appendRequest({ term: 2, entries: [entry(1, 2)] }));
    expect(node.core.configuration.voters).toHaveLength(3);
  });

  it('§4.1 a leader and a candidate are believed without being known', () => {
    const node = nodeWith();
    node.receive(voteRequest({ from: 9, term: 1 }));
    expect(node.settle()).toMatchObject([{ to: 9, granted: true }]);
    node.receive(appendRequest({ from: 9, entries: entriesOfTerms(1) }));
    expect(node.settle()).toMatchObject([{ to: 9, matchIndex: 1 }]);
  });

  it('§4.1 answers from strangers are not counted, nor is their term', () => {
    const node = candidate();
    node.receive(voteResponse({ from: 9 }));
    node.receive(voteResponse({ from: 9, term: 50, granted: false }));
    expect([node.core.role, node.core.term]).toEqual(['candidate', 1]);
  });

  it('§4.2.1 a learner does not vote for itself, nor do majorities need it', () => {
    const learner = nodeWith({ configuration: configurationOf([2, 3], [1]) });
    expect(learner.core.role).toBe('learner');
    learner.tick(100);
    learner.receive(timeoutNow({ term: 3 }));
    expect(learner.core.role).toBe('learner');
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4, 5]) });
    node.propose('a');
    node.settle();
    node.receive(accepted(2, { from: 4 }));
    node.receive(accepted(2, { from: 5 }));
    expect(node.core.commitIndex).toBe(1);
    node.receive(accepted(2, { from: 2 }));
    expect(node.core.commitIndex).toBe(2);
  });

  it('§4.2.3 a server that hears its leader refuses its vote and keeps its term', () => {
    for (const node of [nodeWith(), settledLeader()]) {
      if (node.core.role === 'follower') node.receive(heartbeatRequest({ from: 3 }));
      node.settle();
      node.receive(voteRequest({ term: 9, lastLogIndex: 5, lastLogTerm: 8 }));
      node.receive(preVoteRequest({ term: 9, lastLogIndex: 5, lastLogTerm: 8 }));
      expect(node.core.term).toBe(1);
      expect(node.settle()).toMatchObject([
        { kind: 'voteResponse', granted: false, term: 1 },
        { kind: 'preVoteResponse', granted: false, term: 1 },
      ]);
    }
  });

  it('§4.2.3 unless that leader asked for it, is silent too long, or cannot be reached', () => {
    const following = (): ReturnType<typeof nodeWith> => {
      const node = nodeWith({ random: () => 0.99 });
      node.receive(heartbeatRequest({ from: 3 }));
      node.settle();
      return node;
    };
    const request = { term: 9, lastLogIndex: 5, lastLogTerm: 8 };
    const asked = following();
    asked.receive(voteRequest({ ...request, leadershipTransfer: true }));
    expect(asked.settle()).toMatchObject([{ granted: true }]);
    const silent = following();
    silent.tick(silent.config.electionTicks);
    silent.receive(voteRequest(request));
    expect(silent.settle()).toMatchObject([{ granted: true }]);
    const broken = following();
    broken.step({ kind: 'peerUnreachable', member: 3 });
    broken.settle();
    broken.receive(preVoteRequest(request));
    expect(broken.settle()).toMatchObject([{ granted: true }]);
    const otherBroken = following();
    otherBroken.step({ kind: 'peerUnreachable', member: 2 });
    otherBroken.receive(preVoteRequest(request));
    expect(otherBroken.settle()).toMatchObject([{ granted: false }]);
  });
});

describe('thesis §6.2 check-quorum', () => {
  it('a leader that a majority does not answer for an election timeout steps down in its term', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3, 4, 5]) });
    node.tick(node.config.electionTicks - 1);
    node.receive(heartbeatResponse({ from: 2 }));
    node.tick();
    expect([node.core.role, node.core.leader, node.core.term]).toEqual(['follower', 0, 1]);
  });

  it('and goes on as long as one does, learners not counted', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    for (let i = 0; i < 5; i++) {
      node.tick(node.config.electionTicks - 1);
      node.receive(heartbeatResponse({ from: 2 }));
    }
    expect(node.core.role).toBe('leader');
    for (let i = 0; i < 2; i++) {
      node.tick(node.config.electionTicks - 1);
      node.receive(heartbeatResponse({ from: 4 }));
    }
    expect(node.core.role).toBe('follower');
  });
});

describe('thesis §6.4 linearizable reads', () => {
  it('are served at the commit index after a majority answered a heartbeat sent after they came', () => {
    const node = settledLeader();
    node.step({ kind: 'readIndex', context: 7 });
    const [heartbeat] = ofKind(node.drain().sendNow, 'heartbeatRequest');
    node.receive(heartbeatResponse({ readSequence: 0 }));
    expect(node.drain().readStates).toEqual([]);
    node.receive(heartbeatResponse({ readSequence: heartbeat!.readSequence }));
    expect(node.drain().readStates).toEqual([{ context: 7, index: 1 }]);
  });

  it('that come together share a round; those that come later need the next one', () => {
    const node = settledLeader();
    node.step({ kind: 'readIndex', context: 1 });
    node.step({ kind: 'readIndex', context: 2 });
    expect(ofKind(node.drain().sendNow, 'heartbeatRequest').map(({ readSequence }) => readSequence)).toEqual([
      1, 1,
    ]);
    node.step({ kind: 'readIndex', context: 3 });
    node.drain();
    node.receive(heartbeatResponse({ readSequence: 1 }));
    expect(node.drain().readStates.map(({ context }) => context)).toEqual([1, 2]);
    node.receive(heartbeatResponse({ from: 3, readSequence: 2 }));
    expect(node.drain().readStates.map(({ context }) => context)).toEqual([3]);
  });

  it('wait until the leader has committed an entry of its own term', () => {
    const node = leader();
    node.step({ kind: 'readIndex', context: 7 });
    expect(ofKind(node.settle(), 'heartbeatRequest')).toEqual([]);
    node.receive(accepted(1));
    expect(ofKind(node.settle(), 'heartbeatRequest')).toHaveLength(2);
  });

  it('are refused when the leader steps down, and where none is known', () => {
    const node = settledLeader();
    node.step({ kind: 'readIndex', context: 7 });
    node.step({ kind: 'stepDown', cause: 'test' });
    expect(node.drain().readStates).toEqual([{ context: 7, index: undefined }]);
    node.step({ kind: 'readIndex', context: 8 });
    expect(node.drain().readStates).toEqual([{ context: 8, index: undefined }]);
  });

  it('on a follower go to its leader, together, and are given up after an election timeout', () => {
    const node = nodeWith({ random: () => 0.9 });
    node.receive(heartbeatRequest({}));
    node.settle();
    node.step({ kind: 'readIndex', context: 1 });
    node.step({ kind: 'readIndex', context: 2 });
    const [request, ...more] = ofKind(node.settle(), 'readIndexRequest');
    expect([request?.to, more]).toEqual([2, []]);
    const answer = { kind: 'readIndexResponse', from: 2, to: 1, term: 1, index: 5, refused: false } as const;
    node.receive({ ...answer, from: 3, context: request!.context });
    expect(node.drain().readStates).toEqual([]);
    node.receive({ ...answer, context: request!.context });
    expect(node.drain().readStates).toEqual([
      { context: 1, index: 5 },
      { context: 2, index: 5 },
    ]);
    node.step({ kind: 'readIndex', context: 3 });
    node.settle();
    node.tick(node.config.electionTicks);
    expect(node.drain().readStates).toEqual([{ context: 3, index: undefined }]);
  });

  it('never reuse an identifier over a restart (etcd #20418)', () => {
    const random = seededRandom(3);
    const node = nodeWith({ random });
    const contexts = [1, 2, 3].map(() => {
      node.restart();
      node.receive(heartbeatRequest({}));
      node.step({ kind: 'readIndex', context: 1 });
      return ofKind(node.settle(), 'readIndexRequest')[0]!.context;
    });
    expect(new Set(contexts).size).toBe(3);
  });
});

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

describe('thesis §10.2 performance that must not cost safety', () => {
  it('§10.2.1 the leader sends beside its own write, and counts itself only after it', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3, 4, 5]) });
    node.propose('a');
    expect(ofKind(node.drain().sendNow, 'appendRequest')).toHaveLength(4);
    node.receive(accepted(2, { from: 2 }));
    node.receive(accepted(2, { from: 3 }));
    expect(node.core.commitIndex).toBe(1);
    node.persist();
    expect(node.core.commitIndex).toBe(2);
  });

  it('§10.2.1 what others have committed is handed out only when it is durable here', () => {
    const node = settledLeader();
    node.propose('a');
    node.drain();
    node.receive(accepted(2, { from: 2 }));
    node.receive(accepted(2, { from: 3 }));
    expect([node.core.commitIndex, node.drain().committed]).toEqual([2, []]);
    node.persist();
    expect(node.drain().committed).toMatchObject([{ index: 2 }]);
  });

  it('§10.2.2 requests are pipelined: the next one does not wait for an answer', () => {
    const node = settledLeader();
    for (const text of ['a', 'b', 'c']) node.propose(text);
    const first = ofKind(node.drain().sendNow, 'appendRequest').filter(({ to }) => to === 2);
    node.propose('d');
    const second = ofKind(node.drain().sendNow, 'appendRequest').filter(({ to }) => to === 2);
    expect(first.map(({ entries }) => entries.length)).toEqual([3]);
    expect(second).toMatchObject([{ prevLogIndex: 4, entries: [{ index: 5 }] }]);
  });
});
