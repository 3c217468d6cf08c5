/** The planner, rule by rule. */
import { describe, expect, it } from 'vitest';
import { ForgetPlan, type Ask } from '../../src/parseable/forget-plan.js';
import { tombstoneOf } from './support.js';

const OPTIONS = { uploadDeadlineMs: 300_000, backoff: { initialMs: 1_000, maxMs: 60_000 }, tombstonesMax: 2 };
const fixed = { next: () => 0.5 };
const BARRIER = { barrier: true };

function planWith(...tombstones: readonly [prefix: string, revision: number][]): ForgetPlan {
  const plan = new ForgetPlan(OPTIONS, fixed);
  for (const [prefix, revision] of tombstones) plan.require(tombstoneOf(prefix, revision), BARRIER, 0);
  return plan;
}

function ask(plan: ForgetPlan, nowMs: number): Ask {
  const due = plan.due(nowMs);
  expect(due).toBeDefined();
  return due!;
}

describe('the drained revision', () => {
  it('stays below a tombstone until one upload deadline after the acknowledgement (F1)', () => {
    const plan = planWith(['web/', 50]);
    expect(plan.drainedRevision(90, 0)).toBe(49);
    plan.acknowledged(ask(plan, 0), true, 10);
    expect(plan.drainedRevision(90, 300_009)).toBe(49);
    expect(plan.nextTimeMs()).toBe(300_010);
    expect(plan.drainedRevision(90, 300_010)).toBe(90);
  });

  it('is held by the lowest tombstone, whichever is acknowledged first', () => {
    const plan = planWith(['web/', 50], ['app/', 60]);
    const web = ask(plan, 0);
    plan.acknowledged(ask(plan, 0), false, 0);
    expect(plan.drainedRevision(90, 300_000)).toBe(49);
    plan.acknowledged(web, true, 300_000);
    expect(plan.drainedRevision(90, 600_000)).toBe(90);
  });

  it('is not held by a purge that has begun', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('web/', 50), { barrier: false }, 0);
    expect(plan.drainedRevision(90, 0)).toBe(90);
    expect(ask(plan, 0).tombstone.prefix).toBe('web/');
  });
});

describe('answers', () => {
  it('to an older tombstone do not settle a newer one (F3)', () => {
    const plan = planWith(['web/', 50]);
    const old = ask(plan, 0);
    plan.release('web/');
    plan.require(tombstoneOf('web/', 70), BARRIER, 5);
    plan.acknowledged(old, true, 6);
    expect(plan.drainedRevision(90, 10_000_000)).toBe(69);
    plan.acknowledged(ask(plan, 10_000_000), true, 10_000_000);
    expect(plan.drainedRevision(90, 10_300_000)).toBe(90);
  });

  it('that failed are asked for again after a growing while, and hold up nothing else (F4)', () => {
    const plan = planWith(['web/', 50], ['app/', 60]);
    const web = ask(plan, 0);
    plan.failed(web, 0);
    expect(ask(plan, 0).tombstone.prefix).toBe('app/');
    expect(plan.due(749)).toBeUndefined();
    const again = ask(plan, 750);
    expect(again.attempts).toBe(1);
    plan.failed(again, 750);
    expect(plan.due(750 + 1_499)).toBeUndefined();
    expect(ask(plan, 750 + 1_500).tombstone.prefix).toBe('web/');
    expect(plan.counts().failing).toEqual(['web/']);
  });

  it('that the node did not give are asked for again as if they never were', () => {
    const plan = planWith(['web/', 50]);
    plan.withdrawn(ask(plan, 0));
    expect(ask(plan, 0).attempts).toBe(0);
  });
});

describe('a tombstone', () => {
  it('is asked for once more before its grace ends, and the barrier does not wait for that', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('web/', 50), { barrier: true, remindAtMs: 1_000_000 }, 0);
    plan.acknowledged(ask(plan, 0), true, 0);
    expect(plan.due(999_999)).toBeUndefined();
    const reminder = ask(plan, 1_000_000);
    expect(plan.drainedRevision(90, 1_000_000)).toBe(90);
    plan.acknowledged(reminder, true, 1_000_000);
    expect(plan.counts()).toMatchObject({ heldAgain: 1, pending: 0 });
    expect(plan.nextTimeMs()).toBe(Infinity);
  });

  it('with a short grace is not asked for twice', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('web/', 50), { barrier: true, remindAtMs: -5 }, 0);
    plan.acknowledged(ask(plan, 0), true, 0);
    expect(plan.drainedRevision(90, 300_000)).toBe(90);
    expect(plan.due(10_000_000)).toBeUndefined();
  });

  it('that is listed again changes nothing, and one of a stream that has changed begins anew', () => {
    const plan = planWith(['web/', 50]);
    plan.acknowledged(ask(plan, 0), true, 0);
    plan.require({ ...tombstoneOf('web/', 50), floorRevision: 8 }, BARRIER, 1);
    expect(plan.due(1)).toBeUndefined();
    plan.require(tombstoneOf('web/', 70), BARRIER, 2);
    expect(ask(plan, 2).tombstone.streamRevision).toBe(70);
  });

  it('of a life that is over is dropped, and not that of the next one', () => {
    const plan = planWith(['web/', 50]);
    plan.release('web/', 6);
    expect(plan.counts().pending).toBe(1);
    plan.release('web/', 7);
    expect(plan.counts().pending).toBe(0);
  });

  it('that expires is missed and asked for no more', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('web/', 50), { barrier: false, expiresMs: 100 }, 0);
    plan.failed(ask(plan, 0), 0);
    expect(plan.nextTimeMs()).toBe(100);
    expect(plan.due(100_000)).toBeUndefined();
    expect(plan.counts()).toMatchObject({ missed: 1, pending: 0 });
  });

  it('that a listing does not hold is gone', () => {
    const plan = planWith(['web/', 50], ['app/', 60]);
    plan.beginListing();
    plan.require(tombstoneOf('app/', 60), BARRIER, 0);
    plan.endListing();
    expect(plan.counts().pending).toBe(1);
    expect(plan.drainedRevision(90, 0)).toBe(59);
  });
});

describe('a full plan (F5)', () => {
  it('holds the drained revision below what did not fit, until that was listed again', () => {
    const plan = planWith(['a/', 50], ['b/', 51], ['c/', 52]);
    expect(plan.counts().pending).toBe(2);
    for (let due = plan.due(0); due !== undefined; due = plan.due(0)) plan.acknowledged(due, true, 0);
    expect(plan.drainedRevision(90, 300_000)).toBe(51);
    expect(plan.wantsListing).toBe(true);
    plan.beginListing();
    for (const [prefix, revision] of [
      ['a/', 50],
      ['b/', 51],
      ['c/', 52],
    ] as const) {
      plan.require(tombstoneOf(prefix, revision), BARRIER, 300_000);
      expect(plan.drainedRevision(90, 300_000)).toBeLessThan(52);
    }
    plan.endListing();
    expect(plan.wantsListing).toBe(false);
    expect(plan.drainedRevision(90, 300_000)).toBe(51);
    plan.acknowledged(ask(plan, 300_000), true, 300_000);
    expect(plan.drainedRevision(90, 600_000)).toBe(90);
  });

  it('holds it down for what a listing itself has no room for, while it goes on and after it', () => {
    const plan = planWith();
    plan.beginListing();
    plan.require(tombstoneOf('c/', 52), BARRIER, 0);
    plan.require(tombstoneOf('d/', 53), BARRIER, 0);
    plan.require(tombstoneOf('a/', 40), BARRIER, 0); // Does not fit.
    expect(plan.drainedRevision(90, 0)).toBe(39);
    plan.endListing();
    for (let due = plan.due(0); due !== undefined; due = plan.due(0)) plan.acknowledged(due, true, 0);
    expect(plan.drainedRevision(90, 300_000)).toBe(39);
    expect(plan.wantsListing).toBe(true);
  });
});

describe('a call that was let through late', () => {
  it('is wanted until its tombstone expires, is replaced, or is released, and counts as missed once', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('a/', 50), { barrier: false, expiresMs: 1_000 }, 0);
    const first = ask(plan, 0);
    expect([plan.isWanted(first, 999), plan.isWanted(first, 1_000)]).toEqual([true, false]);
    plan.missed(first);
    plan.missed(first);
    expect(plan.counts()).toMatchObject({ pending: 0, missed: 1 });
    plan.require(tombstoneOf('a/', 60), { barrier: false }, 0);
    const second = ask(plan, 0);
    plan.require(tombstoneOf('a/', 70), { barrier: false }, 0);
    expect(plan.isWanted(second, 0)).toBe(false);
  });
});
