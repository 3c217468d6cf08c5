/** P3: the step between the point of no return and the first delete, and the entries of logs that have none. */
import { describe, expect, it } from 'vitest';
import { lifeStateOf } from '../../src/catalog/lifecycle.js';
import { readSummary } from '../../src/catalog/queries.js';
import {
  beginDrain,
  beginPurge,
  beginPurgeUndrained,
  create,
  markDeleted,
  markPurged,
  pause,
  progress,
  retryPurge,
  START_MS,
  TestCatalog,
  undelete,
} from './support/memory-catalog.js';

describe('a drain', () => {
  it('begins once in a life: at its entry, in committed time, and nothing of it is deleted yet', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('DELETED');
    catalog.nowMs = START_MS + 5;
    const stream = catalog.stream(beginDrain(incarnation));
    expect(stream).toMatchObject({
      state: 'PURGING',
      revision: catalog.index,
      drainRevision: catalog.index,
      purge: { phase: 'DRAINING', drainTimeMs: START_MS + 5, beginTimeMs: 0 },
    });
    expect(catalog.last?.event?.kind).toBe('PURGE_STARTED');
    expect(readSummary(catalog.store)).toMatchObject({
      streams: { DELETED: 0, PURGING: 1 },
      purges: { DRAINING: 1, RUNNING: 0 },
    });
    catalog.nowMs = START_MS + 9;
    expect(catalog.apply(beginDrain(incarnation))).toEqual({ ok: true, stream, changed: false });
    expect(catalog.refusal(undelete('app'))).toMatchObject({
      reason: 'PURGE_STARTED',
      message: expect.stringContaining('past its grace period') as string,
    });
  });

  it('does not begin anew for a stream that came back and was deleted again', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('DELETED');
    catalog.stream(undelete('app'));
    catalog.nowMs = START_MS + 5;
    catalog.stream(markDeleted('app', { gracePeriodMs: 1000 }));
    // Proposed for the first tombstone: its grace is over, and that of the second is not.
    expect(catalog.refusal(beginDrain(incarnation)).reason).toBe('PURGE_PENDING');
  });

  it('ends in the step that lets the first delete leave', () => {
    const catalog = new TestCatalog();
    const { incarnation, drainRevision } = catalog.streamIn('DRAINING');
    catalog.nowMs = START_MS + 7;
    const stream = catalog.stream(beginPurge(incarnation, drainRevision));
    expect(stream).toMatchObject({
      state: 'PURGING',
      revision: catalog.index,
      drainRevision,
      purge: { phase: 'RUNNING', drainTimeMs: START_MS, beginTimeMs: START_MS + 7 },
    });
    expect(catalog.last?.event?.kind).toBe('DRAINED');
    expect(readSummary(catalog.store).purges).toMatchObject({ DRAINING: 0, RUNNING: 1 });
    // Whatever a late repetition names.
    expect(catalog.apply(beginPurge(incarnation, 1))).toMatchObject({ ok: true, changed: false });
  });

  it('is ended by no other one, and by none that names no drain', () => {
    const catalog = new TestCatalog();
    const { incarnation, drainRevision } = catalog.streamIn('DRAINING');
    for (const other of [0, drainRevision - 1, drainRevision + 1]) {
      expect(catalog.refusal(beginPurge(incarnation, other))).toMatchObject({
        reason: 'PURGE_PENDING',
        metadata: { drain_revision: String(drainRevision) },
      });
    }
  });

  it('P4: lets no purger say that it is purged, or how far it has come', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('DRAINING');
    for (const command of [progress(incarnation), markPurged(incarnation)]) {
      expect(catalog.refusal(command)).toMatchObject({
        reason: 'PURGE_PENDING',
        message: expect.stringContaining('draining') as string,
      });
    }
  });

  it('P10: stops where it is while paused, and is paused without an effect on its age', () => {
    const catalog = new TestCatalog();
    const { incarnation, drainRevision, revision } = catalog.streamIn('DRAINING');
    expect(catalog.stream(pause('app', true))).toMatchObject({ revision, purge: { phase: 'DRAINING' } });
    expect(catalog.refusal(beginPurge(incarnation, drainRevision)).metadata['paused']).toBe('stream');
    expect(readSummary(catalog.store).pausedStreams).toBe(1);
  });
});

describe('a word on new writes', () => {
  const discard = retryPurge('app', { discardNewWrites: true });

  it('is taken while the stream drains, without ending the drain', () => {
    const catalog = new TestCatalog();
    const { incarnation, drainRevision } = catalog.streamIn('DRAINING');
    expect(catalog.stream(discard).purge).toMatchObject({ phase: 'DRAINING', discardNewWrites: true });
    expect(catalog.apply(discard)).toMatchObject({ ok: true, changed: false });
    expect(catalog.last?.event).toBeUndefined();
    expect(catalog.stream(beginPurge(incarnation, drainRevision)).purge.discardNewWrites).toBe(true);
  });

  it('is taken while the purge is tried again, and not taken back by a retry without it', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    catalog.stream(
      progress(incarnation, { phase: 'BLOCKED', blockedReason: 'STREAM_REBORN', lastError: 'reborn' }),
    );
    expect(catalog.stream(discard).purge).toMatchObject({ phase: 'RUNNING', discardNewWrites: true });
    expect(catalog.apply(retryPurge('app'))).toMatchObject({ ok: true, changed: false });
    expect(catalog.stream(progress(incarnation, { objectsDeleted: 1 })).purge.discardNewWrites).toBe(true);
  });

  it.each(['DELETED', 'PURGED'] as const)('is refused where there is nothing to discard: %s', (state) => {
    const catalog = new TestCatalog();
    catalog.streamIn(state);
    expect(catalog.refusal(discard)).toMatchObject({
      reason: 'PURGE_PENDING',
      message: expect.stringContaining('no new writes') as string,
    });
  });

  it('is of one life', () => {
    const catalog = new TestCatalog();
    const first = catalog.streamIn('DRAINING').incarnation;
    catalog.stream(discard);
    expect(catalog.stream(create('app')).purge.discardNewWrites).toBe(false);
    expect(catalog.stream(retryPurge('app', { incarnation: first })).purge.discardNewWrites).toBe(true);
  });
});

describe('an entry of an older log', () => {
  it('begins a purge at once, without a drain', () => {
    const catalog = new TestCatalog();
    const { incarnation, tombstoneRevision } = catalog.streamIn('DELETED');
    const stream = catalog.stream(beginPurgeUndrained(incarnation, tombstoneRevision));
    expect(lifeStateOf(stream)).toBe('PURGING');
    expect(stream).toMatchObject({
      drainRevision: 0,
      purge: { phase: 'RUNNING', drainTimeMs: 0, beginTimeMs: START_MS },
    });
    expect(catalog.last?.event?.kind).toBe('PURGE_STARTED');
    expect(catalog.stream(markPurged(incarnation)).state).toBe('PURGED');
  });

  it('P3: is refused for another tombstone than the one that was drained', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.stream(create('app'));
    const first = catalog.stream(markDeleted('app')).tombstoneRevision;
    catalog.stream(undelete('app'));
    const second = catalog.stream(markDeleted('app')).tombstoneRevision;
    expect(catalog.refusal(beginPurgeUndrained(incarnation, first))).toMatchObject({
      reason: 'PURGE_PENDING',
      metadata: { tombstone_revision: String(second) },
    });
    expect(catalog.stream(beginPurgeUndrained(incarnation, second)).state).toBe('PURGING');
    // A purge that has begun stays begun, whatever tombstone a late repetition names.
    expect(catalog.apply(beginPurgeUndrained(incarnation, first))).toMatchObject({
      ok: true,
      changed: false,
    });
  });

  it('cuts no drain short', () => {
    const catalog = new TestCatalog();
    const { incarnation, tombstoneRevision } = catalog.streamIn('DRAINING');
    expect(catalog.refusal(beginPurgeUndrained(incarnation, tombstoneRevision)).reason).toBe('PURGE_PENDING');
  });
});
