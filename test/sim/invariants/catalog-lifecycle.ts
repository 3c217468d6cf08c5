/**
 * C2 and C5 at every committed entry: an incarnation only goes forward and skips no step, undelete from DELETED apart;
 * its drain, the point of no return, begins at its committed deadline or after, and no failover moves that deadline.
 */
import { lifeStateOf, type LifeState } from '../../../src/catalog/lifecycle.js';
import type { Invariant } from '../observer.js';

const ALLOWED: Readonly<Record<LifeState, readonly LifeState[]>> = {
  ABSENT: [],
  ACTIVE: ['ACTIVE', 'DELETED'],
  DELETED: ['DELETED', 'ACTIVE', 'DRAINING'],
  DRAINING: ['DRAINING', 'PURGING'],
  PURGING: ['PURGING', 'PURGED'],
  PURGED: ['PURGED'],
};

export const catalogLifecycle: Invariant = {
  name: 'an incarnation only goes forward',
  source: 'C2, C5',
  watch: (_world, fail) => ({
    committed: (_machine, { entry, before, after, command }) => {
      if (after === undefined) return;
      if (before === undefined) {
        if (after.incarnation !== entry.index || after.state !== 'ACTIVE') {
          fail(`entry ${entry.index} makes incarnation ${after.incarnation} in state ${after.state}`);
        }
        return;
      }
      const was = lifeStateOf(before);
      const is = lifeStateOf(after);
      if (!ALLOWED[was].includes(is)) {
        fail(`entry ${entry.index} takes incarnation ${after.incarnation} from ${was} to ${is}`);
      }
      const wasWaiting = before.state === 'DELETED' && after.state !== 'ACTIVE';
      if (wasWaiting && after.purgeAfterMs !== before.purgeAfterMs) {
        fail(`entry ${entry.index} moves the purge deadline of incarnation ${after.incarnation}`);
      }
      if (was === 'DELETED' && is === 'DRAINING') {
        const stampMs = command?.envelope.stampMs ?? 0;
        if (stampMs < before.purgeAfterMs) {
          fail(
            `entry ${entry.index} begins a drain at ${stampMs}, which was to wait until ${before.purgeAfterMs}`,
          );
        }
      }
    },
  }),
};
