/** What changes in the catalog mean for Parseable, and until when a query node may be asked. */
import { describe, expect, it } from 'vitest';
import { queryWindowEndMs } from '../../src/parseable/query-window.js';
import { stepOf } from '../../src/parseable/tombstone.js';
import { purgeOf, streamOf } from './support.js';

const record = streamOf({ name: 'web', incarnation: 40, revision: 90 });
const tombstone = { tenant: '', name: 'web', prefix: 'web/', incarnation: 40, drainRevision: 80 };

describe('a stream', () => {
  it.each(['ACTIVE', 'DELETED'] as const)('that is %s is owned: nobody is to forget it', (state) => {
    expect(stepOf({ ...record, state })).toEqual({
      kind: 'owned',
      prefix: 'web/',
      stream: { tenant: '', name: 'web', incarnation: 40, state },
    });
  });

  it('past the point of no return is draining until its purge begins', () => {
    const draining = streamOf({ ...record, state: 'PURGING', drainRevision: 80 });
    const purge = purgeOf({ phase: 'DRAINING', drainTimeMs: 1_000 });
    expect(stepOf({ ...draining, purge })).toEqual({ kind: 'draining', tombstone });
    // The phase says where the leader stands; only the time of beginning is committed once and for all.
    expect(stepOf({ ...draining, purge: { ...purge, phase: 'PAUSED' } })).toEqual({
      kind: 'draining',
      tombstone,
    });
    expect(stepOf({ ...draining, purge: { ...purge, phase: 'RUNNING', beginTimeMs: 2_000 } })).toEqual({
      kind: 'purging',
      prefix: 'web/',
    });
    expect(stepOf({ ...draining, purge: { ...purge, phase: 'PAUSED', beginTimeMs: 2_000 } })).toEqual({
      kind: 'purging',
      prefix: 'web/',
    });
  });

  it('of a server that does not say when it began to drain did so two entries after its creation at the earliest', () => {
    expect(stepOf({ ...record, state: 'PURGING' })).toMatchObject({
      kind: 'draining',
      tombstone: { drainRevision: 42 },
    });
  });

  it('that is purged leaves its prefix free from a time on', () => {
    const purged = streamOf({ ...record, state: 'PURGED', drainRevision: 80, reusableAfterMs: 5_000 });
    expect(stepOf(purged)).toEqual({ kind: 'purged', tombstone, reusableAfterMs: 5_000 });
    expect(stepOf(purged, { type: 'PURGED', revision: 90 })).toMatchObject({ kind: 'purged' });
    expect(stepOf({ ...purged, reusableAfterMs: undefined })).toMatchObject({ reusableAfterMs: 0 });
  });

  it('below whose prefix a sweep has found data without metadata is held by some node still', () => {
    const purged = streamOf({ ...record, state: 'PURGED', drainRevision: 80, reusableAfterMs: 5_000 });
    expect(stepOf(purged, { type: 'RESIDUE_SWEPT', revision: 95 })).toEqual({ kind: 'stale', tombstone });
  });

  it.each(['web/40/', 'other/', 'acme/web/', 'web/date=2026-01-01/'])(
    'under %s is nothing to Parseable',
    (prefix) => {
      expect(stepOf({ ...record, state: 'PURGING', prefix })).toBeUndefined();
    },
  );

  it.each([
    ['Größe', 'Gr%C3%B6%C3%9Fe/'],
    ['日志', '%E6%97%A5%E5%BF%97/'],
  ])(
    'of %s is Parseable’s under %s, as its store client encodes the name, and nowhere else',
    (name, prefix) => {
      expect(stepOf({ ...record, state: 'PURGING' as const, name, prefix })).toMatchObject({
        tombstone: { name },
      });
      expect(stepOf({ ...record, state: 'PURGING' as const, name, prefix: `${name}/` })).toBeUndefined();
      expect(
        stepOf({ ...record, state: 'PURGING' as const, name, prefix: prefix.toLowerCase() }),
      ).toBeUndefined();
    },
  );

  it('of a tenant lies below the tenant', () => {
    const ofTenant = streamOf({ name: 'web', tenant: 'acme', state: 'PURGING' });
    expect(stepOf(ofTenant)).toMatchObject({ tombstone: { tenant: 'acme', prefix: 'acme/web/' } });
  });

  it('is gone with its record', () => {
    expect(stepOf({ ...record, state: 'PURGED' }, { type: 'FORGOTTEN', revision: 99 })).toEqual({
      kind: 'gone',
      prefix: 'web/',
      incarnation: 40,
    });
  });

  it('of a state that is not known here is left alone', () => {
    expect(stepOf({ ...record, state: 'UNKNOWN' })).toBeUndefined();
  });
});

describe('the window of a query node', () => {
  it('ends so early that a call begun in it is over, by a clock 5 s behind, when the prefix may be owned', () => {
    const window = { nowMs: 1_000, wallMs: 500_000, reusableAfterMs: 560_000, callTimeoutMs: 10_000 };
    expect(queryWindowEndMs(window)).toBe(1_000 + 60_000 - 10_000 - 5_000);
  });
});
