/** The definition of linearizability, word for word: every order, every choice of unknown outcomes. Small histories only. */
import type { Model, Operation } from '../support/linearizability/index.js';

export function isLinearizableByDefinition<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  const tryFrom = (state: State, left: readonly Operation<Input, Output>[]): boolean =>
    left.every(({ output }) => output === undefined) ||
    left.some((next) => {
      const rest = left.filter((operation) => operation !== next);
      const comesTooEarly = rest.some(
        (other) =>
          (other.output !== undefined && other.returnAt < next.callAt) ||
          (other === next.after && next.output !== undefined),
      );
      if (comesTooEarly) return false;
      return model.step(state, next.input, next.output).some((after) => tryFrom(after, rest));
    });
  return tryFrom(model.initial, operations);
}
