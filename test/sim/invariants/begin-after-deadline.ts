/** P3 as far as it is built: beginPurge is proposed only for a DELETED stream whose deadline has passed here. */
import type { Invariant } from '../observer.js';

export const beginAfterDeadline: Invariant = {
  name: 'no purge before its time',
  source: 'P3',
  watch: (_world, fail) => ({
    proposedByPurger: ({ machine, command }) => {
      if (command.kind !== 'beginPurge') return;
      const stream = machine.appliedStream(command.incarnation);
      // A repetition meets a stream that is on its way already.
      if (stream === undefined || stream.state === 'DELETED' || stream.state === 'PURGING') return;
      fail(`member ${machine.member} proposes to purge ${command.incarnation}, which is ${stream.state}`);
    },
  }),
};
