import { describe, expect, it } from 'vitest';
import { applyEntry, trimEvents } from '../../src/catalog/apply.js';
import { EVENT_HISTORY_ENTRIES, GRACE_PERIOD_MS_MAX, TIME_MS_MAX } from '../../src/catalog/limits.js';
import { readCurrent, readStream, readStreamByIncarnation, readSummary } from '../../src/catalog/queries.js';
import { validateAgainst } from '../../src/catalog/validate-against.js';
import { AssertionError } from '../../src/shared/assert.js';
import {
  beginDrain,
  beginPurge,
  create,
  envelope,
  forget,
  markDeleted,
  markPurged,
  MemoryCatalog,
  pause,
  progress,
  retryPurge,
  START_MS,
  TestCatalog,
  undelete,
} from './support/memory-catalog.js';

describe('C3: committed time', () => {
  it('is the stamp, but never runs backwards', () => {
    const catalog = new TestCatalog();
    expect(catalog.stream(create('a')).createTimeMs).toBe(START_MS);
    catalog.nowMs -= 60_000;
    expect(catalog.stream(create('b')).createTimeMs).toBe(START_MS);
    catalog.nowMs += 60_001;
    expect(catalog.stream(create('c')).createTimeMs).toBe(START_MS + 1);
  });

  it('ends with the calendar: no stamp is too large for what follows from it', () => {
    const catalog = new TestCatalog();
    catalog.nowMs = Number.MAX_SAFE_INTEGER;
    catalog.stream(create('app'));
    const deleted = catalog.stream(markDeleted('app', { gracePeriodMs: GRACE_PERIOD_MS_MAX }));
    expect(deleted).toMatchObject({
      deleteTimeMs: TIME_MS_MAX,
      purgeAfterMs: TIME_MS_MAX + GRACE_PERIOD_MS_MAX,
    });
  });

  it('moves on with a refusal too', () => {
    const catalog = new TestCatalog();
    catalog.nowMs += 5;
    catalog.refusal(beginDrain(7));
    expect(readSummary(catalog.store).committedTimeMs).toBe(START_MS + 5);
    expect(readSummary(catalog.store).revision).toBe(0);
  });

  it('C5, P3: decides whether the grace period is over, whatever the proposer thought', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.stream(create('app'));
    const deleted = catalog.stream(markDeleted('app', { gracePeriodMs: 1000 }));
    expect(deleted).toMatchObject({
      deleteTimeMs: START_MS,
      purgeAfterMs: START_MS + 1000,
      tombstoneRevision: 2,
    });
    catalog.nowMs = START_MS + 999;
    expect(catalog.refusal(beginDrain(incarnation))).toMatchObject({
      reason: 'PURGE_PENDING',
      metadata: { purge_after_ms: String(START_MS + 1000) },
    });
    // Deleting it again neither restarts nor shortens the grace period.
    expect(catalog.stream(markDeleted('app', { gracePeriodMs: 0 })).purgeAfterMs).toBe(START_MS + 1000);
    catalog.nowMs = START_MS + 1000;
    expect(catalog.stream(beginDrain(incarnation)).state).toBe('PURGING');
  });
});

describe('C4: indexes', () => {
  it('only grow: an entry that was applied before is a bug in the driver', () => {
    const store = new MemoryCatalog();
    store.write(applyEntry(store, envelope(create('app')), 5).writes);
    expect(() => applyEntry(store, envelope(create('app')), 5)).toThrow(AssertionError);
    expect(() => applyEntry(store, envelope(create('app')), 4)).toThrow('C4');
    // The core's own entries leave gaps.
    expect(applyEntry(store, envelope(markDeleted('app')), 9).result.ok).toBe(true);
  });
});

describe('one life after another', () => {
  it('a name has a current life: the ACTIVE one, else the one that was ACTIVE last', () => {
    const catalog = new TestCatalog();
    const current = (): number | undefined => readCurrent(catalog.store, '', 'app')?.incarnation;
    const first = catalog.stream(create('app')).incarnation;
    catalog.stream(markDeleted('app', { gracePeriodMs: 9000 }));
    expect(current()).toBe(first);
    const second = catalog.stream(create('app')).incarnation;
    expect(current()).toBe(second);
    catalog.stream(markDeleted('app', { gracePeriodMs: 9000 }));
    expect(current()).toBe(second);
    expect(catalog.stream(undelete('app', { incarnation: first })).state).toBe('ACTIVE');
    expect(current()).toBe(first);
  });

  it('an older life does not come back while a newer one is ACTIVE', () => {
    const catalog = new TestCatalog();
    const first = catalog.stream(create('app')).incarnation;
    catalog.stream(markDeleted('app', { gracePeriodMs: 9000 }));
    const second = catalog.stream(create('app'));
    expect(catalog.refusal(undelete('app', { incarnation: first }))).toMatchObject({
      reason: 'STREAM_EXISTS',
      metadata: { incarnation: String(second.incarnation), state: 'ACTIVE' },
    });
    catalog.stream(markDeleted('app'));
    expect(catalog.stream(undelete('app', { incarnation: first })).incarnation).toBe(first);
  });

  it('a delete that names an older life is told of the current one', () => {
    const catalog = new TestCatalog();
    const first = catalog.stream(create('app')).incarnation;
    catalog.stream(markDeleted('app'));
    const second = catalog.stream(create('app')).incarnation;
    for (const allowMissing of [false, true]) {
      for (const incarnation of [first, 77]) {
        expect(catalog.refusal(markDeleted('app', { incarnation, allowMissing }))).toMatchObject({
          reason: 'INCARNATION_MISMATCH',
          metadata: { incarnation: String(incarnation), current_incarnation: String(second) },
        });
      }
    }
    expect(catalog.stream(markDeleted('app', { incarnation: second })).state).toBe('DELETED');
  });

  it('never takes another name by its incarnation', () => {
    const catalog = new TestCatalog();
    const other = catalog.stream(create('other')).incarnation;
    expect(catalog.refusal(markDeleted('app', { incarnation: other })).reason).toBe('STREAM_NOT_FOUND');
    catalog.stream(create('app'));
    expect(catalog.refusal(markDeleted('app', { incarnation: other })).reason).toBe('INCARNATION_MISMATCH');
    expect(catalog.refusal(undelete('app', { incarnation: other })).reason).toBe('INCARNATION_MISMATCH');
  });

  it('operators reach the purge of an older life by its incarnation', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    catalog.stream(progress(incarnation, { phase: 'BLOCKED', lastError: 'AccessDenied' }));
    catalog.stream(create('app'));
    expect(catalog.stream(retryPurge('app', { incarnation })).purge).toMatchObject({ phase: 'RUNNING' });
    expect(catalog.stream(pause('app', true, incarnation)).purge.paused).toBe(true);
  });

  it('allow_missing makes an unknown name a success without a stream', () => {
    const catalog = new TestCatalog();
    const nothing = { ok: true, stream: undefined, changed: false };
    expect(catalog.apply(markDeleted('app', { allowMissing: true }))).toEqual(nothing);
    expect(catalog.apply(markDeleted('app', { allowMissing: true, incarnation: 5 }))).toEqual(nothing);
  });

  it('reads any life until it is forgotten', () => {
    const catalog = new TestCatalog();
    const first = catalog.streamIn('PURGED').incarnation;
    const second = catalog.stream(create('app')).incarnation;
    const read = (incarnation: number): unknown => {
      const answer = readStream(catalog.store, { tenant: '', name: 'app', incarnation });
      return answer.ok ? answer.stream.incarnation : answer.refusal.reason;
    };
    expect([read(0), read(first), read(second)]).toEqual([second, first, second]);
    catalog.stream(forget(first));
    expect([read(0), read(first)]).toEqual([second, 'INCARNATION_MISMATCH']);
    expect(readStreamByIncarnation(catalog.store, first)).toBeUndefined();
  });

  it('an older life that outlives the record of the current one still answers to its incarnation', () => {
    const catalog = new TestCatalog();
    const first = catalog.stream(create('app')).incarnation;
    catalog.stream(markDeleted('app', { gracePeriodMs: 9000 }));
    const second = catalog.streamIn('PURGED').incarnation;
    catalog.stream(forget(second));
    expect(catalog.refusal(markDeleted('app')).reason).toBe('STREAM_NOT_FOUND');
    expect(catalog.apply(markDeleted('app', { incarnation: first }))).toMatchObject({
      ok: true,
      changed: false,
    });
    expect(catalog.stream(undelete('app', { incarnation: first })).state).toBe('ACTIVE');
    expect(readCurrent(catalog.store, '', 'app')?.incarnation).toBe(first);
  });
});

describe('the etag', () => {
  it('guards delete and undelete, and names the revision that it is at', () => {
    const catalog = new TestCatalog();
    const { revision } = catalog.stream(create('app'));
    expect(catalog.refusal(markDeleted('app', { ifRevision: revision + 1 }))).toMatchObject({
      reason: 'ETAG_MISMATCH',
      metadata: { revision: String(revision) },
    });
    const deleted = catalog.stream(markDeleted('app', { ifRevision: revision }));
    expect(catalog.refusal(undelete('app', { ifRevision: revision })).reason).toBe('ETAG_MISMATCH');
    expect(catalog.stream(undelete('app', { ifRevision: deleted.revision })).state).toBe('ACTIVE');
  });

  it('does not change with progress, retries and pauses', () => {
    const catalog = new TestCatalog();
    const { incarnation, revision } = catalog.streamIn('PURGING');
    catalog.stream(progress(incarnation, { phase: 'BLOCKED', objectsDeleted: 5 }));
    catalog.stream(retryPurge('app'));
    expect(catalog.stream(pause('app', true)).revision).toBe(revision);
    expect(readSummary(catalog.store).revision).toBe(catalog.index);
  });
});

describe('a purge', () => {
  it('says why it is blocked and since when things are so, until they change', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    const blocked = catalog.stream(
      progress(incarnation, {
        phase: 'BLOCKED',
        blockedReason: 'OBJECT_LOCKED',
        uploadsAborted: 3,
        lastError: 'locked',
        nextAttemptTimeMs: 9,
      }),
    );
    expect(blocked.purge).toMatchObject({
      blockedReason: 'OBJECT_LOCKED',
      uploadsAborted: 3,
      lastErrorTimeMs: START_MS,
    });
    const paused = catalog.stream(pause(blocked.name, true));
    expect(paused.purge).toMatchObject({ pauseTimeMs: START_MS, blockedReason: 'OBJECT_LOCKED' });
    expect(readSummary(catalog.store).pausedStreams).toBe(1);
    expect(catalog.stream(pause(blocked.name, false)).purge.pauseTimeMs).toBe(0);
    expect(readSummary(catalog.store).pausedStreams).toBe(0);
    const going = catalog.stream(progress(incarnation, { uploadsAborted: 2 }));
    expect(going.purge).toMatchObject({ blockedReason: 'NONE', lastErrorTimeMs: 0, uploadsAborted: 3 });
  });

  it('takes no reason for being blocked that does not say BLOCKED', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    const result = catalog.apply(progress(incarnation, { blockedReason: 'ACCESS_DENIED' }));
    expect(result).toMatchObject({ ok: false, refusal: { violations: [{ field: 'blocked_reason' }] } });
  });

  it('is counted by phase and in totals that never shrink', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    expect(readSummary(catalog.store).purges).toEqual({
      DRAINING: 0,
      RUNNING: 1,
      RETRYING: 0,
      BLOCKED: 0,
    });
    catalog.stream(
      progress(incarnation, {
        phase: 'RETRYING',
        objectsDeleted: 10,
        bytesDeleted: 100,
        nextAttemptTimeMs: 9,
      }),
    );
    expect(readSummary(catalog.store)).toMatchObject({
      purges: { DRAINING: 0, RUNNING: 0, RETRYING: 1, BLOCKED: 0 },
      objectsDeletedTotal: 10,
      bytesDeletedTotal: 100,
    });
    const behind = catalog.stream(
      progress(incarnation, { objectsDeleted: 4, bytesDeleted: 200, attempts: 0, nextAttemptTimeMs: 9 }),
    );
    expect(behind.purge).toEqual({
      phase: 'RUNNING',
      blockedReason: 'NONE',
      objectsDeleted: 10,
      bytesDeleted: 200,
      uploadsAborted: 0,
      attempts: 1,
      lastError: '',
      lastErrorTimeMs: 0,
      nextAttemptTimeMs: 0,
      drainTimeMs: START_MS,
      beginTimeMs: START_MS,
      discardNewWrites: false,
      paused: false,
      pauseTimeMs: 0,
    });
    const purged = catalog.stream(markPurged(incarnation, { objectsDeleted: 12, bytesDeleted: 200 }));
    expect(purged).toMatchObject({ purgeTimeMs: START_MS, purge: { phase: 'DONE', objectsDeleted: 12 } });
    expect(readSummary(catalog.store)).toMatchObject({
      streams: { ACTIVE: 0, DELETED: 0, PURGING: 0, PURGED: 1 },
      purges: { DRAINING: 0, RUNNING: 0, RETRYING: 0, BLOCKED: 0 },
      objectsDeletedTotal: 12,
      bytesDeletedTotal: 200,
    });
  });

  it('saturates the totals at what a number holds', () => {
    const catalog = new TestCatalog();
    for (const name of ['a', 'b']) {
      const { incarnation } = catalog.streamIn('PURGING', name);
      catalog.stream(markPurged(incarnation, { bytesDeleted: Number.MAX_SAFE_INTEGER - 1 }));
    }
    expect(readSummary(catalog.store).bytesDeletedTotal).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is made to try again at once by an operator, and keeps its last error until then', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    for (const phase of ['RETRYING', 'BLOCKED'] as const) {
      catalog.stream(progress(incarnation, { phase, lastError: 'denied', nextAttemptTimeMs: START_MS + 5 }));
      expect(catalog.stream(retryPurge('app')).purge).toMatchObject({
        phase: 'RUNNING',
        nextAttemptTimeMs: 0,
        lastError: 'denied',
      });
    }
  });

  it('repeated progress changes nothing', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    catalog.stream(progress(incarnation, { objectsDeleted: 3 }));
    expect(catalog.apply(progress(incarnation, { objectsDeleted: 3 }))).toMatchObject({
      ok: true,
      changed: false,
    });
  });

  it.each(['DELETED', 'DRAINING'] as const)(
    'P10: goes no further from %s while paused, by name or for the cluster',
    (state) => {
      const catalog = new TestCatalog();
      const { incarnation, drainRevision } = catalog.streamIn(state);
      const next = state === 'DELETED' ? beginDrain(incarnation) : beginPurge(incarnation, drainRevision);
      catalog.apply(pause('', true));
      expect(readSummary(catalog.store).purgesPaused).toBe(true);
      expect(catalog.refusal(next)).toMatchObject({
        reason: 'PURGE_PENDING',
        metadata: { paused: 'cluster' },
      });
      expect(catalog.apply(pause('', true))).toMatchObject({ ok: true, changed: false });
      catalog.stream(pause('app', true));
      catalog.apply(pause('', false));
      expect(catalog.refusal(next).metadata['paused']).toBe('stream');
      catalog.stream(pause('app', false));
      expect(catalog.stream(next).state).toBe('PURGING');
    },
  );

  it('P10: can end while paused, once it has begun', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING');
    catalog.apply(pause('', true));
    expect(catalog.stream(markPurged(incarnation)).state).toBe('PURGED');
  });

  it('starts from nothing after an undelete and another delete', () => {
    const catalog = new TestCatalog();
    catalog.streamIn('DELETED');
    catalog.stream(pause('app', true));
    expect(catalog.stream(undelete('app'))).toMatchObject({
      state: 'ACTIVE',
      deleteTimeMs: 0,
      purgeAfterMs: 0,
      tombstoneRevision: 0,
      purge: { phase: 'NONE', paused: false },
    });
    expect(catalog.stream(markDeleted('app')).purge).toMatchObject({ phase: 'WAITING', paused: false });
  });
});

describe('events', () => {
  it('tell each change of a lifecycle, with the record after it', () => {
    const catalog = new TestCatalog();
    const told: string[] = [];
    const apply = (command: Parameters<TestCatalog['apply']>[0]): void => {
      catalog.apply(command);
      const event = catalog.last?.event;
      if (event !== undefined) told.push(`${event.revision} ${event.kind} ${event.stream.state}`);
    };
    apply(create('app'));
    apply(markDeleted('app'));
    apply(undelete('app'));
    apply(markDeleted('app'));
    apply(beginDrain(1));
    apply(beginDrain(1));
    apply(beginPurge(1, 5));
    apply(progress(1, { objectsDeleted: 1 }));
    apply(markPurged(1));
    apply(forget(1));
    apply(forget(1));
    expect(told).toEqual([
      '1 CREATED ACTIVE',
      '2 DELETED DELETED',
      '3 UNDELETED ACTIVE',
      '4 DELETED DELETED',
      '5 PURGE_STARTED PURGING',
      '7 DRAINED PURGING',
      '9 PURGED PURGED',
      '10 FORGOTTEN PURGED',
    ]);
  });

  it('are kept for a bounded distance in the log, and trimmed two at most an entry', () => {
    expect(trimEvents(0, EVENT_HISTORY_ENTRIES)).toEqual({ eventFloor: 0, writes: [] });
    expect(trimEvents(0, EVENT_HISTORY_ENTRIES + 1)).toMatchObject({
      eventFloor: 1,
      writes: [{ value: undefined }],
    });
    expect(trimEvents(5, 20, 10)).toMatchObject({ eventFloor: 7, writes: [{}, {}] });
    expect(trimEvents(9, 20, 10)).toMatchObject({ eventFloor: 10, writes: [{}] });
    expect(trimEvents(10, 20, 10)).toEqual({ eventFloor: 10, writes: [] });
    // The core's own entries skip indexes: the floor catches up by itself.
    let eventFloor = 0;
    for (let index = 11; index <= 100; index += index % 7 === 0 ? 2 : 1) {
      ({ eventFloor } = trimEvents(eventFloor, index, 10));
      expect(index - eventFloor).toBeLessThanOrEqual(11);
    }
  });
});

describe('bad input at apply', () => {
  it('is a refusal as data that names the fields, and changes nothing but time', () => {
    const catalog = new TestCatalog();
    const refusal = catalog.refusal(create('../etc', { prefix: '/', tenant: '.' }));
    expect(refusal.reason).toBe('INVALID_ARGUMENT');
    expect(refusal.violations?.map(({ field }) => field)).toEqual(['tenant', 'name', 'prefix']);
    expect(catalog.last?.writes).toHaveLength(1);
  });
});

describe('validateAgainst (AIP-163)', () => {
  it('answers what apply would, and has no effect', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app', { prefix: 'a/' }));
    const before = catalog.store.dump();
    const ask = (command: Parameters<TestCatalog['apply']>[0]): unknown => {
      const result = validateAgainst(catalog.store, command, START_MS + 5);
      return result.ok ? result.stream : result.refusal.reason;
    };
    expect(ask(create('app'))).toBe('STREAM_EXISTS');
    expect(ask(create('other', { prefix: 'a/b/' }))).toBe('PREFIX_OVERLAP');
    expect(ask(create('🪦'))).toBe('INVALID_ARGUMENT');
    expect(ask(create('new'))).toMatchObject({
      incarnation: 0,
      revision: 0,
      prefix: 'new/0/',
      createTimeMs: START_MS + 5,
    });
    expect(ask(markDeleted('app'))).toMatchObject({ state: 'DELETED', purgeAfterMs: START_MS + 5 });
    expect(catalog.store.dump()).toBe(before);
  });

  it('never lets the clock run behind committed time', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app'));
    const result = validateAgainst(catalog.store, markDeleted('app'), 0);
    expect(result).toMatchObject({ ok: true, stream: { deleteTimeMs: START_MS } });
  });
});

describe('cost', () => {
  it('of a create is at most ten point reads and ten writes', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app', { tenant: 'acme' }));
    catalog.store.reads = 0;
    catalog.apply(create('app2', { tenant: 'acme' }), '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11');
    expect(catalog.store.reads).toBeLessThanOrEqual(10);
    expect(catalog.last?.writes.length).toBeLessThanOrEqual(10);
  });
});
