/**
 * The configuration in force is the last one in the log (thesis §4.1), whether it came as an entry or inside a
 * snapshot (openraft #1808): looked at where a member has applied the last entry that it has.
 */
import type { Invariant } from '../observer.js';

export const configurationFollowsLog: Invariant = {
  name: 'the configuration is that of the log',
  source: 'Raft thesis, §4.1',
  watch: ({ committed, machines }, fail) => ({
    end: () => {
      const { lastIndex } = committed;
      const last = committed.all.findLast(({ entry }) => entry.payload.kind === 'configuration');
      if (last?.entry.payload.kind !== 'configuration') return;
      const expected = ids(last.entry.payload.configuration);
      for (const { member, status, written } of machines) {
        if (status?.appliedIndex !== lastIndex || written.lastIndex !== lastIndex) continue;
        const found = ids(status.configuration);
        if (found !== expected) {
          fail(
            `member ${member} has applied ${lastIndex} and works with [${found}]; the log says [${expected}]`,
          );
        }
      }
    },
  }),
};

function ids({
  voters,
  learners,
}: {
  readonly voters: readonly { readonly id: number }[];
  readonly learners: readonly { readonly id: number }[];
}): string {
  return [...voters.map(({ id }) => String(id)), ...learners.map(({ id }) => `${id} (learner)`)].join(' ');
}
