/**
 * The transition table, written out a second time as what callers see: a cell that is changed in
 * `lifecycle.ts` by mistake is a test that fails here. Each cell is run through apply.
 */
import { describe, expect, it } from 'vitest';
import { LIFE_STATES, lifeStateOf, type LifeState } from '../../src/catalog/lifecycle.js';
import type { Command, StreamCommandKind, StreamRecord } from '../../src/catalog/types.js';
import {
  adopt,
  beginDrain,
  beginPurge,
  beginPurgeUndrained,
  beginSweep,
  create,
  forget,
  markDeleted,
  markPurged,
  pause,
  progress,
  recordSweep,
  retryPurge,
  TestCatalog,
  undelete,
} from './support/memory-catalog.js';

/** The state afterwards with an event or without; '=' for a success that changes nothing; else the reason. */
type Expected = Shown | `${Shown} (no event)` | 'new life' | 'FORGOTTEN' | '=' | `! ${string}`;
type Shown = Exclude<LifeState, 'ABSENT'>;

const TABLE: Record<LifeState, Record<StreamCommandKind, Expected>> = {
  ABSENT: {
    createStream: 'new life',
    markDeleted: '! STREAM_NOT_FOUND',
    undelete: '! STREAM_NOT_FOUND',
    beginDrain: '! STREAM_NOT_FOUND',
    beginPurge: '! STREAM_NOT_FOUND',
    beginPurgeUndrained: '! STREAM_NOT_FOUND',
    recordPurgeProgress: '! STREAM_NOT_FOUND',
    markPurged: '! STREAM_NOT_FOUND',
    forgetStream: '=',
    retryPurge: '! STREAM_NOT_FOUND',
    setPurgePaused: '! STREAM_NOT_FOUND',
    beginSweep: '! STREAM_NOT_FOUND',
    recordSweep: '! STREAM_NOT_FOUND',
    adoptStream: 'new life',
  },
  ACTIVE: {
    createStream: '! STREAM_EXISTS',
    markDeleted: 'DELETED',
    undelete: '! STREAM_NOT_DELETED',
    beginDrain: '! STREAM_NOT_DELETED',
    beginPurge: '! STREAM_NOT_DELETED',
    beginPurgeUndrained: '! STREAM_NOT_DELETED',
    recordPurgeProgress: '! STREAM_NOT_DELETED',
    markPurged: '! STREAM_NOT_DELETED',
    forgetStream: '! STREAM_NOT_DELETED',
    retryPurge: '! STREAM_NOT_DELETED',
    setPurgePaused: '! STREAM_NOT_DELETED',
    beginSweep: '! STREAM_NOT_DELETED',
    recordSweep: '! STREAM_NOT_DELETED',
    adoptStream: '! STREAM_EXISTS',
  },
  DELETED: {
    createStream: 'new life',
    markDeleted: '=',
    undelete: 'ACTIVE',
    beginDrain: 'DRAINING',
    beginPurge: '! PURGE_PENDING',
    beginPurgeUndrained: 'PURGING',
    recordPurgeProgress: '! PURGE_PENDING',
    markPurged: '! PURGE_PENDING',
    forgetStream: '! PURGE_PENDING',
    retryPurge: '=',
    setPurgePaused: 'DELETED (no event)',
    beginSweep: '! PURGE_PENDING',
    recordSweep: '! PURGE_PENDING',
    adoptStream: 'new life',
  },
  DRAINING: {
    createStream: 'new life',
    markDeleted: '=',
    undelete: '! PURGE_STARTED',
    beginDrain: '=',
    beginPurge: 'PURGING',
    beginPurgeUndrained: '! PURGE_PENDING',
    recordPurgeProgress: '! PURGE_PENDING',
    markPurged: '! PURGE_PENDING',
    forgetStream: '! PURGE_PENDING',
    // With a word on new writes it changes that: tested in `drain.test.ts`.
    retryPurge: '=',
    setPurgePaused: 'DRAINING (no event)',
    beginSweep: '! PURGE_PENDING',
    recordSweep: '! PURGE_PENDING',
    adoptStream: 'new life',
  },
  PURGING: {
    createStream: 'new life',
    markDeleted: '=',
    undelete: '! PURGE_STARTED',
    beginDrain: '=',
    beginPurge: '=',
    beginPurgeUndrained: '=',
    recordPurgeProgress: 'PURGING (no event)',
    markPurged: 'PURGED',
    forgetStream: '! PURGE_PENDING',
    // RUNNING already; RETRYING and BLOCKED are tested below.
    retryPurge: '=',
    setPurgePaused: 'PURGING (no event)',
    beginSweep: '! PURGE_PENDING',
    recordSweep: '! PURGE_PENDING',
    adoptStream: 'new life',
  },
  PURGED: {
    createStream: 'new life',
    markDeleted: '=',
    undelete: '! PURGE_STARTED',
    beginDrain: '! PURGE_STARTED',
    beginPurge: '! PURGE_STARTED',
    beginPurgeUndrained: '! PURGE_STARTED',
    recordPurgeProgress: '! PURGE_STARTED',
    markPurged: '=',
    forgetStream: 'FORGOTTEN',
    retryPurge: '=',
    setPurgePaused: 'PURGED (no event)',
    // None is to come; sweeps that are due are tested in `sweep.test.ts`.
    beginSweep: '=',
    recordSweep: '=',
    adoptStream: 'new life',
  },
};

const COMMANDS: Record<StreamCommandKind, (incarnation: number, drainRevision: number) => Command> = {
  createStream: () => create('app'),
  markDeleted: () => markDeleted('app', { gracePeriodMs: 5 }),
  undelete: () => undelete('app'),
  beginDrain: (incarnation) => beginDrain(incarnation),
  beginPurge: (incarnation, drainRevision) => beginPurge(incarnation, drainRevision),
  beginPurgeUndrained: (incarnation) => beginPurgeUndrained(incarnation),
  recordPurgeProgress: (incarnation) => progress(incarnation, { objectsDeleted: 5 }),
  markPurged: (incarnation) => markPurged(incarnation),
  forgetStream: (incarnation) => forget(incarnation),
  retryPurge: () => retryPurge('app'),
  setPurgePaused: () => pause('app', true),
  beginSweep: (incarnation) => beginSweep(incarnation),
  recordSweep: (incarnation) => recordSweep(incarnation),
  adoptStream: () => adopt('app', { prefix: 'old/' }),
};

const NOTHING: Pick<StreamRecord, 'incarnation' | 'drainRevision'> = { incarnation: 1, drainRevision: 0 };

function observe(state: LifeState, kind: StreamCommandKind): Expected {
  const catalog = new TestCatalog();
  const { incarnation, drainRevision } = state === 'ABSENT' ? NOTHING : catalog.streamIn(state);
  const result = catalog.apply(COMMANDS[kind](incarnation, drainRevision));
  const event = catalog.last?.event;
  if (!result.ok) return `! ${result.refusal.reason}`;
  if (!result.changed) return '=';
  if (event?.kind === 'FORGOTTEN') return 'FORGOTTEN';
  const after = lifeStateOf(result.stream);
  if (after === 'ABSENT') throw new Error(`${kind}: no stream in the answer`);
  if (event === undefined) return `${after} (no event)`;
  return event.kind === 'CREATED' ? 'new life' : after;
}

describe('the transition table', () => {
  for (const state of LIFE_STATES) {
    for (const kind of Object.keys(TABLE[state]) as StreamCommandKind[]) {
      it(`${state} x ${kind}: ${TABLE[state][kind]}`, () => {
        expect(observe(state, kind)).toBe(TABLE[state][kind]);
      });
    }
  }

  it('C2: a refusal and a repetition leave the record as it was', () => {
    for (const state of LIFE_STATES) {
      for (const kind of Object.keys(TABLE[state]) as StreamCommandKind[]) {
        const expected = TABLE[state][kind];
        if (state === 'ABSENT' || (expected !== '=' && !expected.startsWith('!'))) continue;
        const catalog = new TestCatalog();
        const stream = catalog.streamIn(state);
        catalog.apply(COMMANDS[kind](stream.incarnation, stream.drainRevision));
        // One write: committed time moved on.
        expect(catalog.last?.writes).toHaveLength(1);
      }
    }
  });
});
