/**
 * The planner against a model that keeps every fact: whatever happens, in whatever order, nothing is reported
 * as drained that is not (F1 to F3), nothing is asked before its time (F4), and all of it drains in the end (F5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForgetPlan, type Ask } from '../../src/parseable/forget-plan.js';
import { seededRandom } from '../support/virtual-clock.js';
import { tombstoneOf } from './support.js';

const DEADLINE_MS = 1_000;
const BACKOFF = { initialMs: 10, maxMs: 100 };
const TOMBSTONES_MAX = 4;

/** What the model knows of one tombstone that purges wait for. */
interface Fact {
  readonly prefix: string;
  readonly revision: number;
  acknowledgedMs: number | undefined;
}

type Step =
  | { readonly kind: 'delete' | 'undelete' | 'purge' | 'purged'; readonly stream: number }
  | { readonly kind: 'ask' | 'acknowledge' | 'fail' | 'withdraw' | 'relist' }
  | { readonly kind: 'pass'; readonly ms: number };

const stream = fc.integer({ min: 0, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), stream }) },
  fc.record({ kind: fc.constantFrom('undelete' as const, 'purge' as const, 'purged' as const), stream }),
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'ask' as const,
        'ask' as const,
        'acknowledge' as const,
        'acknowledge' as const,
        'fail' as const,
        'withdraw' as const,
        'relist' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  },
);

/** A catalog of seven names, one node's plan, and everything that is true about them. */
class World {
  readonly plan = new ForgetPlan(
    { uploadDeadlineMs: DEADLINE_MS, backoff: BACKOFF, tombstonesMax: TOMBSTONES_MAX },
    seededRandom(1),
  );
  readonly facts = new Map<string, Fact>();
  readonly purging = new Map<string, number>();
  readonly nextTryMs = new Map<Ask['tombstone'], number>();
  readonly asks: Ask[] = [];
  nowMs = 0;
  revision = 100;

  take(each: Step): void {
    switch (each.kind) {
      case 'delete': {
        const prefix = `s${each.stream}/`;
        if (this.facts.has(prefix) || this.purging.has(prefix)) return;
        this.revision += 1;
        this.facts.set(prefix, { prefix, revision: this.revision, acknowledgedMs: undefined });
        this.plan.require(tombstoneOf(prefix, this.revision), this.requirement(), this.nowMs);
        return;
      }
      case 'undelete': {
        const prefix = `s${each.stream}/`;
        if (!this.facts.delete(prefix)) return;
        this.revision += 1;
        this.plan.release(prefix);
        return;
      }
      case 'purge': {
        const prefix = `s${each.stream}/`;
        // The cluster would wait (P3); an expired session does not.
        if (!this.facts.delete(prefix)) return;
        this.revision += 1;
        this.purging.set(prefix, this.revision);
        this.plan.require(tombstoneOf(prefix, this.revision), { barrier: false }, this.nowMs);
        return;
      }
      case 'purged': {
        const prefix = `s${each.stream}/`;
        if (!this.purging.delete(prefix)) return;
        this.revision += 1;
        this.plan.release(prefix, 7);
        return;
      }
      case 'ask': {
        const ask = this.plan.due(this.nowMs);
        if (ask === undefined) return;
        expect(this.nextTryMs.get(ask.tombstone) ?? 0).toBeLessThanOrEqual(this.nowMs); // F4
        this.asks.push(ask);
        return;
      }
      case 'acknowledge': {
        const ask = this.asks.shift();
        if (ask !== undefined) this.acknowledge(ask);
        return;
      }
      case 'fail': {
        const ask = this.asks.shift();
        if (ask === undefined) return;
        this.plan.failed(ask, this.nowMs);
        this.nextTryMs.set(ask.tombstone, this.nowMs + BACKOFF.initialMs / 2);
        return;
      }
      case 'withdraw': {
        const ask = this.asks.shift();
        if (ask !== undefined) this.plan.withdrawn(ask);
        return;
      }
      case 'relist':
        this.relist();
        return;
      case 'pass':
        this.nowMs += each.ms;
    }
  }

  acknowledge(ask: Ask): void {
    this.plan.acknowledged(ask, true, this.nowMs);
    const fact = this.facts.get(ask.tombstone.prefix);
    // An answer to an older tombstone of the same name says nothing about this one (F3).
    if (fact !== undefined && ask.tombstone.streamRevision === fact.revision)
      fact.acknowledgedMs ??= this.nowMs;
  }

  relist(): void {
    this.plan.beginListing();
    for (const { prefix, revision } of this.facts.values()) {
      this.plan.require(
        { ...tombstoneOf(prefix, revision), floorRevision: 8 },
        this.requirement(),
        this.nowMs,
      );
    }
    for (const [prefix, revision] of this.purging) {
      this.plan.require(tombstoneOf(prefix, revision), { barrier: false }, this.nowMs);
    }
    this.plan.endListing();
  }

  requirement() {
    return { barrier: true, remindAtMs: this.nowMs + 5_000 };
  }

  check(): void {
    const drained = this.plan.drainedRevision(this.revision, this.nowMs);
    expect(drained).toBeLessThanOrEqual(this.revision); // F2
    for (const { revision, acknowledgedMs } of this.facts.values()) {
      if (revision > drained) continue;
      expect(acknowledgedMs).toBeDefined(); // F2
      expect(this.nowMs - acknowledgedMs!).toBeGreaterThanOrEqual(DEADLINE_MS); // F1
    }
    const { pending, settling } = this.plan.counts();
    expect(pending + settling).toBeLessThanOrEqual(TOMBSTONES_MAX); // F5
  }
}

describe('the plan of a node', () => {
  it('never reports as drained what is not, and drains in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new World();
        for (const each of steps) {
          world.take(each);
          world.check();
        }
        // The node answers from now on, nothing more happens, and what did not fit is listed again.
        for (const ask of world.asks) world.plan.withdrawn(ask);
        for (let turn = 0; turn < 40; turn++) {
          for (let ask = world.plan.due(world.nowMs); ask !== undefined; ask = world.plan.due(world.nowMs)) {
            world.acknowledge(ask);
          }
          world.nowMs += 500;
          world.check();
          if (world.plan.wantsListing) world.relist();
        }
        expect(world.plan.drainedRevision(world.revision, world.nowMs)).toBe(world.revision);
        expect(world.plan.counts()).toMatchObject({ pending: 0, settling: 0 });
      }),
      { numRuns: 400 },
    );
  });
});
