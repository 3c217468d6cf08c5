/**
 * C1, C6 and everything that the catalog keeps twice, recomputed from the stream records alone: now and
 * then, and at the end.
 */
import { checkInvariants } from '../../../src/catalog/invariants.js';
import type { Invariant } from '../observer.js';

/** The whole state is looked at after this many changes. */
const EVERY = 16;

export const catalogIntegrity: Invariant = {
  name: 'the catalog agrees with itself',
  source: 'C1, C6',
  watch: ({ committed }, fail) => {
    let changes = 0;
    const check = (): void => {
      const violations = checkInvariants(committed.entries());
      if (violations.length > 0) fail(`after entry ${committed.lastIndex}: ${violations.join('; ')}`);
    };
    return {
      committed: (_machine, { after }) => {
        if (after === undefined) return;
        changes += 1;
        if (changes % EVERY === 0) check();
      },
      end: check,
    };
  },
};
