import type { Mutant } from './mutant.js';

export const CATALOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'undelete-after-the-point-of-no-return',
    about: 'A stream of which objects are deleted already can be undeleted (C2).',
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
    name: 'undelete-while-draining',
    about: 'A stream comes back whose nodes have been told to forget it (C2, P3).',
    edits: [
      {
        file: 'src/catalog/lifecycle.ts',
        find: '    undelete: DRAIN_STARTED,',
        replace: "    undelete: move('ACTIVE', 'UNDELETED'),",
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'purge-of-a-living-stream',
    about: 'beginDrain is taken for a stream that is ACTIVE again (C2).',
    edits: [
      {
        file: 'src/catalog/lifecycle.ts',
        find: `    undelete: refuse('STREAM_NOT_DELETED', 'is ACTIVE; there is nothing to undelete'),
    beginDrain: NOT_DELETED,`,
        replace: `    undelete: refuse('STREAM_NOT_DELETED', 'is ACTIVE; there is nothing to undelete'),
    beginDrain: move('PURGING', 'PURGE_STARTED'),`,
      },
      {
        file: 'src/purge/dueness.ts',
        find: "    case 'ACTIVE':\n    case 'PURGED':\n      return NEVER;",
        replace: "    case 'PURGED':\n      return NEVER;\n    case 'ACTIVE':",
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
