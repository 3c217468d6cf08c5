import { describe, expect, it } from 'vitest';
import type { Stream, StreamEventType, WatchItem } from '../../../src/client/index.js';
import { StreamStates } from '../../../src/parseable/gateway/stream-states.js';
import { streamOf } from '../support.js';

const NOW_MS = 1_000_000;
const WEB = { tenant: '', name: 'web' };

function states(
  options: { readonly entriesMax?: number; readonly keepsActive?: boolean } = {},
): StreamStates {
  return new StreamStates({ entriesMax: 100, keepsActive: false, clockMarginMs: 5_000, ...options });
}

const life = (incarnation: number, state: Stream['state'], more: Partial<Stream> = {}): Stream =>
  streamOf({ name: 'web', incarnation, state, ...more });

const listing = (streams: readonly Stream[], revision = 50): WatchItem => ({
  kind: 'snapshot',
  streams,
  revision,
  first: true,
  last: true,
});

const event = (type: StreamEventType, stream: Stream, revision = 60): WatchItem => ({
  kind: 'event',
  type,
  revision,
  stream,
});

describe('StreamStates', () => {
  it('knows nothing before the first listing is complete', () => {
    const view = states();
    expect(view.isListed).toBe(false);
    view.apply({ kind: 'snapshot', streams: [], revision: 50, first: true, last: false }, NOW_MS);
    expect(view.isListed).toBe(false);
    view.apply({ kind: 'snapshot', streams: [], revision: 50, first: false, last: true }, NOW_MS);
    expect(view).toMatchObject({ isListed: true, revision: 50 });
  });

  it('keeps nothing of streams that live, and of those that died long ago', () => {
    const view = states();
    view.apply(
      listing([
        life(1, 'PURGED', { reusableAfterMs: NOW_MS - 6_000 }),
        life(2, 'ACTIVE'),
        streamOf({ name: 'b' }),
      ]),
      NOW_MS,
    );
    expect(view.size).toBe(0);
    view.apply(event('CREATED', streamOf({ name: 'c' })), NOW_MS);
    expect(view.size).toBe(0);
  });

  it('follows a life to its end', () => {
    const view = states();
    view.apply(listing([life(1, 'ACTIVE')]), NOW_MS);
    const dead = life(1, 'DELETED', { purgeAfterMs: NOW_MS + 1, tombstoneRevision: 60 });
    expect(view.apply(event('DELETED', dead), NOW_MS)).toEqual([{ key: '/web', revision: 60 }]);
    expect(view.get(WEB)).toMatchObject({ state: 'DELETED', purgeAfterMs: NOW_MS + 1 });
    expect(
      view.apply(event('PURGE_STARTED', life(1, 'PURGING', { tombstoneRevision: 60 }), 61), NOW_MS),
    ).toEqual([]);
    expect(view.get(WEB)?.state).toBe('PURGING');
    view.apply(event('PURGED', life(1, 'PURGED', { reusableAfterMs: NOW_MS + 10_000 }), 62), NOW_MS);
    expect(view.get(WEB)).toMatchObject({ state: 'PURGED', reusableAfterMs: NOW_MS + 10_000 });
    view.prune(NOW_MS + 14_999);
    expect(view.size).toBe(1);
    view.prune(NOW_MS + 15_000);
    expect(view.size).toBe(0);
  });

  it('says of each tombstone once, also after an undelete', () => {
    const view = states();
    view.apply(listing([life(1, 'ACTIVE')]), NOW_MS);
    const at = (revision: number) => life(1, 'DELETED', { tombstoneRevision: revision });
    expect(view.apply(event('DELETED', at(60), 60), NOW_MS)).toHaveLength(1);
    expect(view.apply(listing([at(60)], 61), NOW_MS)).toEqual([]);
    view.apply(event('UNDELETED', life(1, 'ACTIVE'), 62), NOW_MS);
    expect(view.get(WEB)).toBeUndefined();
    expect(view.apply(event('DELETED', at(63), 63), NOW_MS)).toEqual([{ key: '/web', revision: 63 }]);
    // Undeleted and deleted again in a gap.
    expect(view.apply(listing([at(70)], 71), NOW_MS)).toEqual([{ key: '/web', revision: 70 }]);
  });

  it('says nothing of a name for an earlier life while it lives again (V1)', () => {
    const view = states();
    view.apply(listing([life(1, 'DELETED'), life(2, 'ACTIVE')]), NOW_MS);
    expect(view.get(WEB)?.state).toBe('ACTIVE');
    view.apply(event('PURGE_STARTED', life(1, 'PURGING')), NOW_MS);
    expect(view.get(WEB)?.state).toBe('ACTIVE');
    view.apply(event('PURGED', life(1, 'PURGED', { reusableAfterMs: NOW_MS + 60_000 })), NOW_MS);
    expect(view.get(WEB)).toBeUndefined();
    view.apply(event('FORGOTTEN', life(1, 'PURGED', { reusableAfterMs: NOW_MS + 60_000 })), NOW_MS);
    expect(view.get(WEB)).toBeUndefined();
  });

  it('counts an earlier life that was undeleted (V1)', () => {
    const view = states();
    const later = life(2, 'DELETED');
    view.apply(listing([life(1, 'DELETED'), later]), NOW_MS);
    view.apply(event('UNDELETED', life(1, 'ACTIVE')), NOW_MS);
    expect(view.get(WEB)).toMatchObject({ state: 'ACTIVE', incarnation: 1 });
    view.apply(listing([life(1, 'ACTIVE'), later], 70), NOW_MS);
    expect(view.get(WEB)).toMatchObject({ state: 'ACTIVE', incarnation: 1 });
    view.apply(event('DELETED', life(1, 'DELETED'), 71), NOW_MS);
    expect(view.get(WEB)?.state).toBe('DELETED');
  });

  it('does not know names beyond its bound, until a listing fits again (V4)', () => {
    const view = states({ entriesMax: 2 });
    const dead = (name: string): Stream => streamOf({ name, state: 'DELETED' });
    view.apply(listing([dead('a'), dead('b')]), NOW_MS);
    expect(view.isOverflowed).toBe(false);
    view.apply(event('DELETED', dead('c')), NOW_MS);
    expect(view).toMatchObject({ isOverflowed: true, size: 2 });
    view.apply(listing([dead('a'), dead('b'), dead('c')]), NOW_MS);
    expect(view.isOverflowed).toBe(true);
    view.apply(listing([dead('a')]), NOW_MS);
    expect(view.isOverflowed).toBe(false);
  });

  it('keeps living streams where unknown ones are refused', () => {
    const view = states({ keepsActive: true });
    view.apply(listing([life(1, 'ACTIVE')]), NOW_MS);
    expect(view.get(WEB)?.state).toBe('ACTIVE');
    view.prune(NOW_MS);
    expect(view.get(WEB)?.state).toBe('ACTIVE');
  });
});
