import { describe, expect, test } from 'vitest';
import { TailCache } from '../../src/storage/tail-cache.js';
import { TermRuns } from '../../src/storage/term-runs.js';
import { command } from './node-fixture.js';

const item = (index: number, sizeBytes = 1000): Parameters<TailCache['push']>[0] => ({
  entry: command(index, 1),
  chain: index,
  sizeBytes,
});

describe('TailCache', () => {
  const held = (cache: TailCache, upTo: number): number[] =>
    Array.from({ length: upTo + 2 }, (_, index) => index).filter(
      (index) => cache.get(index)?.entry.index === index,
    );

  test('keeps the newest entries within its limit, and the newest one whatever its size', () => {
    const cache = new TailCache(5_000);
    for (let index = 1; index <= 10; index++) cache.push(item(index));
    expect(held(cache, 10)).toEqual([7, 8, 9, 10]);
    cache.push(item(11, 1_000_000));
    expect(held(cache, 11)).toEqual([11]);
  });

  test('stays right over many evictions', () => {
    const cache = new TailCache(50 * 1128);
    for (let index = 1; index <= 10_000; index++) {
      cache.push(item(index));
      expect(cache.get(index - 50)).toBeUndefined();
      expect(cache.get(Math.max(index - 49, 1))?.entry.index).toBe(Math.max(index - 49, 1));
    }
  });

  test('is cut at either end, down to nothing, and goes on anywhere after that', () => {
    const cache = new TailCache(1_000_000);
    for (let index = 1; index <= 10; index++) cache.push(item(index));
    cache.truncateFrom(8);
    cache.dropUpTo(3);
    expect(held(cache, 10)).toEqual([4, 5, 6, 7]);
    cache.push(item(8));
    expect(() => {
      cache.push(item(10));
    }).toThrow(/tail cache ends before 9/);
    cache.truncateFrom(1);
    expect(held(cache, 10)).toEqual([]);
    cache.push(item(3));
    expect(held(cache, 10)).toEqual([3]);
    cache.dropUpTo(50);
    cache.push(item(51));
    expect(held(cache, 51)).toEqual([51]);
    cache.clear();
    cache.push(item(90));
    expect(held(cache, 90)).toEqual([90]);
  });
});

describe('TermRuns', () => {
  const termOf = (index: number): number => 1 + Math.floor(index / 10) * 2;

  test('tells the term of every entry, whatever was cut', () => {
    const runs = new TermRuns();
    for (let index = 1; index <= 100; index++) runs.push(index, termOf(index));
    for (let index = 1; index <= 100; index++) expect(runs.termAt(index)).toBe(termOf(index));
    runs.dropUpTo(34);
    runs.truncateFrom(71);
    for (let index = 35; index <= 70; index++) expect(runs.termAt(index)).toBe(termOf(index));
    runs.push(71, 50);
    expect(runs.termAt(71)).toBe(50);
    expect(runs.termAt(70)).toBe(termOf(70));
    expect(() => {
      runs.push(72, 49);
    }).toThrow(/term 49 at 72/);
  });
});
