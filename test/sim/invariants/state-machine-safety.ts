/**
 * What one node applies at an index, every node applies there (Raft paper, figure 3), with the same effects
 * whenever and wherever it does (C3), and the applied index never without its effects (C4): the digest of
 * each node's state equals that of the one true history at the same index, after every batch and restart.
 */
import type { Invariant, ObservedMachine } from '../observer.js';

export const stateMachineSafety: Invariant = {
  name: 'state machine safety',
  source: 'Raft paper, figure 3; C3, C4',
  watch: ({ committed }, fail) => {
    const compare = (
      { member, host }: ObservedMachine,
      index: number,
      digest: string,
      when: string,
    ): void => {
      if (index === 0) return;
      const truth = committed.at(index);
      if (truth === undefined) fail(`member ${member} ${when} entry ${index}, which nobody has committed`);
      else if (truth.digest !== digest) {
        fail(
          `${host} ${when} entry ${index}: its state has digest ${digest}, that of the history ${truth.digest}`,
        );
      }
    };
    return {
      applied: (machine, index, digest) => {
        compare(machine, index, digest, 'has applied');
        const truth = committed.at(index);
        if (truth !== undefined && !machine.durable.has(index, truth.entry.term)) {
          fail(`member ${machine.member} applies entry ${index} of another term than the committed one`);
        }
      },
      opened: (machine, { appliedIndex, digest }) => {
        compare(machine, appliedIndex, digest, 'came back having applied');
      },
    };
  },
};
