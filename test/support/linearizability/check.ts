/** Decides whether the history of one object is linearizable; see `search.ts` for how. */
import { counterexampleOf } from './counterexample.js';
import { search } from './search.js';
import type { Model, Operation, SearchLimits, Verdict } from './types.js';

const STATES_MAX = 300_000;

/**
 * `operations` in any order. The verdict 'undecided' is neither: the search grew beyond `limits.maxStates`,
 * mostly because of many operations of unknown outcome.
 */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  limits: SearchLimits = {},
): Verdict<State, Input, Output> {
  const relevant = operations.filter(({ input, output }) => output !== undefined || !model.isRead(input));
  const result = search(model, relevant, limits.maxStates ?? STATES_MAX);
  switch (result.kind) {
    case 'found':
      return {
        kind: 'linearizable',
        order: result.order,
        finalState: result.state,
        exploredStates: result.explored,
      };
    case 'none':
      return {
        kind: 'not-linearizable',
        counterexample: counterexampleOf(model, relevant, result.deadEnd),
        exploredStates: result.explored,
      };
    case 'undecided':
      return { kind: 'undecided', exploredStates: result.explored };
  }
}
