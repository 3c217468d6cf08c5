/** The planner, rule by rule. */
import { describe, expect, it } from 'vitest';
import { ForgetPlan, type Ask } from '../../src/parseable/forget-plan.js';
import { tombstoneOf } from './support.js';

const DEADLINE_MS = 300_000;
const AGAIN_MS = 30_000;
const OPTIONS = {
  uploadDeadlineMs: DEADLINE_MS,
  backoff: { initialMs: 1_000, maxMs: 60_000 },
  tombstonesMax: 2,
};
const fixed = { next: () => 0.5 };
const DRAIN = { kind: 'drain' } as const;
const STALE = { kind: 'stale' } as const;

function planWith(...tombstones: readonly [prefix: string, drainRevision: number][]): ForgetPlan {
  const plan = new ForgetPlan(OPTIONS, fixed);
  for (const [prefix, drainRevision] of tombstones)
    plan.require(tombstoneOf(prefix, drainRevision), DRAIN, 0);
  return plan;
}

function ask(plan: ForgetPlan, nowMs: number): Ask {
  const due = plan.due(nowMs);
  expect(due).toBeDefined();
  return due!;
}

/** Asked and answered in one moment. */
function answer(plan: ForgetPlan, nowMs: number, held: boolean): Ask {
  const asked = ask(plan, nowMs);
  plan.sent(asked);
  plan.acknowledged(asked, held, { askedMs: nowMs, answeredMs: nowMs, wallMs: 1_000_000 + nowMs });
  return asked;
}

/** Asked whenever it is due, and held by nobody, up to and including `untilMs`. */
function stayQuiet(plan: ForgetPlan, untilMs: number): number {
  let asks = 0;
  for (let atMs = plan.nextTimeMs(); atMs <= untilMs; atMs = plan.nextTimeMs()) {
    answer(plan, atMs, false);
    asks += 1;
  }
  return asks;
}

const drained = (plan: ForgetPlan): number | undefined => plan.report(90, 0)?.drainedRevision;

describe('a stream that drains (F1)', () => {
  it('has drained when the node was asked one upload deadline after it had let go, and did not hold it', () => {
    const plan = planWith(['web/', 50]);
    expect(drained(plan)).toBe(49);
    answer(plan, 10, true);
    expect(plan.counts()).toMatchObject({ pending: 0, settling: 1, takenUp: 0, heldAgain: 0 });
    expect(stayQuiet(plan, DEADLINE_MS + 9)).toBe(9);
    expect(drained(plan)).toBe(49);
    expect(plan.nextTimeMs()).toBe(DEADLINE_MS + 10);
    answer(plan, DEADLINE_MS + 10, false);
    expect(drained(plan)).toBe(90);
    expect(plan.nextTimeMs()).toBe(Infinity);
  });

  it('is asked about each half minute, or each quarter of a deadline that is short', () => {
    const plan = planWith(['web/', 50]);
    answer(plan, 0, false);
    expect(plan.nextTimeMs()).toBe(AGAIN_MS);
    expect(plan.due(AGAIN_MS - 1)).toBeUndefined();
    const short = new ForgetPlan({ ...OPTIONS, uploadDeadlineMs: 1_000 }, fixed);
    short.require(tombstoneOf('web/', 50), DRAIN, 0);
    answer(short, 0, false);
    expect(short.nextTimeMs()).toBe(250);
  });

  it('has not drained by a request that left before the deadline was over, whenever it was answered', () => {
    const plan = planWith(['web/', 50]);
    answer(plan, 0, true);
    stayQuiet(plan, DEADLINE_MS - 1);
    const late = ask(plan, DEADLINE_MS);
    plan.sent(late);
    plan.acknowledged(late, false, { askedMs: DEADLINE_MS - 1, answeredMs: DEADLINE_MS + 5_000, wallMs: 0 });
    expect(drained(plan)).toBe(49);
    answer(plan, DEADLINE_MS + 5_000, false);
    expect(drained(plan)).toBe(90);
  });

  it('that the node holds again is named with the time, and its deadline begins anew', () => {
    const plan = planWith(['web/', 50], ['app/', 60]);
    answer(plan, 0, true);
    answer(plan, 0, true);
    const first = answer(plan, AGAIN_MS, true);
    expect(first.tombstone.prefix).toBe('web/');
    expect(plan.counts()).toMatchObject({ settling: 2, takenUp: 1, heldAgain: 1 });
    const name = { incarnation: 7, lastSeenTimeMs: 1_000_000 + AGAIN_MS };
    expect(plan.report(90, 0)).toEqual({ drainedRevision: 59, takenUp: [name] });
    stayQuiet(plan, DEADLINE_MS);
    expect(plan.report(90, 59)).toEqual({ drainedRevision: 90, takenUp: [name] });
    stayQuiet(plan, DEADLINE_MS + AGAIN_MS - 1);
    expect(plan.report(90, 90)).toEqual({ drainedRevision: 90, takenUp: [name] });
    answer(plan, DEADLINE_MS + AGAIN_MS, false);
    expect(plan.report(90, 90)).toEqual({ drainedRevision: 90, takenUp: [] });
  });

  it('begins its deadline anew after an answer that was lost: it may have hidden that it was held again', () => {
    const plan = planWith(['web/', 50]);
    answer(plan, 0, true);
    const lost = ask(plan, AGAIN_MS);
    plan.sent(lost);
    plan.withdrawn(lost, AGAIN_MS);
    expect(plan.counts()).toMatchObject({ pending: 1, settling: 0 });
    answer(plan, AGAIN_MS + 5_000, false);
    stayQuiet(plan, DEADLINE_MS + AGAIN_MS + 4_999);
    expect(drained(plan)).toBe(49);
    answer(plan, DEADLINE_MS + AGAIN_MS + 5_000, false);
    expect(drained(plan)).toBe(90);
  });

  it('that was held when its first answer was lost was not taken up again', () => {
    const plan = planWith(['web/', 50]);
    const lost = ask(plan, 0);
    plan.sent(lost);
    plan.failed(lost, 0);
    answer(plan, 1_000, true);
    expect(plan.counts()).toMatchObject({ takenUp: 0, heldAgain: 0, settling: 1 });
  });

  it('keeps its deadline when the node could not even be asked', () => {
    const plan = planWith(['web/', 50]);
    answer(plan, 0, true);
    plan.withdrawn(ask(plan, DEADLINE_MS), DEADLINE_MS);
    answer(plan, DEADLINE_MS + 1, false);
    expect(drained(plan)).toBe(90);
  });
});

describe('answers', () => {
  it('to an older tombstone do not settle a newer one (F3)', () => {
    const plan = planWith(['web/', 50]);
    const old = ask(plan, 0);
    plan.release('web/');
    plan.require(tombstoneOf('web/', 70, 60), DRAIN, 5);
    plan.acknowledged(old, true, { askedMs: 0, answeredMs: 6, wallMs: 6 });
    expect(plan.counts()).toMatchObject({ pending: 1, settling: 0 });
    answer(plan, 10, true);
    expect(plan.counts()).toMatchObject({ pending: 0, settling: 1 });
  });

  it('that failed are asked for again after a growing while, and hold up nothing else (F4)', () => {
    const plan = planWith(['web/', 50], ['app/', 60]);
    plan.failed(ask(plan, 0), 0);
    expect(ask(plan, 0).tombstone.prefix).toBe('app/');
    expect(plan.due(749)).toBeUndefined();
    const again = ask(plan, 750);
    expect(again.attempts).toBe(1);
    plan.failed(again, 750);
    expect(plan.due(750 + 1_499)).toBeUndefined();
    expect(plan.counts().failing).toEqual(['web/']);
    expect(answer(plan, 750 + 1_500, true).tombstone.prefix).toBe('web/');
    expect(plan.hasFailing).toBe(false);
  });

  it('that the node did not give are asked for again as if they never were', () => {
    const plan = planWith(['web/', 50]);
    plan.withdrawn(ask(plan, 0), 0);
    expect(ask(plan, 0).attempts).toBe(0);
  });
});

describe('a tombstone', () => {
  it('that is listed again changes nothing, and that of the next life begins anew', () => {
    const plan = planWith(['web/', 50]);
    answer(plan, 0, true);
    plan.require(tombstoneOf('web/', 50), DRAIN, 1);
    expect(plan.due(1)).toBeUndefined();
    plan.require(tombstoneOf('web/', 70, 60), DRAIN, 2);
    expect(ask(plan, 2).tombstone.incarnation).toBe(60);
  });

  it('of a life that is over is dropped, and not that of the next one', () => {
    const plan = planWith(['web/', 50]);
    plan.release('web/', 6);
    expect(plan.counts().pending).toBe(1);
    plan.release('web/', 7, 'stale');
    expect(plan.counts().pending).toBe(1);
    plan.release('web/', 7);
    expect(plan.counts().pending).toBe(0);
    expect(plan.nextTimeMs()).toBe(Infinity);
    expect(drained(plan)).toBe(90);
  });

  it('that a listing does not hold is gone, unless it is stale, of which no listing knows', () => {
    const plan = new ForgetPlan({ ...OPTIONS, tombstonesMax: 3 }, fixed);
    plan.require(tombstoneOf('web/', 50), DRAIN, 0);
    plan.require(tombstoneOf('app/', 60), DRAIN, 0);
    plan.require(tombstoneOf('old/', 40), STALE, 0);
    plan.beginListing();
    plan.require(tombstoneOf('app/', 60), DRAIN, 0);
    plan.endListing();
    expect(plan.counts().pending).toBe(2);
    expect(drained(plan)).toBe(59);
    expect([ask(plan, 0), ask(plan, 0)].map(({ tombstone }) => tombstone.prefix)).toEqual(['app/', 'old/']);
  });
});

describe('a query node', () => {
  const inWindow = (plan: ForgetPlan, expiresMs: number): void =>
    plan.require(tombstoneOf('web/', 50), { kind: 'window', expiresMs }, 0);

  it('is asked within its window, and holds up nothing', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    inWindow(plan, 1_000);
    expect(drained(plan)).toBe(90);
    const first = ask(plan, 0);
    expect(first.kind).toBe('window');
    expect([plan.isWanted(first, 999), plan.isWanted(first, 1_000)]).toEqual([true, false]);
    plan.acknowledged(first, true, { askedMs: 0, answeredMs: 1, wallMs: 0 });
    expect(plan.counts()).toMatchObject({ pending: 0, settling: 0, missed: 0 });
  });

  it('that was not reached in its window is missed once, and asked for what is stale from then on', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    inWindow(plan, 100);
    plan.failed(ask(plan, 0), 0);
    expect(plan.nextTimeMs()).toBe(100);
    expect(ask(plan, 100).kind).toBe('stale');
    expect(plan.counts()).toMatchObject({ missed: 1, pending: 0 });
  });

  it('whose window ended while the cluster was asked is missed once', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    inWindow(plan, 1_000);
    const first = ask(plan, 0);
    plan.missed(first, 2_000);
    plan.missed(first, 2_000);
    expect(plan.counts()).toMatchObject({ pending: 0, missed: 1 });
    expect(ask(plan, 2_000).kind).toBe('stale');
  });

  it('whose window is listed again, or after a sweep, keeps what it has', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    inWindow(plan, 1_000);
    const first = ask(plan, 0);
    plan.require(tombstoneOf('web/', 50), STALE, 1);
    inWindow(plan, 5_000);
    expect(plan.isWanted(first, 999)).toBe(true);
    plan.require(tombstoneOf('web/', 90, 70), STALE, 2);
    expect(plan.isWanted(first, 999)).toBe(false);
  });
});

describe('a full plan (F5)', () => {
  it('gives no room to what has drained on this node and is listed again while it waits for others', () => {
    const plan = planWith(['a/', 50], ['b/', 51]);
    stayQuiet(plan, DEADLINE_MS);
    plan.require(tombstoneOf('c/', 52), DRAIN, DEADLINE_MS);
    plan.beginListing();
    for (const [prefix, revision] of [
      ['a/', 50],
      ['b/', 51],
      ['c/', 52],
    ] as const) {
      plan.require(tombstoneOf(prefix, revision), DRAIN, DEADLINE_MS);
    }
    plan.endListing();
    expect(plan.counts().pending).toBe(1);
    expect(plan.report(90, 51)).toEqual({ drainedRevision: 51, takenUp: [] });
    // The next life of the name is another matter, and so is this one once it was released.
    plan.require(tombstoneOf('a/', 80, 70), DRAIN, DEADLINE_MS);
    expect(plan.counts().pending).toBe(2);
    plan.release('a/');
    plan.release('b/', 7);
    plan.require(tombstoneOf('b/', 51), DRAIN, DEADLINE_MS);
    expect(plan.counts().pending).toBe(2);
  });

  it('holds the drained revision below what did not fit, until that was listed again', () => {
    const plan = planWith(['a/', 50], ['b/', 51], ['c/', 52]);
    expect(plan.counts().pending).toBe(2);
    stayQuiet(plan, DEADLINE_MS);
    expect(plan.counts()).toMatchObject({ pending: 0, settling: 0 });
    expect(drained(plan)).toBe(51);
    expect(plan.wantsListing).toBe(true);
    plan.beginListing();
    plan.require(tombstoneOf('c/', 52), DRAIN, DEADLINE_MS);
    expect(drained(plan)).toBe(51);
    plan.endListing();
    expect(plan.wantsListing).toBe(false);
    expect(drained(plan)).toBe(51);
    stayQuiet(plan, 2 * DEADLINE_MS);
    expect(drained(plan)).toBe(90);
  });

  it('holds it down for what a listing itself has no room for, meanwhile and afterwards', () => {
    const plan = planWith();
    plan.beginListing();
    plan.require(tombstoneOf('c/', 52), DRAIN, 0);
    plan.require(tombstoneOf('d/', 53), DRAIN, 0);
    plan.require(tombstoneOf('a/', 40), DRAIN, 0); // Does not fit.
    expect(drained(plan)).toBe(39);
    plan.endListing();
    stayQuiet(plan, DEADLINE_MS);
    expect(drained(plan)).toBe(39);
    expect(plan.wantsListing).toBe(true);
  });

  it('lets the last report stand while what did not fit lies below what an earlier run reported (F6)', () => {
    const plan = planWith(['a/', 50], ['b/', 51], ['c/', 52]);
    expect(plan.report(90, 51)?.takenUp).toHaveLength(2);
    expect(plan.report(90, 52)).toBeUndefined();
  });

  it('drops something stale for a stream that drains, and nothing for something stale', () => {
    const plan = new ForgetPlan(OPTIONS, fixed);
    plan.require(tombstoneOf('old/', 10), STALE, 0);
    plan.require(tombstoneOf('a/', 50), DRAIN, 0);
    plan.require(tombstoneOf('older/', 9), STALE, 0);
    expect(plan.counts()).toMatchObject({ pending: 2, missed: 1 });
    plan.require(tombstoneOf('b/', 51), DRAIN, 0);
    expect(plan.counts()).toMatchObject({ pending: 2, missed: 2 });
    expect([ask(plan, 0), ask(plan, 0)].map(({ tombstone }) => tombstone.prefix)).toEqual(['a/', 'b/']);
    expect(drained(plan)).toBe(49);
  });
});
