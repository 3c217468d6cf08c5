/**
 * P12: a writer begins a stream anew below a prefix that is being purged, or was, without asking the catalog. Wherever
 * that is found, nothing of the new life is deleted; `PurgeWorld` holds every request against it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIME_MS_MAX } from '../../src/catalog/limits.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import { RECURRING_EXPIRY_MS } from '../../src/purge/life-check.js';
import { noPurgeMetrics } from '../../src/purge/metrics.js';
import { RebornStreams } from '../../src/purge/reborn-streams.js';
import { storeError, type StoreRequest } from '../support/memory-object-store.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { PurgeWorld, streamJson, type WorldOptions } from './purge-world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Scene {
  readonly world: PurgeWorld;
  readonly dead: StreamRecord;
}

/** `app/`, a chosen prefix, deleted a minute ago; nobody leads yet. */
async function deleted(options: WorldOptions = {}, objects = 5): Promise<Scene> {
  const world = new PurgeWorld(options);
  const dead = world.stream('app', objects, 'app/');
  world.catalog.markDeleted('app');
  await world.clock.advance(MINUTE_MS);
  return { world, dead };
}

/** Calls `act` once, as a request that `isIt` is sent. */
function once(world: PurgeWorld, isIt: (request: StoreRequest) => boolean, act: () => void): void {
  let done = false;
  world.onRequest = (request) => {
    if (!done && isIt(request)) {
      done = true;
      act();
    }
    return undefined;
  };
}

function names(request: StoreRequest, key: string): boolean {
  return request.kind === 'delete' && request.targets.some((target) => target.key === key);
}

/** A purge that has removed everything of the deleted life, as a node begins the next. */
async function rebornInTheEnd(
  more: Parameters<PurgeWorld['lead']>[1] = {},
  options: WorldOptions = {},
): Promise<Scene & { readonly keys: readonly string[] }> {
  const { world, dead } = await deleted(options);
  let keys: readonly string[] = [];
  once(
    world,
    (request) => request.kind === 'listUploads',
    () => {
      keys = world.rebirth('app/');
    },
  );
  world.lead({}, more);
  await world.until(dead, 'PURGED');
  expect(world.store.keys('app/')).toEqual([...keys].sort());
  return { world, dead, keys };
}

const recordOf = ({ world, dead }: Scene): StreamRecord => {
  const record = world.catalog.stream(dead.incarnation);
  if (record === undefined) throw new Error('forgotten');
  return record;
};

const rebornOf = ({ world }: Scene) => world.terms.at(-1)?.purger.status().rebornStreams;

describe('a purge that meets a new life', () => {
  it('looks before it prepares and after its round trip, and sends right then', async () => {
    const { world, dead } = await deleted({}, 3);
    const order: string[] = [];
    world.onRequest = (request) => {
      if (request.kind === 'listObjects')
        order.push(request.prefix === 'app/.stream' ? 'look' : `list ${request.prefix}`);
      if (request.kind === 'delete') order.push('send');
      return undefined;
    };
    const store = world.store.as('leader-1');
    const { leader } = world.lead(
      {},
      {
        store: {
          ...store,
          prepareDelete: (targets, call) => {
            order.push('prepare');
            return store.prepareDelete(targets, call);
          },
        },
      },
    );
    const confirm = leader.confirmLeadership.bind(leader);
    leader.confirmLeadership = () => {
      order.push('round trip');
      return confirm();
    };
    await world.until(dead, 'PURGED');
    expect(order.slice(0, 6)).toEqual(['list app/', 'look', 'prepare', 'round trip', 'look', 'send']);
    await world.assertClean();
  });

  it('in its first look prepares nothing; beside older objects it is for an operator', async () => {
    const scene = await deleted();
    const { world, dead } = scene;
    world.rebirth('app/');
    const before = world.store.keys('app/');
    world.lead();
    await world.untilPhase(dead, 'BLOCKED');
    await world.clock.advance(HOUR_MS);
    expect(world.store.requestsOf('delete')).toEqual([]);
    expect(world.store.keys('app/')).toEqual(before);
    const { purge } = recordOf(scene);
    expect(purge).toMatchObject({ phase: 'BLOCKED', blockedReason: 'STREAM_REBORN' });
    expect(purge.lastError).toMatch(/a new life of the stream began at .*node\.stream\.json.* is older/);
    expect(purge.lastError).toContain('sexton purge retry --discard-new-writes');
    await world.assertClean();
  });

  it('goes on when an operator discards the new writes, and removes them too', async () => {
    const { world, dead } = await deleted();
    world.rebirth('app/');
    world.lead();
    await world.untilPhase(dead, 'BLOCKED');
    world.catalog.retry('app');
    await world.clock.advance(MINUTE_MS);
    expect(world.phase(dead)).toBe('BLOCKED');
    world.newLife.clear();
    expect(world.catalog.retry('app', true)).toMatchObject({ ok: true });
    await world.until(dead, 'PURGED', MINUTE_MS);
    expect(world.store.leftBelow('app/')).toEqual([]);
    await world.assertClean();
  });

  it('after its first look does not send what it has prepared', async () => {
    const { world, dead } = await deleted();
    const { leader } = world.lead();
    const confirm = leader.confirmLeadership.bind(leader);
    leader.confirmLeadership = () => {
      if (world.newLife.size === 0) world.rebirth('app/');
      return confirm();
    };
    await world.untilPhase(dead, 'BLOCKED');
    expect(world.store.requestsOf('delete')).toEqual([]);
    expect(world.store.keys('app/')).toHaveLength(5 + 2 + 3);
    await world.assertClean();
  });

  it('between two batches leaves everything that is left where it is', async () => {
    const { world, dead } = await deleted({ pageKeys: 10 }, 100);
    let sent = 0;
    world.onRequest = (request) => {
      if (request.kind === 'delete' && ++sent === 3) world.rebirth('app/');
      return undefined;
    };
    world.lead({ deleteBatchMax: 10, requestConcurrencyMax: 1 });
    await world.untilPhase(dead, 'BLOCKED');
    expect(sent).toBe(3);
    const targets = world.store.requests.flatMap(({ request }) =>
      request.kind === 'delete' ? request.targets : [],
    );
    expect(world.store.keys('app/')).toHaveLength(102 - targets.length + 3);
    await world.assertClean();
  });

  it('in its metadata pass leaves what is left of the metadata', async () => {
    const scene = await deleted();
    const { world, dead } = scene;
    once(
      world,
      (request) => names(request, 'app/.stream/.schema'),
      () => world.rebirth('app/'),
    );
    world.lead({ deleteBatchMax: 1, requestConcurrencyMax: 1 });
    await world.untilPhase(dead, 'BLOCKED');
    expect(recordOf(scene).purge.blockedReason).toBe('STREAM_REBORN');
    expect(world.store.keys('app/')).toContain('app/.stream/.stream.json');
    await world.assertClean();
  });

  it('is PURGED when everything is younger, and the new life is adopted when its prefix is free', async () => {
    const scene = await rebornInTheEnd();
    const { world, dead, keys } = scene;
    const { reusableAfterMs, sweep } = recordOf(scene);
    expect(sweep.nextTimeMs).toBe(reusableAfterMs);
    await world.clock.runUntil(() => (rebornOf(scene)?.length ?? 0) > 0, 10 * MINUTE_MS);
    expect(world.clock.wallMs()).toBeGreaterThanOrEqual(reusableAfterMs);
    const [reborn] = rebornOf(scene) ?? [];
    const adopted = world.catalog.stream(reborn?.adoptedAs ?? 0);
    expect(adopted).toMatchObject({ name: 'app', state: 'ACTIVE', prefix: 'app/', prefixReusable: true });
    expect(reborn).toMatchObject({ incarnation: dead.incarnation, prefix: 'app/', obstacle: '' });
    // The sweeps of the dead life touch nothing of it, and come to their end.
    await world.clock.advance(3 * DAY_MS);
    expect(world.store.keys('app/')).toEqual([...keys].sort());
    expect(world.catalog.stream(dead.incarnation)).toBeUndefined();
    expect(world.catalog.count('adoptStream')).toBe(1);
    expect(world.catalog.events.some(({ kind }) => kind === 'RESIDUE_SWEPT')).toBe(false);
    // Shown for an hour.
    expect(rebornOf(scene)).toEqual([]);
    await world.assertClean();
  });

  it('is swept and adopted although no sweeps are configured', async () => {
    const scene = await rebornInTheEnd({ sweepAfterMs: [] });
    const { world, dead } = scene;
    await world.clock.runUntil(() => world.catalog.stream(dead.incarnation) === undefined, HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ obstacle: '' }]);
    expect(world.catalog.summary().streams.ACTIVE).toBe(1);
    await world.assertClean();
  });

  it('does not abort its unfinished uploads', async () => {
    const { world, dead } = await deleted();
    once(
      world,
      (request) => request.kind === 'listUploads',
      () => {
        world.rebirth('app/', 0);
        world.newLife.add(world.store.putUpload('app/date=2026-02-01/new.parquet').key);
      },
    );
    world.lead();
    await world.until(dead, 'PURGED');
    await world.clock.advance(3 * DAY_MS);
    expect(world.store.requestsOf('abort')).toEqual([]);
    expect(world.store.uploadCount('app/')).toBe(1);
    await world.assertClean();
  });

  it('deletes what appears below a default prefix: nobody may use it again', async () => {
    const world = new PurgeWorld();
    const dead = world.stream('app', 5);
    world.catalog.markDeleted('app');
    await world.clock.advance(MINUTE_MS);
    world.store.put(`${dead.prefix}.stream/.stream.json`, streamJson(world.clock.wallMs()));
    world.lead();
    await world.until(dead, 'PURGED');
    expect(world.store.leftBelow(dead.prefix)).toEqual([]);
    await world.assertClean();
  });

  it.each([
    ['cannot be read', () => 'garbage'],
    ['is as old as the tombstone', (deletedMs: number) => streamJson(deletedMs + 1)],
  ])('is held by metadata that %s, and heals once that is gone', async (_what, content) => {
    const scene = await deleted();
    const { world, dead } = scene;
    world.store.put('app/.stream/.stream.json', content(recordOf(scene).deleteTimeMs));
    world.lead();
    await world.untilPhase(dead, 'BLOCKED');
    expect(recordOf(scene).purge.blockedReason).toBe('METADATA_UNCLEAR');
    expect(world.store.requestsOf('delete')).toEqual([]);
    world.store.put('app/.stream/.stream.json', streamJson(0));
    await world.until(dead, 'PURGED', HOUR_MS);
    await world.assertClean();
  });
});

it('spares a new life whenever it begins, however many requests are on their way', async () => {
  const beginning = fc.record({
    at: fc.integer({ min: 0, max: 80 }),
    objects: fc.integer({ min: 0, max: 60 }),
    pageKeys: fc.integer({ min: 1, max: 20 }),
    deleteBatchMax: fc.constantFrom(1, 5, 1_000),
    requestConcurrencyMax: fc.constantFrom(1, 4, 16),
    versioning: fc.constantFrom('never' as const, 'enabled' as const),
    conditionalDelete: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(beginning, async ({ at, objects, deleteBatchMax, requestConcurrencyMax, ...store }) => {
      const scene = await deleted({ ...store, seed: at }, objects);
      const { world, dead } = scene;
      let keys: readonly string[] = [];
      let requests = 0;
      world.onRequest = () => {
        if (requests++ === at) keys = world.rebirth('app/');
        return undefined;
      };
      world.lead({ deleteBatchMax, requestConcurrencyMax });
      const isOver = (): boolean => world.state(dead) === 'PURGED' || world.phase(dead) === 'BLOCKED';
      await world.clock.runUntil(isOver, HOUR_MS);
      await world.clock.advance(2 * HOUR_MS);
      expect(world.store.keys('app/')).toEqual(expect.arrayContaining([...keys]));
      // Beside older objects it is for an operator; else it comes into the catalog, and nothing older is left.
      if (recordOf(scene).state === 'PURGED') {
        expect(world.store.keys('app/')).toEqual([...keys].sort());
        expect(world.catalog.summary().streams.ACTIVE).toBe(keys.length === 0 ? 0 : 1);
      } else expect(recordOf(scene).purge.blockedReason).toBe('STREAM_REBORN');
      await world.assertClean();
    }),
    { numRuns: 60 },
  );
});

describe('keys that every life writes again', () => {
  interface Sent {
    readonly keys: readonly string[];
    readonly livesMs: number;
    readonly conditions: number;
  }

  async function sentOf(
    options: WorldOptions,
    prefix = 'app/',
  ): Promise<{ world: PurgeWorld; sent: Sent[] }> {
    const world = new PurgeWorld({ ...options, latencyMs: 0 });
    const dead = world.stream('app', 3, prefix);
    world.store.put(`${dead.prefix}date=2026-01-01/node.manifest.json`);
    const sent: Sent[] = [];
    const { onSend } = world.store;
    world.store.onSend = (one) => {
      onSend(one);
      const livesMs = one.expiresAtMs - world.clock.wallMs();
      const conditions = one.targets.filter(({ ifMatch }) => ifMatch !== undefined).length;
      sent.push({ keys: one.targets.map(({ key }) => key.slice(dead.prefix.length)), livesMs, conditions });
    };
    world.catalog.markDeleted('app');
    world.lead({ deleteBatchMax: 1 });
    await world.until(dead, 'PURGED');
    await world.assertClean();
    return { world, sent };
  }

  const isData = ({ keys }: Sent): boolean => keys[0]?.endsWith('.parquet') === true;

  it('go in requests that die soon where the store honours no condition; data keeps the long expiry', async () => {
    const { sent } = await sentOf({});
    expect(sent.filter(isData)).toHaveLength(3);
    for (const one of sent) {
      const longestMs = isData(one) ? 60_000 : RECURRING_EXPIRY_MS;
      expect(one).toMatchObject({ conditions: 0 });
      expect(one.livesMs).toBeLessThanOrEqual(longestMs);
      expect(one.livesMs).toBeGreaterThan(longestMs - 1_000);
    }
  });

  it('go with If-Match where the store honours it, and live as long as data then', async () => {
    const { sent } = await sentOf({ conditionalDelete: true });
    for (const one of sent) expect(one.conditions).toBe(1);
    expect(Math.min(...sent.map(({ livesMs }) => livesMs))).toBeGreaterThan(RECURRING_EXPIRY_MS);
  });

  it('go by version where there are some, and plain below a default prefix', async () => {
    for (const { sent } of [await sentOf({ versioning: 'enabled' }), await sentOf({}, '')])
      expect(Math.min(...sent.map(({ livesMs }) => livesMs))).toBeGreaterThan(RECURRING_EXPIRY_MS);
  });

  it('are spared by the condition when a new life writes them as their delete is on its way', async () => {
    const { world, dead } = await deleted({ conditionalDelete: true });
    const { onSend } = world.store;
    world.store.onSend = (sent) => {
      onSend(sent);
      const isLast = sent.targets.some(({ key }) => key === 'app/.stream/.stream.json');
      if (!isLast || world.newLife.size > 0) return;
      world.store.put('app/.stream/.stream.json', streamJson(world.clock.wallMs()));
      world.newLife.add('app/.stream/.stream.json');
    };
    world.lead();
    await world.until(dead, 'PURGED');
    expect(world.store.keys('app/')).toEqual(['app/.stream/.stream.json']);
    await world.assertClean();
  });
});

describe('looks and the throttle', () => {
  it('do not wait for each other where one request is allowed', async () => {
    const { world, dead } = await deleted({ pageKeys: 10 }, 100);
    world.lead({ requestConcurrencyMax: 1, deleteBatchMax: 10 });
    await world.until(dead, 'PURGED', MINUTE_MS);
    await world.assertClean();
  });

  it('P6: a look that is throttled slows the purge down, and does not fail it', async () => {
    const { world, dead } = await deleted({ pageKeys: 10 }, 100);
    let throttled = 0;
    world.onRequest = (request) =>
      request.kind === 'listObjects' && request.prefix === 'app/.stream' && ++throttled <= 6
        ? { error: storeError('THROTTLED', 'SlowDown') }
        : undefined;
    const { purger } = world.lead({ deleteBatchMax: 10 });
    await world.until(dead, 'PURGED', 10 * MINUTE_MS);
    expect(world.catalog.stream(dead.incarnation)?.purge.attempts).toBe(0);
    expect(purger.status().throttledTotal).toBeGreaterThanOrEqual(6);
    await world.assertClean();
  });

  it('die and are tried again like any request, and end the try when they always do', async () => {
    const scene = await deleted();
    const { world, dead } = scene;
    world.onRequest = (request) =>
      request.kind === 'get' && request.key.startsWith('app/')
        ? { error: storeError('TRANSIENT') }
        : undefined;
    world.lead();
    await world.untilPhase(dead, 'RETRYING');
    expect(recordOf(scene).purge.lastError).toMatch(/TRANSIENT/);
    world.onRequest = () => undefined;
    await world.until(dead, 'PURGED', HOUR_MS);
    await world.assertClean();
  });

  it('that are refused say which permission is missing', async () => {
    const scene = await deleted();
    const { world, dead } = scene;
    world.onRequest = (request) =>
      request.kind === 'get' && request.key.startsWith('app/')
        ? { error: storeError('ACCESS_DENIED', 'AccessDenied') }
        : undefined;
    world.lead();
    await world.untilPhase(dead, 'BLOCKED');
    const { purge } = recordOf(scene);
    expect(purge.blockedReason).toBe('ACCESS_DENIED');
    expect(purge.lastError).toMatch(/^access denied: allow s3:GetObject/);
    await world.assertClean();
  });
});

describe('a sweep', () => {
  /** Purged, nothing left; nothing is swept before the hour. */
  async function purged(
    more: Parameters<PurgeWorld['lead']>[1] = {},
    options: WorldOptions = {},
    prefix = 'app/',
  ): Promise<Scene> {
    const world = new PurgeWorld(options);
    const dead = world.stream('app', 2, prefix);
    world.catalog.markDeleted('app');
    world.lead({}, more);
    await world.until(dead, 'PURGED');
    await world.clock.advance(10 * MINUTE_MS);
    return { world, dead };
  }

  it('finds a new life, deletes nothing, raises no fence, and adopts it', async () => {
    const scene = await purged();
    const { world, dead } = scene;
    const sent = world.store.requestsOf('delete').length;
    const keys = world.rebirth('app/');
    await world.clock.advance(HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ incarnation: dead.incarnation, name: 'app', obstacle: '' }]);
    expect(world.store.requestsOf('delete')).toHaveLength(sent);
    expect(world.catalog.count('beginSweep')).toBe(0);
    expect(world.store.keys('app/')).toEqual([...keys].sort());
    expect(recordOf(scene).sweep).toMatchObject({ done: 1, objectsFound: 0 });
    await world.assertClean();
  });

  it('that meets it half way deletes no more of what it finds', async () => {
    const scene = await purged({}, { pageKeys: 10 });
    const { world } = scene;
    for (let at = 0; at < 100; at++) world.store.put(`app/late/${at}`);
    once(
      world,
      ({ kind }) => kind === 'delete',
      () => world.rebirth('app/'),
    );
    const sent = world.store.requestsOf('delete').length;
    await world.clock.advance(HOUR_MS);
    expect(world.store.requestsOf('delete')).toHaveLength(sent + 1);
    expect(world.store.keys('app/')).toHaveLength(90 + 3);
    expect(rebornOf(scene)).toHaveLength(1);
    await world.assertClean();
  });

  it('leaves it to an operator where the policy says so, and forgets it once it is gone', async () => {
    const ended: string[] = [];
    const metrics = { ...noPurgeMetrics, sweepFinished: (outcome: string) => void ended.push(outcome) };
    const scene = await purged({ rebornPolicy: 'alarm', metrics });
    const { world } = scene;
    const keys = world.rebirth('app/');
    const createdTimeMs = world.clock.wallMs();
    await world.clock.advance(2 * HOUR_MS);
    expect(world.catalog.count('adoptStream')).toBe(0);
    const [held] = rebornOf(scene) ?? [];
    expect(held).toMatchObject({ adoptedAs: undefined, createdTimeMs, prefix: 'app/' });
    expect(held?.obstacle).toMatch(/not adopted, as --reborn-streams says: do so with 'sexton adopt'/);
    const { purger } = world.terms[0] ?? {};
    expect(purger?.status().retryingSweeps).toHaveLength(1);
    expect(world.store.keys('app/')).toEqual([...keys].sort());
    expect(ended.length).toBeGreaterThan(1);
    expect(new Set(ended)).toEqual(new Set(['reborn']));
    // Removed where it lives.
    for (const key of keys) world.store.remove(key);
    await world.clock.advance(HOUR_MS);
    expect([rebornOf(scene), purger?.status().retryingSweeps]).toEqual([[], []]);
    expect(recordOf(scene).sweep.done).toBe(1);
    await world.assertClean();
  });

  it('cannot adopt below a prefix that the store cannot fence: it is held and shown', async () => {
    const scene = await purged({}, { requestExpiry: false });
    const { world } = scene;
    expect(recordOf(scene).reusableAfterMs).toBe(TIME_MS_MAX);
    const keys = world.rebirth('app/');
    await world.clock.advance(3 * HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ adoptedAs: undefined }]);
    expect(rebornOf(scene)?.[0]?.obstacle).toMatch(/^it could not be adopted: .*never used again/);
    expect(world.store.keys('app/')).toEqual([...keys].sort());
    await world.assertClean();
  });

  it('cannot adopt beside another life of the name, and does when that is gone', async () => {
    const scene = await purged();
    const { world } = scene;
    const other = world.stream('app', 1, 'elsewhere/');
    world.rebirth('app/');
    await world.clock.advance(2 * HOUR_MS);
    expect(rebornOf(scene)?.[0]?.obstacle).toMatch(/could not be adopted: .*already exists/);
    expect(world.logged.filter(({ message }) => message.includes('scan for due sweeps failed'))).toEqual([]);
    world.catalog.markDeleted('app');
    await world.until(other, 'PURGED');
    await world.clock.advance(HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ obstacle: '' }]);
    await world.assertClean();
  });

  it('P5: one that cannot adopt holds up no sweep behind it', async () => {
    const world = new PurgeWorld();
    const first = world.stream('app', 1, 'app/');
    const second = world.stream('web', 1, 'web/');
    for (const name of ['app', 'web']) world.catalog.markDeleted(name);
    const { leader } = world.lead();
    await world.until(first, 'PURGED');
    await world.until(second, 'PURGED');
    await world.clock.advance(MINUTE_MS);
    world.rebirth('app/');
    const propose = leader.propose.bind(leader);
    leader.propose = (command) =>
      command.kind === 'adoptStream' ? Promise.reject(new Error('refused for good')) : propose(command);
    await world.clock.advance(2 * HOUR_MS);
    expect(world.catalog.stream(second.incarnation)?.sweep.done).toBe(1);
    expect(world.terms[0]?.purger.status().rebornStreams[0]?.obstacle).toContain('refused for good');
    await world.assertClean();
  });

  it('holds metadata that does not say whose it is, shows it, and settles it later', async () => {
    const scene = await purged();
    const { world } = scene;
    world.store.put('app/.stream/.stream.json', 'garbage');
    await world.clock.advance(2 * HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ adoptedAs: undefined, createdTimeMs: undefined }]);
    expect(rebornOf(scene)?.[0]?.obstacle).toContain('says no time of creation');
    expect(world.store.keys('app/')).toEqual(['app/.stream/.stream.json']);
    world.store.put('app/.stream/.stream.json', streamJson(0));
    await world.clock.advance(HOUR_MS);
    expect([rebornOf(scene), world.store.keys('app/')]).toEqual([[], []]);
    await world.assertClean();
  });

  it('takes it for a new life when its first event came after PURGED, whatever its metadata was copied from', async () => {
    const scene = await purged();
    const { world } = scene;
    const more = { 'first-event-at': new Date(world.clock.wallMs()).toISOString() };
    world.store.put('app/.stream/.stream.json', streamJson(0, more));
    world.newLife.add('app/.stream/.stream.json');
    await world.clock.advance(HOUR_MS);
    expect(rebornOf(scene)).toMatchObject([{ obstacle: '' }]);
    await world.assertClean();
  });

  it.each<[string, string, readonly string[], number]>([
    ['data alone', 'app/', ['date=2026-01-01/late.parquet'], 1],
    [
      'data beside metadata of the dead life',
      'app/',
      ['date=2026-01-01/late.parquet', '.stream/.stream.json'],
      0,
    ],
    ['nothing', 'app/', [], 0],
    ['data below a default prefix', '', ['date=2026-01-01/late.parquet'], 0],
  ])(
    'that found %s below %j asks for nodes to be told again, or not',
    async (_what, prefix, found, events) => {
      const scene = await purged({}, {}, prefix);
      const { world, dead } = scene;
      for (const key of found) world.store.put(dead.prefix + key, streamJson(0));
      await world.clock.advance(HOUR_MS);
      expect(recordOf(scene).sweep).toMatchObject({ done: 1, objectsFound: found.length });
      const told = world.catalog.events.filter(({ kind }) => kind === 'RESIDUE_SWEPT');
      expect(told.map(({ stream }) => stream.incarnation)).toEqual(Array(events).fill(dead.incarnation));
      await world.assertClean();
    },
  );
});

describe('the list of streams that were created again', () => {
  const stream = (incarnation: number): StreamRecord =>
    ({ incarnation, tenant: '', name: `s${incarnation}`, prefix: `s${incarnation}/` }) as StreamRecord;

  it('keeps the newest 1,024, each once', () => {
    const reborn = new RebornStreams(new VirtualClock());
    for (let at = 1; at <= 1_100; at++) reborn.held(stream(at), at, 'why');
    reborn.held(stream(100), 5, 'another reason');
    const list = reborn.list();
    expect(list).toHaveLength(1_024);
    expect(list[0]?.incarnation).toBe(77);
    expect(list.at(-1)).toMatchObject({ incarnation: 100, obstacle: 'another reason' });
  });

  it('shows what was adopted for an hour, and what is held until it is settled', async () => {
    const clock = new VirtualClock();
    const reborn = new RebornStreams(clock);
    reborn.held(stream(1), undefined, 'unclear');
    reborn.held(stream(2), 9, 'not yet');
    reborn.adopted(stream(2), 9, 20);
    reborn.settled(2);
    await clock.advance(HOUR_MS - 1);
    expect(reborn.list().map(({ incarnation, adoptedAs }) => [incarnation, adoptedAs])).toEqual([
      [1, undefined],
      [2, 20],
    ]);
    await clock.advance(1);
    expect(reborn.list()).toMatchObject([{ incarnation: 1, createdTimeMs: undefined, obstacle: 'unclear' }]);
    reborn.settled(1);
    expect(reborn.list()).toEqual([]);
  });
});
