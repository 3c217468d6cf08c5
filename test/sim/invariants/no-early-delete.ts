/**
 * Nothing deleted too early: at the moment in which the bucket carries a delete out, the key belongs to no
 * stream that is ACTIVE, DELETED and still to be undeleted, or not drained yet; and where the request leaves the purger, the
 * stream is PURGING in the state applied there (P1), or PURGED and swept again (P8).
 */
import { lifeStateOf, type LifeState } from '../../../src/catalog/lifecycle.js';
import type { StreamRecord } from '../../../src/catalog/types.js';
import type { Invariant } from '../observer.js';

const DYING: ReadonlySet<LifeState> = new Set<LifeState>(['PURGING', 'PURGED']);
const LIVING: ReadonlySet<LifeState> = new Set<LifeState>(['ACTIVE', 'DELETED', 'DRAINING']);

export const noEarlyDelete: Invariant = {
  name: 'nothing is deleted too early',
  source: 'P1',
  watch: (world, fail) => ({
    deleteSent: ({ machine, targets }) => {
      // Forgotten ones too: a deposed leader may not know it yet, and is stopped by other means (P2, P11).
      const { lives } = world.committed;
      for (const { key } of targets) {
        const owners = ownersOf(lives, key);
        const purging = owners.some(({ incarnation }) =>
          DYING.has(lifeStateOf(machine.appliedStream(incarnation))),
        );
        if (!purging) {
          fail(
            `member ${machine.member} sends a delete of ${key}, and has not applied a beginPurge for its stream`,
          );
        }
      }
    },
    deleteApplied: (keys) => {
      const { streams } = world.committed;
      for (const key of keys) {
        const living = ownersOf(streams, key).find((stream) => LIVING.has(lifeStateOf(stream)));
        if (living !== undefined) {
          fail(
            `the bucket deletes ${key} of stream ${living.name} (${living.incarnation}), which is ${lifeStateOf(living)}`,
          );
        }
      }
    },
  }),
};

function ownersOf(streams: ReadonlyMap<number, StreamRecord>, key: string): readonly StreamRecord[] {
  return [...streams.values()].filter(({ prefix }) => key.startsWith(prefix));
}
