/** Terms, commit indexes and applied indexes never run backwards while a process lives (thesis, figure 3.1). */
import type { MemberId } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

export const monotonicity: Invariant = {
  name: 'monotonic term, commit and applied',
  source: 'Raft thesis, figure 3.1',
  watch: (_world, fail) => {
    const last = new Map<MemberId, { term: number; commit: number; applied: number }>();
    const of = (member: MemberId): { term: number; commit: number; applied: number } => {
      const known = last.get(member) ?? { term: 0, commit: 0, applied: 0 };
      last.set(member, known);
      return known;
    };
    return {
      opened: ({ member }, { appliedIndex, hardState }) => {
        last.set(member, { term: hardState.term, commit: appliedIndex, applied: appliedIndex });
      },
      role: ({ member }, _role, term) => {
        const known = of(member);
        if (term < known.term) fail(`member ${member} went from term ${known.term} back to ${term}`);
        known.term = term;
      },
      commitMoved: ({ member }, from, to) => {
        const known = of(member);
        if (to < from || to < known.commit) fail(`member ${member} had committed ${known.commit}, now ${to}`);
        known.commit = to;
      },
      applied: ({ member }, index) => {
        const known = of(member);
        if (index < known.applied) fail(`member ${member} had applied ${known.applied}, now ${index}`);
        known.applied = index;
      },
    };
  },
};
