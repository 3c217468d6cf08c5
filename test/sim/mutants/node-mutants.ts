import type { Mutant } from './mutant.js';

export const NODE_MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledged-before-the-fsync',
    about: 'Entries count as durable when the write was asked for (NATS JetStream, Jepsen 2025).',
    edits: [
      {
        file: 'src/node/log-writer.ts',
        find: 'await this.#deps.storage.appendLog(batch);',
        replace: 'void this.#deps.storage.appendLog(batch);',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'unknown-outcome-told-as-failure',
    about: 'A proposal whose leader changed is called not proposed (hashicorp/raft ErrLeadershipLost).',
    edits: [
      {
        file: 'src/node/proposals.ts',
        find: "pending.reject(unknownOutcome('the leader changed'));",
        replace: 'pending.reject(noLeader());',
      },
      {
        file: 'src/node/proposals.ts',
        find: "pending.reject(unknownOutcome('the deadline passed'));",
        replace: 'pending.reject(noLeader());',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'read-before-it-is-applied',
    about: 'A read is served as soon as its index is confirmed, before that index is applied (etcd #20418).',
    edits: [
      {
        file: 'src/node/reads.ts',
        find: 'if (this.#deps.appliedIndex() >= index) {',
        replace: 'if (index >= 0) {',
      },
    ],
    withinSeeds: 200,
  },
];
