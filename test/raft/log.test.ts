import { describe, expect, it } from 'vitest';
import { RaftLog, payloadSizeBytes } from '../../src/raft/log.js';
import { configurationOf, entriesOfTerms, entry, MemoryLog } from './harness.js';

/** A log whose durable part has these terms from index 1. */
function logOf(...terms: readonly number[]): { readonly log: RaftLog; readonly disk: MemoryLog } {
  const disk = new MemoryLog(entriesOfTerms(...terms));
  return { log: new RaftLog(disk), disk };
}

function view(log: RaftLog): readonly string[] {
  return log.slice(log.start.index + 1, log.lastIndex + 1, 1e9).map(({ index, term }) => `${index}/${term}`);
}

describe('reading', () => {
  it('joins what is durable and what is not', () => {
    const { log } = logOf(1, 1, 2);
    log.append([entry(4, 2), entry(5, 3)]);
    expect(view(log)).toEqual(['1/1', '2/1', '3/2', '4/2', '5/3']);
    expect([0, 1, 3, 4, 5, 6].map((index) => log.termAt(index))).toEqual([0, 1, 2, 2, 3, undefined]);
    expect([log.lastIndex, log.lastTerm, log.persistedIndex]).toEqual([5, 3, 3]);
  });

  it('limits a slice by bytes, across the two parts, and gives at least one entry', () => {
    const { log } = logOf(1, 1);
    log.append([entry(3, 1), entry(4, 1)]);
    const size = payloadSizeBytes(entry(1, 1).payload);
    const indexes = (maxBytes: number): number[] => log.slice(1, 5, maxBytes).map(({ index }) => index);
    expect(indexes(1)).toEqual([1]);
    expect(indexes(2 * size)).toEqual([1, 2]);
    expect(indexes(3 * size)).toEqual([1, 2, 3]);
    expect(indexes(3 * size + size - 1)).toEqual([1, 2, 3]);
    expect(indexes(4 * size)).toEqual([1, 2, 3, 4]);
  });

  it('knows nothing before its start but the term there', () => {
    const { log, disk } = logOf(1, 1, 2, 2);
    disk.compact(3);
    expect([2, 3, 4].map((index) => log.termAt(index))).toEqual([undefined, 2, 2]);
  });

  it('takes a hole in the durable log for damage', () => {
    const { log, disk } = logOf(1, 1, 1);
    disk.entries = () => [entry(3, 1)];
    expect(() => log.slice(2, 4, 1e9)).toThrow(/entry 3 where 2 belongs/);
    disk.entries = () => [];
    expect(() => log.slice(2, 4, 1e9)).toThrow(/missing from the durable log/);
  });
});

describe('appending', () => {
  it('cuts off from the first new entry on', () => {
    const { log } = logOf(1, 1, 1);
    log.append([entry(2, 2)]);
    expect(view(log)).toEqual(['1/1', '2/2']);
    expect(log.persistedIndex).toBe(1);
    expect(log.drain()).toMatchObject({ truncateFrom: 2, entries: [{ index: 2, term: 2 }] });
  });

  it('says nothing about cutting off what was never handed out', () => {
    const { log } = logOf(1);
    log.append([entry(2, 1), entry(3, 1)]);
    log.append([entry(3, 2)]);
    expect(log.drain()).toMatchObject({ truncateFrom: undefined, entries: [{ term: 1 }, { term: 2 }] });
  });

  it('remembers the deepest cut between two drains', () => {
    const { log } = logOf(1, 1, 1, 1);
    log.append([entry(4, 2)]);
    log.append([entry(2, 3)]);
    log.append([entry(3, 3)]);
    expect(log.drain()).toMatchObject({ truncateFrom: 2, entries: [{ index: 2 }, { index: 3 }] });
    expect(log.hasUndrained).toBe(false);
  });

  it('refuses a gap and a cut into the snapshot', () => {
    const { log, disk } = logOf(1, 1, 1);
    expect(() => log.append([entry(5, 1)])).toThrow(/leaves a gap/);
    disk.compact(2);
    expect(() => log.append([entry(2, 2)])).toThrow(/reaches into the snapshot/);
  });
});

describe('persisted', () => {
  it('moves the durable part up, and keeps reading what is not durable from memory', () => {
    const { log, disk } = logOf(1);
    log.append([entry(2, 1), entry(3, 1)]);
    const write = log.drain();
    log.append([entry(4, 1)]);
    disk.write(write.truncateFrom, write.entries);
    log.persisted(3, 1);
    expect(log.persistedIndex).toBe(3);
    expect(view(log)).toEqual(['1/1', '2/1', '3/1', '4/1']);
  });

  it('takes a part of a write, and a later write for all before it', () => {
    const { log, disk } = logOf();
    for (const index of [1, 3, 5]) {
      log.append([entry(index, 1), entry(index + 1, 1)]);
      const { entries } = log.drain();
      disk.write(undefined, entries);
    }
    log.persisted(1, 1);
    expect(log.persistedIndex).toBe(1);
    log.persisted(4, 1);
    expect(log.persistedIndex).toBe(4);
    log.persisted(6, 1);
    expect(log.persistedIndex).toBe(6);
  });

  it('ignores a report of entries that have been cut off', () => {
    const { log } = logOf(1);
    log.append([entry(2, 1), entry(3, 1)]);
    log.drain();
    log.append([entry(2, 2)]);
    log.drain();
    log.persisted(3, 1);
    expect(log.persistedIndex).toBe(1);
    log.persisted(2, 2);
    expect(log.persistedIndex).toBe(2);
  });

  it('counts what a cut leaves of an earlier write', () => {
    const { log, disk } = logOf(1);
    log.append([entry(2, 1), entry(3, 1)]);
    const write = log.drain();
    log.append([entry(3, 2)]);
    disk.write(write.truncateFrom, write.entries);
    log.persisted(3, 1);
    expect(log.persistedIndex).toBe(2);
  });

  it.each(['drained', 'not drained'])(
    'does not take A for A when B was written in between (ABA), the second A %s',
    (when) => {
      const { log, disk } = logOf(1);
      log.append([entry(2, 1, 'A')]);
      const a1 = log.drain();
      log.append([entry(2, 2, 'B')]);
      const b = log.drain();
      log.append([entry(2, 1, 'A')]);
      const a2 = when === 'drained' ? log.drain() : undefined;
      disk.write(a1.truncateFrom, a1.entries);
      log.persisted(2, 1);
      // The log says 2/1 and so does the report, but B will still pass over the disk.
      expect(log.persistedIndex).toBe(1);
      disk.write(b.truncateFrom, b.entries);
      log.persisted(2, 2);
      expect(log.persistedIndex).toBe(1);
      const last = a2 ?? log.drain();
      disk.write(last.truncateFrom, last.entries);
      log.persisted(2, 1);
      expect(log.persistedIndex).toBe(2);
    },
  );

  it('starts over with a snapshot, and ignores reports from before', () => {
    const { log, disk } = logOf(1);
    log.append([entry(2, 1)]);
    log.drain();
    const meta = { index: 7, term: 3, configuration: configurationOf([1]) };
    expect(() => log.reset(meta)).toThrow(/snapshot 7\/3 installed, but/);
    disk.replace(meta);
    log.reset(meta);
    log.persisted(2, 1);
    expect([log.persistedIndex, log.lastIndex, log.lastTerm, log.hasUndrained]).toEqual([7, 7, 3, false]);
    log.append([entry(8, 3)]);
    expect(view(log)).toEqual(['8/3']);
  });
});

describe('lastIndexWithTermAtMost', () => {
  it.each([
    [9, 5, 7],
    [9, 4, 5],
    [9, 3, 3],
    [2, 3, 2],
    [9, 0, 0],
    [7, 9, 7],
  ])('up to %i with term %i is %i', (upTo, term, index) => {
    const { log } = logOf(1, 1, 2, 4, 4, 5, 5);
    expect(log.lastIndexWithTermAtMost(upTo, term)).toBe(index);
  });

  it('stops at the start of the log', () => {
    const { log, disk } = logOf(1, 1, 2, 4, 4);
    disk.compact(3);
    expect(log.lastIndexWithTermAtMost(5, 1)).toBe(3);
  });
});

describe('isUpToDate', () => {
  it.each([
    [3, 2, true],
    [4, 2, true],
    [2, 2, false],
    [1, 3, true],
    [9, 1, false],
  ])('for a log that ends with %i/%i is %s', (index, term, expected) => {
    expect(logOf(1, 1, 2).log.isUpToDate(index, term)).toBe(expected);
  });
});
