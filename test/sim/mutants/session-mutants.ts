import type { Mutant } from './mutant.js';

export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'session-barrier-skipped',
    about: 'A purge begins as soon as its drain has, whoever still uploads (P3).',
    edits: [
      {
        file: 'src/node/session-barrier.ts',
        find: '    if (this.#isFree(incarnation, wanted)) {',
        replace: '    if (incarnation > 0) {',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'expired-session-forgotten-at-once',
    about:
      'What a session let through before it expired is not waited for (P3; thesis §6.3 has no such uploads).',
    edits: [
      {
        file: 'src/catalog/session-commands.ts',
        find: 'const settledAfterMs = nowMs + leaseLeftMs + before.uploadDeadlineMs;',
        replace: 'const settledAfterMs = nowMs;',
      },
      {
        file: 'src/node/session-leases.ts',
        find: 'leaseOverMs(record, known, nowMs)) + record.uploadDeadlineMs',
        replace: 'leaseOverMs(record, known, nowMs))',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'unknown-upload-taken-as-settled',
    about: 'An upload that failed counts as not applied, though the store may still apply it (P3).',
    edits: [
      {
        file: 'src/client/ingest-ledger.ts',
        find: "    if (outcome === 'unknown') spell.unknownUntilMs",
        replace: "    if (outcome === 'never') spell.unknownUntilMs",
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'lease-that-is-not-sure',
    about:
      'An upload begins although the lease may be over: the clock of a node that was stopped is not looked at (P3).',
    edits: [
      {
        file: 'src/client/ingest-ledger.ts',
        find: "    if (!this.leaseIsSure(nowMs)) return { admitted: false, refusal: 'lease-unsure' };",
        replace: '',
      },
    ],
    withinSeeds: 500,
  },
];
