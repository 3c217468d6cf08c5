import { describe, expect, it } from 'vitest';
import { compactionPoint, type LogExtent } from '../../src/node/log-compaction.js';
import { configurationOf } from '../raft/harness.js';

const point = (extent: Partial<LogExtent>): number | undefined =>
  compactionPoint({
    options: { keepEntries: 10, snapshotEntries: 40 },
    startIndex: 0,
    appliedIndex: 0,
    pinnedIndex: undefined,
    configurationAt: () => configurationOf([1, 2, 3]),
    ...extent,
  });

describe('the log is cut', () => {
  it('in large steps, leaving a tail for followers that are a little behind', () => {
    expect(point({ appliedIndex: 50 })).toBeUndefined();
    expect(point({ appliedIndex: 51 })).toBe(41);
    expect(point({ startIndex: 41, appliedIndex: 91 })).toBeUndefined();
    expect(point({ startIndex: 41, appliedIndex: 92 })).toBe(82);
  });

  it('not beyond a snapshot that is being sent', () => {
    expect(point({ appliedIndex: 100, pinnedIndex: 60 })).toBe(60);
    expect(point({ startIndex: 60, appliedIndex: 200, pinnedIndex: 60 })).toBeUndefined();
  });

  it('on a member that joined, only after the entry that added it: before, its configuration lists nobody', () => {
    const configurationAt = (index: number) => configurationOf(index < 45 ? [] : [1, 2, 3]);
    expect(point({ appliedIndex: 51, configurationAt })).toBeUndefined();
    expect(point({ appliedIndex: 55, configurationAt })).toBe(45);
  });
});
