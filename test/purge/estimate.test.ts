/** What is left of a purge, and how much that is worth: `estimate.ts`, and the one request that feeds it. */
import { describe, expect, it } from 'vitest';
import { RemainderEstimate } from '../../src/purge/estimate.js';
import { storeError } from '../support/memory-object-store.js';
import { PurgeWorld } from './purge-world.js';

const day = (date: number): string => `app/7/date=2026-01-${String(date).padStart(2, '0')}/`;
const keys = (date: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${day(date)}${at}.parquet`);

describe('what is left of a purge', () => {
  it('is not known before the listing', () => {
    expect(new RemainderEstimate('app/7/').current()).toBeUndefined();
  });

  it('is at least what was listed and is not deleted, while the listing goes on', () => {
    const estimate = new RemainderEstimate('app/7/');
    estimate.passBegan();
    estimate.saw(keys(1, 100));
    estimate.deleted(40);
    expect(estimate.current()).toEqual({ basis: 'atLeast', objectsLeft: 60 });
  });

  it('goes by the folders once one has been passed', () => {
    const estimate = new RemainderEstimate('app/7/');
    estimate.passBegan();
    estimate.surveyed([1, 2, 3, 4, 5].map(day));
    estimate.saw(keys(1, 100));
    expect(estimate.current()?.basis).toBe('atLeast');
    estimate.saw(keys(2, 100));
    estimate.deleted(150);
    // 50 in hand; three folders of 100 to come.
    expect(estimate.current()).toEqual({ basis: 'folders', objectsLeft: 50 + 300 });
    estimate.saw(keys(4, 20));
    // Two folders were passed, one of them without an object: 200 in three, 20 of the fourth are known.
    expect(estimate.current()).toEqual({
      basis: 'folders',
      objectsLeft: 70 + Math.round((200 / 3) * 2 - 20),
    });
  });

  it('never falls below what is in hand, and ignores objects that lie in no folder', () => {
    const estimate = new RemainderEstimate('app/7/');
    estimate.passBegan();
    estimate.surveyed([1, 2].map(day));
    estimate.saw(['app/7/loose']);
    estimate.saw(keys(1, 1));
    estimate.saw(keys(2, 1_000));
    expect(estimate.current()).toEqual({ basis: 'folders', objectsLeft: 1_002 });
  });

  it('is exact when the listing has ended, and begins anew with the next pass', () => {
    const estimate = new RemainderEstimate('app/7/');
    estimate.passBegan();
    estimate.surveyed([1, 2].map(day));
    estimate.saw(keys(1, 10));
    estimate.saw(keys(2, 10));
    estimate.listingEnded();
    estimate.deleted(15);
    expect(estimate.current()).toEqual({ basis: 'listed', objectsLeft: 5 });
    estimate.passBegan();
    expect(estimate.current()).toEqual({ basis: 'atLeast', objectsLeft: 0 });
  });
});

describe('a purge of many folders', () => {
  const fill = (world: PurgeWorld): ReturnType<PurgeWorld['stream']> => {
    const stream = world.stream('app', 0);
    for (let date = 10; date < 30; date++) {
      for (let at = 0; at < 100; at++) {
        world.store.put(`${stream.prefix}date=2026-01-${date}/${String(at).padStart(3, '0')}`);
      }
    }
    world.catalog.markDeleted('app');
    return stream;
  };
  const surveys = (world: PurgeWorld): number =>
    world.store
      .requestsOf('listObjects')
      .filter(({ request }) => 'delimiter' in request && request.delimiter !== undefined).length;

  it('estimates within a folder or so, at the cost of one request', async () => {
    const world = new PurgeWorld({ pageKeys: 50, latencyMs: 20 });
    const stream = fill(world);
    const { purger } = world.lead();
    const offBy: number[] = [];
    for (let step = 0; step < 40; step++) {
      await world.clock.advance(50);
      const estimate = purger.status().active[0]?.estimate;
      if (estimate?.basis === 'folders')
        offBy.push(Math.abs(estimate.objectsLeft - world.store.keys(stream.prefix).length));
    }
    expect(offBy.length).toBeGreaterThan(5);
    // Three of twenty folders at worst, which is when hardly one has been passed.
    expect(Math.max(...offBy)).toBeLessThanOrEqual(300);
    await world.until(stream, 'PURGED');
    expect(surveys(world)).toBe(1);
    await world.assertClean();
  });

  it('goes on without one when the store does not answer that request', async () => {
    const world = new PurgeWorld({ pageKeys: 50, latencyMs: 20 });
    const stream = fill(world);
    world.onRequest = (request) =>
      'delimiter' in request && request.delimiter !== undefined
        ? { error: storeError('TRANSIENT') }
        : undefined;
    const { purger } = world.lead();
    await world.clock.advance(600);
    expect(purger.status().active[0]?.estimate?.basis).toBe('atLeast');
    await world.until(stream, 'PURGED');
    await world.assertClean();
  });

  it('asks nothing for a stream of one page', async () => {
    const world = new PurgeWorld();
    const stream = world.stream('app', 20);
    world.catalog.markDeleted('app');
    world.lead();
    await world.until(stream, 'PURGED');
    expect(surveys(world)).toBe(0);
  });
});
