/** The store's time by its `Date` headers: never later than the truth (P11), whatever the way back took. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockAlarms } from '../../src/node/view-alarms.js';
import type { Capabilities } from '../../src/objectstore/object-store.js';
import { StoreTime } from '../../src/objectstore/s3-store-time.js';
import { ManualClock } from '../support/manual-clock.js';

const ALARM_BOUND_MS = 500;

/** What status says of the store's clock. */
function alarmsOf(time: StoreTime): readonly string[] {
  const { offsetMs: clockOffsetMs, errorMs: clockErrorMs } = time;
  const store = { clockOffsetMs, clockErrorMs } as Capabilities;
  return clockAlarms([], store, ALARM_BOUND_MS).map(({ message }) => message);
}

const dateOf = (ms: number): string => new Date(ms).toUTCString();

describe('the time of the store', () => {
  it('is our own before the first answer, and while answers have no date', () => {
    const clock = new ManualClock();
    const time = new StoreTime(clock);
    expect(time).toMatchObject({ hasAnswer: false, isTold: false, offsetMs: undefined });
    expect(time.nowMs()).toBe(clock.wallMs());
    time.answered(undefined, clock.monotonicMs());
    time.answered('yesterday', clock.monotonicMs());
    expect(time).toMatchObject({ hasAnswer: true, isTold: false, offsetMs: undefined });
    expect(time.nowMs()).toBe(clock.wallMs());
  });

  it('follows the newest answer, also when the clock of the store was set back', () => {
    const clock = new ManualClock();
    const time = new StoreTime(clock);
    const midnightMs = Date.UTC(2026, 0, 1);
    time.answered(dateOf(midnightMs), clock.monotonicMs());
    clock.advance(5_000);
    expect(time.nowMs()).toBe(midnightMs + 5_000);
    time.answered(dateOf(midnightMs - 3_600_000), clock.monotonicMs());
    clock.advance(1_500);
    expect(time.nowMs()).toBe(midnightMs - 3_600_000 + 1_500);
  });

  it('is never later than it is there, and earlier by less than a second, the age of the header and the way back', () => {
    const exchange = fc.record({
      idleMs: fc.nat(60_000),
      thereMs: fc.nat(20_000),
      // What a server that renews its header by a timer sends is as old as that.
      cachedMs: fc.nat(1_500),
      backMs: fc.nat(20_000),
      laterMs: fc.nat(60_000),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(exchange, { minLength: 1, maxLength: 5 }), (skewMs, exchanges) => {
        const clock = new ManualClock();
        const time = new StoreTime(clock);
        const truthMs = (): number => clock.wallMs() + skewMs;
        for (const { idleMs, thereMs, cachedMs, backMs, laterMs } of exchanges) {
          clock.advance(idleMs);
          const sentMs = clock.monotonicMs();
          clock.advance(thereMs);
          const date = dateOf(truthMs() - cachedMs);
          clock.advance(backMs);
          time.answered(date, sentMs);
          clock.advance(laterMs);
          expect(time.nowMs()).toBeLessThanOrEqual(truthMs());
          expect(time.nowMs()).toBeGreaterThan(truthMs() - backMs - cachedMs - 1_000);
          const { offsetMs = NaN, errorMs } = time;
          expect(Math.abs(offsetMs - skewMs)).toBeLessThanOrEqual(errorMs + 1);
        }
      }),
    );
  });

  it('is no reason for an alarm on a server that renews its header once a second', () => {
    const clock = new ManualClock();
    // At whatever moment of the second the server's timer fires, and whenever an answer comes between two firings.
    for (let phaseMs = 0; phaseMs < 1_000; phaseMs += 125) {
      const time = new StoreTime(clock);
      let cachedAtMs = clock.wallMs() + phaseMs;
      clock.advance(phaseMs);
      for (let answers = 0; answers < 40; answers++) {
        const sentMs = clock.monotonicMs();
        clock.advance(70);
        while (clock.wallMs() - cachedAtMs >= 1_000) cachedAtMs += 1_000;
        time.answered(dateOf(cachedAtMs), sentMs);
        expect(alarmsOf(time)).toEqual([]);
      }
    }
  });

  it.each([1_600, -3_200])('raises one for a clock that is %i ms off', (skewMs) => {
    const clock = new ManualClock();
    const time = new StoreTime(clock);
    const sentMs = clock.monotonicMs();
    clock.advance(20);
    time.answered(dateOf(clock.wallMs() + skewMs), sentMs);
    expect(alarmsOf(time)).toHaveLength(1);
  });
});
