/** The simulated bucket: the contract of every object store, and that each fault does what it says. */
import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DELETE_EXPIRY_MS } from '../../src/objectstore/limits.js';
import type { DeleteOutcome, ObjectStore, Page } from '../../src/objectstore/object-store.js';
import { objectStoreContract, ODD_KEYS, PATH_LIKE_KEYS } from '../objectstore/contract.js';
import { SkewedClock } from '../objectstore/skewed-clock.js';
import { settle } from '../support/virtual-clock.js';
import { healthyBucket, SimulatedBucket } from './object-store.js';
import type { BucketFaults, SimulatedBucketOptions, Uploader } from './object-store.js';
import { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import { Scheduler } from './scheduler.js';

const LONG_MS = 1e6;
const BODY = new TextEncoder().encode('x');

class World {
  readonly scheduler = new Scheduler();
  readonly faults: BucketFaults = healthyBucket();
  readonly bucket: SimulatedBucket;
  readonly scope = new ProcessScope('n1');
  readonly store: ObjectStore;
  readonly uploader: Uploader;
  readonly abort = new AbortController();
  readonly call = { signal: this.abort.signal };

  constructor(options: Partial<SimulatedBucketOptions> = {}, seed = 1) {
    const { scheduler, faults } = this;
    this.bucket = new SimulatedBucket({ scheduler, faults, random: new Prng(seed), ...options });
    this.store = this.bucket.store(this.scope, 'n1');
    this.uploader = this.bucket.uploader(this.scope, 'n1');
    // As many as requests in flight.
    setMaxListeners(0, this.call.signal);
  }

  /** Runs the world until `promise` has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await settle();
    while (!isSettled) {
      if (!(await this.scheduler.step(this.scheduler.nowMs + LONG_MS))) throw new Error('nothing happens');
    }
    return promise;
  }

  async idle(): Promise<void> {
    while (await this.scheduler.step(this.scheduler.nowMs + LONG_MS));
  }

  seed(...keys: string[]): void {
    for (const key of keys) this.bucket.seed(key, BODY);
  }

  /** Prepared and sent; its outcomes by name, or the kind of error that it ended with. */
  async delete(...keys: string[]): Promise<string[]> {
    const targets = keys.map((key) => ({ key }));
    const prepared = await this.store.prepareDelete(targets, this.call);
    return (await this.run(prepared.send(this.call))).map(nameOf);
  }
}

function nameOf(outcome: DeleteOutcome): string {
  return outcome.kind === 'failed' ? outcome.error.kind : outcome.kind;
}

const many = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `s/${String(at).padStart(4, '0')}`);

for (const versioning of ['never', 'enabled'] as const) {
  objectStoreContract(`simulated bucket, versioning ${versioning}`, async () => {
    const clock = new SkewedClock();
    const world = new World({ versioning, conditionalDelete: true, epochMs: clock.wallMs() });
    let isOver = false;
    const pump = async (): Promise<void> => {
      while (!isOver) {
        if (world.bucket.inFlight === 0) await settle();
        else await world.scheduler.step(world.scheduler.nowMs + LONG_MS);
      }
    };
    const pumping = pump();
    return {
      store: world.bucket.store(world.scope, 'n1', clock),
      clock,
      capabilities: { versioning, conditionalDelete: true, requestExpiry: true, deleteBatchMax: 1000 },
      nests: true,
      pagesVersions: true,
      oddKeys: [...ODD_KEYS, ...PATH_LIKE_KEYS],
      beginUpload: (key) => Promise.resolve(void world.bucket.seedUpload(key)),
      close: async () => {
        isOver = true;
        await pumping;
      },
    };
  });
}

describe('a delete', () => {
  it('is on the record from the moment it is sent, with everything the oracle asks about', async () => {
    const world = new World();
    world.seed('s/a', 's/b');
    const seen: string[] = [];
    world.bucket.onDeleteRequest = ({ label, targets, appliedMs }) =>
      seen.push(`${label} sends ${targets.map(({ key }) => key).join()} ${appliedMs}`);
    world.bucket.onDeleteApplied = (_, removed) => seen.push(`gone ${removed.map(({ key }) => key).join()}`);
    const prepared = await world.store.prepareDelete([{ key: 's/a' }, { key: 's/x' }], world.call);
    await world.scheduler.step(100);
    expect(seen).toEqual([]);
    expect(await world.run(prepared.send(world.call))).toHaveLength(2);
    expect(seen).toEqual(['n1 sends s/a,s/x undefined', 'gone s/a']);
    const [record] = world.bucket.deletes;
    expect(record).toMatchObject({ kind: 'objects', preparedMs: 0, sentMs: 100 });
    expect(record!.appliedMs).toBeGreaterThan(100);
    expect(record!.settledMs).toBeGreaterThan(record!.appliedMs!);
    expect(world.bucket.keys()).toEqual(['s/b']);
  });

  it('is carried out although its sender aborted, ran out of time or died', async () => {
    for (const end of ['abort', 'deadline', 'death'] as const) {
      const world = new World();
      world.seed('s/a');
      if (end === 'deadline') world.faults.latencyMs = 20_000;
      const prepared = await world.store.prepareDelete([{ key: 's/a' }], world.call);
      let ending = '';
      prepared.send(world.call).then(
        () => (ending = 'answered'),
        (error: unknown) => (ending = (error as Error).message),
      );
      if (end === 'abort') world.abort.abort(new Error('no longer leader'));
      if (end === 'death') world.scope.kill();
      await world.idle();
      expect(world.bucket.keys()).toEqual([]);
      expect(world.bucket.counts.appliedAfterGivenUp).toBe(1);
      expect(ending).toContain({ abort: 'no longer leader', deadline: 'no answer', death: '' }[end]);
    }
  });

  it('lands late, but not after its expiry where the bucket enforces that', async () => {
    const landed = { enforced: 0, ignored: 0 };
    for (let seed = 0; seed < 40; seed++) {
      for (const requestExpiry of [true, false]) {
        const world = new World({ requestExpiry }, seed);
        Object.assign(world.faults, { lateLandingProbability: 1, lateLandingMaxMs: 200_000 });
        world.seed('s/a');
        await world.delete('s/a').catch(() => undefined);
        await world.idle();
        const [record] = world.bucket.deletes;
        const isGone = world.bucket.keys().length === 0;
        if (requestExpiry) expect(isGone).toBe((record!.appliedMs ?? Infinity) < 60_001);
        else expect(isGone).toBe(true);
        if (isGone && record!.appliedMs! > record!.settledMs!)
          landed[requestExpiry ? 'enforced' : 'ignored']++;
        expect(record!.refusedMs === undefined).toBe(isGone);
      }
    }
    expect(landed.enforced).toBeGreaterThan(2);
    expect(landed.ignored).toBeGreaterThan(landed.enforced);
  });

  it('may be repeated by the network', async () => {
    const world = new World();
    world.faults.duplicateProbability = 1;
    world.seed('s/a');
    let times = 0;
    world.bucket.onDeleteApplied = () => (times += 1);
    expect(await world.delete('s/a')).toEqual(['deleted']);
    world.faults.duplicateProbability = 0;
    await world.idle();
    expect([times, world.bucket.counts.duplicates, world.bucket.deletes.length]).toEqual([2, 1, 1]);
  });

  it.each([120_000, -120_000])('is signed by the time that the store tells (%i ms off)', async (offsetMs) => {
    const world = new World();
    world.faults.clockOffsetMs = offsetMs;
    world.seed('s/a');
    const { clockOffsetMs = 0 } = await world.run(world.store.probe(world.call));
    expect(Math.abs(clockOffsetMs - offsetMs)).toBeLessThan(1_500);
    expect(await world.delete('s/a')).toEqual(['deleted']);
    const dies = world.bucket.deletes[0]?.diesAtMs ?? 0;
    expect(dies).toBeLessThanOrEqual(world.bucket.wallMs() + DELETE_EXPIRY_MS);
    expect(dies).toBeGreaterThan(world.bucket.wallMs() + DELETE_EXPIRY_MS - 3_000);
  });

  it('of an unfinished upload is on the record too', async () => {
    const world = new World();
    const upload = world.bucket.seedUpload('s/a');
    await world.run(world.store.abortUpload(upload, world.call));
    expect(world.bucket.deletes).toMatchObject([{ kind: 'upload', uploadId: upload.uploadId }]);
    expect(world.bucket.countUnder('s/')).toBe(0);
  });
});

describe('a fault of a whole request', () => {
  it.each([
    ['throttleProbability', 'THROTTLED', false, 'throttled'],
    ['errorBeforeProbability', 'TRANSIENT', false, 'errorsBefore'],
    ['errorAfterProbability', 'TRANSIENT', true, 'errorsAfter'],
    ['lostRequestProbability', 'TRANSIENT', false, 'lostRequests'],
    ['lostAnswerProbability', 'TRANSIENT', true, 'lostAnswers'],
  ] as const)('%s: %s, applied: %s', async (knob, kind, isApplied, count) => {
    for (let seed = 0; seed < 10; seed++) {
      const world = new World({}, seed);
      world.seed('s/a');
      world.faults[knob] = 1;
      await expect(world.delete('s/a')).rejects.toMatchObject({ kind });
      expect(world.bucket.keys().length).toBe(isApplied ? 0 : 1);
      expect(world.bucket.counts[count]).toBe(1);
    }
  });

  it('an outage answers nobody; one caller cut off hears nothing, and others do', async () => {
    const world = new World();
    world.seed('s/a');
    world.faults.isDown = true;
    await expect(world.run(world.store.probe(world.call))).rejects.toMatchObject({ kind: 'THROTTLED' });
    world.faults.isDown = false;
    world.faults.unreachableFrom.add('n1');
    const listed = world.run(world.store.listObjects({ prefix: '' }, world.call));
    await expect(listed).rejects.toMatchObject({ kind: 'TRANSIENT' });
    const other = world.bucket.store(world.scope, 'n2');
    expect((await world.run(other.listObjects({ prefix: '' }, world.call))).items).toHaveLength(1);
    expect(world.bucket.counts).toMatchObject({ refusedWhileDown: 1, unreachable: 1 });
  });

  it('an answer does not reach who is cut off while it is on its way', async () => {
    const world = new World();
    world.seed('s/a');
    world.bucket.onDeleteApplied = () => world.faults.unreachableFrom.add('n1');
    await expect(world.delete('s/a')).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'TimeoutError' });
    expect(world.bucket.keys()).toEqual([]);
  });

  it('a spike is a slow way', async () => {
    const world = new World();
    Object.assign(world.faults, { spikeProbability: 1, latencyMs: 0 });
    await world.run(world.store.probe(world.call));
    expect(world.scheduler.nowMs).toBeGreaterThan(50);
    expect(world.bucket.counts.spikes).toBe(2);
  });

  it('a paused caller hears its answer when it goes on', async () => {
    const world = new World();
    let heard = false;
    void world.store.probe(world.call).then(() => (heard = true));
    await settle();
    world.scope.pause();
    await world.scheduler.step(1_000);
    await world.scheduler.step(1_000);
    expect(heard).toBe(false);
    world.scope.resume();
    await settle();
    expect(heard).toBe(true);
  });
});

describe('a fault inside an answered delete', () => {
  const outcomes = async (
    faults: Partial<BucketFaults>,
  ): Promise<{ world: World; byName: Map<string, string[]> }> => {
    const world = new World();
    const keys = many(300);
    world.seed(...keys);
    Object.assign(world.faults, faults);
    const named = await world.delete(...keys);
    const byName = new Map<string, string[]>();
    named.forEach((name, at) => byName.set(name, [...(byName.get(name) ?? []), keys[at]!]));
    return { world, byName };
  };

  it('throttled keys stay', async () => {
    const { world, byName } = await outcomes({ keyThrottleProbability: 1 });
    expect(world.bucket.keys()).toEqual(byName.get('THROTTLED'));
    expect(world.bucket.counts.keysThrottled).toBe(byName.get('THROTTLED')?.length);
  });

  it.each([
    ['keyErrorProbability', 'TRANSIENT'],
    ['keyUnaccountedProbability', 'unaccounted'],
  ] as const)('%s: some of those keys are gone and some are not', async (knob, name) => {
    const { world, byName } = await outcomes({ [knob]: 1 });
    const left = world.bucket.keys();
    expect(byName.get(name)).toEqual(expect.arrayContaining(left));
    expect(left.length).toBeGreaterThan(10);
    expect(left.length).toBeLessThan(byName.get(name)!.length - 10);
  });

  it('a lie: called deleted, and still there', async () => {
    const { world, byName } = await outcomes({ keyLieProbability: 1 });
    expect([...byName.keys()]).toEqual(['deleted']);
    expect(world.bucket.keys()).toHaveLength(world.bucket.counts.keysLied);
  });

  it('denied and locked prefixes', async () => {
    const { world, byName } = await outcomes({
      deniedPrefixes: new Set(['s/000']),
      lockedPrefixes: new Set(['s/001']),
    });
    expect(byName.get('ACCESS_DENIED')).toEqual(many(10));
    expect(byName.get('OBJECT_LOCKED')).toEqual(many(20).slice(10));
    const listed = world.run(world.store.listObjects({ prefix: 's/0001' }, world.call));
    await expect(listed).rejects.toMatchObject({ kind: 'ACCESS_DENIED' });
  });
});

describe('a listing', () => {
  it.each(['listObjects', 'listVersions', 'listUploads'] as const)(
    '%s loses and repeats nothing over small and empty pages',
    async (list) => {
      const world = new World();
      Object.assign(world.faults, { smallPageProbability: 0.5, emptyPageProbability: 0.3 });
      const keys = many(60);
      for (const key of keys) {
        if (list === 'listUploads') world.bucket.seedUpload(key);
        else world.seed(key);
      }
      const found: string[] = [];
      let page: string | undefined;
      do {
        const options = { prefix: 's/', maxKeys: 7, ...(page === undefined ? {} : { page }) };
        const listed: Promise<Page<{ key: string }>> = world.store[list](options, world.call);
        const answer = await world.run(listed);
        found.push(...answer.items.map(({ key }) => key));
        page = answer.next;
      } while (page !== undefined);
      expect(found).toEqual(keys);
      expect(Math.min(world.bucket.counts.smallPages, world.bucket.counts.emptyPages)).toBeGreaterThan(0);
    },
  );

  it('begins where it was told to after an empty page', async () => {
    const world = new World();
    world.seed('s/a', 's/b');
    world.faults.emptyPageProbability = 1;
    const { items, next } = await world.run(
      world.store.listObjects({ prefix: 's/', startAfter: 's/a' }, world.call),
    );
    expect(items).toEqual([]);
    world.faults.emptyPageProbability = 0;
    const rest = await world.run(world.store.listObjects({ prefix: 's/', page: next! }, world.call));
    expect(rest.items.map(({ key }) => key)).toEqual(['s/b']);
  });
});

describe('versions', () => {
  it('an object from before versioning keeps its place under a marker', async () => {
    const world = new World();
    world.seed('s/a');
    world.bucket.versioning = 'enabled';
    await world.delete('s/a');
    expect(world.bucket.keys('s/')).toEqual([]);
    expect(world.bucket.versions('s/').map((one) => [one.versionId === 'null', one.isDeleteMarker])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('a suspended bucket replaces what has no version id, and keeps what has one', async () => {
    const world = new World({ versioning: 'enabled' });
    world.seed('s/a');
    world.bucket.versioning = 'suspended';
    world.seed('s/a', 's/a');
    expect(world.bucket.countUnder('s/')).toBe(2);
    await world.delete('s/a');
    const versions = world.bucket.versions('s/');
    expect(versions.map((one) => [one.versionId === 'null', one.isDeleteMarker])).toEqual([
      [true, true],
      [false, false],
    ]);
    const targets = versions.map(({ key, versionId }) => ({ key, versionId }));
    await world.run((await world.store.prepareDelete(targets, world.call)).send(world.call));
    expect(world.bucket.countUnder('s/')).toBe(0);
  });
});

describe('an upload', () => {
  it('is on the record: begun, stored, answered', async () => {
    const world = new World();
    const applied: string[] = [];
    world.bucket.onUploadApplied = ({ key }) => applied.push(key);
    await world.run(world.uploader.put('s/a', BODY));
    expect(applied).toEqual(['s/a']);
    expect(world.bucket.uploadLog).toMatchObject([
      { label: 'n1', key: 's/a', kind: 'put', outcome: 'applied' },
    ]);
    expect(world.bucket.versions('s/')[0]?.upload).toBe(world.bucket.uploadLog[0]);
  });

  it('may appear after its sender gave up, never after its expiry', async () => {
    let late = 0;
    for (let seed = 0; seed < 40; seed++) {
      const world = new World({}, seed);
      Object.assign(world.faults, { lateLandingProbability: 1, lateLandingMaxMs: 100_000 });
      await world.run(world.uploader.put('s/a', BODY, { expiresInMs: 40_000 })).catch(() => undefined);
      const known = world.bucket.uploadLog[0]!.outcome;
      await world.idle();
      const { appliedMs, settledMs, outcome } = world.bucket.uploadLog[0]!;
      expect(outcome).toBe(known);
      expect(world.bucket.keys().length).toBe(appliedMs === undefined ? 0 : 1);
      expect(appliedMs ?? 0).toBeLessThan(40_000);
      // What was called refused is not there; what was called applied is.
      if (outcome === 'refused') expect(appliedMs).toBeUndefined();
      if (outcome === 'applied') expect(appliedMs).toBeDefined();
      if (appliedMs !== undefined && appliedMs > settledMs!) late += 1;
    }
    expect(late).toBeGreaterThan(3);
  });

  it('in parts: completed, abandoned, or aborted under its feet', async () => {
    const world = new World();
    const first = await world.run(world.uploader.startMultipart('s/a'));
    const second = await world.run(world.uploader.startMultipart('s/b'));
    expect(world.bucket.keys()).toEqual([]);
    expect(world.bucket.uploads('s/')).toEqual([first, second]);
    await world.run(world.uploader.completeMultipart(first, BODY));
    await world.run(world.store.abortUpload(second, world.call));
    const late = world.run(world.uploader.completeMultipart(second, BODY));
    await expect(late).rejects.toMatchObject({ code: 'NoSuchUpload' });
    expect([world.bucket.keys(), world.bucket.countUnder('s/')]).toEqual([['s/a'], 1]);
  });

  it('does not begin after its expiry either', async () => {
    const world = new World();
    world.faults.latencyMs = 2_000;
    const started = world.run(world.uploader.startMultipart('s/a', { expiresInMs: 100 }));
    await expect(started).rejects.toMatchObject({ kind: 'EXPIRED' });
    expect(world.bucket.uploads()).toEqual([]);
  });
});

describe('one seed', () => {
  it('is one story', async () => {
    const story = async (seed: number): Promise<string> => {
      const world = new World({ versioning: 'enabled' }, seed);
      const some = Object.keys(world.faults).filter((name) => name.endsWith('Probability'));
      for (const name of some) (world.faults as unknown as Record<string, number>)[name] = 0.2;
      const lines: string[] = [];
      const note = (what: string) => () => lines.push(`${world.scheduler.nowMs} ${what}`);
      for (let round = 0; round < 40; round++) {
        const keys = many(5).map((key) => `${key}/${round % 7}`);
        for (const key of keys)
          void world.uploader.put(key, BODY).then(note(`put ${key}`), note(`lost ${key}`));
        await world.scheduler.step(world.scheduler.nowMs + 10);
        const prepared = await world.store.prepareDelete(
          keys.map((key) => ({ key })),
          world.call,
        );
        void prepared.send(world.call).then((all) => note(all.map(nameOf).join())(), note('failed'));
      }
      await world.idle();
      return [...lines, ...world.bucket.keys(), JSON.stringify(world.bucket.counts)].join('\n');
    };
    expect(await story(7)).toBe(await story(7));
    expect(await story(7)).not.toBe(await story(8));
  });
});
