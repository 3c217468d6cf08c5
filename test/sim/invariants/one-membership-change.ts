/**
 * A leader appends a configuration only when the one before is committed, and only after an entry of its own
 * term is (thesis §4.1, and the bug in single-server changes found in 2015); and two configurations that
 * follow each other differ by one voter at most, so that their majorities overlap.
 */
import type { Configuration } from '../../../src/raft/types.js';
import type { Invariant } from '../observer.js';

interface ConfigurationEntry {
  readonly index: number;
  readonly term: number;
  readonly configuration: Configuration;
}

export const oneMembershipChange: Invariant = {
  name: 'one membership change at a time',
  source: 'Raft thesis, §4.1; raft-dev, July 2015',
  watch: ({ committed }, fail) => {
    /** All that were ever written, those that were replaced later too. */
    const configurations: ConfigurationEntry[] = [];
    const isCommitted = ({ index, term }: ConfigurationEntry): boolean =>
      committed.all[index - 1]?.entry.term === term;
    return {
      written: ({ member, status, written }, { entries }) => {
        for (const { index, term, payload } of entries) {
          if (payload.kind !== 'configuration') continue;
          if (configurations.some((known) => known.index === index && known.term === term)) continue;
          configurations.push({ index, term, configuration: payload.configuration });
          if (status?.role !== 'leader' || status.term !== term) continue;
          // A log that was cut cannot tell any more which of two entries of one index it held.
          const holds = (at: ConfigurationEntry): boolean =>
            at.index > written.start.index ? written.has(at.index, at.term) : isCommitted(at);
          const before = configurations
            .filter((known) => known.index < index && holds(known))
            .reduce<ConfigurationEntry | undefined>(
              (last, known) => (last === undefined || known.index > last.index ? known : last),
              undefined,
            );
          if (before === undefined) continue;
          if (!isCommitted(before)) {
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

function difference(a: Configuration, b: Configuration): number {
  const before = new Set(a.voters.map(({ id }) => id));
  const after = new Set(b.voters.map(({ id }) => id));
  return (
    [...after].filter((id) => !before.has(id)).length + [...before].filter((id) => !after.has(id)).length
  );
}
