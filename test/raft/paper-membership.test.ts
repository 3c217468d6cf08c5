/**
 * Cluster membership changes, one server at a time: chapter 4 of the thesis, in place of §6 of the paper.
 */
import { describe, expect, it } from 'vitest';
import type { Entry, MembershipChange } from '../../src/raft/types.js';
import { planChange } from '../../src/raft/membership.js';
import { quorumSize } from '../../src/raft/quorum.js';
import { configurationOf, entriesOfTerms, entry, member, TestCluster, TestNode } from './harness.js';
import {
  accepted,
  appendRequest,
  candidate,
  heartbeatRequest,
  heartbeatResponse,
  leader,
  nodeWith,
  ofKind,
  preVoteRequest,
  preVoteResponse,
  settledLeader,
  timeoutNow,
  voteRequest,
  voteResponse,
} from './messages.js';

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

const change = (node: TestNode, wanted: MembershipChange): object =>
  node.step({ kind: 'changeMembership', change: wanted });
const add4: MembershipChange = { kind: 'addLearner', member: member(4) };

/** Every subset of `ids` that is a majority. */
function majorities(ids: readonly number[]): readonly (readonly number[])[] {
  const subsets = Array.from({ length: 2 ** ids.length }, (_, mask) =>
    ids.filter((__, at) => (mask >> at) & 1),
  );
  return subsets.filter((subset) => subset.length >= quorumSize(ids.length));
}

describe('thesis §4.1 safety', () => {
  it('any majority before a change and any after it have a member in common', () => {
    for (let size = 1; size <= 6; size++) {
      const voters = Array.from({ length: size }, (_, at) => at + 1);
      const before = configurationOf(voters, [9]);
      const changes: MembershipChange[] = [
        add4.member.id > size ? add4 : { kind: 'addLearner', member: member(8) },
        { kind: 'promote', id: 9 },
        ...voters.map((id): MembershipChange => ({ kind: 'remove', id })),
      ];
      for (const wanted of changes) {
        const plan = planChange(before, wanted);
        if (plan.kind === 'refused') continue;
        const after = plan.configuration.voters.map(({ id }) => id);
        for (const old of majorities(voters))
          for (const fresh of majorities(after)) expect(fresh.some((id) => old.includes(id))).toBe(true);
      }
    }
  });

  it('the next change waits until the one before is committed', () => {
    const node = settledLeader();
    expect(change(node, add4)).toMatchObject({ kind: 'appended', firstIndex: 2 });
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
    node.settle();
    node.receive(accepted(2));
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ kind: 'appended' });
  });

  it('a change that an earlier leader left behind counts as pending too', () => {
    const configuration = configurationOf([1, 2, 3], [4]);
    const left: Entry = { index: 1, term: 1, payload: { kind: 'configuration', configuration } };
    const node = leader({ entries: [left] });
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
    expect(node.core.configuration).toEqual(configuration);
    node.receive(accepted(2, { term: 2 }));
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ kind: 'appended' });
  });

  it('no change before an entry of the own term is committed (raft-dev, July 2015)', () => {
    const node = leader({ terms: [1, 1] });
    expect(change(node, add4)).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
    node.receive(accepted(2, { term: 2 }));
    expect(change(node, add4)).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
    node.receive(accepted(3, { term: 2 }));
    expect(change(node, add4)).toMatchObject({ kind: 'appended', firstIndex: 4 });
  });

  it('the configuration comes back from the stored log after a restart, committed or not', () => {
    const node = settledLeader();
    change(node, add4);
    node.settle();
    node.crash();
    node.restart();
    expect([node.core.commitIndex, node.core.configuration.learners.map(({ id }) => id)]).toEqual([1, [4]]);
  });
});

describe('thesis §4.2.1 catching up new servers', () => {
  it('a new server gets the log as a learner; commits do not wait for it', () => {
    const cluster = new TestCluster(
      [1, 2, 3, 4].map((id) => nodeWith({ id, configuration: configurationOf(id === 4 ? [] : [1, 2, 3]) })),
    );
    const lead = cluster.elect(1);
    cluster.node(3).crash();
    cluster.node(4).crash();
    change(lead, add4);
    cluster.stabilize();
    lead.propose('a');
    cluster.stabilize();
    expect(lead.core.commitIndex).toBe(3);
    cluster.node(4).restart();
    lead.tick(lead.config.heartbeatTicks);
    cluster.stabilize();
    expect(cluster.node(4).applied).toEqual(lead.applied);
  });

  it('it is promoted when it lags by no more than the limit, and answers', () => {
    const configuration = configurationOf([1, 2, 3], [4]);
    const node = settledLeader({ configuration, config: { promotionLagEntries: 1 } });
    node.receive(accepted(1, { from: 4 }));
    node.propose('a', 'b');
    node.settle();
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({ reason: 'LEARNER_NOT_READY' });
    node.receive(accepted(2, { from: 4 }));
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({ kind: 'appended' });
  });

  it('a learner that has fallen silent is not promoted, whatever it had', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    node.receive(accepted(1, { from: 4 }));
    for (let i = 0; i < 2; i++) {
      node.tick(node.config.electionTicks - 1);
      for (const from of [2, 3]) node.receive(heartbeatResponse({ from }));
    }
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({ reason: 'LEARNER_NOT_READY' });
  });
});

describe('thesis §4.2.2 removing the current leader', () => {
  const removed = (): TestNode => {
    const node = settledLeader();
    expect(change(node, { kind: 'remove', id: 1 })).toMatchObject({ kind: 'appended', firstIndex: 2 });
    node.settle();
    return node;
  };

  it('it leads on without counting itself, until its removal is committed by all that remain needed', () => {
    const node = removed();
    node.receive(accepted(2, { from: 2 }));
    expect([node.core.role, node.core.commitIndex]).toEqual(['leader', 1]);
    node.receive(accepted(2, { from: 3 }));
    expect([node.core.role, node.core.commitIndex]).toEqual(['learner', 2]);
  });

  it('its own vote does not count when it campaigns after that', () => {
    const node = removed();
    node.step({ kind: 'stepDown', cause: 'test' });
    node.tick(node.config.electionTicks);
    expect(ofKind(node.settle(), 'preVoteRequest').map(({ to }) => to)).toEqual([2, 3]);
    node.receive(preVoteResponse({ from: 2, term: 2 }));
    expect(node.core.role).toBe('preCandidate');
    node.receive(preVoteResponse({ from: 3, term: 2 }));
    expect(node.core.role).toBe('candidate');
    node.receive(voteResponse({ from: 2, term: 2 }));
    expect(node.core.role).toBe('candidate');
    node.receive(voteResponse({ from: 3, term: 2 }));
    expect(node.core.role).toBe('leader');
  });

  it('it campaigns no more once it knows that the removal is committed', () => {
    const node = removed();
    for (const from of [2, 3]) node.receive(accepted(2, { from }));
    node.settle();
    node.tick(10 * node.config.electionTicks);
    expect([node.core.role, node.settle()]).toEqual(['learner', []]);
  });

  it('a learner never campaigns, not even for a change that is not committed', () => {
    const node = nodeWith({ configuration: configurationOf([2, 3], [1]) });
    const configuration = configurationOf([2, 3, 4], [1]);
    node.receive(
      appendRequest({ entries: [{ index: 1, term: 1, payload: { kind: 'configuration', configuration } }] }),
    );
    node.settle();
    node.tick(10 * node.config.electionTicks);
    expect([node.core.role, node.settle()]).toEqual(['learner', []]);
  });
});

describe('thesis §4.2.3 disruptive servers', () => {
  it('a removed server that goes on asking changes no term and no leader', () => {
    const cluster = TestCluster.of(4);
    const lead = cluster.elect(1);
    cluster.partition([4], [1, 2, 3]);
    change(lead, { kind: 'remove', id: 4 });
    cluster.stabilize();
    cluster.heal();
    for (let i = 0; i < 100; i++) {
      for (const node of cluster.nodes) node.tick();
      cluster.stabilize();
    }
    expect(cluster.nodes.map(({ core }) => [core.role === 'leader', core.term])).toEqual([
      [true, 1],
      [false, 1],
      [false, 1],
      [false, 1],
    ]);
  });
});

describe('thesis §4.4 availability', () => {
  it('a removal after which no majority is heard is refused', () => {
    const node = settledLeader();
    node.tick(node.config.electionTicks - 1);
    node.receive(heartbeatResponse({ from: 2 }));
    node.tick();
    expect(change(node, { kind: 'remove', id: 2 })).toMatchObject({ reason: 'QUORUM_AT_RISK' });
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ kind: 'appended' });
  });

  it('the last voter cannot be removed', () => {
    const node = leader({ configuration: configurationOf([1], [2]) });
    expect(change(node, { kind: 'remove', id: 1 })).toMatchObject({ reason: 'QUORUM_AT_RISK' });
  });
});
