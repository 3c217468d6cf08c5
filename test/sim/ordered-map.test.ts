/** The ordered map against the plainest model: a sorted list of pairs, copied at each fork. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromKey, OrderedMap, toKey } from './ordered-map.js';

type Model = Map<string, number>;

const sorted = (model: Model): [string, number][] =>
  [...model].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));

describe('ordered map', () => {
  it('does what a sorted list would, before and after each of many forks', () => {
    // Few keys and many steps: leaves split, empty and are shared.
    const key = fc.integer({ min: 0, max: 400 }).map((number) => String(number));
    const step = fc.oneof(
      { weight: 60, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.nat() }) },
      { weight: 30, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('fork' as const), goOn: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1000, size: 'max' }), key, key, (steps, gte, lt) => {
        let map = new OrderedMap<number>();
        const model: Model = new Map();
        const kept: [OrderedMap<number>, Model][] = [];
        for (const action of steps) {
          if (action.kind === 'fork') {
            const copy = map.fork();
            // Either side of a fork may be the one that is written to.
            kept.push([action.goOn ? copy : map, new Map(model)]);
            if (!action.goOn) map = copy;
          } else if (action.kind === 'set') {
            expect(map.set(action.key, action.value)).toBe(model.get(action.key));
            model.set(action.key, action.value);
          } else {
            expect(map.delete(action.key)).toBe(model.get(action.key));
            model.delete(action.key);
          }
        }
        for (const [one, expected] of [...kept, [map, model] as const]) {
          expect(one.size).toBe(expected.size);
          expect([...one.scan('')]).toEqual(sorted(expected));
          const range = sorted(expected).filter(([name]) => name >= gte && name < lt);
          expect([...one.scan(gte, lt)]).toEqual(range);
          expect([...one.scanBack(gte, lt)]).toEqual(range.reverse());
          expect(one.get(gte)).toBe(expected.get(gte));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('orders keys as their bytes, and gives the bytes back', () => {
    const bytes = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(Buffer.compare(a, b))).toBe(toKey(a) < toKey(b) ? -1 : Number(toKey(a) > toKey(b)));
        expect(fromKey(toKey(a))).toEqual(a);
      }),
    );
  });
});
