import { describe, expect, it } from 'vitest';
import { rollDigest, digestBytes, formatDigest } from '../../src/catalog/digest.js';
import { Overlay } from '../../src/catalog/overlay.js';
import { MemoryCatalog } from './support/memory-catalog.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('an overlay', () => {
  it('shows pending writes and deletions before the base, and one write a key', () => {
    const base = new MemoryCatalog();
    base.write([
      { key: bytes(1), value: bytes(10) },
      { key: bytes(2), value: bytes(20) },
    ]);
    const overlay = new Overlay(base);
    overlay.add([
      { key: bytes(1), value: undefined },
      { key: bytes(3), value: bytes(30) },
    ]);
    overlay.add([{ key: bytes(3), value: bytes(31) }]);
    expect([1, 2, 3, 4].map((key) => overlay.get(bytes(key))?.[0])).toEqual([undefined, 20, 31, undefined]);
    expect(overlay.size).toBe(2);
    expect(overlay.writes()).toEqual([
      { key: bytes(1), value: undefined },
      { key: bytes(3), value: bytes(31) },
    ]);
    base.write(overlay.writes());
    overlay.clear();
    expect([1, 2, 3].map((key) => overlay.get(bytes(key))?.[0])).toEqual([undefined, 20, 31]);
  });

  it('tells keys apart that differ in any byte, or in length only', () => {
    const overlay = new Overlay({ get: () => undefined });
    const keys = [bytes(0), bytes(0, 0), bytes(0xff), bytes(0xc3, 0xbf), bytes()];
    overlay.add(keys.map((key, at) => ({ key, value: bytes(at) })));
    expect(keys.map((key) => overlay.get(key)?.[0])).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('S7: the digest', () => {
  const start = { high: 1, low: 2 };
  const write = { key: bytes(1, 2), value: bytes(3, 4, 5, 6, 7) };

  it('depends on what was before, the index, and every byte of the writes', () => {
    const others = [
      rollDigest(start, 7, [write]),
      rollDigest({ high: 1, low: 3 }, 7, [write]),
      rollDigest({ high: 2, low: 2 }, 7, [write]),
      rollDigest(start, 8, [write]),
      rollDigest(start, 7 + 2 ** 32, [write]),
      rollDigest(start, 7, []),
      rollDigest(start, 7, [write, write]),
      rollDigest(start, 7, [{ key: bytes(1, 2, 3), value: bytes(4, 5, 6, 7) }]),
      rollDigest(start, 7, [{ key: bytes(1, 2), value: undefined }]),
      rollDigest(start, 7, [{ key: bytes(1, 2), value: bytes() }]),
      ...[0, 1, 2, 3, 4].map((at) => rollDigest(start, 7, [{ ...write, value: write.value.with(at, 9) }])),
    ].map(formatDigest);
    expect(new Set(others).size).toBe(others.length);
  });

  it('spreads a single bit over both halves', () => {
    let flipped = 0;
    const base = digestBytes(new Uint8Array(32));
    for (let bit = 0; bit < 256; bit++) {
      const input = new Uint8Array(32);
      input[bit >> 3] = 1 << (bit & 7);
      const { high, low } = digestBytes(input);
      for (const half of [high ^ base.high, low ^ base.low]) {
        const ones = (half >>> 0).toString(2).replaceAll('0', '').length;
        expect(ones).toBeGreaterThan(2);
        flipped += ones;
      }
    }
    // Half of 64 bits on average.
    expect(flipped / 256).toBeGreaterThan(30);
    expect(flipped / 256).toBeLessThan(34);
  });

  it('is 16 hex digits, and the same for ever', () => {
    expect(formatDigest({ high: 0xa, low: 0xffff_ffff })).toBe('0000000affffffff');
    expect(formatDigest(rollDigest(start, 7, [write]))).toMatchInlineSnapshot(`"e0ec33dfac2823ac"`);
  });
});
