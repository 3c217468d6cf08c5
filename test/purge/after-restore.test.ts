/** P10: the state came from a backup, and purges wait for an operator. */
import { describe, expect, it } from 'vitest';
import { PurgeWorld } from './purge-world.js';

describe('a cluster restored from a backup (P10)', () => {
  it('purges nothing, whatever is due and whoever leads, until it is told to resume', async () => {
    const world = new PurgeWorld();
    const undeletedSince = world.stream('app', 10);
    world.catalog.markDeleted('app');
    world.catalog.restored();
    for (let term = 0; term < 3; term++) {
      const { leader, purger } = world.lead();
      await world.clock.advance(600_000);
      expect(purger.status()).toMatchObject({ running: false, stopKind: 'restored' });
      expect(purger.status().stoppedBecause).toMatch(/restore.*undeleted after the backup.*purge resume/);
      leader.depose();
    }
    expect(world.state(undeletedSince)).toBe('DELETED');
    expect(world.store.requestsOf('delete')).toEqual([]);
    // The operator sees what it is, and takes the delete back before anything is purged.
    world.catalog.must({ kind: 'undelete', tenant: '', name: 'app', incarnation: 0, ifRevision: 0 });
    const dead = world.stream('dead', 10);
    world.catalog.markDeleted('dead');
    const { purger } = world.lead();
    world.catalog.pause('', false);
    await world.until(dead, 'PURGED');
    expect(purger.status()).toMatchObject({ running: true, stopKind: undefined });
    expect(world.store.keys(undeletedSince.prefix)).toHaveLength(12);
    await world.assertClean();
  });

  it('does not go on with a purge that had begun, nor sweep', async () => {
    const world = new PurgeWorld({ pageKeys: 10, latencyMs: 50 });
    const purged = world.stream('purged', 1, 'purged/');
    world.catalog.markDeleted('purged');
    const { leader } = world.lead();
    await world.until(purged, 'PURGED');
    const begun = world.stream('begun', 500);
    world.catalog.markDeleted('begun');
    await world.until(begun, 'PURGING');
    leader.depose();
    world.store.put('purged/late');
    world.catalog.restored();
    const sent = world.store.requestsOf('delete').length;
    world.lead();
    await world.clock.advance(7_200_000);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    world.catalog.pause('', false);
    await world.until(begun, 'PURGED');
    await world.clock.runUntil(() => world.store.keys('purged/').length === 0, 60_000);
    await world.assertClean();
  });

  it('said twice is said once, and an operator who says pause has taken note', () => {
    const world = new PurgeWorld();
    world.catalog.restored();
    world.catalog.restored();
    expect(world.catalog.summary()).toMatchObject({ purgesPaused: true, pausedByRestore: true });
    world.catalog.pause('', false);
    expect(world.catalog.summary()).toMatchObject({ purgesPaused: false, pausedByRestore: false });
    world.catalog.pause('', true);
    expect(world.catalog.summary()).toMatchObject({ purgesPaused: true, pausedByRestore: false });
  });
});
