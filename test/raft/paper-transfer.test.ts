/**
 * Leadership transfer: §3.10 of the thesis.
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
  timeoutNow,
} from './messages.js';

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

describe('thesis §3.10 step by step', () => {
  it('a target that lags is brought up to date first, and told to campaign only then', () => {
    const node = settledLeader();
    node.propose('a');
    node.step({ kind: 'transferLeadership', target: 2 });
    const sent = node.settle();
    expect(ofKind(sent, 'appendRequest')[0]).toMatchObject({ to: 2, entries: [{ index: 2 }] });
    expect(ofKind(sent, 'timeoutNow')).toEqual([]);
    node.receive(accepted(2, { from: 3 }));
    expect(ofKind(node.settle(), 'timeoutNow')).toEqual([]);
    node.receive(accepted(2, { from: 2 }));
    expect(ofKind(node.settle(), 'timeoutNow')).toMatchObject([{ to: 2, term: 1 }]);
  });

  it('the old leader votes for its successor like everyone else', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    lead.propose('a');
    cluster.stabilize();
    lead.step({ kind: 'transferLeadership', target: 3 });
    cluster.stabilize();
    expect(cluster.nodes.map(({ core }) => [core.role, core.term, core.leader])).toEqual([
      ['follower', 2, 3],
      ['follower', 2, 3],
      ['leader', 2, 3],
    ]);
    expect(cluster.node(1).hardState.votedFor).toBe(3);
  });

  it('the target cannot win with less than the old leader has committed', () => {
    const cluster = TestCluster.of(3);
    const lead = cluster.elect(1);
    cluster.partition([3], [1, 2]);
    lead.propose('a');
    cluster.stabilize();
    cluster.heal();
    // Told by mistake, or by a message of long ago.
    cluster.deliver(timeoutNow({ from: 1, to: 3 }));
    cluster.stabilize();
    expect(cluster.node(3).core.role).not.toBe('leader');
    for (let i = 0; i < 100 && !cluster.nodes.some(({ core }) => core.role === 'leader'); i++) {
      for (const node of cluster.nodes) node.tick();
      cluster.stabilize();
    }
    expect(cluster.node(3).applied.slice(0, 2)).toEqual(lead.applied.slice(0, 2));
  });

  it('a message to take over that comes from another than the leader is not obeyed', () => {
    const node = nodeWith();
    node.receive(heartbeatRequest({ from: 3 }));
    node.settle();
    node.receive(timeoutNow({ from: 2 }));
    expect([node.core.role, node.core.term]).toEqual(['follower', 1]);
  });

  it('another target takes the place of the first; the same one again does not restart the clock', () => {
    const node = settledLeader();
    node.propose('a');
    node.step({ kind: 'transferLeadership', target: 2 });
    for (let i = 1; i < node.config.transferTimeoutTicks; i++) {
      node.tick();
      node.receive(heartbeatResponse({ from: 3 }));
    }
    node.step({ kind: 'transferLeadership', target: 2 });
    node.tick();
    expect(node.core.status().transferTarget).toBe(0);
    node.step({ kind: 'transferLeadership', target: 2 });
    node.step({ kind: 'transferLeadership', target: 3 });
    expect(node.core.status().transferTarget).toBe(3);
  });
});
