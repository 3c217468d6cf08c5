import type { Mutant } from './mutant.js';

export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'vote-not-persisted',
    about: 'Term is kept, the vote in it is not (Raft paper, figure 2; liferaft).',
    edits: [
      {
        file: 'src/storage/durable-node-storage.ts',
        find: 'const hardState = batch.hardState ?? this.#hardState;',
        replace: 'const hardState = { ...(batch.hardState ?? this.#hardState), votedFor: 0 };',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'log-written-without-sync',
    about: 'The log is written and not synced: a power cut takes acknowledged entries.',
    edits: [
      {
        file: 'src/storage/durable-node-storage.ts',
        find: "await this.#write('appending to the log', operations, promises);",
        replace: "await this.#write('appending to the log', operations, false);",
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'applied-index-apart-from-its-effects',
    about: 'The applied index is written before what was applied, not with it (etcd 3.5.0 to 3.5.2; C4).',
    edits: [
      {
        file: 'src/storage/durable-node-storage.ts',
        find: "await this.#write('applying entries', this.#catalog.operations(appliedIndex, writes), false);",
        replace:
          "await this.#write('applying entries', this.#catalog.operations(appliedIndex, []), false);\n      await this.#write('applying entries', this.#catalog.operations(appliedIndex, writes), false);",
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'chain-not-checked',
    about: 'Log entries are read back without comparing their checksums (S1).',
    edits: [
      {
        file: 'src/storage/recovery.ts',
        find: 'if (entry.index !== index || chain !== chainOf(record, previous)) {',
        replace: 'if (entry.index !== index || chainOf(record, previous) < 0) {',
      },
      {
        file: 'src/storage/log.ts',
        find: 'if (entry.index === index && chain === chainOf(record, previous)) {',
        replace: 'if (entry.index === index && chainOf(record, previous) >= 0) {',
      },
    ],
    withinSeeds: 1_000,
  },
  {
    name: 'wiped-disk-votes-again',
    about: 'An emptied directory takes part as the voter that it was (S6; pitfall of every name@address id).',
    edits: [
      {
        file: 'src/node/member-identity.ts',
        find: 'if (known !== undefined && known !== peer.directoryId) {',
        replace: "if (known !== undefined && known === '') {",
      },
      {
        file: 'src/node/bootstrap.ts',
        find: 'if (known === directoryId) return;',
        replace: "if (known !== '') return;",
      },
      {
        file: 'src/node/bootstrap.ts',
        find: 'return id !== undefined && info.knownDirectories.get(each.id) === id;',
        replace: 'return id !== undefined;',
      },
    ],
    withinSeeds: 500,
  },
];
