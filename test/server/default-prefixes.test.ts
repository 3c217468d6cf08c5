/** Creates without a prefix: Parseable's own where a deployment uses the bucket, and never held up by the store. */
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateStreamRequest } from '../../src/generated/sexton/v1/CreateStreamRequest.js';
import type { MutateStreamsResponse__Output } from '../../src/generated/sexton/v1/MutateStreamsResponse.js';
import { ObjectStoreError, type ObjectStore } from '../../src/objectstore/object-store.js';
import { DefaultPrefixes } from '../../src/server/default-prefixes.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { DEPLOYMENT, World } from '../audit/world.js';
import { Bucket } from '../audit/bucket.js';
import { run } from '../cli/run.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';
import { VirtualClock } from '../support/virtual-clock.js';

const MINUTE_MS = 60_000;

/** A bucket of which only one file is ever read. */
class OneFile {
  reads = 0;
  answer: () => Promise<Uint8Array | undefined> = () => Promise.resolve(undefined);

  getObject(key: string, call: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined> {
    expect(key).toBe('.parseable/.parseable.json');
    this.reads++;
    return Promise.race([
      this.answer(),
      new Promise<never>((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason as Error));
      }),
    ]);
  }
}

const found = (): Promise<Uint8Array> => Promise.resolve(Buffer.from(DEPLOYMENT));
const absent = (): Promise<undefined> => Promise.resolve(undefined);
const silent = (): Promise<never> => new Promise(() => undefined);
const denied = (): Promise<never> =>
  Promise.reject(new ObjectStoreError('ACCESS_DENIED', 'AccessDenied', 'told to'));

function world(answer: OneFile['answer']) {
  const file = new OneFile();
  file.answer = answer;
  const clock = new VirtualClock();
  const prefixes = new DefaultPrefixes(file as unknown as ObjectStore, clock, silentLogger);
  return { file, clock, prefixes };
}

describe('what a node knows of its bucket', () => {
  it.each([
    ['a deployment', found, 'parseable', /^the Parseable deployment 01J0000000000000000000000A uses/],
    ['no deployment', absent, 'per-life', /^$/],
    ['a file that is none', () => Promise.resolve(Buffer.from('{}')), 'per-life', /^$/],
    ['nothing it may read', denied, 'per-life', /could not be found out \(told to\)/],
  ] as const)('%s', async (_, answer, current, note) => {
    const { prefixes } = world(answer);
    await prefixes.ready();
    expect(prefixes.current).toBe(current);
    expect(prefixes.note).toMatch(note);
  });

  it('is looked at once a minute, by one request for all who wait', async () => {
    const { file, clock, prefixes } = world(absent);
    await Promise.all([prefixes.ready(), prefixes.ready()]);
    expect(prefixes.ready()).toBeUndefined();
    await clock.advance(MINUTE_MS - 1);
    expect(prefixes.ready()).toBeUndefined();
    expect(file.reads).toBe(1);
    file.answer = found;
    await clock.advance(1);
    await prefixes.ready();
    expect([prefixes.current, file.reads]).toEqual(['parseable', 2]);
  });

  it('is waited for two seconds, and a guess until the store answers', async () => {
    const { file, clock, prefixes } = world(silent);
    let isReady = false;
    void prefixes.ready()?.then(() => (isReady = true));
    await clock.advance(1_999);
    expect(isReady).toBe(false);
    await clock.advance(1);
    expect(isReady).toBe(true);
    expect([prefixes.current, prefixes.note]).toEqual(['per-life', expect.stringContaining('no answer yet')]);
    // The next create does not wait for the same look again.
    expect(prefixes.ready()).toBeUndefined();
    await clock.advance(8_000);
    expect(prefixes.note).toContain('no answer within 10 s');
    file.answer = found;
    await clock.advance(10_000);
    await prefixes.ready();
    expect([prefixes.current, file.reads, clock.pendingTimers]).toEqual(['parseable', 2, 0]);
  });

  it.each([
    [found, 'parseable'],
    [absent, 'per-life'],
  ] as const)('stands while the store does not answer', async (answer, current) => {
    const { file, clock, prefixes } = world(answer);
    await prefixes.ready();
    const { note } = prefixes;
    file.answer = silent;
    await clock.advance(MINUTE_MS);
    const waited = prefixes.ready();
    // Who was seen is not waited for.
    expect(waited === undefined).toBe(current === 'parseable');
    await clock.advance(15_000);
    await waited;
    expect([prefixes.current, prefixes.note]).toEqual([current, note]);
    // Nor is the store that fails asked at every create.
    expect([prefixes.ready(), file.reads]).toEqual([undefined, 2]);
  });

  it('changes when the deployment is gone from the bucket', async () => {
    const { file, clock, prefixes } = world(found);
    await prefixes.ready();
    file.answer = absent;
    await clock.advance(MINUTE_MS);
    void prefixes.ready();
    await clock.advance(1);
    expect(prefixes.current).toBe('per-life');
  });
});

describe('CreateStream without a prefix', () => {
  let grpc: GrpcFixture;
  afterEach(() => grpc.close());

  async function serve(bucket: World): Promise<void> {
    const metrics = { auditFinished: () => undefined };
    grpc = await startGrpc(bucket.node, { audits: { store: bucket.bucket, random: systemRandom, metrics } });
  }
  const create = (request: CreateStreamRequest) => unary(grpc.streams, grpc.streams.CreateStream, request);

  it('takes the prefix where Parseable keeps the stream, and says so', async () => {
    await serve(new World());
    expect(await create({ name: 'fresh' })).toMatchObject({
      stream: { prefix: 'fresh/' },
      note: expect.stringContaining('Parseable') as string,
    });
    expect(await create({ tenant: 'acme', name: 'Größe' })).toMatchObject({
      stream: { prefix: 'acme/Gr%C3%B6%C3%9Fe/' },
    });
  });

  it('leaves a prefix that was named alone, and one for each life where that was asked for', async () => {
    await serve(new World());
    expect(await create({ name: 'a', prefix: 'logs/a/' })).toMatchObject({
      stream: { prefix: 'logs/a/' },
      note: '',
    });
    expect(await create({ name: 'b', prefixPerLife: true })).toMatchObject({
      stream: { prefix: 'b/2/' },
      note: '',
    });
    const refused = await failure(create({ name: 'c', prefix: 'c/', prefixPerLife: true }));
    expect([refused.code, refused.fields]).toEqual([status.INVALID_ARGUMENT, ['prefix_per_life']]);
  });

  it('is as always in a bucket that no deployment uses', async () => {
    await serve(new World(new Bucket(), { parseable: false }));
    expect(await create({ name: 'fresh' })).toMatchObject({ stream: { prefix: 'fresh/1/' }, note: '' });
  });

  it('names the field that is wrong, and no other', async () => {
    await serve(new World());
    for (const name of ['', 'a/b', 'x'.repeat(300)])
      expect((await failure(create({ name }))).fields).toEqual(['name']);
  });

  it('does not fail with a store that does not answer, and says what it could not find out', async () => {
    const bucket = new World();
    bucket.bucket.onRequest = denied;
    await serve(bucket);
    expect(await create({ name: 'fresh' })).toMatchObject({
      stream: { prefix: 'fresh/1/' },
      note: expect.stringContaining('could not be found out') as string,
    });
  });

  it('is the same in a pipeline, in the order sent', async () => {
    await serve(new World());
    const call = grpc.streams.MutateStreams();
    const names = Array.from({ length: 20 }, (_, nth) => `s${nth}`);
    call.write({ mutations: names.map((name, at) => ({ sequence: at + 1, createStream: { name } })) });
    call.end();
    const prefixes = new Map<number, string | undefined>();
    for await (const answer of call) {
      for (const { sequence, stream } of (answer as MutateStreamsResponse__Output).results)
        prefixes.set(stream?.incarnation ?? 0, `${sequence} ${stream?.prefix}`);
    }
    expect([...prefixes]).toEqual(names.map((name, at) => [at + 1, `${at + 1} ${name}/`]));
  });

  it('is what the command line does, with a word about it', async () => {
    await serve(new World());
    const sexton = (...args: string[]) => run(['stream', 'create', ...args, '--endpoints', grpc.address]);
    const fresh = await sexton('fresh');
    expect(fresh.stdout).toMatch(/^prefix +fresh\/$/m);
    expect(fresh.stderr).toMatch(/^the Parseable deployment .* uses this bucket/);
    const perLife = await sexton('own', '--prefix-per-life');
    expect([perLife.stdout, perLife.stderr]).toEqual([expect.stringMatching(/^prefix +own\/2\/$/m), '']);
    const both = await sexton('own', '--prefix-per-life', '--prefix=own/');
    expect([both.status, both.stderr]).toEqual([3, expect.stringContaining('--prefix')]);
  });
});
