/** P8: what happens to a stream after PURGED. */
import { describe, expect, it } from 'vitest';
import { decodeSweepQueueKey, sweepQueueRange } from '../../src/catalog/keys.js';
import { readStreamByIncarnation, readSummary } from '../../src/catalog/queries.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import {
  beginSweep,
  create,
  forget,
  markDeleted,
  markPurged,
  recordSweep,
  START_MS,
  TestCatalog,
} from './support/memory-catalog.js';

const HOUR_MS = 3_600_000;

/** PURGED at START_MS, fenced for a minute, to be swept an hour later. */
function purged(name = 'app'): { catalog: TestCatalog; incarnation: number } {
  const catalog = new TestCatalog();
  const { incarnation } = catalog.streamIn('PURGING', name);
  const stream = catalog.stream(
    markPurged(incarnation, { reusableAfterMs: START_MS + 60_000, nextSweepTimeMs: START_MS + HOUR_MS }),
  );
  expect(stream.sweep).toEqual({
    done: 0,
    nextTimeMs: START_MS + HOUR_MS,
    objectsFound: 0,
    bytesFound: 0,
    newestWriteMs: 0,
  });
  return { catalog, incarnation };
}

function queue(catalog: TestCatalog): [timeMs: number, incarnation: number][] {
  return catalog.store.range(sweepQueueRange()).map(([key]) => {
    const { timeMs, incarnation } = decodeSweepQueueKey(key);
    return [timeMs - START_MS, incarnation];
  });
}

describe('a sweep', () => {
  it('adds what it found to the record and to the totals, and changes neither state nor etag', () => {
    const { catalog, incarnation } = purged();
    const { revision } = readStreamByIncarnation(catalog.store, incarnation) as StreamRecord;
    catalog.nowMs = START_MS + HOUR_MS;
    const first = { objectsFound: 3, bytesFound: 300, newestWriteMs: START_MS + 5 };
    catalog.stream(recordSweep(incarnation, { ...first, nextSweepTimeMs: START_MS + 24 * HOUR_MS }));
    expect(catalog.last?.event).toBeUndefined();
    catalog.nowMs = START_MS + 24 * HOUR_MS;
    const stream = catalog.stream(
      recordSweep(incarnation, { objectsFound: 1, bytesFound: 50, newestWriteMs: START_MS + 2 }),
    );
    expect(stream).toMatchObject({
      state: 'PURGED',
      revision,
      sweep: { done: 2, nextTimeMs: 0, objectsFound: 4, bytesFound: 350, newestWriteMs: START_MS + 5 },
    });
    catalog.stream(forget(incarnation));
    expect(readSummary(catalog.store)).toMatchObject({ objectsSweptTotal: 4, bytesSweptTotal: 350 });
  });

  it('that found data without metadata makes an event: whoever wrote it holds the stream still', () => {
    const { catalog, incarnation } = purged();
    const { revision } = readStreamByIncarnation(catalog.store, incarnation) as StreamRecord;
    catalog.nowMs = START_MS + HOUR_MS;
    const sweep = recordSweep(incarnation, {
      objectsFound: 1,
      foundDataOnly: true,
      nextSweepTimeMs: START_MS + 24 * HOUR_MS,
    });
    catalog.stream(sweep);
    expect(catalog.last?.event).toMatchObject({
      kind: 'RESIDUE_SWEPT',
      revision: catalog.index,
      stream: { incarnation, state: 'PURGED', revision, sweep: { done: 1, objectsFound: 1 } },
    });
    catalog.stream(sweep);
    expect(catalog.last?.event).toBeUndefined();
  });

  it('told twice counts once, whether it was the last or not', () => {
    const { catalog, incarnation } = purged();
    catalog.nowMs = START_MS + HOUR_MS;
    for (const nextSweepTimeMs of [catalog.nowMs + HOUR_MS, 0]) {
      const sweep = recordSweep(incarnation, { objectsFound: 1, nextSweepTimeMs });
      expect(catalog.apply(sweep)).toMatchObject({ ok: true, changed: true });
      expect(catalog.apply(sweep)).toMatchObject({ ok: true, changed: false });
      catalog.nowMs += HOUR_MS;
    }
    expect(readSummary(catalog.store).objectsSweptTotal).toBe(2);
  });

  it('that was not due in committed time changes nothing', () => {
    const { catalog, incarnation } = purged();
    catalog.nowMs = START_MS + HOUR_MS - 1;
    expect(catalog.apply(recordSweep(incarnation))).toMatchObject({ ok: true, changed: false });
  });
});

describe('a sweep that deletes (P11)', () => {
  const hour = START_MS + HOUR_MS;

  it('keeps others from the prefix, above it and below it, until its requests have died', () => {
    const { catalog, incarnation } = purged();
    const { prefix } = readStreamByIncarnation(catalog.store, incarnation) as StreamRecord;
    catalog.nowMs = hour;
    expect(catalog.stream(beginSweep(incarnation, hour + 75_000)).reusableAfterMs).toBe(hour + 75_000);
    const above = `${prefix.split('/')[0]}/`;
    for (const wanted of [prefix, above, `${prefix}below/`]) {
      catalog.nowMs = hour + 74_999;
      expect(catalog.refusal(create('other', { prefix: wanted })).reason).toBe('PURGE_PENDING');
    }
    catalog.nowMs = hour + 75_000;
    catalog.stream(create('other', { prefix }));
  });

  it('never draws its fence nearer', () => {
    const { catalog, incarnation } = purged();
    catalog.nowMs = hour;
    catalog.stream(beginSweep(incarnation, hour + 75_000));
    expect(catalog.apply(beginSweep(incarnation, hour))).toMatchObject({ ok: true, changed: false });
    catalog.stream(recordSweep(incarnation));
    expect(catalog.refusal(forget(incarnation)).reason).toBe('PURGE_PENDING');
  });

  it('is refused where another life owns the prefix, or did since', () => {
    const { catalog, incarnation } = purged();
    const { prefix } = readStreamByIncarnation(catalog.store, incarnation) as StreamRecord;
    catalog.nowMs = hour;
    const { incarnation: second } = catalog.stream(create('second', { prefix }));
    expect(catalog.refusal(beginSweep(incarnation, hour + 75_000)).reason).toBe('PREFIX_OVERLAP');
    catalog.stream(markDeleted('second'));
    catalog.purging(second);
    catalog.stream(markPurged(second));
    expect(catalog.refusal(beginSweep(incarnation, hour + 75_000)).reason).toBe('PREFIX_OVERLAP');
  });
});

describe('a PURGED stream', () => {
  it('is not forgotten before its last sweep, nor before its fence', () => {
    const { catalog, incarnation } = purged();
    catalog.nowMs = START_MS + HOUR_MS;
    expect(catalog.refusal(forget(incarnation))).toMatchObject({
      reason: 'PURGE_PENDING',
      metadata: { next_sweep_ms: String(START_MS + HOUR_MS) },
    });
    catalog.stream(recordSweep(incarnation));
    expect(catalog.apply(forget(incarnation))).toMatchObject({ ok: true, changed: true });
    expect(readStreamByIncarnation(catalog.store, incarnation)).toBeUndefined();
  });

  it('stands in the queue for its next sweep, then for its end, and leaves it with its record', () => {
    const { catalog, incarnation } = purged();
    const other = catalog.streamIn('PURGED', 'other').incarnation;
    expect(queue(catalog)).toEqual([
      [-START_MS, other],
      [HOUR_MS, incarnation],
    ]);
    catalog.nowMs = START_MS + HOUR_MS;
    catalog.stream(recordSweep(incarnation, { nextSweepTimeMs: START_MS + 2 * HOUR_MS }));
    catalog.stream(forget(other));
    expect(queue(catalog)).toEqual([[2 * HOUR_MS, incarnation]]);
    catalog.nowMs = START_MS + 2 * HOUR_MS;
    catalog.stream(recordSweep(incarnation));
    expect(queue(catalog)).toEqual([[60_000, incarnation]]);
    catalog.stream(forget(incarnation));
    expect(queue(catalog)).toEqual([]);
  });
});
