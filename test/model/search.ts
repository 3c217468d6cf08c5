/**
 * Explicit-state model checking: breadth first over every reachable state, so that the first counterexample is a
 * shortest one. Knows nothing of the protocol.
 */
import { assert, assertDefined } from '../../src/shared/assert.js';

export interface SearchStep<S> {
  readonly action: string;
  readonly told: string;
  readonly next: S;
  /** The step itself breaks a promise. */
  readonly broken: string | undefined;
}

export interface System<S> {
  readonly initial: S;
  readonly encode: (state: S) => string;
  readonly successors: (state: S) => readonly SearchStep<S>[];
  /** What is wrong with a state. */
  readonly violation: (state: S) => string | undefined;
  /** From every state one like this must be in reach. */
  readonly goal: (state: S) => boolean;
}

export interface Told {
  readonly action: string;
  readonly told: string;
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly counterexample: { readonly broken: string; readonly steps: readonly Told[] } | undefined;
  /** How to get to a state from which no goal is in reach. Undefined: there is none, or a counterexample came first. */
  readonly dead: readonly Told[] | undefined;
  /** Every action that was possible somewhere. */
  readonly actions: ReadonlySet<string>;
}

interface Found {
  readonly parent: number;
  readonly depth: number;
  readonly by: Told;
}

/** Throws when there are more than `statesMax` states: the bounds have grown. */
export function search<S>(system: System<S>, statesMax: number): SearchResult {
  const { initial, encode, successors, violation, goal } = system;
  const numbers = new Map<string, number>([[encode(initial), 0]]);
  const states: S[] = [initial];
  const found: Found[] = [{ parent: -1, depth: 0, by: { action: '', told: '' } }];
  const before: number[][] = [[]];
  const actions = new Set<string>();
  let transitions = 0;

  const result = (
    broken: string | undefined,
    steps: readonly Told[],
    dead?: readonly Told[],
  ): SearchResult => ({
    states: states.length,
    transitions,
    depth: found.at(-1)?.depth ?? 0,
    counterexample: broken === undefined ? undefined : { broken, steps },
    dead,
    actions,
  });

  for (let at = 0; at < states.length; at++) {
    const depth = found[at]!.depth + 1;
    for (const { action, told, next, broken } of successors(states[at]!)) {
      transitions += 1;
      actions.add(action);
      const by = { action, told };
      if (broken !== undefined) return result(broken, [...pathTo(found, at), by]);
      const key = encode(next);
      const known = numbers.get(key);
      if (known !== undefined) {
        before[known]!.push(at);
        continue;
      }
      numbers.set(key, states.length);
      states.push(next);
      before.push([at]);
      found.push({ parent: at, depth, by });
      assert(states.length <= statesMax, () => `more than ${statesMax} states`);
      const wrong = violation(next);
      if (wrong !== undefined) return result(wrong, pathTo(found, found.length - 1));
    }
  }
  const dead = firstDead(states, before, goal);
  return result(undefined, [], dead === undefined ? undefined : pathTo(found, dead));
}

function pathTo(found: readonly Found[], to: number): Told[] {
  const path: Told[] = [];
  for (let at = to; at > 0;) {
    const { parent, by } = assertDefined(found[at], 'a state without a way to it');
    path.unshift(by);
    at = parent;
  }
  return path;
}

/** Backwards from the goals: what they do not reach is dead. */
function firstDead<S>(
  states: readonly S[],
  before: readonly (readonly number[])[],
  goal: (state: S) => boolean,
): number | undefined {
  const alive = new Uint8Array(states.length);
  const queue: number[] = [];
  states.forEach((state, at) => {
    if (!goal(state)) return;
    alive[at] = 1;
    queue.push(at);
  });
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const parent of before[at]!) {
      if (alive[parent] === 1) continue;
      alive[parent] = 1;
      queue.push(parent);
    }
  }
  const dead = alive.indexOf(0);
  return dead === -1 ? undefined : dead;
}
