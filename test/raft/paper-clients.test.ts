/**
 * Client interaction, as far as it is the core's: §8 of the paper, chapter 6 of the thesis.
 */
import { describe, expect, it } from 'vitest';
import { configurationOf, TestCluster } from './harness.js';
import {
  accepted,
  heartbeatRequest,
  heartbeatResponse,
  leader,
  nodeWith,
  ofKind,
  settledLeader,
} from './messages.js';
import { seededRandom } from './random-cluster.js';

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

describe('thesis §6.2 finding the cluster’s leader', () => {
  it('whoever is asked and does not lead names the leader that it hears', () => {
    const node = nodeWith();
    expect(node.propose('a')).toEqual({ kind: 'notLeader', leader: 0 });
    node.receive(heartbeatRequest({ from: 3 }));
    expect(node.propose('a')).toEqual({ kind: 'notLeader', leader: 3 });
    expect(node.core.lastIndex).toBe(0);
  });

  it('nobody is named who has gone: not by a candidate, not by one that lost touch', () => {
    const node = nodeWith();
    node.receive(heartbeatRequest({ from: 3 }));
    node.tick(2 * node.config.electionTicks);
    expect([node.core.role, node.propose('a')]).toEqual(['preCandidate', { kind: 'notLeader', leader: 0 }]);
  });

  it('a learner forgets a leader that has fallen silent, though it will not campaign', () => {
    const node = nodeWith({ configuration: configurationOf([2, 3], [1]) });
    node.receive(heartbeatRequest({ from: 3 }));
    expect(node.core.leader).toBe(3);
    node.tick(2 * node.config.electionTicks);
    expect([node.core.role, node.core.leader]).toEqual(['learner', 0]);
  });
});

describe('thesis §6.2 check-quorum under one-way faults', () => {
  it('a leader that is heard but hears nobody steps down: it could never commit', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    for (const id of [2, 3]) cluster.cuts.add(`${id}->1`);
    for (let i = 0; i < lead.config.electionTicks; i++) {
      for (const node of cluster.nodes) node.tick();
      cluster.stabilize();
    }
    expect(lead.core.role).toBe('follower');
    for (let i = 0; i < 100 && !cluster.nodes.some(({ core }) => core.role === 'leader'); i++) {
      for (const node of cluster.nodes) node.tick();
      cluster.stabilize();
    }
    const next = cluster.nodes.find(({ core }) => core.role === 'leader');
    expect([2, 3]).toContain(next?.id);
  });
});

describe('thesis §6.4 what a confirmed read must not rest on', () => {
  it('answers of learners, of an earlier term, or to an earlier round do not count', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4, 5]), terms: [1] });
    node.step({ kind: 'readIndex', context: 7 });
    node.settle();
    for (const from of [4, 5]) node.receive(heartbeatResponse({ from, term: 2, readSequence: 1 }));
    node.receive(heartbeatResponse({ from: 2, term: 1, readSequence: 1 }));
    node.receive(heartbeatResponse({ from: 2, term: 2, readSequence: 0 }));
    node.receive(heartbeatResponse({ from: 2, term: 2, readSequence: 99 }));
    expect(node.drain().readStates).toEqual([]);
    node.receive(heartbeatResponse({ from: 2, term: 2, readSequence: 1 }));
    expect(node.drain().readStates).toEqual([{ context: 7, index: 2 }]);
  });

  it('the read point is the commit index when the round began, not when it ended', () => {
    const node = settledLeader();
    node.step({ kind: 'readIndex', context: 7 });
    node.settle();
    node.propose('a');
    node.settle();
    node.receive(accepted(2));
    node.receive(heartbeatResponse({ readSequence: 1 }));
    node.settle();
    expect(node.readStates).toEqual([{ context: 7, index: 1 }]);
  });

  it('a lost heartbeat is made good by the next one: rounds ride on all of them', () => {
    const node = settledLeader();
    node.step({ kind: 'readIndex', context: 7 });
    node.settle();
    node.tick(node.config.heartbeatTicks);
    expect(ofKind(node.settle(), 'heartbeatRequest').map(({ readSequence }) => readSequence)).toEqual([1, 1]);
  });

  it('a voter alone needs nobody', () => {
    const node = leader({ configuration: configurationOf([1]) });
    node.step({ kind: 'readIndex', context: 7 });
    expect(node.drain().readStates).toEqual([{ context: 7, index: 1 }]);
  });
});
