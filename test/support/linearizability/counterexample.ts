/**
 * From a history that cannot be ordered to one that a person can read, by steps that only take demands away,
 * so that what is left is still a proof:
 *
 * 1. Cut at a return: what returned later is of unknown outcome. Every beginning of a linearizable history is
 *    linearizable, so the first return at which the cut fails is found by halving.
 * 2. Leave out single reads, as long as the rest still cannot be ordered. Writes stay: without an answer they
 *    could be what others saw, and without their call those others would have no explanation.
 */
import { renderCounterexample } from './render.js';
import { search, type DeadEnd } from './search.js';
import type { Counterexample, Model, Operation } from './types.js';

/** Of one search while shrinking: what takes longer is kept. */
const SHRINK_STATES_MAX = 20_000;
const SHRINK_SEARCHES_MAX = 400;

export function counterexampleOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  deadEnd: DeadEnd<State, Input, Output>,
): Counterexample {
  let searches = 0;
  let shown = { operations, deadEnd };
  /** The dead end when `candidate` is proved impossible to order within the limits. */
  const fails = (candidate: readonly Operation<Input, Output>[]): boolean => {
    if (++searches > SHRINK_SEARCHES_MAX) return false;
    const result = search(model, candidate, SHRINK_STATES_MAX);
    if (result.kind !== 'none') return false;
    shown = { operations: candidate, deadEnd: result.deadEnd };
    return true;
  };

  const returns = operations
    .filter(({ output }) => output !== undefined)
    .map(({ returnAt }) => returnAt)
    .sort((a, b) => a - b);
  let low = 0;
  let high = returns.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fails(cutAt(operations, returns[middle] ?? 0))) high = middle;
    else low = middle + 1;
  }

  let kept = shown.operations.filter(({ input, output }) => output !== undefined || !model.isRead(input));
  for (const read of kept.filter(({ input }) => model.isRead(input))) {
    const rest = kept.filter((operation) => operation !== read);
    if (fails(rest)) kept = rest;
  }
  return {
    operationsTotal: operations.length,
    text: renderCounterexample(model, shown.operations, shown.deadEnd, operations.length),
  };
}

/** What was known when the last of the returns up to `at` had happened. */
function cutAt<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  at: number,
): Operation<Input, Output>[] {
  const called = operations.filter(({ callAt }) => callAt <= at);
  return called
    .filter(({ returnAt, output }) => output !== undefined && returnAt > at)
    .reduce<Operation<Input, Output>[]>((rest, operation) => forget(rest, operation), called);
}

/** The same history, with one answer forgotten. Whoever had to come after it is then free. */
function forget<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  forgotten: Operation<Input, Output>,
): Operation<Input, Output>[] {
  return operations.map((operation) => {
    if (operation === forgotten) return { ...operation, output: undefined };
    if (operation.after !== forgotten) return operation;
    const { after: _, ...free } = operation;
    return free;
  });
}
