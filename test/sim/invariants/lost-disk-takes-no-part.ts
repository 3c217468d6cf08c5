/**
 * S6: a directory that was emptied does not come back as the voter that it was: it has forgotten its votes and what
 * it acknowledged, so it grants no vote and acknowledges no entry in that member's name.
 */
import type { Invariant } from '../observer.js';

export const lostDiskTakesNoPart: Invariant = {
  name: 'a lost disk takes no part',
  source: 'S6',
  watch: (_world, fail) => ({
    sent: ({ member, durableBeforeWipe }, to, item) => {
      if (durableBeforeWipe === undefined || item.kind !== 'message') return;
      // One that had never voted has nothing to forget.
      if (durableBeforeWipe.hardState.term === 0) return;
      const { message } = item;
      const votes = message.kind === 'voteResponse' && message.granted;
      const acknowledges = message.kind === 'appendResponse' && !message.rejected;
      if (votes) fail(`member ${member} votes for ${to}, and its disk was wiped`);
      if (acknowledges) fail(`member ${member} acknowledges entries to ${to}, and its disk was wiped`);
    },
  }),
};
