/**
 * P6: a key that the store's answer does not account for, or calls failed, is not counted as deleted: the log
 * never claims more than the store has said.
 */
import type { Invariant } from '../observer.js';

export const honestCounts: Invariant = {
  name: 'no more counted than the store confirmed',
  source: 'P6',
  watch: (_world, fail) => {
    const confirmed: string[] = [];
    return {
      deleteAnswered: (keys, outcomes) => {
        for (const [at, outcome] of outcomes.entries()) {
          if (outcome.kind === 'deleted') confirmed.push(keys[at] ?? '');
        }
      },
      uploadAborted: (key) => {
        confirmed.push(key);
      },
      committed: (_machine, { entry, before, after }) => {
        if (after === undefined || before?.purge.objectsDeleted === after.purge.objectsDeleted) return;
        const count = confirmed.filter((key) => key.startsWith(after.prefix)).length;
        if (after.purge.objectsDeleted > count) {
          fail(
            `entry ${entry.index} counts ${after.purge.objectsDeleted} deletions below ${after.prefix}; the store confirmed ${count}`,
          );
        }
      },
    };
  },
};
