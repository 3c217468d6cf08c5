/** WatchStreams over real gRPC: order, resume, progress, slow receivers, and how a watch ends. */
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WatchStreamsRequest } from '../../src/generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse__Output } from '../../src/generated/sexton/v1/WatchStreamsResponse.js';
import { errorDetails } from '../../src/rpc/status.js';
import { FakeNode } from '../support/fake-node-api.js';
import { type GrpcFixture, startGrpc } from '../support/grpc-fixture.js';

let node: FakeNode;
let grpc: GrpcFixture;
const opened: ClientReadableStream<WatchStreamsResponse__Output>[] = [];

beforeEach(async () => {
  node = new FakeNode({ maxWatches: 3 });
  grpc = await startGrpc(node);
});
afterEach(async () => {
  for (const call of opened.splice(0)) call.cancel();
  await grpc.close();
});

function create(name: string, tenant = ''): void {
  node.apply({ kind: 'createStream', tenant, name, prefix: '', labels: [] });
}

/** Reads messages one by one; rejects with what the call ended with. */
class Watch {
  readonly #messages: AsyncIterator<WatchStreamsResponse__Output>;

  constructor(request: WatchStreamsRequest, client = grpc.streams) {
    const call = client.WatchStreams(request);
    call.on('error', () => undefined);
    opened.push(call);
    this.#messages = call[Symbol.asyncIterator]() as AsyncIterator<WatchStreamsResponse__Output>;
  }

  async next(): Promise<WatchStreamsResponse__Output> {
    const { done, value } = await this.#messages.next();
    if (done === true) throw new Error('the watch ended');
    return value;
  }

  /** The next `count` events, whatever messages they come in. */
  async events(count: number): Promise<string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const message = await this.next();
      for (const event of message.events?.events ?? []) {
        events.push(
          `${event.revision} ${event.type.replace('STREAM_EVENT_TYPE_', '')} ${event.stream?.name ?? ''}`,
        );
      }
    }
    return events;
  }

  async ended(): Promise<{ code: number; reason: string | undefined; metadata: Record<string, string> }> {
    for (;;) {
      try {
        await this.next();
      } catch (error) {
        const details = errorDetails(error);
        return {
          code: (error as ServiceError).code,
          reason: details?.reason,
          metadata: { ...details?.metadata },
        };
      }
    }
  }
}

describe('a watch', () => {
  it('begins with a header that says where it starts, then tells what happens', async () => {
    create('before');
    const watch = new Watch({ allTenants: true });
    expect(await watch.next()).toMatchObject({
      revision: 1,
      content: 'header',
      header: { clusterId: 'test-cluster', memberId: 1, oldestRevision: 0 },
    });
    create('app');
    const message = await watch.next();
    expect(message).toMatchObject({ revision: 2, content: 'events' });
    expect(message.events?.events).toMatchObject([
      {
        type: 'STREAM_EVENT_TYPE_CREATED',
        revision: 2,
        stream: { name: 'app', state: 'STREAM_STATE_ACTIVE' },
      },
    ]);
  });

  it('from 0 tells everything since the beginning, and from a revision everything after it', async () => {
    create('a');
    create('b');
    node.apply({
      kind: 'markDeleted',
      tenant: '',
      name: 'a',
      incarnation: 0,
      gracePeriodMs: 0,
      ifRevision: 0,
      allowMissing: false,
    });
    node.apply({ kind: 'beginDrain', incarnation: 1 });
    node.apply({ kind: 'beginPurge', incarnation: 1, drainRevision: 4 });
    const all = ['1 CREATED a', '2 CREATED b', '3 DELETED a', '4 PURGE_STARTED a', '5 DRAINED a'];
    expect(await new Watch({ startRevision: 0 }).events(5)).toEqual(all);
    expect(await new Watch({ startRevision: 2 }).events(3)).toEqual(all.slice(2));
  });

  it('tells how purges get on to whoever asks for it, and keeps none of it', async () => {
    create('app');
    const asked = new Watch({ includePurgeProgress: true });
    const other = new Watch({});
    await Promise.all([asked.next(), other.next()]);
    const gracePeriodMs = 0;
    const target = { tenant: '', name: 'app', incarnation: 0 };
    node.apply({ kind: 'markDeleted', ...target, gracePeriodMs, ifRevision: 0, allowMissing: false });
    node.apply({ kind: 'setPurgePaused', ...target, paused: true });
    node.apply({ kind: 'setPurgePaused', ...target, paused: true });
    node.apply({ kind: 'setPurgePaused', ...target, paused: false });
    node.apply({ kind: 'beginDrain', incarnation: 1 });
    const lifecycle = ['2 DELETED app', '6 PURGE_STARTED app'];
    const [before, after] = lifecycle as [string, string];
    // Entry 4 changed nothing.
    expect(await asked.events(4)).toEqual([
      before,
      '3 PURGE_PROGRESSED app',
      '5 PURGE_PROGRESSED app',
      after,
    ]);
    expect(await other.events(2)).toEqual(lifecycle);
    const late = new Watch({ includePurgeProgress: true, startRevision: 1, namePrefix: 'x' });
    await late.next();
    create('xyz');
    expect(await late.events(1)).toEqual(['7 CREATED xyz']);
  });

  it('tells only what it was asked for', async () => {
    const watch = new Watch({ tenant: 'acme', namePrefix: 'ap', startRevision: 0 });
    create('app');
    create('app', 'acme');
    create('db', 'acme');
    create('api', 'acme');
    expect(await watch.events(2)).toEqual(['2 CREATED app', '4 CREATED api']);
  });

  it('waits for a start revision that is not applied yet', async () => {
    const watch = new Watch({ startRevision: 2 });
    expect((await watch.next()).revision).toBe(2);
    for (const name of ['a', 'b', 'c']) create(name);
    expect(await watch.events(1)).toEqual(['3 CREATED c']);
  });

  it('says now and then that nothing was missed', async () => {
    const watch = new Watch({ tenant: 'nobody', progressInterval: { nanos: 100_000_000 } });
    await watch.next();
    create('app');
    let message;
    do message = await watch.next();
    while (message.content === 'progress' && message.revision === 0);
    expect(message).toMatchObject({ content: 'progress', revision: 1 });
  });

  it('catches up in few messages, in order, with nothing left out', async () => {
    for (let at = 0; at < 700; at++) create(`s${at}`);
    const watch = new Watch({ startRevision: 0 });
    await watch.next();
    const sizes: number[] = [];
    const revisions: number[] = [];
    while (revisions.length < 700) {
      const message = await watch.next();
      const events = message.events?.events ?? [];
      sizes.push(events.length);
      revisions.push(...events.map((event) => event.revision));
      expect(message.revision).toBe(revisions.at(-1));
    }
    expect(revisions).toEqual(Array.from({ length: 700 }, (_, at) => at + 1));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    expect(sizes.length).toBeLessThan(50);
  });
});

describe('a watch ends', () => {
  it('with OUT_OF_RANGE and the oldest revision when its start is no longer kept', async () => {
    for (let at = 0; at < 5; at++) create(`s${at}`);
    node.compactEvents(3);
    expect(await new Watch({ startRevision: 1 }).ended()).toEqual({
      code: status.OUT_OF_RANGE,
      reason: 'REVISION_COMPACTED',
      metadata: { oldest_revision: '3' },
    });
    expect(await new Watch({ startRevision: 3 }).events(2)).toEqual(['4 CREATED s3', '5 CREATED s4']);
  });

  it('with TOO_MANY_REQUESTS when there are too many', async () => {
    for (let at = 0; at < 3; at++) await new Watch({}).next();
    expect(await new Watch({}).ended()).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'TOO_MANY_REQUESTS',
    });
  });

  it.each<[string, WatchStreamsRequest, status, string]>([
    [
      'an interval too short',
      { progressInterval: { nanos: 99_000_000 } },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ],
    [
      'an interval too long',
      { progressInterval: { seconds: 601 } },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ],
    [
      'tenant and all_tenants',
      { tenant: 'a', allTenants: true },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ],
    [
      'a revision of 2^53',
      { startRevision: '9007199254740992' },
      status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
    ],
  ])('at once for %s', async (_name, request, code, reason) => {
    expect(await new Watch(request).ended()).toMatchObject({ code, reason });
    expect(node.openWatches).toBe(0);
  });

  it('on the node as soon as its caller hangs up', async () => {
    const watch = new Watch({});
    await watch.next();
    expect(node.openWatches).toBe(1);
    opened.at(-1)?.cancel();
    while (node.openWatches > 0) await new Promise(setImmediate);
  });

  it('with NODE_STOPPING when the server stops, so that it is resumed elsewhere', async () => {
    const watch = new Watch({});
    await watch.next();
    const stopped = grpc.server.stop(60_000);
    expect(await watch.ended()).toMatchObject({ code: status.UNAVAILABLE, reason: 'NODE_STOPPING' });
    await stopped;
  });
});

describe('a slow receiver', () => {
  const COUNT = 400;
  /** Small messages, so that the buffers on the way, counted in messages, hold a part of it only. */
  const limits = { responseBytesTarget: 16 * 1024 };
  /** Taken from the node's watch by the server. */
  let pulled: number;

  beforeEach(() => {
    pulled = 0;
    const watch = node.watchStreams.bind(node);
    node.watchStreams = async function* (options) {
      for await (const item of watch(options)) {
        pulled++;
        yield item;
      }
    };
    const labels = Array.from({ length: 30 }, (_, at) => [`key${at}`, 'v'.repeat(250)] as const);
    for (let at = 0; at < COUNT; at++)
      node.apply({ kind: 'createStream', tenant: '', name: `s${at}`, prefix: '', labels });
  });

  async function restart(
    stalledReceiverMs: number,
  ): Promise<ClientReadableStream<WatchStreamsResponse__Output>> {
    await grpc.close();
    grpc = await startGrpc(node, { limits: { ...limits, stalledReceiverMs } });
    const call = grpc.streams.WatchStreams({ startRevision: 0 });
    opened.push(call);
    // The header is read, and then nothing: the flow control of the call fills up. (A call that was
    // never read from is another matter: grpc-js then takes in everything.)
    await new Promise<void>((resolve) => {
      call.once('data', () => {
        call.pause();
        resolve();
      });
    });
    return call;
  }

  it('holds back its own watch, and gets everything in the end', async () => {
    const call = await restart(60_000);
    call.on('error', () => undefined);
    for (let before = -1; pulled !== before || pulled === 0;) {
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(pulled).toBeLessThan(COUNT);
    const revisions: number[] = [];
    for await (const message of call as AsyncIterable<WatchStreamsResponse__Output>) {
      revisions.push(...(message.events?.events.map((event) => event.revision) ?? []));
      if (revisions.length === COUNT) break;
    }
    expect(revisions).toEqual(Array.from({ length: COUNT }, (_, at) => at + 1));
  });

  it('that takes nothing for too long is told to resume', async () => {
    const call = await restart(50);
    const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve as (error: Error) => void));
    while (!grpc.requests.some(({ method }) => method === 'StreamService/WatchStreams')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    while (node.openWatches > 0) await new Promise(setImmediate);
    // The status travels behind what was already on its way.
    call.resume();
    expect(errorDetails(await ended)).toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 1000 });
  });
});
