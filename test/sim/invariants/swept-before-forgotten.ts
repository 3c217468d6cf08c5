/** P8: no stream is forgotten before its prefix was swept, and found empty by the last sweep. */
import type { Invariant } from '../observer.js';

export const sweptBeforeForgotten: Invariant = {
  name: 'swept before it is forgotten',
  source: 'P8',
  watch: (_world, fail) => ({
    committed: (_machine, { entry, before, command }) => {
      if (before === undefined || command?.envelope.command.kind !== 'forgetStream') return;
      if (!command.result.ok || !command.result.changed) return;
      const { incarnation, sweep } = before;
      if (sweep.done > 0 && sweep.nextTimeMs === 0) return;
      fail(
        `entry ${entry.index} forgets incarnation ${incarnation} after ${sweep.done} sweeps, the next due at ${sweep.nextTimeMs}`,
      );
    },
  }),
};
