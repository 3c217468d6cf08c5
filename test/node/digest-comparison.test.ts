import { describe, expect, it } from 'vitest';
import { DigestComparison } from '../../src/node/digest-comparison.js';
import { DIGEST_CHECKPOINT_ENTRIES, DigestHistory } from '../../src/node/digest-history.js';

const digest = (state: string) => state.padStart(16, '0');
/** The history of a node whose state after entry i is `i` with `suffix`. */
function history(upTo: number, suffix = ''): DigestHistory {
  const built = new DigestHistory({ index: 0, digest: digest('') });
  for (let index = 1; index <= upTo; index++) built.add({ index, digest: digest(`${index}${suffix}`) });
  return built;
}
const VOTERS = [1, 2, 3];

describe('DigestHistory', () => {
  it('knows the last indexes, and further back the checkpoints', () => {
    const kept = history(5 * DIGEST_CHECKPOINT_ENTRIES + 10);
    const last = 5 * DIGEST_CHECKPOINT_ENTRIES + 10;
    expect(kept.newest.index).toBe(last);
    expect(kept.at(last - 5)).toBe(digest(String(last - 5)));
    expect(kept.at(2 * DIGEST_CHECKPOINT_ENTRIES)).toBe(digest(String(2 * DIGEST_CHECKPOINT_ENTRIES)));
    expect(kept.at(2 * DIGEST_CHECKPOINT_ENTRIES + 1)).toBeUndefined();
  });

  it('is bounded, whatever is applied', () => {
    const kept = new DigestHistory({ index: 0, digest: digest('') });
    for (let at = 1; at <= 1_000; at++) {
      kept.add({ index: at * DIGEST_CHECKPOINT_ENTRIES, digest: digest(String(at)) });
    }
    expect(kept.at(DIGEST_CHECKPOINT_ENTRIES)).toBeUndefined();
    expect(kept.at(1_000 * DIGEST_CHECKPOINT_ENTRIES)).toBe(digest('1000'));
  });

  it('reports a few checkpoints and the newest state, ascending, and nothing of an empty catalog', () => {
    expect(history(0).report()).toEqual([]);
    // Peers end the connection over a digest of index 0.
    expect(history(3).report()).toEqual([{ index: 3, digest: digest('3') }]);
    const indexes = history(7 * DIGEST_CHECKPOINT_ENTRIES + 3)
      .report()
      .map(({ index }) => index / DIGEST_CHECKPOINT_ENTRIES);
    expect(indexes).toEqual([4, 5, 6, 7, 7 + 3 / DIGEST_CHECKPOINT_ENTRIES]);
  });

  it('begins anew when a snapshot takes the place of the state', () => {
    const kept = history(10);
    kept.reset({ index: 50, digest: digest('x') });
    expect(kept.at(10)).toBeUndefined();
    expect(kept.report()).toEqual([{ index: 50, digest: digest('x') }]);
  });
});

describe('DigestComparison', () => {
  const report = (index: number, suffix = '') => ({ index, digest: digest(`${index}${suffix}`) });

  it('takes neither silence nor an index that it does not know for agreement', () => {
    const comparison = new DigestComparison(1, history(10));
    expect(comparison.compare(2, report(11), VOTERS)).toEqual({ kind: 'notComparable' });
    expect(comparison.compare(2, report(11, 'bad'), VOTERS)).toEqual({ kind: 'notComparable' });
    expect(comparison.equalUpTo(2)).toBe(0);
    expect(comparison.equalUpTo(3)).toBe(0);
    expect(comparison.compare(2, report(8), VOTERS)).toEqual({ kind: 'equal' });
    expect(comparison.compare(2, report(4), VOTERS)).toEqual({ kind: 'equal' });
    expect(comparison.equalUpTo(2)).toBe(8);
  });

  it('decides against a member only when a majority holds the leader’s state at that index', () => {
    const comparison = new DigestComparison(1, history(10));
    const first = comparison.compare(3, report(8, 'bad'), VOTERS);
    expect(first).toMatchObject({ verdict: 'undecided', agreeing: 1, voters: 3, isNews: true });
    comparison.compare(2, report(7), VOTERS);
    expect(comparison.compare(3, report(8, 'bad'), VOTERS)).toMatchObject({
      verdict: 'undecided',
      isNews: false,
    });
    comparison.compare(2, report(9), VOTERS);
    expect(comparison.compare(3, report(8, 'bad'), VOTERS)).toMatchObject({
      kind: 'different',
      mismatch: { member: 3, index: 8, theirs: digest('8bad'), ours: digest('8') },
      verdict: 'member',
      agreeing: 2,
      isNews: true,
    });
    // Of a later index less is known; that takes nothing back.
    expect(comparison.compare(3, report(10, 'bad'), VOTERS)).toMatchObject({
      verdict: 'member',
      agreeing: 1,
      isNews: false,
    });
  });

  it('decides against the leader when a majority holds one other state at that index', () => {
    const comparison = new DigestComparison(1, history(10));
    comparison.compare(2, report(8, 'good'), VOTERS);
    expect(comparison.compare(3, report(9, 'good'), VOTERS)).toMatchObject({ verdict: 'undecided' });
    expect(comparison.compare(3, report(8, 'other'), VOTERS)).toMatchObject({ verdict: 'undecided' });
    expect(comparison.compare(3, report(8, 'good'), VOTERS)).toMatchObject({ verdict: 'leader' });
  });

  it('never counts a learner', () => {
    const comparison = new DigestComparison(1, history(10));
    comparison.compare(4, report(10), VOTERS);
    expect(comparison.compare(3, report(8, 'bad'), VOTERS)).toMatchObject({
      verdict: 'undecided',
      agreeing: 1,
    });
    comparison.compare(2, report(10), VOTERS);
    expect(comparison.compare(4, report(9, 'bad'), VOTERS)).toMatchObject({ verdict: 'member', agreeing: 2 });
  });

  it('keeps the first difference of each member until the term ends or it is removed', () => {
    const comparison = new DigestComparison(1, history(10));
    comparison.compare(3, report(8, 'bad'), VOTERS);
    comparison.compare(3, report(9, 'bad'), VOTERS);
    comparison.compare(3, report(10), VOTERS);
    comparison.compare(2, report(4, 'bad'), VOTERS);
    expect(comparison.mismatches().map(({ member, index }) => [member, index])).toEqual([
      [2, 4],
      [3, 8],
    ]);
    comparison.retain(new Set([1, 3]));
    expect(comparison.mismatches().map(({ member }) => member)).toEqual([3]);
    comparison.reset();
    expect(comparison.mismatches()).toEqual([]);
    expect(comparison.equalUpTo(3)).toBe(0);
  });
});
