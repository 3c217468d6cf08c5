/**
 * P4: PURGED is proposed only after complete listings, begun after the last delete, came back empty; or showed a new
 * life that began behind the catalog, and no object from before it (P12).
 */
import type { Invariant } from '../observer.js';

export const emptyBeforePurged: Invariant = {
  name: 'an empty listing before PURGED',
  source: 'P4',
  watch: ({ bucket }, fail) => ({
    proposedByPurger: ({ machine, command, provenEmpty }) => {
      if (command.kind !== 'markPurged') return;
      const { objects, versions, uploads, butNewLife } = provenEmpty;
      const proven = bucket.versioning === 'never' ? objects || versions : versions;
      if ((proven && uploads) || butNewLife) return;
      fail(
        `member ${machine.member} proposes PURGED for ${command.incarnation}; empty listings since its last delete: ` +
          `objects ${objects}, versions ${versions}, uploads ${uploads}`,
      );
    },
  }),
};
