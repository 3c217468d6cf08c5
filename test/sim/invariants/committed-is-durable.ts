/**
 * An entry is committed only once a majority of the voters has it on disk (Raft paper, §5.3; etcd #14370 is
 * what happens when the leader counts what it has not synced).
 */
import type { Invariant } from '../observer.js';

export const committedIsDurable: Invariant = {
  name: 'committed entries are durable on a quorum',
  source: 'Raft paper, §5.3',
  watch: ({ machines }, fail) => ({
    committed: ({ member, status }, { entry }) => {
      const voters = status?.configuration.voters ?? [];
      const holders = voters.filter(({ id }) =>
        machines.some(
          (machine) =>
            machine.member === id &&
            (machine.durable.has(entry.index, entry.term) ||
              machine.durableBeforeWipe?.has(entry.index, entry.term) === true),
        ),
      );
      if (2 * holders.length > voters.length) return;
      fail(
        `member ${member} commits entry ${entry.index} of term ${entry.term}, durable on ${list(holders)} of ${list(voters)}`,
      );
    },
  }),
};

function list(members: readonly { readonly id: number }[]): string {
  return `[${members.map(({ id }) => id).join(' ')}]`;
}
