/**
 * Seeded storms: random faults of the store, pauses, retries, undeletes, late writers and successive leaders
 * deposed at random moments. Then the weather clears, and everything that is dead must be gone, everything that
 * lives untouched. The oracle of {@link PurgeWorld} watches every request on the way. A failure prints its seed.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { randomBelow } from '../../src/shared/random.js';
import { STORE_ERROR_KINDS } from '../../src/objectstore/object-store.js';
import { storeError } from '../support/memory-object-store.js';
import { seededRandom } from '../support/virtual-clock.js';
import { PurgeWorld } from './purge-world.js';

const STREAMS = 8;

async function storm(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const chance = (probability: number): boolean => random.next() < probability;
  const world = new PurgeWorld({
    seed,
    versioning: chance(0.5) ? 'enabled' : 'never',
    pageKeys: 1 + randomBelow(random, 40),
    deleteBatchMax: chance(0.3) ? 1 : 1_000,
    latencyMs: 1 + randomBelow(random, 100),
  });
  // A jump in an unsorted listing, empty pages: oddities that last the whole run.
  world.store.emptyPages = chance(0.2);
  world.store.unsorted = chance(0.2);

  const streams = Array.from({ length: STREAMS }, (_, at) =>
    world.stream(`s${at}`, randomBelow(random, 120), chance(0.3) ? `s${at}/` : ''),
  );
  for (const stream of streams) {
    for (let at = randomBelow(random, 4); at > 0; at--)
      world.store.putUpload(`${stream.prefix}date=2026-01-01/part-${at}`);
  }
  const dead = streams.slice(0, STREAMS - 2);
  const alive = streams.slice(STREAMS - 2);
  const aliveBefore = alive.map(({ prefix }) => world.store.residue(prefix));
  for (const { name } of dead) world.catalog.markDeleted(name, randomBelow(random, 20_000));

  const badWeather = { rate: random.next() * 0.3 };
  world.onRequest = ({ kind }) => {
    if (!chance(badWeather.rate)) return undefined;
    const error = storeError(
      chance(0.6)
        ? 'TRANSIENT'
        : (STORE_ERROR_KINDS[randomBelow(random, STORE_ERROR_KINDS.length)] ?? 'TRANSIENT'),
    );
    if (kind !== 'delete' || chance(0.5)) return { error };
    return { error, appliedAfterMs: randomBelow(random, 3_000) };
  };
  world.store.onKey = () => {
    if (!chance(badWeather.rate / 3)) return undefined;
    if (chance(0.3)) return { kind: 'lie' };
    if (chance(0.5)) return { kind: 'unaccounted', applied: chance(0.5) };
    const kind = STORE_ERROR_KINDS[randomBelow(random, STORE_ERROR_KINDS.length)] ?? 'TRANSIENT';
    return { kind: 'failed', error: storeError(kind) };
  };

  for (let term = 0; term < 5; term++) {
    const { leader } = world.lead({
      streamConcurrency: 1 + randomBelow(random, 4),
      dueWindowMax: 1 + randomBelow(random, 8),
    });
    leader.confirmMs = randomBelow(random, 50);
    leader.proposeMs = randomBelow(random, 50);
    for (let act = randomBelow(random, 6); act > 0; act--) {
      await world.clock.advance(randomBelow(random, 8_000));
      const { name, prefix, incarnation } = dead[randomBelow(random, dead.length)] ?? alive[0] ?? streams[0]!;
      const state = world.catalog.stream(incarnation)?.state;
      if (chance(0.2)) world.catalog.pause(chance(0.3) ? '' : name, true);
      if (chance(0.5)) world.catalog.pause('', false);
      if (chance(0.3)) world.catalog.retry(name);
      if (chance(0.2))
        world.catalog.apply({ kind: 'undelete', tenant: '', name, incarnation, ifRevision: 0 });
      // A node that no barrier covers writes late: the purge in progress must notice. What lands between the proof
      // and its commit is P8's to find.
      const proving = world.terms.some(({ purger }) =>
        purger
          .status()
          .active.some(
            ({ step, incarnation: one }) =>
              one === incarnation && (step === 'verifying' || step === 'committing'),
          ),
      );
      if (chance(0.4) && state !== 'PURGED' && !proving)
        world.store.put(`${prefix}date=2026-01-01/late-${term}-${act}`);
    }
    leader.depose(randomBelow(random, 2) * randomBelow(random, 5_000));
  }

  badWeather.rate = 0;
  world.catalog.pause('', false);
  for (const { name, incarnation } of dead) {
    world.catalog.pause(name, false);
    if (world.catalog.stream(incarnation)?.state === 'ACTIVE') world.catalog.markDeleted(name);
  }
  world.lead();
  await world.clock.runUntil(() => dead.every((stream) => world.state(stream) === 'PURGED'), 2 * 3_600_000);
  await world.clock.advance(10_000);
  for (const { prefix } of dead) expect(world.store.leftBelow(prefix)).toEqual([]);
  expect(alive.map(({ prefix }) => world.store.residue(prefix))).toEqual(aliveBefore);
  await world.assertClean();
}

it('whatever the store and the leaders do, the dead are gone in the end and the living untouched', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 0x7fff_ffff }), storm), {
    numRuns: Number(process.env['PURGE_STORMS'] ?? 12),
    seed: Number(process.env['PURGE_SEED'] ?? 20_260_101),
    endOnFailure: true,
  });
});
