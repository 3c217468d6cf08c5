/**
 * P2: list, sign, confirm by a quorum round trip, send. A deposed leader has at most the batch in its hand.
 */
import type { Invariant } from '../observer.js';

export const quorumBeforeDelete: Invariant = {
  name: 'a quorum round trip before each delete',
  source: 'P2',
  watch: (_world, fail) => ({
    deleteSent: ({ machine, term, targets, confirmedSincePrepared }) => {
      if (confirmedSincePrepared) return;
      fail(
        `member ${machine.member} of term ${term} sends a delete of ${targets.length} keys (${targets[0]?.key ?? ''}) that no quorum confirmed`,
      );
    },
  }),
};
