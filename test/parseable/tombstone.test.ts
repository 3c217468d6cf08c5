/** What changes in the catalog mean for Parseable, and until when a query node may be told. */
import { describe, expect, it } from 'vitest';
import { queryWindowEndMs } from '../../src/parseable/query-window.js';
import { stepOf } from '../../src/parseable/tombstone.js';
import { streamOf } from './support.js';

describe('a tombstone', () => {
  const deleted = streamOf({ name: 'web', state: 'DELETED', incarnation: 40, revision: 90 });

  it('of a listing may be as old as the entry after the one that created the stream', () => {
    expect(stepOf(deleted)).toMatchObject({ kind: 'tombstoned', tombstone: { floorRevision: 41 } });
  });

  it('of its own event lies at the revision of that', () => {
    const step = stepOf(deleted, { type: 'DELETED', revision: 90 });
    expect(step).toMatchObject({ kind: 'tombstoned', tombstone: { floorRevision: 90 } });
  });

  it('of any other event may be older than that', () => {
    const step = stepOf(deleted, { type: 'CREATED', revision: 95 });
    expect(step).toMatchObject({ kind: 'tombstoned', tombstone: { floorRevision: 41 } });
  });

  it.each(['web/40/', 'other/', 'acme/web/', 'web/date=2026-01-01/'])(
    'of a stream under %s is nothing to Parseable',
    (prefix) => {
      expect(stepOf({ ...deleted, prefix })).toBeUndefined();
    },
  );

  it.each([
    ['Größe', 'Gr%C3%B6%C3%9Fe/'],
    ['日志', '%E6%97%A5%E5%BF%97/'],
  ])(
    'of %s is Parseable’s under %s, as its store client encodes the name, and nowhere else',
    (name, prefix) => {
      expect(stepOf({ ...deleted, name, prefix })).toMatchObject({ kind: 'tombstoned', tombstone: { name } });
      expect(stepOf({ ...deleted, name, prefix: `${name}/` })).toBeUndefined();
      expect(stepOf({ ...deleted, name, prefix: prefix.toLowerCase() })).toBeUndefined();
    },
  );

  it('is over with the record', () => {
    expect(stepOf(deleted, { type: 'FORGOTTEN', revision: 99 })).toEqual({
      kind: 'gone',
      prefix: 'web/',
      incarnation: 40,
    });
  });

  it('of a state that is not known here is left alone', () => {
    expect(stepOf({ ...deleted, state: 'UNKNOWN' })).toBeUndefined();
  });
});

describe('the window of a query node', () => {
  it('ends so early that a call begun in it is over, by a clock 5 s behind, when the prefix may be owned', () => {
    const window = { nowMs: 1_000, wallMs: 500_000, reusableAfterMs: 560_000, callTimeoutMs: 10_000 };
    expect(queryWindowEndMs(window)).toBe(1_000 + 60_000 - 10_000 - 5_000);
  });
});
