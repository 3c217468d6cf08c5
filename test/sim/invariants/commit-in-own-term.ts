/**
 * A leader counts replicas of entries of its own term only; those of earlier terms are committed with them, never
 * by themselves. An entry of an earlier term on a majority can still be replaced by a leader whose last term is
 * higher (Raft paper, §5.4.2 and figure 8), so the harm may come much later than the mistake: here is the mistake.
 */
import type { Invariant, ObservedMachine } from '../observer.js';

export const commitInOwnTerm: Invariant = {
  name: 'a leader commits by counting in its own term',
  source: 'Raft paper, §5.4.2, figure 8',
  watch: (_world, fail) => {
    /** What it committed in the very event that made it leader, it may have been told as a follower. */
    let elected: ObservedMachine | undefined;
    return {
      role: (machine, role) => {
        elected = role === 'leader' ? machine : undefined;
      },
      commitMoved: (machine, from, to) => {
        const { status, member, written } = machine;
        const wasElectedNow = elected === machine;
        elected = undefined;
        if (status?.role !== 'leader' || wasElectedNow) return;
        const term = written.termAt(to);
        // Not handed to its disk yet: an entry that it has just appended, of its own term.
        if (term === undefined || term === status.term) return;
        fail(
          `member ${member} leads term ${status.term} and commits ${from + 1} to ${to}, the last of term ${term}`,
        );
      },
    };
  },
};
