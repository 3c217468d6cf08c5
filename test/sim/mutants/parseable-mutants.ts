import type { Mutant } from './mutant.js';

/** What a Parseable that knows nothing of Sexton pays for. */
export const PARSEABLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'nodes-told-before-the-point-of-no-return',
    about:
      'The helper makes nodes forget a stream that can still be undeleted: what they had staged or listed is lost.',
    edits: [
      {
        file: 'src/parseable/tombstone.ts',
        find: "    case 'ACTIVE':\n    case 'DELETED':\n",
        replace: "    case 'DELETED':\n      return { kind: 'draining', tombstone };\n    case 'ACTIVE':\n",
      },
      {
        file: 'src/parseable/ask-permission.ts',
        find: "        stream.state === 'PURGING' &&\n",
        replace: '',
      },
    ],
    withinSeeds: 20,
    inParseableWorlds: true,
  },
  {
    name: 'sweep-without-the-metadata-check',
    about: 'A sweep takes a life that the writer began after PURGED for residue (P12).',
    edits: [
      {
        file: 'src/purge/life-check.ts',
        find: '    if (!this.#stream.prefixReusable) return;\n',
        replace: "    if (!this.#stream.prefixReusable || this.#stream.state === 'PURGED') return;\n",
      },
    ],
    withinSeeds: 20,
    inParseableWorlds: true,
  },
  {
    name: 'drained-although-taken-up-again',
    about:
      'A node counts as drained once it has let go, though clients make it take the stream up again (P3).',
    edits: [
      {
        file: 'src/node/session-barrier.ts',
        find: 'return this.#isDrained(drainRevision) && (discardNewWrites || !this.#takenUp.has(incarnation));',
        replace: 'return this.#isDrained(drainRevision);',
      },
    ],
    withinSeeds: 20,
    inParseableWorlds: true,
  },
  {
    name: 'quiet-without-the-upload-deadline',
    about:
      'The helper reports a node drained as soon as it has let go: uploads and new events may be on their way (P3).',
    edits: [
      {
        file: 'src/parseable/forget-plan.ts',
        find: 'askedMs >= task.quietSinceMs + uploadDeadlineMs',
        replace: 'askedMs >= task.quietSinceMs',
      },
    ],
    withinSeeds: 20,
    inParseableWorlds: true,
  },
];
