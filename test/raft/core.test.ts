/** What paper and thesis leave to the implementation: limits, refusals, the driver's contract, strange input. */
import { describe, expect, it } from 'vitest';
import { raftConfig } from '../../src/raft/config.js';
import { RaftCore } from '../../src/raft/core.js';
import { payloadSizeBytes } from '../../src/raft/log.js';
import type { EntryPayload, MembershipChange, Message } from '../../src/raft/types.js';
import {
  command,
  configurationOf,
  entriesOfTerms,
  entry,
  member,
  MemoryLog,
  TestCluster,
} from './harness.js';
import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
  leader,
  nodeWith,
  settledLeader,
  voteRequest,
} from './messages.js';

const SIZE = payloadSizeBytes(command('x'));

describe('batching', () => {
  it('64 payloads in one input are one request a follower and one write', () => {
    const node = settledLeader();
    node.propose(...Array.from({ length: 64 }, (_, at) => `c${at}`));
    const { sendNow, entries } = node.drain();
    expect(sendNow.map(({ to }) => to)).toEqual([2, 3]);
    expect(entries).toHaveLength(64);
  });

  it('so are 64 inputs before one drain', () => {
    const node = settledLeader();
    for (let i = 0; i < 64; i++) node.propose(`c${i}`);
    const { sendNow, entries } = node.drain();
    expect(sendNow.map(({ to }) => to)).toEqual([2, 3]);
    expect(entries).toHaveLength(64);
  });

  it('many requests taken before one drain are one answer, for the last of them', () => {
    const node = nodeWith();
    for (let index = 1; index <= 5; index++) {
      const prevLogTerm = index === 1 ? 0 : 1;
      node.receive(appendRequest({ prevLogIndex: index - 1, prevLogTerm, entries: [entry(index, 1)] }));
    }
    node.receive(appendRequest({ entries: [entry(1, 1)] }));
    expect(node.drain().sendAfterPersist).toMatchObject([{ kind: 'appendResponse', matchIndex: 5 }]);
  });

  it('an acceptance that a cut overtook in the same drain is taken back', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1, 1) }));
    node.receive(appendRequest({ from: 3, term: 2, entries: [entry(1, 2)] }));
    expect(node.drain().sendAfterPersist).toMatchObject([{ kind: 'appendResponse', to: 3, matchIndex: 1 }]);
  });
});

describe('limits', () => {
  it('a message holds so many bytes, and at least one entry', () => {
    const node = settledLeader({ config: { maxMessageBytes: 2 * SIZE } });
    node.propose('a', 'b', 'c', 'a very long command that is larger than the limit of a message', 'd');
    const lengths = node
      .drain()
      .sendNow.flatMap((message) =>
        message.kind === 'appendRequest' && message.to === 2 ? [message.entries.length] : [],
      );
    expect(lengths).toEqual([2, 1, 1, 1]);
  });

  it('a follower that does not answer has so many messages on the way', () => {
    const node = settledLeader({ config: { maxInflightMessages: 2, maxMessageBytes: SIZE } });
    node.propose('a', 'b', 'c', 'd');
    expect(node.drain().sendNow.filter(({ to }) => to === 3)).toHaveLength(2);
    node.receive(accepted(2, { from: 3 }));
    expect(node.drain().sendNow.filter(({ to }) => to === 3)).toMatchObject([{ prevLogIndex: 3 }]);
  });

  it('a leader holds so many bytes uncommitted, and then takes nothing', () => {
    const node = settledLeader({ config: { maxUncommittedBytes: 3 * SIZE } });
    expect(node.propose('a', 'b').kind).toBe('appended');
    expect(node.propose('c', 'd')).toEqual({ kind: 'overloaded' });
    expect(node.core.lastIndex).toBe(3);
    expect(node.propose('c').kind).toBe('appended');
    expect(node.propose('d').kind).toBe('overloaded');
    node.settle();
    node.receive(accepted(3));
    expect(node.core.status().uncommittedBytes).toBe(SIZE);
    expect(node.propose('d', 'e').kind).toBe('appended');
  });

  it('a leader with nothing uncommitted takes one proposal of any size', () => {
    const node = leader({ config: { maxUncommittedBytes: SIZE } });
    expect(node.propose('a', 'b', 'c').kind).toBe('appended');
    expect(node.propose('d').kind).toBe('overloaded');
  });

  it('so many bytes are handed out before they are applied', () => {
    const node = nodeWith({ config: { maxCommittedBytesPerDrain: 2 * SIZE } });
    const entries = ['a', 'b', 'c', 'd', 'e'].map((text, at) => entry(at + 1, 1, text));
    node.receive(appendRequest({ entries, commitIndex: 5 }));
    node.drain();
    node.persist();
    expect(node.drain().committed.map(({ index }) => index)).toEqual([1, 2]);
    expect(node.core.hasEffects()).toBe(false);
    node.apply();
    expect(node.drain().committed.map(({ index }) => index)).toEqual([3, 4]);
    node.apply();
    expect(node.drain().committed.map(({ index }) => index)).toEqual([5]);
  });

  it('so many reads wait', () => {
    const node = settledLeader({ config: { maxPendingReads: 2 } });
    for (const context of [1, 2, 3]) node.step({ kind: 'readIndex', context });
    expect(node.drain().readStates).toEqual([{ context: 3, index: undefined }]);
  });

  it('a window that was lost after its entries were compacted is made good by a snapshot', () => {
    const node = settledLeader({ config: { maxInflightMessages: 2, maxMessageBytes: SIZE } });
    node.propose('a', 'b', 'c', 'd');
    node.settle();
    for (const index of [3, 5]) {
      node.receive(accepted(index, { from: 2 }));
      node.settle();
    }
    node.compact(5);
    node.receive(heartbeatResponse({ from: 3 }));
    node.settle();
    expect(node.snapshotsToSend).toEqual([{ to: 3, term: 1 }]);
  });
});

describe('proposals that are refused', () => {
  it('elsewhere than at the leader, naming it', () => {
    const node = nodeWith();
    expect(node.propose('a')).toEqual({ kind: 'notLeader', leader: 0 });
    node.receive(heartbeatRequest({ from: 3 }));
    expect(node.propose('a')).toEqual({ kind: 'notLeader', leader: 3 });
  });

  it('without content, or with a configuration in it', () => {
    const node = settledLeader();
    const propose = (...payloads: EntryPayload[]): object => node.step({ kind: 'propose', payloads });
    expect(propose()).toMatchObject({ kind: 'refused', reason: 'INVALID_ARGUMENT' });
    expect(propose({ kind: 'configuration', configuration: configurationOf([1]) })).toMatchObject({
      kind: 'refused',
      reason: 'INVALID_ARGUMENT',
    });
    expect(node.core.lastIndex).toBe(1);
  });
});

describe('membership changes', () => {
  const change = (node: ReturnType<typeof nodeWith>, wanted: MembershipChange): object =>
    node.step({ kind: 'changeMembership', change: wanted });

  it('wait for the leader to commit in its own term, and for the change before', () => {
    const node = leader();
    const add: MembershipChange = { kind: 'addLearner', member: member(4) };
    expect(change(node, add)).toMatchObject({ kind: 'refused', reason: 'MEMBERSHIP_CHANGE_PENDING' });
    node.receive(accepted(1));
    expect(change(node, add)).toMatchObject({ kind: 'appended', firstIndex: 2 });
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
    node.settle();
    node.receive(accepted(2));
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ kind: 'appended' });
  });

  it('promote a learner only when it has nearly everything', () => {
    const node = settledLeader({
      configuration: configurationOf([1, 2, 3], [4]),
      config: { promotionLagEntries: 1 },
    });
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({
      kind: 'refused',
      reason: 'LEARNER_NOT_READY',
    });
    expect(node.core.promotionObstacle(4)).toBe('learner 4 is 1 entries behind (probe)');
    node.receive(accepted(0, { from: 4 }));
    expect(node.core.promotionObstacle(4)).toBeUndefined();
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({ kind: 'appended' });
    expect(node.core.configuration).toEqual(configurationOf([1, 2, 3, 4]));
  });

  it('do not leave a group of which no majority is heard', () => {
    const node = settledLeader();
    node.tick(node.config.electionTicks - 1);
    node.receive(heartbeatResponse({ from: 2 }));
    node.tick();
    expect(change(node, { kind: 'remove', id: 2 })).toMatchObject({
      kind: 'refused',
      reason: 'QUORUM_AT_RISK',
    });
    expect(change(node, { kind: 'remove', id: 3 })).toMatchObject({ kind: 'appended' });
  });

  it('promote no learner that has fallen silent, however far it had come', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    node.receive(accepted(1, { from: 4 }));
    node.tick(node.config.electionTicks - 1);
    node.receive(heartbeatResponse({ from: 2 }));
    node.tick();
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({
      reason: 'LEARNER_NOT_READY',
      cause: 'learner 4 is not heard from',
    });
    node.receive(heartbeatResponse({ from: 4 }));
    expect(change(node, { kind: 'promote', id: 4 })).toMatchObject({ kind: 'appended' });
  });

  it('count nobody as heard from who has not answered this leader', () => {
    // Member 3 may be long dead; check-quorum gives it the benefit of the doubt, a removal must not.
    const node = leader();
    node.receive(accepted(1));
    node.settle();
    expect(change(node, { kind: 'remove', id: 2 })).toMatchObject({
      reason: 'QUORUM_AT_RISK',
      cause: 'only 1 of the 2 voters after the change are heard from, 2 are needed',
    });
    expect(change(node, { kind: 'remove', id: 1 })).toMatchObject({ reason: 'QUORUM_AT_RISK' });
    node.receive(heartbeatResponse({ from: 3 }));
    expect(change(node, { kind: 'remove', id: 2 })).toMatchObject({ kind: 'appended' });
  });

  it('bind a directory one at a time like any other change', () => {
    const node = settledLeader({
      configuration: { ...configurationOf([1, 2, 3]), learners: [{ ...member(4), directoryId: '' }] },
    });
    const bind: MembershipChange = { kind: 'bindDirectory', id: 4, directoryId: 'disk' };
    expect(change(node, bind)).toMatchObject({ kind: 'appended', firstIndex: 2 });
    expect(node.core.configurationIndex).toBe(2);
    expect(node.core.configuration.learners).toEqual([{ ...member(4), directoryId: 'disk' }]);
    expect(change(node, bind)).toMatchObject({ reason: 'MEMBERSHIP_CHANGE_PENDING' });
  });

  it('leave a learner without a leader once that is silent: calls must not go there for ever', () => {
    const node = nodeWith({ id: 4, configuration: configurationOf([1, 2, 3], [4]) });
    node.receive(heartbeatRequest({ to: 4, term: 3 }));
    expect(node.core.leader).toBe(2);
    node.tick(2 * node.config.electionTicks);
    expect(node.core.status()).toMatchObject({ role: 'learner', term: 3, leader: 0 });
    expect(node.drain().sendNow.filter(({ kind }) => kind === 'preVoteRequest')).toEqual([]);
  });

  it('are cut off with their entry, wherever they were in force', () => {
    const node = settledLeader();
    const before = node.core.configuration;
    change(node, { kind: 'remove', id: 3 });
    node.settle();
    node.receive(appendRequest({ term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: [entry(2, 2)] }));
    expect(node.core.configuration).toBe(before);
    expect(node.core.configurationAt(2)).toBe(before);
  });

  it('bring up a node that knew nobody, over the whole log', () => {
    const cluster = new TestCluster(
      [1, 2, 3, 4].map((id) => nodeWith({ id, configuration: configurationOf(id === 4 ? [] : [1, 2, 3]) })),
    );
    expect(cluster.node(4).core.role).toBe('learner');
    const lead = cluster.elect(1);
    lead.propose('a');
    change(lead, { kind: 'addLearner', member: member(4) });
    cluster.stabilize();
    lead.tick(2);
    cluster.stabilize();
    change(lead, { kind: 'promote', id: 4 });
    cluster.stabilize();
    expect(cluster.node(4).core.status()).toMatchObject({
      role: 'follower',
      commitIndex: 4,
      configuration: lead.core.configuration,
    });
  });
});

describe('stepping down', () => {
  it('on request lets the follower with everything take over at once', () => {
    const node = settledLeader();
    node.step({ kind: 'stepDown', cause: 'the disk has stalled' });
    expect(node.drain()).toMatchObject({
      roleChange: { role: 'follower', term: 1, leader: 0 },
      sendNow: [{ kind: 'timeoutNow', to: 2 }],
    });
    expect(node.step({ kind: 'stepDown', cause: 'again' })).toEqual({ kind: 'done' });
  });

  it('without such a follower leaves it to the timeouts', () => {
    const node = settledLeader();
    node.propose('a');
    node.step({ kind: 'stepDown', cause: 'a late tick' });
    expect(node.drain().sendNow).toEqual([]);
  });
});

describe('an unreachable peer', () => {
  it('is probed again from where it surely is', () => {
    const node = settledLeader();
    node.propose('a');
    node.settle();
    node.step({ kind: 'peerUnreachable', member: 2 });
    expect(node.core.status().peers).toMatchObject([
      { id: 2, progress: 'probe', matchIndex: 1, nextIndex: 2 },
      { id: 3, progress: 'replicate', nextIndex: 3 },
    ]);
  });

  it('that leads is replaced without a tick, by one follower, whichever sees it first', () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      for (const alone of [false, true]) {
        const cluster = TestCluster.of(3);
        cluster.elect(3);
        cluster.node(3).crash();
        for (const id of order) {
          cluster.node(id).step({ kind: 'peerUnreachable', member: 3 });
          if (alone) cluster.stabilize();
        }
        cluster.stabilize();
        expect(cluster.nodes.filter(({ isUp, core }) => isUp && core.role === 'leader')).toHaveLength(1);
      }
    }
  });

  it('that leads five is replaced without a tick, though four ask at once', () => {
    const cluster = TestCluster.of(5);
    cluster.elect(5);
    cluster.node(5).crash();
    for (const id of [1, 2, 3, 4]) cluster.node(id).step({ kind: 'peerUnreachable', member: 5 });
    cluster.stabilize();
    expect(cluster.node(1).core.status()).toMatchObject({ role: 'leader', term: 2, commitIndex: 2 });
  });
});

describe('the contract with the driver', () => {
  const build = (options: Partial<ConstructorParameters<typeof RaftCore>[0]>): RaftCore =>
    new RaftCore({
      id: 1,
      config: raftConfig(),
      log: new MemoryLog(entriesOfTerms(1, 2)),
      hardState: { term: 2, votedFor: 0, commitIndex: 0 },
      snapshotConfiguration: configurationOf([1, 2, 3]),
      appliedIndex: 0,
      random: () => 0,
      ...options,
    });

  it('takes local state that contradicts itself for damage', () => {
    expect(() => build({ appliedIndex: 3 })).toThrow(/applied up to 3, but the log runs from 0 to 2/);
    expect(() => build({ hardState: { term: 2, votedFor: 0, commitIndex: 3 } })).toThrow(
      /entry 3 was committed/,
    );
    expect(() => build({ hardState: { term: 1, votedFor: 0, commitIndex: 0 } })).toThrow(
      /log of term 2, hard state of term 1/,
    );
    const compacted = new MemoryLog(entriesOfTerms(1, 2));
    compacted.compact(2);
    expect(() => build({ log: compacted })).toThrow(/applied up to 0, but the log runs from 2/);
  });

  it('notices reports of what was never handed out', () => {
    const node = nodeWith({ terms: [1] });
    expect(() => node.step({ kind: 'applied', index: 1 })).toThrow(/applied 1, but only up to 0/);
    expect(() => node.step({ kind: 'compacted', upTo: 1 })).toThrow(/compacted up to 1/);
  });

  it('notices a snapshot that was installed without asking', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1), commitIndex: 2 }));
    node.settle();
    const meta = { index: 1, term: 1, configuration: configurationOf([1, 2, 3]) };
    expect(() => node.step({ kind: 'snapshotInstalled', from: 2, term: 1, meta })).toThrow(
      /must ask judgeSnapshot/,
    );
  });

  it('has nothing to do when nothing happened, and says so', () => {
    const core = build({});
    expect(core.hasEffects()).toBe(false);
    expect(core.drain()).toEqual({
      hardState: undefined,
      truncateFrom: undefined,
      entries: [],
      sendNow: [],
      sendAfterPersist: [],
      committed: [],
      readStates: [],
      snapshotsToSend: [],
      roleChange: undefined,
    });
  });

  it('tells the last role change since the last drain only', () => {
    const node = nodeWith();
    node.receive(heartbeatRequest({ from: 2, term: 1 }));
    node.receive(heartbeatRequest({ from: 3, term: 2 }));
    expect(node.drain().roleChange).toEqual({ role: 'follower', term: 2, leader: 3 });
    node.receive(heartbeatRequest({ from: 3, term: 2 }));
    expect(node.drain().roleChange).toBeUndefined();
  });

  it('is deterministic: the same inputs, the same effects', () => {
    const run = (): string => {
      const cluster = TestCluster.of(3);
      cluster.elect(2).propose('a', 'b');
      cluster.stabilize();
      return JSON.stringify(cluster.nodes.map(({ core }) => core.status()));
    };
    expect(run()).toBe(run());
  });
});

describe('messages that make no sense', () => {
  it.each<[string, Message]>([
    ['to somebody else', voteRequest({ to: 2, from: 3 })],
    ['from itself', voteRequest({ from: 1 })],
    ['from nobody', voteRequest({ from: 0 })],
    ['a term that is no integer', voteRequest({ term: 1.5 })],
    ['a term of zero', voteRequest({ term: 0 })],
    ['a term beyond what can be counted', voteRequest({ term: Number.MAX_SAFE_INTEGER })],
    ['a negative index', appendRequest({ prevLogIndex: -1 })],
    ['an index that is not a number', appendRequest({ prevLogIndex: Number.NaN })],
    ['an index without a term', appendRequest({ prevLogIndex: 1 })],
    ['a log ahead of the sender’s term', voteRequest({ lastLogIndex: 1, lastLogTerm: 1 })],
    ['entries with a gap', appendRequest({ entries: [entry(2, 1)] })],
    ['entries of falling terms', appendRequest({ term: 3, entries: [entry(1, 2), entry(2, 1)] })],
    ['entries of a term after the sender’s', appendRequest({ entries: [entry(1, 2)] })],
    [
      'a configuration without voters',
      appendRequest({
        entries: [
          { index: 1, term: 1, payload: { kind: 'configuration', configuration: configurationOf([]) } },
        ],
      }),
    ],
  ])('%s: ignored', (_, message) => {
    const node = nodeWith();
    node.receive(message);
    expect([node.core.hasEffects(), node.core.term]).toEqual([false, 0]);
  });

  it('an acknowledgement of more than was sent does not commit', () => {
    const node = settledLeader();
    node.receive(accepted(50));
    expect(node.core.commitIndex).toBe(1);
  });
});
