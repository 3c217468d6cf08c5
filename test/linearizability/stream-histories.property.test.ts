/**
 * The checker against the real catalog: random commands applied one after the other, shown as calls that
 * overlap, some repeated under their request id, some without an answer. All of that must be accepted; one
 * answer made wrong must be rejected. Whatever the checker's model and the catalog see differently fails here.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../src/catalog/types.js';
import { readStream, readStreamByIncarnation } from '../../src/catalog/queries.js';
import { create, markDeleted, markPurged, TestCatalog, undelete } from '../catalog/support/memory-catalog.js';
import {
  checkLinearizable,
  checkStreamHistory,
  streamModel,
  streamOperations,
  type StreamCall,
  type StreamCallOutcome,
  type StreamInput,
} from '../support/linearizability/index.js';
import { isLinearizableByDefinition } from './brute-force.js';

const NAME = 'orders';
const REQUEST = '00000000-0000-4000-8000-';
/** Between two steps, in the positions of the history. */
const STEP = 10;

interface Action {
  readonly kind: 'create' | 'get' | 'delete' | 'undelete' | 'purge';
  /** Which of the lives so far the call names; 0: none by its incarnation. */
  readonly life: number;
  readonly withCondition: boolean;
  readonly allowMissing: boolean;
  readonly ownPrefix: boolean;
  readonly early: number;
  readonly late: number;
  /** How many steps later the call is repeated; 0: not at all. */
  readonly repeatedAfter: number;
  readonly isUnknown: boolean;
}

const rarely = fc.integer({ min: 0, max: 5 }).map((die) => die === 0);
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('create', 'get', 'get', 'delete', 'undelete', 'purge'),
  life: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 4 })),
  withCondition: rarely,
  allowMissing: rarely,
  ownPrefix: rarely,
  early: fc.integer({ min: 0, max: 3 * STEP }),
  late: fc.integer({ min: 0, max: 3 * STEP }),
  repeatedAfter: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 4 })),
  isUnknown: rarely,
});

/** Runs the actions in order on the real catalog, and records what a client of each would have seen. */
function record(actions: readonly Action[], withUnknown: boolean): StreamCall[] {
  const catalog = new TestCatalog();
  const incarnations: number[] = [];
  const calls: StreamCall[] = [];
  const repetitions: { readonly atStep: number; readonly run: () => void }[] = [];
  actions.forEach((each, step) => {
    for (const { atStep, run } of repetitions) if (atStep === step) run();
    catalog.nowMs += 1;
    if (each.kind === 'purge') {
      const incarnation = incarnations[each.life] ?? 0;
      const drain = catalog.apply({ kind: 'beginDrain', incarnation });
      if (!drain.ok || drain.changed) return;
      const { drainRevision = 0 } = readStreamByIncarnation(catalog.store, incarnation) ?? {};
      const begun = catalog.apply({ kind: 'beginPurge', incarnation, drainRevision });
      if (begun.ok && !begun.changed) catalog.apply(markPurged(incarnation));
      return;
    }
    const at = (step + 1) * STEP;
    const incarnation = each.life === 0 ? 0 : (incarnations[incarnations.length - each.life] ?? 0);
    const named = incarnation === 0 ? {} : { incarnation };
    const found = readStream(catalog.store, { tenant: '', name: NAME, incarnation });
    // One short of what it is, or what it is.
    const ifRevision = each.withCondition && found.ok ? found.stream.revision - (each.life % 2) : 0;
    const condition = ifRevision === 0 ? {} : { ifRevision };
    const base = { client: `c${step}`, tenant: '', name: NAME, callAt: at - each.early };
    const answered = (input: StreamInput, outcome: StreamCallOutcome, endAt: number): void => {
      const isUnknown = withUnknown && each.isUnknown && input.kind !== 'get';
      calls.push({
        ...base,
        input,
        outcome: isUnknown ? { kind: 'unknown' } : outcome,
        returnAt: endAt + each.late,
      });
    };
    if (each.kind === 'get') {
      const outcome: StreamCallOutcome = found.ok
        ? shownAs(found.stream)
        : { kind: 'refused', reason: found.refusal.reason };
      answered({ kind: 'get', ...named }, outcome, at);
      return;
    }
    const prefix = each.ownPrefix ? { prefix: `own/${NAME}/` } : {};
    const allowMissing = each.allowMissing ? { allowMissing: true } : {};
    const [command, input] =
      each.kind === 'create'
        ? [create(NAME, prefix), { kind: 'create' as const, ...prefix }]
        : each.kind === 'delete'
          ? [
              markDeleted(NAME, { ...named, ...condition, ...allowMissing }),
              { kind: 'delete' as const, ...named, ...condition, ...allowMissing },
            ]
          : [
              undelete(NAME, { ...named, ...condition }),
              { kind: 'undelete' as const, ...named, ...condition },
            ];
    const requestId = `${REQUEST}${String(step).padStart(12, '0')}`;
    const first = catalog.apply(command, requestId);
    if (first.ok && each.kind === 'create' && first.stream !== undefined)
      incarnations.push(first.stream.incarnation);
    if (each.repeatedAfter === 0) {
      answered(input, outcomeOf(first), at);
      return;
    }
    const atStep = Math.min(step + each.repeatedAfter, actions.length);
    repetitions.push({
      atStep,
      run: () => {
        answered(input, outcomeOf(catalog.apply(command, requestId)), (atStep + 1) * STEP);
      },
    });
  });
  for (const { atStep, run } of repetitions) if (atStep >= actions.length) run();
  return calls;
}

function shownAs(stream: {
  readonly incarnation: number;
  readonly revision: number;
  readonly state: 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED';
}): StreamCallOutcome {
  const { incarnation, revision, state } = stream;
  return { kind: 'stream', incarnation, revision, state };
}

function outcomeOf(result: CommandResult): StreamCallOutcome {
  if (!result.ok) return { kind: 'refused', reason: result.refusal.reason };
  return result.stream === undefined ? { kind: 'nothing' } : shownAs(result.stream);
}

function violationOf(calls: readonly StreamCall[]): string | undefined {
  const { violations, undecided } = checkStreamHistory(calls);
  expect(undecided).toEqual([]);
  return violations[0]?.counterexample.text;
}

describe('histories of the real catalog', () => {
  const actions = fc.array(action, { minLength: 1, maxLength: 40 });

  it('are accepted, with overlap, repetitions and unknown outcomes', () => {
    fc.assert(
      fc.property(actions, (list) => {
        expect(violationOf(record(list, true))).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it('are rejected with one answer about a life that nobody made', () => {
    let rejected = 0;
    fc.assert(
      fc.property(actions, fc.nat(), (list, which) => {
        const calls = record(list, false);
        const answers = calls.filter(
          ({ input, outcome }) => input.kind !== 'create' && outcome.kind === 'stream',
        );
        const wrong = answers[which % Math.max(1, answers.length)];
        if (wrong?.outcome.kind !== 'stream') return;
        const outcome = { ...wrong.outcome, incarnation: wrong.outcome.incarnation + 1_000 };
        expect(
          violationOf(calls.map((each) => (each === wrong ? { ...each, outcome } : each))),
        ).toBeDefined();
        rejected++;
      }),
      { numRuns: 150 },
    );
    expect(rejected).toBeGreaterThan(10);
  });

  it('are rejected with one read from before a change that had been answered', () => {
    let rejected = 0;
    fc.assert(
      fc.property(actions, fc.nat(), (list, which) => {
        // Short calls: few histories have an answer that must be newer otherwise.
        const short = list.map((each) => ({ ...each, early: each.early >> 2, late: each.late >> 2 }));
        const calls = record(short, true);
        const stale = calls.flatMap((get) => {
          if (get.input.kind !== 'get' || get.input.incarnation !== undefined) return [];
          // A write that returned before this read began, and an older answer about the same name.
          const changes = calls.filter(
            ({ input, outcome, returnAt }) =>
              input.kind !== 'get' && outcome.kind === 'stream' && returnAt < get.callAt,
          );
          return changes.flatMap(({ outcome: newer }) =>
            calls.flatMap(({ outcome }) =>
              outcome.kind === 'stream' &&
              newer.kind === 'stream' &&
              outcome.revision < newer.revision &&
              outcome.incarnation === newer.incarnation
                ? [{ get, outcome }]
                : [],
            ),
          );
        });
        const wrong = stale[which % Math.max(1, stale.length)];
        if (wrong === undefined) return;
        const history = calls.map((each) =>
          each === wrong.get ? { ...each, outcome: wrong.outcome } : each,
        );
        expect(violationOf(history)).toBeDefined();
        rejected++;
      }),
      { numRuns: 400 },
    );
    expect(rejected).toBeGreaterThan(10);
  });

  it('get the verdict of the definition, right or wrong', () => {
    const model = streamModel();
    const seen = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 2, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 3 }),
        (list, swaps) => {
          const calls = record(list, true);
          // Answers exchanged between calls of the same kind: some of these histories stay right.
          const mixed = swaps.reduce((history, swap) => exchange(history, swap), calls);
          const operations = streamOperations(mixed);
          if (operations.length > 7) return;
          const { kind } = checkLinearizable(model, operations);
          seen[kind]++;
          expect(kind).toBe(
            isLinearizableByDefinition(model, operations) ? 'linearizable' : 'not-linearizable',
          );
        },
      ),
      { numRuns: 600 },
    );
    expect(seen.linearizable).toBeGreaterThan(100);
    expect(seen['not-linearizable']).toBeGreaterThan(5);
  });
});

function exchange(calls: StreamCall[], seed: number): StreamCall[] {
  const one = calls[seed % calls.length];
  const other = calls.findLast((each) => each !== one && each.input.kind === one?.input.kind);
  if (one === undefined || other === undefined) return calls;
  return calls.map((each) =>
    each === one
      ? { ...each, outcome: other.outcome }
      : each === other
        ? { ...each, outcome: one.outcome }
        : each,
  );
}
