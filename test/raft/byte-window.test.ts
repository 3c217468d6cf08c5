import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWindow } from '../../src/raft/byte-window.js';

describe('ByteWindow', () => {
  it('counts what was added and not released', () => {
    const window = new ByteWindow();
    window.add(2, 10);
    window.add(5, 20);
    window.add(6, 30);
    expect([window.count, window.bytes]).toEqual([3, 60]);
    window.release(4);
    expect([window.count, window.bytes]).toEqual([2, 50]);
    window.release(6);
    expect([window.count, window.bytes]).toEqual([0, 0]);
  });

  it('agrees with a plain list over any history, and over thousands of elements', () => {
    const step = fc.record({ add: fc.nat(2000), release: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const window = new ByteWindow();
        let list: { at: number; bytes: number }[] = [];
        let next = 1;
        for (const { add, release } of steps) {
          for (let i = 0; i < add; i++) {
            window.add(next, next % 7);
            list.push({ at: next, bytes: next % 7 });
            next++;
          }
          const upTo = (list[0]?.at ?? next) + release - 1;
          window.release(upTo);
          list = list.filter(({ at }) => at > upTo);
          expect(window.count).toBe(list.length);
          expect(window.bytes).toBe(list.reduce((sum, { bytes }) => sum + bytes, 0));
        }
      }),
      { numRuns: 30 },
    );
  });
});
