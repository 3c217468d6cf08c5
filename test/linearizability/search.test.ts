/** The search itself, on a register: verdicts against the definition, limits, counterexamples. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizable, type Model, type Operation } from '../support/linearizability/index.js';
import { isLinearizableByDefinition } from './brute-force.js';

type Input = { readonly kind: 'write'; readonly value: number } | { readonly kind: 'read' };
/** What a read saw; a write answers 0. */
type Output = number;

const register: Model<number, Input, Output> = {
  initial: 0,
  step(state, input, output) {
    if (input.kind === 'write') return [input.value];
    return output === state ? [state] : [];
  },
  isRead: ({ kind }) => kind === 'read',
  key: String,
  describeState: (state) => `value ${state}`,
  describeOperation: (input, output) =>
    input.kind === 'write' ? `write ${input.value}` : `read -> ${output ?? 'unknown'}`,
};

function write(value: number, callAt: number, returnAt: number, client = 'w'): Operation<Input, Output> {
  return { client, input: { kind: 'write', value }, output: 0, callAt, returnAt };
}
function lost(value: number, callAt: number, client = 'w'): Operation<Input, Output> {
  return { client, input: { kind: 'write', value }, output: undefined, callAt, returnAt: callAt };
}
function read(output: number, callAt: number, returnAt: number, client = 'r'): Operation<Input, Output> {
  return { client, input: { kind: 'read' }, output, callAt, returnAt };
}

function verdict(...history: Operation<Input, Output>[]): string {
  return checkLinearizable(register, history).kind;
}

describe('a register', () => {
  it('without operations is linearizable', () => {
    expect(verdict()).toBe('linearizable');
  });

  it.each([
    ['a read after a write', [write(1, 0, 1), read(1, 2, 3)]],
    ['a read that overlaps a write and does not see it', [write(1, 0, 10), read(0, 2, 3)]],
    ['a read that overlaps a write and sees it before it returns', [write(1, 0, 10), read(1, 2, 3)]],
    ['two overlapping writes in either order', [write(1, 0, 10), write(2, 0, 10), read(1, 11, 12)]],
    ['a call at the moment of a return', [write(1, 0, 5), read(0, 5, 6)]],
    ['an unknown write that nobody sees', [lost(1, 0), read(0, 5, 6)]],
    ['an unknown write that is seen', [lost(1, 0), read(1, 5, 6)]],
    ['an unknown write that takes effect long after', [lost(1, 0), read(0, 5, 6), read(1, 7, 8)]],
    [
      'two equal unknown writes, each seen',
      [lost(1, 0), lost(1, 1), read(1, 2, 3), write(2, 4, 5), read(1, 6, 7)],
    ],
  ])('accepts %s', (_, history) => {
    expect(verdict(...history)).toBe('linearizable');
  });

  it.each([
    ['a stale read', [write(1, 0, 1), read(0, 2, 3)]],
    ['a lost write', [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['a value that nobody wrote', [write(1, 0, 10), read(7, 2, 3)]],
    ['a value seen and then unseen', [write(1, 0, 10), read(1, 2, 3), read(0, 4, 5)]],
    ['a value seen before its unknown write was called', [read(1, 0, 1), lost(1, 2)]],
    ['one unknown write that takes effect twice', [lost(1, 0), read(1, 2, 3), write(2, 4, 5), read(1, 6, 7)]],
  ])('rejects %s', (_, history) => {
    expect(verdict(...history)).toBe('not-linearizable');
  });

  it('keeps an operation behind the one it has to follow, though both overlap', () => {
    const effect = write(1, 0, 10);
    const free = read(0, 0, 10);
    expect(verdict(effect, free)).toBe('linearizable');
    expect(verdict(effect, { ...free, after: effect })).toBe('not-linearizable');
  });

  it('gives the order that it found', () => {
    const result = checkLinearizable(register, [read(1, 0, 10, 'a'), write(1, 0, 10, 'b')]);
    expect(result).toMatchObject({
      kind: 'linearizable',
      order: [{ client: 'b' }, { client: 'a' }],
      finalState: 1,
    });
  });

  it('says undecided, and neither yes nor no, beyond its limit', () => {
    const writes = Array.from({ length: 12 }, (_, at) => write(at, 0, 100));
    const result = checkLinearizable(register, [...writes, read(99, 0, 100)], { maxStates: 200 });
    expect(result).toEqual({ kind: 'undecided', exploredStates: 200 });
  });

  it('takes long histories with little overlap in time that follows their length', () => {
    const history = Array.from({ length: 20_000 }, (_, at) =>
      at % 2 === 0 ? write(at, at, at + 3) : read(at - 1, at, at + 2),
    );
    const result = checkLinearizable(register, history);
    expect(result.kind).toBe('linearizable');
    expect(result.exploredStates).toBeLessThan(100_000);
  });
});

describe('a counterexample', () => {
  it('shows few operations of many, and where every order ends', () => {
    const before = Array.from({ length: 5 }, (_, at) => write(at, 10 * at, 10 * at + 5, 'early'));
    const after = Array.from({ length: 50 }, (_, at) => write(at, 1_000 + 10 * at, 1_005 + 10 * at, 'late'));
    const result = checkLinearizable(register, [
      ...before,
      write(77, 600, 610, 'x'),
      read(3, 620, 630, 'y'),
      ...after,
    ]);
    if (result.kind !== 'not-linearizable') throw new Error(result.kind);
    const { text, operationsTotal } = result.counterexample;
    expect(operationsTotal).toBe(57);
    expect(text).toMatchInlineSnapshot(`
      "7 of 57 operations cannot be put in any order:
        early  write 0    |-|                           [0, 5]
        early  write 1        |-|                       [10, 15]
        early  write 2            |-|                   [20, 25]
        early  write 3                |--|              [30, 35]
        early  write 4                     |-|          [40, 45]
        x      write 77                        |-|      [600, 610]
        y      read -> 3                           |-|  [620, 630]
      The longest order that explains its answers has 6:
        1. early  write 0
        2. early  write 1
        3. early  write 2
        4. early  write 3
        5. early  write 4
        6. x  write 77
        and leads to: value 77
      One of these has to be next, and none can be:
        y  read -> 3  [620, 630]"
    `);
  });
});

describe('against the definition', () => {
  const operation = fc
    .record({
      input: fc.oneof(
        fc.record({ kind: fc.constant('write' as const), value: fc.integer({ min: 0, max: 2 }) }),
        fc.constant({ kind: 'read' as const }),
      ),
      answer: fc.integer({ min: 0, max: 2 }),
      isUnknown: fc.integer({ min: 0, max: 4 }).map((die) => die === 0),
      callAt: fc.integer({ min: 0, max: 12 }),
      tookFor: fc.integer({ min: 0, max: 6 }),
    })
    .map(({ input, answer, isUnknown, callAt, tookFor }): Operation<Input, Output> => ({
      client: 'c',
      input,
      output: isUnknown ? undefined : input.kind === 'write' ? 0 : answer,
      callAt,
      returnAt: callAt + tookFor,
    }))
    // A read of unknown outcome says nothing, and recorders drop it.
    .filter(({ input, output }) => input.kind === 'write' || output !== undefined);

  it('answers the same on small random histories', () => {
    const seen = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (history) => {
        const { kind } = checkLinearizable(register, history);
        seen[kind]++;
        expect(kind).toBe(
          isLinearizableByDefinition(register, history) ? 'linearizable' : 'not-linearizable',
        );
      }),
      { numRuns: 1_500 },
    );
    // The generator must make both kinds, or the comparison says little.
    expect(seen.linearizable).toBeGreaterThan(200);
    expect(seen['not-linearizable']).toBeGreaterThan(200);
  });
});
