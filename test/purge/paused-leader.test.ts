/**
 * P11: a leader is stopped, as by SIGSTOP, between its quorum round trip and the send: every check of its own has
 * passed, the request has not left. Its successor finishes the purge, the stream is created again on the same
 * prefix and writes the same keys; then the sleeper wakes, and its request leaves. Only the store can stop it.
 */
import { describe, expect, it } from 'vitest';
import { TIME_MS_MAX } from '../../src/catalog/limits.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import type { DeleteOutcome, ObjectStore } from '../../src/objectstore/object-store.js';
import { PurgeWorld, streamJson, type Term, type WorldOptions } from './purge-world.js';

/** The port of a process that can be stopped at the one point that matters. */
class StoppableStore {
  readonly store: ObjectStore;
  /** Of requests that left after the process woke up. */
  readonly late: Promise<readonly DeleteOutcome[]>[] = [];
  #wake: (() => void) | undefined;
  #asleep: Promise<void> | undefined;
  stopped = 0;

  constructor(store: ObjectStore) {
    this.store = {
      ...store,
      prepareDelete: async (targets, call) => {
        const prepared = await store.prepareDelete(targets, call);
        return {
          ...prepared,
          send: (sendCall) => {
            if (this.#asleep === undefined) return prepared.send(sendCall);
            this.stopped++;
            // The process knows nothing of what happened meanwhile: no signal has reached it either.
            const sent = this.#asleep.then(() => prepared.send({ signal: new AbortController().signal }));
            sent.catch(() => undefined);
            this.late.push(sent);
            return sent;
          },
        };
      },
    };
  }

  stop(): void {
    this.#asleep = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
  }
}

interface Scene {
  readonly world: PurgeWorld;
  readonly dead: StreamRecord;
  readonly sleeper: StoppableStore;
  readonly first: Term;
}

const STOPPED_KEYS = 20;

async function stoppedLeader(options: WorldOptions): Promise<Scene> {
  const world = new PurgeWorld({ pageKeys: 10, ...options });
  const dead = world.stream('app', STOPPED_KEYS, 'app/');
  world.catalog.markDeleted('app');
  const sleeper = new StoppableStore(world.store.as('leader-1'));
  sleeper.stop();
  const first = world.lead({ deleteBatchMax: 10 }, { store: sleeper.store });
  await world.clock.runUntil(() => sleeper.stopped > 0);
  return { world, dead, sleeper, first };
}

/** The successor's part. Answers with the new stream, created as soon as the catalog lets it. */
async function successor({ world, dead, first }: Scene, more: object = {}): Promise<StreamRecord> {
  first.leader.depose(7 * 86_400_000);
  world.lead({}, more);
  await world.until(dead, 'PURGED');
  const { reusableAfterMs } = world.catalog.stream(dead.incarnation) ?? dead;
  const create = { kind: 'createStream', tenant: '', name: 'app', prefix: 'app/', labels: [] } as const;
  await world.clock.advance(reusableAfterMs - world.clock.wallMs() - 1);
  const early = world.catalog.apply(create);
  expect(early.ok ? 'created' : early.refusal.reason).toBe('PURGE_PENDING');
  await world.clock.advance(1);
  return world.stream('app', STOPPED_KEYS, 'app/');
}

async function wakeUp({ world, sleeper }: Scene): Promise<readonly DeleteOutcome[]> {
  sleeper.wake();
  const settled = await world.clock.run(Promise.allSettled(sleeper.late));
  return settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

describe('a leader stopped between its round trip and the send (P11)', () => {
  it.each<[string, WorldOptions]>([
    ['expiry', {}],
    ['expiry, on a bucket with versions', { versioning: 'enabled' }],
    ['conditions alone', { requestExpiry: false, conditionalDelete: true }],
    ['versions alone', { requestExpiry: false, versioning: 'enabled' }],
  ])('deletes nothing of the next life of its prefix; the fence of the store: %s', async (_name, options) => {
    const scene = await stoppedLeader(options);
    const { world } = scene;
    const alive = await successor(scene);
    const keys = world.store.keys('app/');
    expect(keys).toHaveLength(STOPPED_KEYS + 2);
    await wakeUp(scene);
    await world.clock.advance(7_200_000);
    expect(world.store.keys('app/')).toEqual(keys);
    expect(world.state(alive)).toBe('ACTIVE');
  });

  it('would delete it where the fence is lifted too early: the test sees what it is about', async () => {
    const scene = await stoppedLeader({});
    const { world, dead, first } = scene;
    first.leader.depose(7 * 86_400_000);
    world.lead();
    await world.until(dead, 'PURGED');
    // As if somebody wrote there without asking the catalog.
    for (const { targets } of world.store.requests.flatMap(({ request }) =>
      request.kind === 'delete' ? [request] : [],
    ))
      for (const { key } of targets) world.store.put(key);
    const before = world.store.keys('app/').length;
    expect((await wakeUp(scene)).length).toBeGreaterThan(0);
    expect(world.store.keys('app/').length).toBeLessThan(before);
  });

  it('a store without any fence lets a chosen prefix be used once only, and says so', async () => {
    const scene = await stoppedLeader({ requestExpiry: false });
    const { world, dead, first } = scene;
    first.leader.depose(7 * 86_400_000);
    world.lead();
    await world.until(dead, 'PURGED');
    expect(world.catalog.stream(dead.incarnation)?.reusableAfterMs).toBe(TIME_MS_MAX);
    await world.clock.advance(3_600_000);
    for (const prefix of ['app/', 'app/below/']) {
      const result = world.catalog.apply({
        kind: 'createStream',
        tenant: '',
        name: 'app',
        prefix,
        labels: [],
      });
      expect(result).toMatchObject({ ok: false, refusal: { reason: 'PREFIX_OVERLAP' } });
      expect(result.ok ? '' : result.refusal.message).toMatch(
        /never used again.*neither refuses.*choose a prefix that does not overlap/,
      );
    }
    const fresh = world.stream('app', 3, 'app-2/');
    await wakeUp(scene);
    expect(world.store.keys(fresh.prefix)).toHaveLength(5);
  });

  it('the same in a sweep: the fence was raised again before its request was prepared', async () => {
    const world = new PurgeWorld({ pageKeys: 10 });
    const dead = world.stream('app', 3, 'app/');
    world.catalog.markDeleted('app');
    const sleeper = new StoppableStore(world.store.as('leader-1'));
    const first = world.lead({}, { store: sleeper.store });
    await world.until(dead, 'PURGED');
    // Late residue under a key that the next life will use too.
    world.store.put('app/.stream/.stream.json', streamJson(0));
    sleeper.stop();
    await world.clock.runUntil(() => sleeper.stopped > 0, 7_200_000);
    first.leader.depose(7 * 86_400_000);
    const create = { kind: 'createStream', tenant: '', name: 'app', prefix: 'app/', labels: [] } as const;
    expect(world.catalog.apply(create)).toMatchObject({ ok: false, refusal: { reason: 'PURGE_PENDING' } });
    const { reusableAfterMs } = world.catalog.stream(dead.incarnation) ?? dead;
    await world.clock.advance(reusableAfterMs - world.clock.wallMs());
    world.stream('app', 3, 'app/');
    await wakeUp({ world, dead, sleeper, first });
    expect(world.store.keys('app/')).toHaveLength(5);
  });
});
