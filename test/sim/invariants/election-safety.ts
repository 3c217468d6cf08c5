/** At most one leader in a term (Raft paper, figure 3). */
import type { MemberId, Term } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

export const electionSafety: Invariant = {
  name: 'election safety',
  source: 'Raft paper, figure 3',
  watch: (_world, fail) => {
    const leaders = new Map<Term, MemberId>();
    return {
      role: ({ member }, role, term) => {
        if (role !== 'leader') return;
        const other = leaders.get(term);
        if (other !== undefined && other !== member)
          fail(`members ${other} and ${member} both lead term ${term}`);
        leaders.set(term, member);
      },
    };
  },
};
