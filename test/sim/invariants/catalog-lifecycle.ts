/**
 * C2 and C5 at every committed entry: an incarnation only goes forward, undelete from DELETED apart; a purge
 * begins at its committed deadline or after, and no failover moves that deadline.
 */
import type { StreamState } from '../../../src/catalog/types.js';
import type { Invariant } from '../observer.js';

const ALLOWED: Readonly<Record<StreamState, readonly StreamState[]>> = {
  ACTIVE: ['ACTIVE', 'DELETED'],
  DELETED: ['DELETED', 'ACTIVE', 'PURGING'],
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
      if (!ALLOWED[before.state].includes(after.state)) {
        fail(
          `entry ${entry.index} takes incarnation ${after.incarnation} from ${before.state} to ${after.state}`,
        );
      }
      const wasWaiting = before.state === 'DELETED' && after.state !== 'ACTIVE';
      if (wasWaiting && after.purgeAfterMs !== before.purgeAfterMs) {
        fail(`entry ${entry.index} moves the purge deadline of incarnation ${after.incarnation}`);
      }
      if (before.state === 'DELETED' && after.state === 'PURGING') {
        const stampMs = command?.envelope.stampMs ?? 0;
        if (stampMs < before.purgeAfterMs) {
          fail(
            `entry ${entry.index} begins a purge at ${stampMs}, which was to wait until ${before.purgeAfterMs}`,
          );
        }
      }
    },
  }),
};
