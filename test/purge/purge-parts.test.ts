/** The small parts: options, texts, dueness, the window, counts, the pipeline, the fence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIME_MS_MAX } from '../../src/catalog/limits.js';
import type { PurgeProgress, StreamRecord } from '../../src/catalog/types.js';
import type { Capabilities } from '../../src/objectstore/object-store.js';
import { forEachBounded } from '../../src/purge/bounded-work.js';
import { DueWindow } from '../../src/purge/due-window.js';
import { dueness, type DuenessContext } from '../../src/purge/dueness.js';
import { cutText, failureOf } from '../../src/purge/failure.js';
import { resolvePurgeOptions } from '../../src/purge/options.js';
import { ProgressCount } from '../../src/purge/progress.js';
import { ReuseFence, sendsConditions } from '../../src/purge/reuse-fence.js';
import { AssertionError } from '../../src/shared/assert.js';
import { SextonError } from '../../src/shared/errors.js';
import { storeError } from '../support/memory-object-store.js';
import { VirtualClock } from '../support/virtual-clock.js';

const PROGRESS: PurgeProgress = {
  phase: 'RUNNING',
  blockedReason: 'NONE',
  objectsDeleted: 0,
  bytesDeleted: 0,
  uploadsAborted: 0,
  attempts: 0,
  lastError: '',
  lastErrorTimeMs: 0,
  nextAttemptTimeMs: 0,
  drainTimeMs: 0,
  beginTimeMs: 0,
  discardNewWrites: false,
  paused: false,
  pauseTimeMs: 0,
};

function record(change: Partial<StreamRecord> = {}, purge: Partial<PurgeProgress> = {}): StreamRecord {
  return {
    tenant: '',
    name: 'app',
    incarnation: 7,
    state: 'PURGING',
    prefix: 'app/7/',
    prefixReusable: false,
    labels: [],
    revision: 9,
    createTimeMs: 1,
    deleteTimeMs: 100,
    purgeAfterMs: 1_000,
    tombstoneRevision: 8,
    drainRevision: 9,
    purgeTimeMs: 0,
    reusableAfterMs: 0,
    sweep: { done: 0, nextTimeMs: 0, objectsFound: 0, bytesFound: 0, newestWriteMs: 0 },
    ...change,
    purge: { ...PROGRESS, ...purge },
  };
}

describe('resolvePurgeOptions', () => {
  it('fills in the defaults', () => {
    expect(resolvePurgeOptions()).toMatchObject({
      streamConcurrency: 4,
      requestConcurrencyMax: 16,
      progressObjects: 50_000,
    });
  });

  it('takes the initial concurrency down to a smaller maximum', () => {
    expect(resolvePurgeOptions({ requestConcurrencyMax: 1 }).requestConcurrencyInitial).toBe(1);
  });

  it('names everything that is out of bounds, and what would be right', () => {
    const bad = {
      streamConcurrency: 0,
      deleteBatchMax: 1_001,
      quietInitialMs: 5_000,
      quietMaxMs: 10,
      progressIntervalMs: NaN,
    };
    try {
      resolvePurgeOptions(bad);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SextonError);
      const { reason, violations } = error as SextonError;
      expect(reason).toBe('INVALID_ARGUMENT');
      expect(violations.map(({ field }) => field)).toEqual([
        'purge.streamConcurrency',
        'purge.deleteBatchMax',
        'purge.progressIntervalMs',
        'purge.quietInitialMs',
      ]);
      expect(violations[0]?.description).toBe('must be a whole number from 1 to 64 (default 4), not 0');
    }
  });
});

describe('texts', () => {
  it('are cut to whole characters within the bound', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 600 }),
        fc.integer({ min: 3, max: 1_024 }),
        (text, max) => {
          const cut = cutText(text, max);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
          expect(Buffer.from(cut).toString()).toBe(cut);
          if (Buffer.byteLength(text) <= max) expect(cut).toBe(Buffer.from(text).toString());
        },
      ),
    );
  });

  it('say first what an operator can do', () => {
    const failure = failureOf(
      storeError('OBJECT_LOCKED', 'AccessDenied', 'WORM'),
      'deleteObjects',
      '"a/b"',
      'bucket x',
    );
    expect(failure.message).toMatch(/^object lock: wait for the retention to end or lift the legal hold/);
    expect(failure.message).toContain('bucket x');
    expect(failure).toMatchObject({ outcome: 'blocked', storeWide: false });
    expect(failureOf(storeError('BAD_CREDENTIALS'), 'listObjects', 'a/', 'x').storeWide).toBe(true);
    expect(failureOf(storeError('INVALID'), 'listObjects', 'a/', 'x').outcome).toBe('retrying');
  });
});

describe('dueness', () => {
  const context: DuenessContext = {
    nowMs: 5_000,
    readyToBegin: () => true,
    barrierPollMs: 10,
    longestBackoffMs: 60_000,
  };

  it('is decided by state, phase, pause, time and the barrier', () => {
    const cases: [StreamRecord, object][] = [
      [record({ state: 'ACTIVE' }), { kind: 'never' }],
      [record({ state: 'PURGED' }), { kind: 'never' }],
      [record({}, { paused: true }), { kind: 'never' }],
      [record({ state: 'DELETED', purgeAfterMs: 5_001 }), { kind: 'at', timeMs: 5_001 }],
      [record({ state: 'DELETED', purgeAfterMs: 5_000 }), { kind: 'now', lane: 'fresh' }],
      [record({}, { phase: 'DRAINING' }), { kind: 'now', lane: 'fresh' }],
      [record({}, { phase: 'DRAINING', paused: true }), { kind: 'never' }],
      [record(), { kind: 'now', lane: 'fresh' }],
      [record({}, { phase: 'RETRYING', nextAttemptTimeMs: 6_000 }), { kind: 'at', timeMs: 6_000 }],
      [record({}, { phase: 'RETRYING', nextAttemptTimeMs: 5_000 }), { kind: 'now', lane: 'retry' }],
      [record({}, { phase: 'BLOCKED', nextAttemptTimeMs: 9_000 }), { kind: 'at', timeMs: 9_000 }],
      // Further away than any backoff: stamped by a clock that ran ahead.
      [record({}, { phase: 'BLOCKED', nextAttemptTimeMs: 500_000 }), { kind: 'now', lane: 'retry' }],
    ];
    for (const [stream, expected] of cases) expect(dueness(stream, context)).toEqual(expected);
    const barred = { ...context, readyToBegin: () => false };
    expect(dueness(record({}, { phase: 'DRAINING' }), barred)).toEqual({ kind: 'at', timeMs: 5_010 });
    // The barrier stands between the drain and the purge, and nowhere else: a drain that waits could never end.
    expect(dueness(record({ state: 'DELETED' }), barred)).toEqual({ kind: 'now', lane: 'fresh' });
    expect(dueness(record(), barred)).toEqual({ kind: 'now', lane: 'fresh' });
  });
});

describe('DueWindow', () => {
  it('keeps the first ones in (purge_after, incarnation) order, whatever order they come in', () => {
    const stream = fc.record({
      incarnation: fc.integer({ min: 1, max: 30 }),
      purgeAfterMs: fc.integer({ min: 0, max: 5 }),
    });
    const distinct = fc.uniqueArray(stream, { selector: ({ incarnation }) => incarnation, maxLength: 30 });
    fc.assert(
      fc.property(distinct, (streams) => {
        const window = new DueWindow(5);
        for (const one of [...streams, ...streams.slice(0, 3)]) window.offer(record(one));
        const sorted = [...streams].sort(
          (a, b) => a.purgeAfterMs - b.purgeAfterMs || a.incarnation - b.incarnation,
        );
        const taken = [...window.values()].map(({ incarnation }) => incarnation);
        expect(taken).toEqual(sorted.slice(0, 5).map(({ incarnation }) => incarnation));
        if (streams.length > 5) expect(window.overflowed).toBe(true);
      }),
    );
  });
});

describe('ProgressCount', () => {
  it('is due by time or by objects, and only when something changed', async () => {
    const clock = new VirtualClock();
    const progress = new ProgressCount(PROGRESS, clock, { intervalMs: 10_000, everyObjects: 5_000 });
    await clock.advance(60_000);
    expect(progress.commitIsDue).toBe(false);
    progress.add(1, 10);
    expect(progress.commitIsDue).toBe(true);
    progress.committed(progress.objects);
    progress.add(4_999, 10);
    expect(progress.commitIsDue).toBe(false);
    progress.add(1, 10);
    expect(progress.commitIsDue).toBe(true);
    expect(progress.hasUncommitted).toBe(true);
  });

  it('goes on from the record and measures the last ten seconds', async () => {
    const clock = new VirtualClock();
    const before = { ...PROGRESS, objectsDeleted: 500, bytesDeleted: 7 };
    const progress = new ProgressCount(before, clock, { intervalMs: 10_000, everyObjects: 5_000 });
    for (let second = 0; second < 30; second++) {
      progress.add(100, 1);
      await clock.advance(1_000);
    }
    expect(progress).toMatchObject({ objects: 3_500, bytes: 37, removalsThisTry: 3_000 });
    expect(progress.objectsPerSecond()).toBeGreaterThanOrEqual(90);
    expect(progress.objectsPerSecond()).toBeLessThanOrEqual(100);
    await clock.advance(60_000);
    expect(progress.objectsPerSecond()).toBe(0);
  });
});

describe('forEachBounded', () => {
  async function* count(to: number, pulled: { count: number }): AsyncGenerator<number> {
    for (let at = 0; at < to; at++) {
      pulled.count++;
      yield await Promise.resolve(at);
    }
  }

  it('pulls only when there is room', async () => {
    const pulled = { count: 0 };
    let inHand = 0;
    let worst = 0;
    let done = 0;
    await forEachBounded(
      count(50, pulled),
      () => 3,
      async () => {
        inHand++;
        worst = Math.max(worst, inHand);
        expect(pulled.count - done).toBeLessThanOrEqual(3);
        await new Promise((resolve) => setImmediate(resolve));
        inHand--;
        done++;
      },
    );
    expect({ done, worst }).toEqual({ done: 50, worst: 3 });
  });

  it('stops pulling at the first error, waits for what is in hand, and lets a bug outrank a failure', async () => {
    const pulled = { count: 0 };
    let finished = 0;
    const work = forEachBounded(
      count(50, pulled),
      () => 3,
      async (item) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (item === 0) throw new Error('an expected failure');
        if (item === 1) throw new AssertionError('a bug');
        finished++;
      },
    );
    await expect(work).rejects.toThrow('a bug');
    expect(pulled.count).toBeLessThanOrEqual(4);
    expect(finished).toBeLessThanOrEqual(2);
  });

  it('throws what the source throws', async () => {
    async function* broken(): AsyncGenerator<number> {
      yield await Promise.resolve(1);
      throw new Error('the listing broke off');
    }
    await expect(
      forEachBounded(
        broken(),
        () => 3,
        () => Promise.resolve(),
      ),
    ).rejects.toThrow('broke off');
  });
});

describe('ReuseFence (P11)', () => {
  const capabilities = (change: Partial<Capabilities> = {}): Capabilities => ({
    versioning: 'never',
    conditionalDelete: false,
    conditionalBatches: false,
    conditionalCreate: true,
    requestExpiry: true,
    deleteBatchMax: 1_000,
    multipartUploads: true,
    clockOffsetMs: undefined,
    ...change,
  });
  const reusableAfterMs = (fence: ReuseFence, nowMs: number, change?: Partial<Capabilities>): number =>
    fence.reusableAfterMs({ nowMs, capabilities: capabilities(change), marginMs: 10, prefixReusable: true });

  it('lies past every request of this leader and of those before it, and past what the clocks differ', () => {
    const fence = new ReuseFence();
    // Nothing sent by this leader: an earlier one may have sent until its end.
    expect(reusableAfterMs(fence, 1_000)).toBe(61_010);
    fence.prepared(500_000, 440_000);
    expect(reusableAfterMs(fence, 441_000, { clockOffsetMs: -250 })).toBe(501_260);
    fence.prepared(600_000, 500_000);
    expect(reusableAfterMs(fence, 700_000, { clockOffsetMs: 250 })).toBe(800_260);
  });

  it.each<[string, Partial<Capabilities>, boolean]>([
    ['expiry', {}, true],
    ['a condition', { requestExpiry: false, conditionalDelete: true }, true],
    ['versions', { requestExpiry: false, versioning: 'enabled' }, true],
    ['suspended versions', { requestExpiry: false, versioning: 'suspended' }, false],
    ['nothing', { requestExpiry: false }, false],
  ])('with %s as the fence of the store, a chosen prefix is reusable or not', (_name, change, isReusable) => {
    const after = reusableAfterMs(new ReuseFence(), 1_000, change);
    expect(after).toBe(isReusable ? 61_010 : TIME_MS_MAX);
  });

  it('is not for ever where the prefix holds an incarnation', () => {
    const fence = new ReuseFence();
    const question = { nowMs: 1_000, capabilities: capabilities({ requestExpiry: false }), marginMs: 10 };
    expect(fence.reusableAfterMs({ ...question, prefixReusable: false })).toBe(61_010);
  });

  it('sends conditions where they cost nothing, or are the only fence', () => {
    const conditional = { conditionalDelete: true };
    expect(sendsConditions(capabilities())).toBe(false);
    expect(sendsConditions(capabilities({ ...conditional, conditionalBatches: true }))).toBe(true);
    expect(sendsConditions(capabilities(conditional))).toBe(false);
    expect(sendsConditions(capabilities({ ...conditional, requestExpiry: false }))).toBe(true);
  });
});
