/** Every leader of a later term has every committed entry (Raft paper, figure 3). */
import type { Invariant } from '../observer.js';

export const leaderCompleteness: Invariant = {
  name: 'leader completeness',
  source: 'Raft paper, figure 3',
  watch: ({ committed }, fail) => ({
    role: ({ member, written }, role, term) => {
      if (role !== 'leader') return;
      for (const { entry } of committed.all) {
        if (!written.has(entry.index, entry.term)) {
          fail(
            `member ${member} leads term ${term} without entry ${entry.index} of term ${entry.term}, which is committed`,
          );
        }
      }
    },
  }),
};
