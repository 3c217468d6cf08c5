/**
 * Counterexamples as text: one line an operation, with its interval drawn to the order of events (not to
 * scale: what counts is what overlaps), and where every order ends.
 */
import type { DeadEnd } from './search.js';
import type { Model, Operation } from './types.js';

const PICTURE_COLUMNS_MAX = 72;
/** The last ones, where the contradiction is; what came before is counted. */
const LINES_MAX = 30;
const ORDER_MAX = 12;

export function renderCounterexample<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { order, state, stuck }: DeadEnd<State, Input, Output>,
  operationsTotal: number,
): string {
  const describe = ({ input, output }: Operation<Input, Output>): string =>
    model.describeOperation(input, output);
  const endOf = ({ returnAt, output }: Operation<Input, Output>): number =>
    output === undefined ? Infinity : returnAt;
  const known = operations.filter(({ input, output }) => output !== undefined || !model.isRead(input));
  const listed = [...known]
    .sort((a, b) => endOf(a) - endOf(b) || a.callAt - b.callAt)
    .slice(-LINES_MAX)
    .sort((a, b) => a.callAt - b.callAt);
  const picture = pictureOf(listed);
  const clientWidth = Math.max(...listed.map(({ client }) => client.length), 0);
  const textWidth = Math.max(...listed.map((operation) => describe(operation).length), 0);
  const earlier = known.length - listed.length;
  return [
    `${known.length} of ${operationsTotal} operations cannot be put in any order:`,
    ...(earlier > 0 ? [`  (${earlier} earlier ones)`] : []),
    ...listed.map(
      (operation, at) =>
        `  ${operation.client.padEnd(clientWidth)}  ${describe(operation).padEnd(textWidth)}  ${picture[at] ?? ''}  ${positions(operation)}`,
    ),
    order.length === 0
      ? 'No operation can be the first; it would find:'
      : `The longest order that explains its answers has ${order.length}:`,
    ...order
      .map((operation, at) => `  ${at + 1}. ${operation.client}  ${describe(operation)}`)
      .slice(-ORDER_MAX),
    `  ${order.length === 0 ? '' : 'and leads to: '}${model.describeState(state)}`,
    'One of these has to be next, and none can be:',
    ...stuck.map((operation) => `  ${operation.client}  ${describe(operation)}  ${positions(operation)}`),
  ].join('\n');
}

function positions<Input, Output>({ callAt, returnAt, output }: Operation<Input, Output>): string {
  return output === undefined ? `[${callAt}, ?` : `[${callAt}, ${returnAt}]`;
}

/** One drawing an operation: `|--|`, or `|---?` for one without an answer. */
function pictureOf<Input, Output>(operations: readonly Operation<Input, Output>[]): string[] {
  const moments = new Set<number>();
  for (const { callAt, returnAt, output } of operations) {
    moments.add(callAt);
    if (output !== undefined) moments.add(returnAt);
  }
  const sorted = [...moments].sort((a, b) => a - b);
  const columns = Math.min(PICTURE_COLUMNS_MAX, Math.max(2, 2 * sorted.length));
  const column = new Map(
    sorted.map((moment, at) => [moment, Math.round((at * (columns - 1)) / Math.max(1, sorted.length - 1))]),
  );
  return operations.map(({ callAt, returnAt, output }) => {
    const from = column.get(callAt) ?? 0;
    const to = output === undefined ? columns - 1 : (column.get(returnAt) ?? from);
    const body = to > from ? `|${'-'.repeat(to - from - 1)}${output === undefined ? '?' : '|'}` : '|';
    return (' '.repeat(from) + body).padEnd(columns);
  });
}
