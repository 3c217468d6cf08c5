/**
 * P6: a key that the store's answer does not account for, or calls failed, is not counted as deleted until a
 * listing shows that it is gone: the log never claims more than was confirmed or has disappeared.
 */
import type { DeleteTarget } from '../../../src/objectstore/object-store.js';
import type { Invariant } from '../observer.js';

export const honestCounts: Invariant = {
  name: 'no more counted than is gone',
  source: 'P6',
  watch: ({ bucket }, fail) => {
    const confirmed: string[] = [];
    /** Asked for, and neither confirmed nor asked for again with success. */
    const open = new Map<string, DeleteTarget>();
    const isThere = ({ key, versionId }: DeleteTarget): boolean =>
      bucket
        .versions(key)
        .some(
          (version) => version.key === key && (versionId === undefined || version.versionId === versionId),
        );
    return {
      deleteSent: ({ targets }) => {
        for (const target of targets) open.set(idOf(target), target);
      },
      deleteAnswered: (targets, outcomes) => {
        for (const [at, target] of targets.entries()) {
          if (outcomes[at]?.kind !== 'deleted') continue;
          confirmed.push(target.key);
          open.delete(idOf(target));
        }
      },
      uploadAborted: (key) => {
        confirmed.push(key);
      },
      committed: (_machine, { entry, before, after }) => {
        if (after === undefined || before?.purge.objectsDeleted === after.purge.objectsDeleted) return;
        const { prefix, purge } = after;
        const known = confirmed.filter((key) => key.startsWith(prefix)).length;
        const vanished = [...open.values()].filter(
          (target) => target.key.startsWith(prefix) && !isThere(target),
        );
        if (purge.objectsDeleted > known + vanished.length) {
          fail(
            `entry ${entry.index} counts ${purge.objectsDeleted} deletions below ${prefix}; ` +
              `${known} were confirmed, and ${vanished.length} more are gone`,
          );
        }
      },
    };
  },
};

function idOf({ key, versionId = '' }: DeleteTarget): string {
  return `${key}\0${versionId}`;
}
