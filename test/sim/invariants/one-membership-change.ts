/**
 * A leader appends a configuration only when the one before is committed, and only after an entry of its own
 * term is (thesis §4.1, and the bug in single-server changes found in 2015); and two configurations that
 * follow each other differ by one voter at most, so that their majorities overlap.
 */
import type { Configuration } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

export const oneMembershipChange: Invariant = {
  name: 'one membership change at a time',
  source: 'Raft thesis, §4.1; raft-dev, July 2015',
  watch: ({ committed }, fail) => {
    /** By the entry's index and term, the last configuration entry before it. */
    const configurations = new Map<
      number,
      { readonly term: number; readonly configuration: Configuration }
    >();
    return {
      written: ({ member, status, written }, { entries }) => {
        for (const { index, term, payload } of entries) {
          if (payload.kind !== 'configuration') continue;
          const known = configurations.get(index);
          if (known?.term === term) continue;
          configurations.set(index, { term, configuration: payload.configuration });
          if (status?.role !== 'leader' || status.term !== term) continue;
          const before = previous(configurations, index, (at, of) => written.has(at, of));
          if (before === undefined) continue;
          if (before.index > committed.lastIndex) {
            fail(`member ${member} appends configuration ${index}, and ${before.index} is not committed yet`);
          }
          if (committed.all.findLast(({ entry }) => entry.term <= term)?.entry.term !== term) {
            fail(
              `member ${member} changes the membership before an entry of its own term ${term} is committed`,
            );
          }
          const changed = difference(before.configuration, payload.configuration);
          if (changed > 1) fail(`configuration ${index} changes ${changed} voters at once`);
        }
      },
    };
  },
};

function previous(
  configurations: ReadonlyMap<number, { readonly term: number; readonly configuration: Configuration }>,
  before: number,
  has: (index: number, term: number) => boolean,
): { readonly index: number; readonly configuration: Configuration } | undefined {
  const index = [...configurations]
    .filter(([at, { term }]) => at < before && has(at, term))
    .reduce((last, [at]) => Math.max(last, at), 0);
  const found = configurations.get(index);
  return found === undefined ? undefined : { index, configuration: found.configuration };
}

function difference(a: Configuration, b: Configuration): number {
  const before = new Set(a.voters.map(({ id }) => id));
  const after = new Set(b.voters.map(({ id }) => id));
  return (
    [...after].filter((id) => !before.has(id)).length + [...before].filter((id) => !after.has(id)).length
  );
}
