import type { Mutant } from './mutant.js';

export const PURGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'purge-before-apply',
    about: 'Objects are deleted before beginPurge is applied here (P1).',
    edits: [
      {
        file: 'src/purge/purge-attempt.ts',
        find: "if (record === undefined || lifeStateOf(record) !== 'PURGING') throw new PurgeStopped('gone');",
        replace: "if (record === undefined) throw new PurgeStopped('gone');",
      },
      {
        file: 'src/purge/purge-job.ts',
        find: 'const { incarnation, drainRevision } = stream;\n  return begun(',
        replace:
          'const { incarnation, drainRevision } = stream;\n  if (incarnation > 0) return Promise.resolve(stream);\n  return begun(',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'drain-skipped',
    about: 'A purge begins without a drain, as it did before there were any: nobody is waited for (P3).',
    edits: [
      {
        file: 'src/purge/purge-job.ts',
        find: "return begun(env, { kind: 'beginDrain', incarnation: stream.incarnation }, ['DRAINING', 'PURGING']);",
        replace:
          "return begun(env, { kind: 'beginPurgeUndrained', incarnation: stream.incarnation, tombstoneRevision: 0 }, ['PURGING']);",
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'metadata-not-looked-at-again',
    about: 'A new life that begins during the quorum round trip is not seen (P12).',
    edits: [
      {
        file: 'src/purge/delete-batch.ts',
        find: 'await attempt.life.mustBeDead(); // P12: and whatever the round trip took.',
        replace: '',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'purge-without-the-quorum-round',
    about: 'A delete leaves without asking a quorum whether this node still leads (P2; Neon’s RFC 025).',
    edits: [
      {
        file: 'src/purge/delete-batch.ts',
        find: 'await confirmLeadership(env); // P2: began after the prepare.',
        replace: 'if (env.clock.wallMs() < 0) await confirmLeadership(env);',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'a-200-taken-as-proof',
    about: 'PURGED is proposed without a last listing (P4).',
    edits: [
      {
        file: 'src/purge/delete-all.ts',
        find: 'const left = await findLeft(attempt);\n    if (left === undefined) return;',
        replace:
          'const left = attempt.startedMs < 0 ? await findLeft(attempt) : undefined;\n    if (left === undefined) return;',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'unaccounted-keys-taken-as-deleted',
    about: 'A key that the answer does not mention counts as deleted (P6; AutoMQ #1027).',
    edits: [
      {
        file: 'src/purge/delete-batch.ts',
        find: "if (outcome.kind === 'deleted') gone.push(doomed);",
        replace: "if (outcome.kind !== 'failed') gone.push(doomed);",
      },
    ],
    withinSeeds: 500,
  },
  {
    name: 'metadata-first',
    about: '`.stream/` is deleted with the data (P7).',
    edits: [
      {
        file: 'src/purge/delete-all.ts',
        find: "await drain(attempt, { part: 'data', versions, mayJump: round === 1 }, { trustAnswers: false });",
        replace: '',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'uploads-left-alone',
    about: 'Unfinished multipart uploads are not aborted (P4).',
    edits: [{ file: 'src/purge/delete-all.ts', find: 'await abortUploads(attempt);', replace: '' }],
    withinSeeds: 20,
  },
  {
    name: 'sweep-that-never-comes',
    about: 'A purged prefix is not looked at again, whoever still writes below it (P8).',
    edits: [
      {
        file: 'src/purge/purge-job.ts',
        find: ': firstSweepTimeMs(env.sweepAfterMs, nowMs),',
        replace: ': firstSweepTimeMs([], nowMs),',
      },
    ],
    withinSeeds: 20,
  },
  {
    name: 'sweep-without-its-fence',
    about: 'A sweep deletes below a prefix that may have a new owner before the request has died (P8, P11).',
    edits: [
      {
        file: 'src/purge/sweep-attempt.ts',
        find: 'if (record !== undefined && record.reusableAfterMs >= neededMs) return;',
        replace: 'if (record !== undefined && neededMs > 0) return;',
      },
      {
        file: 'src/purge/sweep-attempt.ts',
        find: 'if (requestDiesMs !== 0 && this.#fenceFor(requestDiesMs) > record.reusableAfterMs) {',
        replace: 'if (requestDiesMs < 0 && this.#fenceFor(requestDiesMs) > record.reusableAfterMs) {',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'sweep-of-a-prefix-in-use',
    about: 'A sweep does not ask whether its prefix has a new owner (P8).',
    edits: [
      {
        file: 'src/catalog/ownership.ts',
        find: 'return readNode(reader, prefix).owner === incarnation && !isPrefixInUse(reader, prefix);',
        replace: 'return incarnation > 0 || !isPrefixInUse(reader, prefix);',
      },
    ],
    withinSeeds: 200,
  },
  {
    name: 'grace-period-forgotten',
    about: 'A drain begins as soon as a leader looks (C5).',
    edits: [
      {
        file: 'src/purge/dueness.ts',
        find: "if (stream.purgeAfterMs > nowMs) return { kind: 'at', timeMs: stream.purgeAfterMs };",
        replace: '',
      },
      {
        file: 'src/catalog/purge-commands.ts',
        find: 'if (nowMs >= before.purgeAfterMs) return undefined;',
        replace: 'if (nowMs >= 0) return undefined;',
      },
    ],
    withinSeeds: 20,
  },
];
