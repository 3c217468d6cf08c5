import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeQuorum, quorumIndex, quorumSize, voteResult } from '../../src/raft/quorum.js';

describe('quorumSize', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('of %i voters is %i', (voters, size) => {
    expect(quorumSize(voters)).toBe(size);
  });
});

describe('quorumIndex', () => {
  it.each([
    [[], 0],
    [[5], 5],
    [[5, 3], 3],
    [[5, 0, 3], 3],
    [[9, 9, 1, 1], 1],
    [[1, 2, 3, 4, 5], 3],
  ])('of %j is %i', (reached, index) => {
    expect(quorumIndex([...reached])).toBe(index);
  });

  it('is the highest index that a majority has reached, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }), (reached) => {
        const index = quorumIndex([...reached]);
        const holders = (at: number): number => reached.filter((each) => each >= at).length;
        expect(holders(index)).toBeGreaterThanOrEqual(quorumSize(reached.length));
        expect(holders(index + 1)).toBeLessThan(quorumSize(reached.length));
      }),
    );
  });
});

describe('voteResult', () => {
  it.each([
    ['won', [1, 2, 3], { 1: true, 2: true }],
    ['pending', [1, 2, 3], { 1: true, 2: false }],
    ['lost', [1, 2, 3], { 1: true, 2: false, 3: false }],
    ['pending', [1, 2, 3], {}],
    ['won', [1], { 1: true }],
    ['lost', [], {}],
    ['lost', [1, 2], { 1: false }],
    ['lost', [1, 2, 3, 4], { 1: true, 2: false, 3: false }],
  ] as const)('is %s for voters %j and votes %j', (result, voters, votes) => {
    const map = new Map(Object.entries(votes).map(([id, granted]) => [Number(id), granted]));
    expect(voteResult(voters, map)).toBe(result);
  });

  it('does not count who is no voter', () => {
    expect(
      voteResult(
        [1, 2, 3],
        new Map([
          [4, true],
          [5, true],
          [1, true],
        ]),
      ),
    ).toBe('pending');
  });
});

describe('describeQuorum', () => {
  it('draws who is how far', () => {
    expect(
      describeQuorum([
        [1, 7],
        [2, 5],
        [3, undefined],
      ]),
    ).toMatchInlineSnapshot(`
      "xx>  7         (id 1)
      x>   5         (id 2)
      ?              (id 3)
      q    5"
    `);
  });
});
