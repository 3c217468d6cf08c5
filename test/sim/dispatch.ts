/**
 * One observer for many invariants. A violation never travels through the code under test, which would take
 * it for an error of its disk or its store: the first one is kept, and ends the run after the present event.
 */
import type { Checks, Invariant, ObservedWorld } from './observer.js';
import { Violation } from './violation.js';

const HOOKS = [
  'opened',
  'written',
  'persisted',
  'applied',
  'role',
  'commitMoved',
  'committed',
  'sent',
  'deleteSent',
  'deleteAnswered',
  'uploadAborted',
  'deleteApplied',
  'proposedByPurger',
  'guardAdmits',
  'uploadApplied',
  'end',
] as const satisfies readonly (keyof Checks)[];

export function dispatch(
  invariants: readonly Invariant[],
  world: ObservedWorld,
  violated: (violation: Violation) => void,
): Required<Checks> {
  const watchers = invariants.map(({ name, watch }) =>
    watch(world, (facts) => {
      throw new Violation(name, facts);
    }),
  );
  const checks: Partial<Record<keyof Checks, (...seen: never[]) => void>> = {};
  for (const hook of HOOKS) {
    const interested = watchers.filter((watcher) => watcher[hook] !== undefined);
    checks[hook] = (...seen) => {
      try {
        for (const watcher of interested) (watcher[hook] as (...given: never[]) => void)(...seen);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        violated(error);
      }
    };
  }
  return checks as Required<Checks>;
}
