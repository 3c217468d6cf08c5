/**
 * The planner against a model that keeps every fact: a node that takes streams up at any time, requests that are lost on
 * either way, a helper that starts again, a plan that is too small. Whatever happens, in whatever order, the leader
 * never takes a stream for drained that is not (F1 to F3, F6), nothing is asked before its time (F4), and all of it
 * drains once clients are quiet (F5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForgetPlan, type Ask } from '../../src/parseable/forget-plan.js';
import { seededRandom } from '../support/virtual-clock.js';
import { tombstoneOf } from './support.js';

const DEADLINE_MS = 1_000;
const AGAIN_MS = DEADLINE_MS / 4;
const BACKOFF = { initialMs: 10, maxMs: 100 };
const TOMBSTONES_MAX = 4;
const DRAIN = { kind: 'drain' } as const;

/** One stream that drains, as the node and its uploads really are. */
interface Fact {
  readonly prefix: string;
  readonly incarnation: number;
  readonly drainRevision: number;
  isHeld: boolean;
  /** An upload may land for one deadline from here on. */
  heldUntilMs: number;
  /** A request found that nothing could land any more: what happens later is not this barrier's. */
  hasDrained: boolean;
}

/** A request under way. */
interface Request {
  readonly ask: Ask;
  readonly sentMs: number;
  /** What the node answered; undefined: it has not seen the request. */
  held: boolean | undefined;
}

const STREAM_STEPS = ['drain', 'takeUp', 'purge', 'purged', 'swept'] as const;
const OTHER_STEPS = ['ask', 'execute', 'answer', 'lose', 'fail', 'withdraw', 'relist', 'restart'] as const;

type Step =
  | { readonly kind: (typeof STREAM_STEPS)[number]; readonly stream: number }
  | { readonly kind: (typeof OTHER_STEPS)[number] }
  | { readonly kind: 'pass'; readonly ms: number };

const stream = fc.integer({ min: 0, max: 6 });
const streamStep = (kind: (typeof STREAM_STEPS)[number]): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constant(kind), stream });
const otherStep = (kind: (typeof OTHER_STEPS)[number]): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constant(kind) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: streamStep('drain') },
  { weight: 4, arbitrary: streamStep('takeUp') },
  ...(['purge', 'purged', 'swept'] as const).map((kind) => ({ weight: 1, arbitrary: streamStep(kind) })),
  { weight: 10, arbitrary: otherStep('ask') },
  { weight: 10, arbitrary: otherStep('execute') },
  { weight: 10, arbitrary: otherStep('answer') },
  ...(['lose', 'fail', 'withdraw', 'relist'] as const).map((kind) => ({
    weight: 2,
    arbitrary: otherStep(kind),
  })),
  { weight: 1, arbitrary: otherStep('restart') },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 600 }) }),
  },
);

/** A catalog of seven names, one node with its session, and everything that is true about them. */
class World {
  plan = this.#newPlan();
  readonly facts = new Map<string, Fact>();
  readonly purging = new Map<string, Fact>();
  readonly purged = new Map<string, Fact>();
  requests: Request[] = [];
  /** When a stream that failed, or was answered, may be asked about again. */
  readonly notBeforeMs = new Map<string, number>();
  /** What the leader has of the session. */
  reportedRevision = 0;
  named: readonly number[] = [];
  nowMs = 0;
  revision = 100;

  #newPlan(): ForgetPlan {
    const options = { uploadDeadlineMs: DEADLINE_MS, backoff: BACKOFF, tombstonesMax: TOMBSTONES_MAX };
    return new ForgetPlan(options, seededRandom(1));
  }

  take(each: Step): void {
    switch (each.kind) {
      case 'pass':
        this.nowMs += each.ms;
        return;
      case 'ask':
        this.ask();
        return;
      case 'execute': {
        const request = this.requests.find(({ held }) => held === undefined);
        if (request !== undefined) this.execute(request);
        return;
      }
      case 'answer': {
        const request = this.requests.find(({ held }) => held !== undefined);
        if (request !== undefined) this.answer(request);
        return;
      }
      case 'lose':
      case 'fail': {
        const request = this.requests.shift();
        if (request === undefined) return;
        const { ask } = request;
        if (each.kind === 'lose') this.plan.withdrawn(ask, this.nowMs);
        else {
          this.plan.failed(ask, this.nowMs);
          this.notBeforeMs.set(ask.tombstone.prefix, this.nowMs + BACKOFF.initialMs / 2);
        }
        return;
      }
      case 'withdraw': {
        // Nothing has left yet: the node was found to be down first.
        const ask = this.plan.due(this.nowMs);
        if (ask !== undefined) this.plan.withdrawn(ask, this.nowMs);
        return;
      }
      case 'relist':
        this.relist();
        return;
      case 'restart':
        this.plan = this.#newPlan();
        this.requests = [];
        this.notBeforeMs.clear();
        this.relist();
        return;
      default:
        this.#move(each.kind, `s${each.stream}/`);
    }
  }

  #move(kind: (typeof STREAM_STEPS)[number], prefix: string): void {
    const draining = this.facts.get(prefix);
    switch (kind) {
      case 'drain': {
        if (draining !== undefined || this.purging.has(prefix)) return;
        this.purged.delete(prefix);
        this.revision += 3;
        const fact: Fact = {
          prefix,
          incarnation: this.revision - 2,
          drainRevision: this.revision,
          isHeld: this.revision % 2 === 0,
          heldUntilMs: this.nowMs,
          hasDrained: false,
        };
        this.facts.set(prefix, fact);
        this.notBeforeMs.delete(prefix);
        this.plan.require(tombstoneOfFact(fact), DRAIN, this.nowMs);
        return;
      }
      case 'takeUp':
        if (draining !== undefined) draining.isHeld = true;
        return;
      case 'purge':
        // The cluster would wait (P3); an expired session does not.
        if (draining === undefined) return;
        this.facts.delete(prefix);
        this.purging.set(prefix, draining);
        this.revision += 1;
        this.plan.release(prefix);
        return;
      case 'purged': {
        const fact = this.purging.get(prefix);
        if (fact === undefined) return;
        this.purging.delete(prefix);
        this.purged.set(prefix, fact);
        this.revision += 1;
        this.plan.release(prefix, fact.incarnation, 'drain');
        return;
      }
      case 'swept': {
        const fact = this.purged.get(prefix);
        if (fact === undefined) return;
        this.revision += 1;
        this.plan.require(tombstoneOfFact(fact), { kind: 'stale' }, this.nowMs);
      }
    }
  }

  ask(): boolean {
    const ask = this.plan.due(this.nowMs);
    if (ask === undefined) return false;
    const { prefix } = ask.tombstone;
    if (ask.kind === 'drain') expect(this.notBeforeMs.get(prefix) ?? 0).toBeLessThanOrEqual(this.nowMs); // F4
    this.plan.sent(ask);
    this.requests.push({ ask, sentMs: this.nowMs, held: undefined });
    return true;
  }

  /** The node does what it was asked for. */
  execute(request: Request): void {
    request.held = false;
    const fact = this.facts.get(request.ask.tombstone.prefix);
    if (fact === undefined) return;
    if (fact.isHeld) {
      request.held = true;
      fact.isHeld = false;
      fact.heldUntilMs = this.nowMs;
    } else if (this.nowMs - fact.heldUntilMs >= DEADLINE_MS) fact.hasDrained = true;
  }

  answer(request: Request): void {
    this.requests = this.requests.filter((other) => other !== request);
    const times = { askedMs: request.sentMs, answeredMs: this.nowMs, wallMs: this.nowMs + 1 };
    this.plan.acknowledged(request.ask, request.held === true, times);
  }

  relist(): void {
    this.plan.beginListing();
    for (const fact of this.facts.values()) this.plan.require(tombstoneOfFact(fact), DRAIN, this.nowMs);
    this.plan.endListing();
  }

  check(): void {
    const { pending, settling } = this.plan.counts();
    expect(pending + settling).toBeLessThanOrEqual(TOMBSTONES_MAX); // F5
    const report = this.plan.report(this.revision, this.reportedRevision);
    if (report !== undefined) {
      expect(report.drainedRevision).toBeLessThanOrEqual(this.revision); // F2
      this.reportedRevision = Math.max(this.reportedRevision, report.drainedRevision);
      this.named = report.takenUp.map(({ incarnation }) => incarnation);
      expect(new Set(this.named).size).toBe(this.named.length);
    }
    for (const { incarnation, drainRevision, hasDrained } of this.facts.values()) {
      const mayBePurged = drainRevision <= this.reportedRevision && !this.named.includes(incarnation);
      if (mayBePurged) expect(hasDrained).toBe(true); // F1, F2, F6
    }
  }
}

const tombstoneOfFact = ({ prefix, drainRevision, incarnation }: Fact) =>
  tombstoneOf(prefix, drainRevision, incarnation);

describe('the plan of a node', () => {
  it('never reports as drained what is not, and drains in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const world = new World();
        for (const each of steps) {
          world.take(each);
          world.check();
        }
        // From now on the node answers, clients are quiet, and what did not fit is listed again.
        for (const { ask } of world.requests) world.plan.withdrawn(ask, world.nowMs);
        world.requests = [];
        world.notBeforeMs.clear();
        for (let turn = 0; turn < 40; turn++) {
          while (world.ask()) {
            const [request] = world.requests;
            world.execute(request!);
            world.answer(request!);
            world.check();
          }
          world.nowMs += AGAIN_MS;
          world.check();
          if (world.plan.wantsListing) world.relist();
        }
        const report = world.plan.report(world.revision, world.reportedRevision);
        expect(report).toEqual({ drainedRevision: world.revision, takenUp: [] });
        expect(world.plan.counts()).toMatchObject({ pending: 0, settling: 0 });
      }),
      { numRuns: 400 },
    );
  });
});
