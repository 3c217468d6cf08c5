import { describe, expect, it } from 'vitest';
import { highestIdOf, isValidConfiguration, Membership, planChange } from '../../src/raft/membership.js';
import type { Configuration, Entry, MembershipChange } from '../../src/raft/types.js';
import { configurationOf, entry, member, MemoryLog } from './harness.js';

function change(index: number, configuration: Configuration): Entry {
  return { index, term: 1, payload: { kind: 'configuration', configuration } };
}

describe('Membership', () => {
  it('takes a configuration into force when it is appended, and out when it is cut off', () => {
    const membership = new Membership(0, configurationOf([1, 2]));
    membership.append([entry(1, 1), change(2, configurationOf([1, 2], [3]))]);
    membership.append([change(3, configurationOf([1, 2, 3]))]);
    expect([membership.voterIds, membership.currentIndex]).toEqual([[1, 2, 3], 3]);
    membership.append([entry(3, 2)]);
    expect([membership.voterIds, membership.currentIndex]).toEqual([[1, 2], 2]);
    expect(membership.isMember(3)).toBe(true);
    membership.append([entry(1, 3)]);
    expect([membership.isMember(3), membership.currentIndex]).toEqual([false, 0]);
  });

  it('finds the latest configuration in a stored log', () => {
    const log = new MemoryLog([
      entry(1, 1),
      change(2, configurationOf([1], [2])),
      entry(3, 1),
      change(4, configurationOf([1, 2])),
      entry(5, 1),
    ]);
    const membership = Membership.recover(log, configurationOf([1]), 1);
    expect([membership.voterIds, membership.currentIndex]).toEqual([[1, 2], 4]);
    expect([0, 1, 2, 3, 4, 5].map((index) => membership.at(index).voters.length)).toEqual([1, 1, 1, 1, 2, 2]);
  });

  it('forgets what is compacted, and can still go back to what is not', () => {
    const membership = new Membership(0, configurationOf([1]));
    membership.append([change(2, configurationOf([1], [2])), change(4, configurationOf([1, 2]))]);
    membership.compact(3);
    expect(membership.at(3).learners).toHaveLength(1);
    expect(() => membership.at(1)).toThrow(/was compacted/);
    membership.append([entry(4, 2)]);
    expect(membership.voterIds).toEqual([1]);
  });

  it('keeps nothing over a snapshot (openraft #1808)', () => {
    const membership = new Membership(0, configurationOf([1, 2]));
    membership.append([change(9, configurationOf([1]))]);
    membership.reset(5, configurationOf([1, 2, 3]));
    expect([membership.voterIds, membership.currentIndex]).toEqual([[1, 2, 3], 5]);
  });

  it('lets a node start with nobody, and takes anything else that is not sound for damage', () => {
    expect(new Membership(0, configurationOf([])).voterIds).toEqual([]);
    expect(() => new Membership(0, configurationOf([], [1]))).toThrow(/not a valid one/);
    expect(() => new Membership(0, configurationOf([2, 1]))).toThrow(/not a valid one/);
  });
});

describe('isValidConfiguration', () => {
  it.each([
    [true, configurationOf([1, 2, 3], [4])],
    [false, configurationOf([])],
    [false, configurationOf([1, 1])],
    [false, configurationOf([1, 2], [2])],
    [false, configurationOf([1], [4, 3])],
    [false, configurationOf([0])],
    [false, configurationOf([1.5])],
    [true, { ...configurationOf([1]), highestId: 2 }],
    [false, { ...configurationOf([1], [2]), highestId: 2 }],
    [false, { ...configurationOf([1]), highestId: 2.5 }],
  ])('is %s for %j', (valid, configuration) => {
    expect(isValidConfiguration(configuration)).toBe(valid);
  });
});

describe('planChange', () => {
  const current = configurationOf([1, 3], [4]);

  it('adds learners, promotes them, removes anyone, and keeps both lists in order', () => {
    expect(planChange(current, { kind: 'addLearner', member: member(2) })).toEqual({
      kind: 'change',
      configuration: configurationOf([1, 3], [2, 4]),
    });
    expect(planChange(configurationOf([1, 3], [2]), { kind: 'promote', id: 2 })).toEqual({
      kind: 'change',
      configuration: configurationOf([1, 2, 3]),
    });
    expect(planChange(current, { kind: 'remove', id: 3 })).toEqual({
      kind: 'change',
      configuration: configurationOf([1], [4]),
    });
    expect(planChange(current, { kind: 'remove', id: 4 })).toEqual({
      kind: 'change',
      configuration: { ...configurationOf([1, 3]), highestId: 4 },
    });
  });

  it('remembers the highest id that was ever used, for as long as nobody above it is a member', () => {
    const after = (before: Configuration, change: MembershipChange): Configuration => {
      const plan = planChange(before, change);
      if (plan.kind === 'refused') throw new Error(plan.cause);
      return plan.configuration;
    };
    const removed = after(current, { kind: 'remove', id: 4 });
    expect(highestIdOf(removed)).toBe(4);
    const lower = after(removed, { kind: 'remove', id: 3 });
    expect(lower).toEqual({ ...configurationOf([1]), highestId: 4 });
    const bound = after(after(lower, { kind: 'addLearner', member: member(9) }), { kind: 'promote', id: 9 });
    expect(bound).toEqual(configurationOf([1, 9]));
    expect(highestIdOf(configurationOf([]))).toBe(0);
  });

  it('binds a directory to a member that has none, once, and to no second member (S6)', () => {
    const added = configurationOf([1], []);
    const before = { voters: added.voters, learners: [{ ...member(4), directoryId: '' }] };
    const bind = (id: number, directoryId: string): MembershipChange => ({
      kind: 'bindDirectory',
      id,
      directoryId,
    });
    const bound = { voters: added.voters, learners: [{ ...member(4), directoryId: 'disk' }] };
    expect(planChange(before, bind(4, 'disk'))).toEqual({ kind: 'change', configuration: bound });
    expect(planChange(bound, bind(4, 'disk'))).toMatchObject({ reason: 'MEMBER_EXISTS' });
    expect(planChange(bound, bind(4, 'other'))).toMatchObject({ reason: 'MEMBER_EXISTS' });
    expect(planChange(before, bind(4, member(1).directoryId))).toMatchObject({ reason: 'INVALID_ARGUMENT' });
    expect(planChange(before, bind(4, ''))).toMatchObject({ reason: 'INVALID_ARGUMENT' });
    expect(planChange(before, bind(5, 'disk'))).toMatchObject({ reason: 'MEMBER_NOT_FOUND' });
  });

  it.each([
    ['MEMBER_EXISTS', { kind: 'addLearner', member: member(3) }],
    ['MEMBER_EXISTS', { kind: 'addLearner', member: member(4) }],
    ['INVALID_ARGUMENT', { kind: 'addLearner', member: member(0) }],
    ['MEMBER_EXISTS', { kind: 'promote', id: 3 }],
    ['MEMBER_NOT_FOUND', { kind: 'promote', id: 9 }],
    ['MEMBER_NOT_FOUND', { kind: 'remove', id: 9 }],
  ] as const)('refuses with %s: %j', (reason, wanted) => {
    expect(planChange(current, wanted)).toMatchObject({ kind: 'refused', reason });
  });

  it('never removes the last voter', () => {
    expect(planChange(configurationOf([1], [2]), { kind: 'remove', id: 1 })).toMatchObject({
      kind: 'refused',
      reason: 'QUORUM_AT_RISK',
    });
  });
});
