/** The order in which streams are asked about. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AskSchedule, type Lane } from '../../src/parseable/ask-schedule.js';

describe('the schedule of a plan', () => {
  it('hands out what is due, the earliest first, and each item once', () => {
    const schedule = new AskSchedule<string>();
    schedule.put('b', 'again', 20);
    schedule.put('a', 'again', 10);
    schedule.put('c', 'again', 10);
    expect(schedule.take(9)).toBeUndefined();
    expect([20, 20, 20, 20].map((nowMs) => schedule.take(nowMs))).toEqual(['a', 'c', 'b', undefined]);
    expect(schedule.nextTimeMs()).toBe(Infinity);
  });

  it('lets first asks and repeated ones take turns, however many of the others are overdue', () => {
    const schedule = new AskSchedule<string>();
    for (let at = 0; at < 100; at++) schedule.put(`again-${at}`, 'again', at);
    for (let at = 0; at < 100; at++) schedule.put(`first-${at}`, 'first', 500 + at);
    const order = [1_000, 1_000, 1_000, 1_000].map((nowMs) => schedule.take(nowMs));
    expect(order).toEqual(['first-0', 'again-0', 'first-1', 'again-1']);
  });

  it('does as a list would that is searched each time', () => {
    const lane = fc.constantFrom<Lane>('first', 'again');
    const item = fc.integer({ min: 0, max: 9 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), item, lane, atMs: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ kind: fc.constant('remove' as const), item }),
      fc.record({ kind: fc.constant('take' as const), nowMs: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const schedule = new AskSchedule<number>();
        const model = new Map<number, { readonly lane: Lane; readonly atMs: number }>();
        for (const each of steps) {
          if (each.kind === 'put') {
            schedule.put(each.item, each.lane, each.atMs);
            model.set(each.item, { lane: each.lane, atMs: each.atMs });
          } else if (each.kind === 'remove') {
            schedule.remove(each.item);
            model.delete(each.item);
          } else {
            const taken = schedule.take(each.nowMs);
            const due = [...model].filter(([, { atMs }]) => atMs <= each.nowMs);
            if (taken === undefined) expect(due).toEqual([]);
            else {
              const { lane: itsLane, atMs } = model.get(taken)!;
              const earlier = due.filter(([, other]) => other.lane === itsLane && other.atMs < atMs);
              expect(earlier).toEqual([]);
              model.delete(taken);
            }
          }
          const times = [...model.values()].map(({ atMs }) => atMs);
          expect(schedule.nextTimeMs()).toBe(Math.min(Infinity, ...times));
        }
      }),
      { numRuns: 300 },
    );
  });
});
