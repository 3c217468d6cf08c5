/** Bringing what is in the bucket already under the catalog. */
import { describe, expect, it } from 'vitest';
import { purgeQueueRange } from '../../src/catalog/keys.js';
import { readCurrent, readSummary } from '../../src/catalog/queries.js';
import type { Command } from '../../src/catalog/types.js';
import { adopt, beginDrain, create, START_MS, TestCatalog, undelete } from './support/memory-catalog.js';

describe('adopting a stream', () => {
  it('alive, makes it ACTIVE at its prefix, which a later life may own again', () => {
    const catalog = new TestCatalog();
    const stream = catalog.stream(adopt('app', { labels: [['from', 'parseable']] }));
    expect(stream).toMatchObject({
      incarnation: 1,
      state: 'ACTIVE',
      prefix: 'app/',
      prefixReusable: true,
      tombstoneRevision: 0,
      purge: { phase: 'NONE' },
    });
    expect(catalog.last?.event?.kind).toBe('CREATED');
  });

  it('dead, gives it its tombstone and its deadline in the same entry', () => {
    const catalog = new TestCatalog();
    const stream = catalog.stream(adopt('app', { state: 'DELETED', gracePeriodMs: 5000 }));
    expect(stream).toMatchObject({
      state: 'DELETED',
      deleteTimeMs: START_MS,
      purgeAfterMs: START_MS + 5000,
      tombstoneRevision: 1,
      purge: { phase: 'WAITING' },
    });
    expect(catalog.last?.event).toMatchObject({ kind: 'DELETED', stream: { state: 'DELETED' } });
    expect(catalog.store.range(purgeQueueRange())).toHaveLength(1);
    expect(readSummary(catalog.store).streams.DELETED).toBe(1);
    expect(readCurrent(catalog.store, '', 'app')?.incarnation).toBe(1);
    expect(catalog.refusal(beginDrain(1)).reason).toBe('PURGE_PENDING');
    // Adopted by mistake: there is still time.
    expect(catalog.stream(undelete('app')).state).toBe('ACTIVE');
  });

  it('is refused as a create is', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app', { prefix: 'app/' }));
    catalog.streamIn('DELETED', 'old', 'old/');
    expect(catalog.refusal(adopt('app')).reason).toBe('STREAM_EXISTS');
    expect(catalog.refusal(adopt('app', { state: 'DELETED', prefix: 'x/' })).reason).toBe('STREAM_EXISTS');
    expect(catalog.refusal(adopt('other', { prefix: 'app/1/' })).reason).toBe('PREFIX_OVERLAP');
    expect(catalog.refusal(adopt('old')).reason).toBe('PURGE_PENDING');
  });

  it.each<[string, Command, string]>([
    ['no prefix', adopt('app', { prefix: '' }), 'prefix'],
    ['a hidden prefix', adopt('app', { prefix: '.stream/' }), 'prefix'],
    ['a bad name', adopt('a/b', { prefix: 'a/' }), 'name'],
    ['a grace period and no deletion', adopt('app', { gracePeriodMs: 1 }), 'grace_period'],
  ])('with %s is refused', (_, command, field) => {
    expect(new TestCatalog().refusal(command).violations).toMatchObject([{ field }]);
  });
});
