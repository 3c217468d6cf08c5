/** P6 in small: the limiter, the batch size, the shared confirmation. */
import { describe, expect, it } from 'vitest';
import { BatchSize } from '../../src/purge/batch-size.js';
import { SharedRound } from '../../src/purge/shared-round.js';
import { Throttle, type Permit, type ThrottleOptions } from '../../src/purge/throttle.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';

const OPTIONS: ThrottleOptions = {
  initialLimit: 2,
  maxLimit: 16,
  requestsPerSecondMax: 0,
  quietInitialMs: 100,
  quietMaxMs: 1_000,
};
const HIGHEST = { next: () => 1 };
const never = new AbortController().signal;

function setUp(options: Partial<ThrottleOptions> = {}): { clock: VirtualClock; throttle: Throttle } {
  const clock = new VirtualClock();
  return { clock, throttle: new Throttle({ ...OPTIONS, ...options }, clock, HIGHEST) };
}

/** Fills the limit, then releases everything clean: one round trip. */
async function roundTrip(throttle: Throttle): Promise<void> {
  const permits: Permit[] = [];
  const { limit } = throttle;
  for (let at = 0; at < limit; at++) permits.push(await throttle.acquire(never));
  for (const permit of permits) permit.release(true);
}

describe('Throttle', () => {
  it('doubles per round trip at first, up to the maximum', async () => {
    const { throttle } = setUp();
    const limits: number[] = [];
    for (let round = 0; round < 8; round++) {
      limits.push(throttle.limit);
      await roundTrip(throttle);
    }
    expect(limits[0]).toBe(2);
    expect(limits.at(-1)).toBe(16);
    expect([...limits].sort((a, b) => a - b)).toEqual(limits);
  });

  it('does not grow while the limit is not what holds us back', async () => {
    const { throttle } = setUp({ initialLimit: 4 });
    for (let at = 0; at < 50; at++) (await throttle.acquire(never)).release(true);
    expect(throttle.limit).toBe(4);
  });

  it('halves once for all requests of one round trip, however many were throttled', async () => {
    const { throttle } = setUp({ initialLimit: 16 });
    const permits: Permit[] = [];
    for (let at = 0; at < 16; at++) permits.push(await throttle.acquire(never));
    for (const permit of permits) {
      permit.throttled();
      permit.release(false);
    }
    expect(throttle.limit).toBe(8);
    expect(throttle.throttledTotal).toBe(16);
  });

  it('never goes below one, and grows by one per round trip after the first halving', async () => {
    const { clock, throttle } = setUp({ initialLimit: 2 });
    for (let round = 0; round < 3; round++) {
      const permit = await clock.run(throttle.acquire(never));
      permit.throttled();
      permit.release(false);
    }
    expect(throttle.limit).toBe(1);
    await clock.advance(1_000);
    const limits: number[] = [];
    for (let round = 0; round < 5; round++) {
      await roundTrip(throttle);
      limits.push(throttle.limit);
    }
    expect(limits).toEqual([2, 2, 3, 4, 5]);
  });

  it('sends nothing during the quiet after a halving, which doubles while the store goes on refusing', async () => {
    const { clock, throttle } = setUp();
    for (const quietMs of [100, 200, 400, 800, 1_000, 1_000]) {
      const refused = await clock.run(throttle.acquire(never));
      refused.throttled();
      refused.release(false);
      const refusedMs = clock.monotonicMs();
      const next = await clock.run(throttle.acquire(never));
      expect(clock.monotonicMs() - refusedMs).toBe(quietMs);
      next.release(false);
    }
  });

  it('spaces the starts under a cap', async () => {
    const { clock, throttle } = setUp({ requestsPerSecondMax: 4, initialLimit: 16 });
    for (let at = 0; at < 5; at++) await clock.run(throttle.acquire(never));
    expect(clock.monotonicMs()).toBe(1_000);
  });

  it('an aborted waiter leaves no timer and takes no place', async () => {
    const { clock, throttle } = setUp();
    const first = await throttle.acquire(never);
    first.throttled();
    first.release(false);
    const abort = new AbortController();
    const waiting = throttle.acquire(abort.signal);
    expect(clock.pendingTimers).toBe(1);
    abort.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    expect(clock.pendingTimers).toBe(0);
    expect(throttle).toMatchObject({ inFlight: 0, waiting: 0 });
    await expect(throttle.acquire(abort.signal)).rejects.toThrow('over');
  });
});

describe('BatchSize', () => {
  it('halves down to one and doubles back after a run of full requests', () => {
    const size = new BatchSize(1_000);
    for (let at = 0; at < 20; at++) size.requestDied();
    expect(size.current).toBe(1);
    for (let at = 0; at < 8; at++) size.requestSucceeded(1);
    expect(size.current).toBe(2);
    for (let at = 0; at < 100; at++) size.requestSucceeded(1);
    expect(size.current).toBe(2);
    for (let at = 0; at < 200; at++) size.requestSucceeded(size.current);
    expect(size.current).toBe(1_000);
  });

  it('follows the store in both directions', () => {
    const size = new BatchSize(1_000);
    size.setMax(1);
    expect(size.current).toBe(1);
    size.setMax(500);
    expect(size.current).toBe(500);
  });
});

describe('SharedRound', () => {
  function rounds(): { check: SharedRound<void>; begun: Deferred<void>[] } {
    const begun: Deferred<void>[] = [];
    const check = new SharedRound(() => {
      const round = deferred<void>();
      begun.push(round);
      return round.promise;
    });
    return { check, begun };
  }

  it('never joins a round that has begun; everybody who waits shares the next', async () => {
    const { check, begun } = rounds();
    const done: string[] = [];
    void check.answer().then(() => done.push('a'));
    void check.answer().then(() => done.push('b'));
    void check.answer().then(() => done.push('c'));
    await settle();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve();
    await settle();
    expect(done).toEqual(['a']);
    expect(begun).toHaveLength(2);
    void check.answer().then(() => done.push('d'));
    begun[1]?.resolve();
    await settle();
    expect(done).toEqual(['a', 'b', 'c']);
    begun[2]?.resolve();
    await settle();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  it('a failed round fails those whom it served, and the next one begins all the same', async () => {
    const { check, begun } = rounds();
    const first = check.answer();
    const second = check.answer();
    begun[0]?.reject(new Error('not leading'));
    await expect(first).rejects.toThrow('not leading');
    await settle();
    begun[1]?.resolve();
    await second;
    // It has settled, and left nothing behind: the next one begins at once.
    const third = check.answer();
    begun[2]?.resolve();
    await third;
  });
});
