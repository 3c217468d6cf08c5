/** A member votes for one candidate in a term, before and after any restart (Raft paper, §5.2; thesis §3.8). */
import type { MemberId } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

export const oneVoteATerm: Invariant = {
  name: 'one vote a term',
  source: 'Raft paper, §5.2',
  watch: (_world, fail) => {
    const votes = new Map<string, MemberId>();
    return {
      sent: ({ member }, to, item) => {
        if (item.kind !== 'message' || item.message.kind !== 'voteResponse' || !item.message.granted) return;
        const key = `${member} in term ${item.message.term}`;
        const other = votes.get(key);
        if (other !== undefined && other !== to) fail(`member ${key} voted for ${other} and for ${to}`);
        votes.set(key, to);
      },
    };
  },
};
