/** Commands as callers could send them: over few names and prefixes, so that they meet. */
import fc from 'fast-check';
import { BLOCKED_REASONS, type Command, type CommandEnvelope } from '../../../src/catalog/types.js';
import { ModelCatalog } from './model.js';

const tenant = fc.constantFrom('', '', 'acme');
const name = fc.constantFrom('a', 'b', 'app');
const prefix = fc.constantFrom('', '', 'a/', 'a/b/', 'ab/', 'a/b/c/', 'b/', 'app/', 'acme/a/');
/** Of the first entries of a log: often that of some stream. 0 = the current one. */
const incarnation = fc.integer({ min: 1, max: 25 });
const maybeIncarnation = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, incarnation);
const ifRevision = fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 }));
const small = fc.integer({ min: 0, max: 50 });
/** Tests count in steps of this: grace periods and fences of a few of them. */
export const STEP_MS = 1000;
const steps = fc.integer({ min: 0, max: 5 }).map((count) => count * STEP_MS);

function dueTimes(baseMs: number): fc.Arbitrary<number> {
  return steps.map((ms) => baseMs + 4 * ms);
}

/** `baseMs`: about when; fences lie a few steps after it. */
export function commands(baseMs: number): fc.Arbitrary<Command> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('createStream' as const),
        tenant,
        name,
        prefix,
        labels: fc.constantFrom([], [['team', 'x'] as const]),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('markDeleted' as const),
        tenant,
        name,
        incarnation: maybeIncarnation,
        gracePeriodMs: steps,
        ifRevision,
        allowMissing: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('undelete' as const),
        tenant,
        name,
        incarnation: maybeIncarnation,
        ifRevision,
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('beginDrain' as const), incarnation }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('beginPurge' as const),
        incarnation,
        drainRevision: fc.integer({ min: 0, max: 30 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('beginPurgeUndrained' as const),
        incarnation,
        tombstoneRevision: fc.oneof(
          { weight: 9, arbitrary: fc.constant(0) },
          fc.integer({ min: 1, max: 30 }),
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('recordPurgeProgress' as const),
        incarnation,
        phase: fc.constantFrom('RUNNING' as const, 'RETRYING' as const, 'BLOCKED' as const),
        blockedReason: fc.constant('NONE' as const),
        objectsDeleted: small,
        bytesDeleted: small,
        uploadsAborted: fc.constant(0),
        attempts: small,
        lastError: fc.constantFrom('', 'SlowDown'),
        nextAttemptTimeMs: steps,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('markPurged' as const),
        incarnation,
        objectsDeleted: small,
        bytesDeleted: small,
        uploadsAborted: fc.constant(0),
        reusableAfterMs: steps.map((ms) => baseMs + 4 * ms),
        nextSweepTimeMs: fc.oneof(fc.constant(0), dueTimes(baseMs)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('beginSweep' as const),
        incarnation,
        reusableAfterMs: steps.map((ms) => baseMs + 4 * ms),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('recordSweep' as const),
        incarnation,
        objectsFound: small,
        bytesFound: small,
        newestWriteMs: steps,
        foundDataOnly: fc.boolean(),
        nextSweepTimeMs: fc.oneof(fc.constant(0), dueTimes(baseMs)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({
          kind: fc.constant('adoptStream' as const),
          tenant,
          name,
          prefix: prefix.map((text) => (text === '' ? 'old/' : text)),
          labels: fc.constant([]),
          state: fc.constantFrom('ACTIVE' as const, 'DELETED' as const),
          gracePeriodMs: steps,
        })
        .map((command) => ({
          ...command,
          gracePeriodMs: command.state === 'ACTIVE' ? 0 : command.gracePeriodMs,
        })),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('openSession' as const),
        nodeId: fc.constantFrom('a', 'b'),
        ttlMs: fc.constant(5000),
        uploadDeadlineMs: fc.integer({ min: 1, max: 5 }).map((count) => count * STEP_MS),
        coversEarlier: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('closeSession' as const),
        sessionId: incarnation,
        settled: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('expireSession' as const), sessionId: incarnation }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('forgetStream' as const), incarnation }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('retryPurge' as const),
        tenant,
        name,
        incarnation: maybeIncarnation,
        discardNewWrites: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('setPurgePaused' as const),
        tenant,
        name,
        incarnation: maybeIncarnation,
        paused: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.boolean().map((paused) => ({
        kind: 'setPurgePaused' as const,
        tenant: '',
        name: '',
        incarnation: 0,
        paused,
      })),
    },
  );
}

/** A few ids only, so that some come twice, with the same command or with another. */
const requestId = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  fc.integer({ min: 0, max: 9 }).map((digit) => `8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b1${digit}`),
);

/** In which state a command finds something to do. Most are aimed there: by chance hardly any purge would end. */
const AIMS: Readonly<Partial<Record<Command['kind'], ModelCatalog['lives'][number]['state']>>> = {
  markDeleted: 'ACTIVE',
  undelete: 'DELETED',
  beginDrain: 'DELETED',
  beginPurge: 'DRAINING',
  beginPurgeUndrained: 'DELETED',
  recordPurgeProgress: 'PURGING',
  markPurged: 'PURGING',
  forgetStream: 'PURGED',
  retryPurge: 'PURGING',
  setPurgePaused: 'DELETED',
  beginSweep: 'PURGED',
  recordSweep: 'PURGED',
};

function aim(command: Command, model: ModelCatalog, pick: number): Command {
  if (command.kind === 'closeSession' || command.kind === 'expireSession') {
    const session = model.sessions[pick % model.sessions.length];
    return session === undefined ? command : { ...command, sessionId: session.id };
  }
  if (command.kind === 'createStream' || command.kind === 'adoptStream' || command.kind === 'openSession')
    return command;
  if (command.kind === 'setPurgePaused' && command.name === '') return command;
  const ready = model.lives.filter(({ state }) => state === AIMS[command.kind]);
  const lives = ready.length > 0 ? ready : model.lives;
  const life = lives[pick % lives.length];
  if (life === undefined) return command;
  const { tenant, name: of, incarnation: which } = life;
  // Mostly the drain that there is: any other is refused.
  if (command.kind === 'beginPurge' && pick % 8 !== 0)
    return { ...command, incarnation: which, drainRevision: life.drain };
  if (!('name' in command)) return { ...command, incarnation: which };
  return { ...command, tenant, name: of, incarnation: pick % 2 === 0 ? 0 : which };
}

/** Logs, with stamps that wander, forwards more than backwards: leaders' clocks differ. */
export function envelopes(baseMs: number): fc.Arbitrary<CommandEnvelope[]> {
  const step = fc.record({
    command: commands(baseMs),
    requestId,
    stepMs: fc.integer({ min: -2, max: 4 }).map((count) => count * STEP_MS),
    isAimed: fc.integer({ min: 0, max: 9 }).map((digit) => digit < 8),
    pick: fc.nat({ max: 99 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }).map((steps) => {
    const model = new ModelCatalog();
    let stampMs = baseMs;
    return steps.map(({ command, requestId: id, stepMs, isAimed, pick }, at) => {
      stampMs += stepMs;
      const aimed = isAimed ? aim(command, model, pick) : command;
      const entry = {
        proposal: { member: 1, boot: 1, sequence: at },
        requestId: id,
        stampMs,
        command: aimed,
      };
      model.apply(entry, at + 1);
      return entry;
    });
  });
}

/** Any values at all that the types allow: for the codec. */
export function anyCommands(): fc.Arbitrary<Command> {
  const text = fc.string({ unit: 'grapheme', maxLength: 80 });
  const count = fc.maxSafeNat();
  const labels = fc
    .uniqueArray(fc.tuple(text, text), { maxLength: 5, selector: ([key]) => key })
    .map((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)));
  const target = { tenant: text, name: text, incarnation: count };
  const totals = { incarnation: count, objectsDeleted: count, bytesDeleted: count, uploadsAborted: count };
  return fc.oneof(
    fc.record({ kind: fc.constant('createStream' as const), tenant: text, name: text, prefix: text, labels }),
    fc.record({
      kind: fc.constant('markDeleted' as const),
      ...target,
      gracePeriodMs: count,
      ifRevision: count,
      allowMissing: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('undelete' as const), ...target, ifRevision: count }),
    fc.record({ kind: fc.constant('beginDrain' as const), incarnation: count }),
    fc.record({ kind: fc.constant('beginPurge' as const), incarnation: count, drainRevision: count }),
    fc.record({
      kind: fc.constant('beginPurgeUndrained' as const),
      incarnation: count,
      tombstoneRevision: count,
    }),
    fc.record({
      kind: fc.constant('recordPurgeProgress' as const),
      ...totals,
      phase: fc.constantFrom('RUNNING' as const, 'RETRYING' as const, 'BLOCKED' as const),
      blockedReason: fc.constantFrom(...BLOCKED_REASONS),
      attempts: count,
      lastError: text,
      nextAttemptTimeMs: count,
    }),
    fc.record({
      kind: fc.constant('markPurged' as const),
      ...totals,
      reusableAfterMs: count,
      nextSweepTimeMs: count,
    }),
    fc.record({ kind: fc.constant('forgetStream' as const), incarnation: count }),
    fc.record({ kind: fc.constant('retryPurge' as const), ...target, discardNewWrites: fc.boolean() }),
    fc.record({ kind: fc.constant('setPurgePaused' as const), ...target, paused: fc.boolean() }),
    fc.record({ kind: fc.constant('beginSweep' as const), incarnation: count, reusableAfterMs: count }),
    fc.record({
      kind: fc.constant('recordSweep' as const),
      incarnation: count,
      objectsFound: count,
      bytesFound: count,
      newestWriteMs: count,
      nextSweepTimeMs: count,
      foundDataOnly: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('adoptStream' as const),
      tenant: text,
      name: text,
      prefix: text,
      labels,
      state: fc.constantFrom('ACTIVE' as const, 'DELETED' as const),
      gracePeriodMs: count,
    }),
    fc.record({
      kind: fc.constant('openSession' as const),
      nodeId: text,
      ttlMs: count,
      uploadDeadlineMs: count,
      coversEarlier: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('closeSession' as const), sessionId: count, settled: fc.boolean() }),
    fc.record({ kind: fc.constant('expireSession' as const), sessionId: count }),
  );
}
