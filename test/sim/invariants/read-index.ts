/**
 * The index that a leader gives for a follower's read covers everything that was committed when the follower asked
 * (thesis §6.4): by whichever leader, whether or not this one knew. Clients' histories show the same, but only
 * when somebody reads the one stream that changed in the moment before.
 */
import type { LogIndex } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

export const readIndex: Invariant = {
  name: 'a read index covers what was committed',
  source: 'Raft thesis, §6.4; etcd #7331',
  watch: ({ committed }, fail) => {
    const asked = new Map<string, LogIndex>();
    return {
      sent: ({ member }, to, item) => {
        if (item.kind !== 'message') return;
        const { message } = item;
        if (message.kind === 'readIndexRequest') {
          asked.set(`${member} ${message.context}`, committed.lastIndex);
        }
        if (message.kind !== 'readIndexResponse' || message.refused) return;
        const atLeast = asked.get(`${to} ${message.context}`) ?? 0;
        if (message.index >= atLeast) return;
        fail(
          `member ${member} gives member ${to} read index ${message.index}; when it was asked, ${atLeast} was committed`,
        );
      },
    };
  },
};
