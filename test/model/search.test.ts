import { describe, expect, it } from 'vitest';
import { search, type System } from './search.js';

/** Numbers that grow by one or double, up to 20. */
function counting(promises: Partial<System<number>>): System<number> {
  return {
    initial: 1,
    encode: String,
    successors: (state) =>
      [state + 1, state * 2]
        .filter((next) => next <= 20)
        .map((next) => ({ action: `to ${next}`, told: '', next, broken: undefined })),
    violation: () => undefined,
    goal: () => true,
    ...promises,
  };
}

const names = (steps: readonly { readonly action: string }[] | undefined): unknown =>
  steps?.map(({ action }) => action);

describe('search', () => {
  it('visits every state once', () => {
    const { states, counterexample, dead } = search(counting({}), 20);
    expect({ states, counterexample, dead }).toEqual({
      states: 20,
      counterexample: undefined,
      dead: undefined,
    });
  });

  it('finds a shortest way to a broken state', () => {
    const { counterexample } = search(counting({ violation: (n) => (n === 9 ? 'nine' : undefined) }), 20);
    expect(counterexample?.broken).toBe('nine');
    expect(names(counterexample?.steps)).toEqual(['to 2', 'to 4', 'to 8', 'to 9']);
  });

  it('finds a step that breaks a promise', () => {
    const { successors } = counting({});
    const broken = (state: number) =>
      successors(state).map((step) => ({ ...step, broken: state === 4 ? 'out of four' : undefined }));
    const { counterexample } = search(counting({ successors: broken }), 20);
    expect(names(counterexample?.steps)).toEqual(['to 2', 'to 4', 'to 5']);
  });

  it('finds a state from which no goal is in reach', () => {
    expect(names(search(counting({ goal: (n) => n === 16 }), 20).dead)).toEqual([
      'to 2',
      'to 4',
      'to 5',
      'to 10',
      'to 20',
    ]);
    expect(search(counting({ goal: (n) => n === 20 }), 20).dead).toBeUndefined();
  });

  it('refuses a space that is larger than allowed', () => {
    expect(() => search(counting({}), 19)).toThrow('more than 19 states');
  });
});
