import type { Mutant } from './mutant.js';

export const CATALOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'undelete-after-the-point-of-no-return',
    about: 'A stream whose purge has begun can be undeleted (C2).',
    edits: [
      {
        file: 'src/catalog/lifecycle.ts',
        find: '    undelete: PURGE_STARTED,',
        replace: "    undelete: move('ACTIVE', 'UNDELETED'),",
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'purge-of-a-living-stream',
    about: 'beginPurge is taken for a stream that is ACTIVE again (C2, P1).',
    edits: [
      {
        file: 'src/catalog/lifecycle.ts',
        find: `    undelete: refuse('STREAM_NOT_DELETED', 'is ACTIVE; there is nothing to undelete'),
    beginPurge: NOT_DELETED,`,
        replace: `    undelete: refuse('STREAM_NOT_DELETED', 'is ACTIVE; there is nothing to undelete'),
    beginPurge: move('PURGING', 'PURGE_STARTED'),`,
      },
      {
        file: 'src/purge/dueness.ts',
        find: "    case 'ACTIVE':\n    case 'PURGED':\n      return NEVER;",
        replace: "    case 'PURGED':\n      return NEVER;\n    case 'ACTIVE':",
      },
      {
        file: 'src/catalog/purge-commands.ts',
        find: 'if (command.tombstoneRevision !== 0 && command.tombstoneRevision !== before.tombstoneRevision) {',
        replace: 'if (command.tombstoneRevision < 0) {',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'request-executed-twice',
    about: 'A repeated request id is not recognised (AIP-155; fluree/db #1839).',
    edits: [
      {
        file: 'src/catalog/apply.ts',
        find: 'if (known === undefined) return',
        replace: 'if (known === undefined || known !== null) return',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'apply-reads-the-clock',
    about: 'Apply takes the time of the machine that it runs on (C3; Redpanda’s grace period).',
    edits: [
      {
        file: 'src/catalog/apply.ts',
        find: 'const nowMs = Math.max(Math.min(envelope.stampMs, TIME_MS_MAX), before.committedTimeMs);',
        replace:
          'const nowMs = Math.max(Math.min(envelope.stampMs, TIME_MS_MAX), before.committedTimeMs) + Math.floor(performance.now() * 1_000) % 7;',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'overlapping-prefixes',
    about: 'A prefix is taken although its last owner has not been purged (C1).',
    edits: [
      {
        file: 'src/catalog/ownership.ts',
        find: "if (own.ownerLive) return overlapWith(reader, claim, own.owner, 'equal');",
        replace: '',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'prefix-reused-at-once',
    about: 'A purged prefix is given away while delete requests for it may still land (P11).',
    edits: [
      {
        file: 'src/catalog/ownership.ts',
        find: 'if (own.fencedUntilMs > nowMs) return fenced(claim, claim.prefix, own.fencedUntilMs);',
        replace: '',
      },
    ],
    withinSeeds: 20,
  },
];
