/**
 * What a disk confirmed is there after any restart: hard state and log (S1, S2; thesis §3.8). Nothing
 * acknowledged is lost as long as this and the quorum rule hold.
 */
import type { Invariant } from '../observer.js';

export const durability: Invariant = {
  name: 'what was synced survives',
  source: 'Raft thesis, §3.8; S1, S2',
  watch: (_world, fail) => ({
    opened: ({ member, durable, written }, found) => {
      const { hardState } = durable;
      const { term, votedFor } = found.hardState;
      if (term < hardState.term)
        fail(`member ${member} was in term ${hardState.term}, and is back in ${term}`);
      if (term === hardState.term && hardState.votedFor !== 0 && votedFor !== hardState.votedFor) {
        fail(
          `member ${member} had voted for ${hardState.votedFor} in term ${term}, and knows of ${votedFor}`,
        );
      }
      // A truncation that was on its way when the power went may have been carried out.
      const cutFrom = Math.min(durable.lastIndex, written.lastIndex);
      for (let index = found.start + 1; index <= cutFrom; index++) {
        const synced = durable.termAt(index);
        if (synced === undefined || written.termAt(index) !== synced) continue;
        const there = index > found.lastIndex ? undefined : found.termAt(index);
        if (there !== synced) {
          fail(
            `member ${member} had synced entry ${index} of term ${synced}; after the restart it has ${there ?? 'none'}`,
          );
        }
      }
    },
  }),
};
