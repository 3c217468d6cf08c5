/**
 * P3: a drain is proposed only for a stream that is DELETED here, and its purge only for one that drains here. When
 * a drain may begin is `catalog-lifecycle.ts`; whom a purge waits for is `model-conformance.ts`.
 */
import { lifeStateOf, type LifeState } from '../../../src/catalog/lifecycle.js';
import type { Invariant } from '../observer.js';

/** Those from which the step leads on, and those in which a repetition meets it. */
const ALLOWED: Readonly<Record<string, readonly LifeState[]>> = {
  beginDrain: ['DELETED', 'DRAINING', 'PURGING'],
  beginPurge: ['DRAINING', 'PURGING'],
  // Of older logs: none proposes it.
  beginPurgeUndrained: [],
};

export const beginAfterDeadline: Invariant = {
  name: 'no purge before its time',
  source: 'P3',
  watch: (_world, fail) => ({
    proposedByPurger: ({ machine, command }) => {
      const allowed = ALLOWED[command.kind];
      if (allowed === undefined || !('incarnation' in command)) return;
      const state = lifeStateOf(machine.appliedStream(command.incarnation));
      if (state === 'ABSENT' || allowed.includes(state)) return;
      fail(`member ${machine.member} proposes ${command.kind} of ${command.incarnation}, which is ${state}`);
    },
  }),
};
