import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ticker } from '../../src/node/ticker.js';
import type { Clock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { ManualClock } from '../support/manual-clock.js';

const TICK_MS = 50;
const STALL_MS = 1_000;

/** A manual clock whose timers fire late, as they do when the event loop stood still. */
class LateClock implements Clock {
  readonly inner = new ManualClock();
  lateMs = 0;

  monotonicMs(): number {
    return this.inner.monotonicMs();
  }

  wallMs(): number {
    return this.inner.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): ReturnType<Clock['setTimer']> {
    return this.inner.setTimer(delayMs + this.lateMs, callback);
  }
}

let clock: LateClock;
let ticks: number;
let stepDowns: string[];
let lags: number[];
let isLeader: boolean;
let diskMs: number;
let ticker: Ticker;

beforeEach(() => {
  clock = new LateClock();
  ticks = 0;
  stepDowns = [];
  lags = [];
  isLeader = true;
  diskMs = 0;
  ticker = new Ticker({
    clock,
    tickMs: TICK_MS,
    stallMs: STALL_MS,
    logger: silentLogger,
    diskInFlightMs: () => diskMs,
    isLeader: () => isLeader,
    tick: () => {
      ticks++;
    },
    stepDown: (cause) => {
      stepDowns.push(cause);
    },
    observeLag: (lagMs) => {
      lags.push(lagMs);
    },
  });
  ticker.start();
});
afterEach(() => {
  ticker.stop();
});

describe('Ticker', () => {
  it('ticks at its pace and sees nothing wrong', () => {
    clock.inner.advance(20 * TICK_MS);
    expect(ticks).toBe(20);
    expect(lags.every((lagMs) => lagMs === 0)).toBe(true);
    expect(stepDowns).toEqual([]);
    expect(ticker.lagMs).toBe(0);
  });

  it('does not add up small delays', () => {
    clock.inner.advance(TICK_MS);
    clock.lateMs = 10;
    clock.inner.advance(100 * TICK_MS);
    // A timer that is 10 ms late each time still gives one tick every 50 ms.
    expect(ticks).toBeGreaterThan(98);
    expect(ticker.lagMs).toBe(10);
  });

  it('makes a leader step down whose event loop stood still for an election timeout (etcd #13527)', () => {
    clock.inner.advance(TICK_MS);
    clock.lateMs = STALL_MS + 1;
    clock.inner.advance(TICK_MS);
    clock.lateMs = 0;
    clock.inner.advance(2 * STALL_MS);
    expect(stepDowns).toEqual([`event loop stalled for ${STALL_MS + 1} ms`]);
    expect(ticker.lagMs).toBe(STALL_MS + 1);
  });

  it('lets a shorter pause pass', () => {
    clock.inner.advance(TICK_MS);
    clock.lateMs = STALL_MS - TICK_MS;
    clock.inner.advance(TICK_MS);
    clock.lateMs = 0;
    clock.inner.advance(2 * STALL_MS);
    expect(stepDowns).toEqual([]);
  });

  it('does not make up for the ticks that a pause missed', () => {
    clock.inner.advance(TICK_MS);
    clock.lateMs = 10_000;
    clock.inner.advance(TICK_MS);
    clock.lateMs = 0;
    const before = ticks;
    clock.inner.advance(10_000 + TICK_MS);
    // The late one, and the next one's time has come.
    expect(ticks - before).toBe(2);
  });

  it('makes a leader step down whose disk does not finish a write, at each tick that it lasts', () => {
    diskMs = STALL_MS;
    clock.inner.advance(TICK_MS);
    expect(stepDowns).toEqual([]);
    diskMs = STALL_MS + 1;
    clock.inner.advance(TICK_MS);
    expect(stepDowns).toEqual([`disk stalled for ${STALL_MS + 1} ms`]);
  });

  it('has nothing to say to a follower, and goes on ticking', () => {
    isLeader = false;
    diskMs = 10 * STALL_MS;
    clock.inner.advance(TICK_MS);
    clock.lateMs = 5 * STALL_MS;
    clock.inner.advance(12 * STALL_MS);
    expect(stepDowns).toEqual([]);
    expect(ticks).toBeGreaterThan(1);
  });

  it('ends when it is stopped', () => {
    ticker.stop();
    clock.inner.advance(100 * TICK_MS);
    expect(ticks).toBe(0);
    expect(clock.inner.timerCount).toBe(0);
  });
});
