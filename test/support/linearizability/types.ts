/**
 * The vocabulary of the linearizability checker: a history of operations, a sequential model that says
 * which answers are right, and a verdict.
 *
 * A history is linearizable (Herlihy and Wing 1990) when every operation can be given one point between its
 * call and its return such that the model, run in the order of these points, gives exactly the answers seen.
 */

/** One call by one client. Positions are numbers of any one clock: time, or places in a trace. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  /**
   * What was answered. Undefined: nobody knows. The operation may then take effect at any time after its
   * call, or never; `returnAt` does not count.
   */
  readonly output: Output | undefined;
  readonly callAt: number;
  /** Not before `callAt`. Equal positions overlap: a call at the moment of a return may come before it. */
  readonly returnAt: number;
  /**
   * An operation of the same history that must come earlier, although both may overlap: what a call saw
   * after what the same call did.
   */
  readonly after?: Operation<Input, Output>;
}

/** The specification of one object, as a function. States are values: never changed in place. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * Every state that the object may be in after `input` was answered with `output`; none when the answer is
   * impossible in this state. With `output` undefined: the states after every answer that changes something.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** It changes nothing, whatever it answers: without an answer it is left out. */
  isRead(input: Input): boolean;
  /** Equal for equal states, different for different ones. */
  key(state: State): string;
  /** For counterexamples. */
  describeState(state: State): string;
  describeOperation(input: Input, output: Output | undefined): string;
}

export interface SearchLimits {
  /**
   * Configurations (which operations have been placed, and the state that this gives) that one search may
   * visit. The problem is NP-complete; beyond this the verdict is 'undecided'. Default 300,000.
   */
  readonly maxStates?: number;
}

export interface Counterexample {
  /** How many operations the whole history had. */
  readonly operationsTotal: number;
  /** For people: a timeline of the operations that cannot be ordered, and where every order ends. */
  readonly text: string;
}

export type Verdict<State, Input, Output> =
  | {
      readonly kind: 'linearizable';
      /** One order that explains everything; operations of unknown outcome only where they were needed. */
      readonly order: readonly Operation<Input, Output>[];
      readonly finalState: State;
      readonly exploredStates: number;
    }
  | {
      readonly kind: 'not-linearizable';
      readonly counterexample: Counterexample;
      readonly exploredStates: number;
    }
  | { readonly kind: 'undecided'; readonly exploredStates: number };
