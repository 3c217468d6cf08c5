/**
 * P12: below a purged prefix that a writer shares among lives, the audit calls metadata what a sweep would make of it: a
 * leftover when it is of the dead life, a stream when it is of a new one, and a stream when nothing tells.
 */
import { describe, expect, it } from 'vitest';
import { inspectForAdoption } from '../../src/audit/adoption.js';
import { SextonError } from '../../src/shared/errors.js';
import { DAY_MS, NOW_MS, OLD_MS, World } from './world.js';

const CREATED = (timeMs: number): string =>
  JSON.stringify({ version: 'v7', 'created-at': new Date(timeMs).toISOString() });

/** `web/` was purged; whatever the test puts there came later. */
function purgedWorld(): World {
  const world = new World();
  world.create('web', 'web/');
  world.purge(world.remove('web'));
  return world;
}

describe('metadata below a purged prefix', () => {
  it('that is older than the tombstone is a leftover, with the data beside it', async () => {
    const world = purgedWorld();
    world.data('web');
    world.bucket.put('web/.stream/.ingestor.0a1b2c3d4e5f6a7.stream.json', OLD_MS, CREATED(OLD_MS));
    const { findings } = await world.audit();
    expect(findings).toMatchObject([{ kind: 'PURGED_PREFIX', prefix: 'web/', objects: 3 }]);
  });

  it('that is newer is a stream, whatever older metadata lies beside it', async () => {
    const world = purgedWorld();
    world.data('web');
    world.bucket.put('web/.stream/.ingestor.0a1b2c3d4e5f6a7.stream.json', OLD_MS, CREATED(OLD_MS));
    world.bucket.put('web/.stream/.stream.json', OLD_MS, CREATED(NOW_MS + DAY_MS));
    const { findings } = await world.audit();
    expect(findings).toMatchObject([{ kind: 'UNKNOWN_STREAM', prefix: 'web/' }]);
    expect(findings[0]?.note).toContain('created again without the catalog');
  });

  it.each([
    ['without a time', '{"version":"v7"}'],
    ['that is not JSON', 'PAR1'],
  ])('%s is a stream that nothing is known of', async (_, body) => {
    const world = purgedWorld();
    world.bucket.put('web/.stream/.stream.json', OLD_MS, body);
    const { findings } = await world.audit();
    expect(findings).toMatchObject([{ kind: 'UNKNOWN_STREAM', prefix: 'web/' }]);
    expect(findings[0]?.note).toContain('nothing says whether this is a new life');
  });
});

describe('adoption as deleted', () => {
  it('takes the dead life and not the new one', async () => {
    const world = purgedWorld();
    world.data('web');
    world.bucket.put('web/.stream/.stream.json', OLD_MS, CREATED(OLD_MS));
    const request = { prefix: 'web/', as: 'DELETED', minimumAgeMs: DAY_MS, force: false } as const;
    const inspect = () => inspectForAdoption(world.deps, request, new AbortController().signal);
    await expect(inspect()).resolves.toMatchObject({ objects: 3 });
    world.bucket.put('web/.stream/.stream.json', OLD_MS, CREATED(NOW_MS + DAY_MS));
    await expect(inspect()).rejects.toSatisfy(
      (error) => error instanceof SextonError && error.reason === 'PREFIX_NOT_RESIDUE',
    );
  });
});
