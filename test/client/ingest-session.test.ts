/** A session from its opening to its end: what `guard` lets through, when it stops it, what is reported. Virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  SextonClient,
  SextonError,
  UploadNotApplied,
  type IngestSession,
  type IngestSessionOptions,
  type UploadContext,
} from '../../src/client/index.js';
import { FRAME_GAP_MS } from '../../src/client/ingest-keeper.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';
import { wireStream } from './fake-node.js';
import { FakeIngestTransport } from './ingest-transport.js';

const ACTIVE = wireStream({ name: 'web', incarnation: 7, revision: 7 });
const DEAD = { ...ACTIVE, state: 'STREAM_STATE_DELETED' } as const;
const DRAINING = { ...ACTIVE, state: 'STREAM_STATE_PURGING' } as const;
const WEB = { name: 'web', incarnation: 7 };
/** 30 s, shortened by the margin for clocks that run apart. */
const LEASE_MS = 30_000 * (31 / 32);
const DEADLINE_MS = 60_000;

const clients: SextonClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function cluster() {
  const clock = new VirtualClock();
  const transport = new FakeIngestTransport(() => clock.monotonicMs());
  transport.streams = [ACTIVE];
  const client = new SextonClient({
    endpoints: 'a:1,b:1',
    transport,
    clock,
    random: { next: () => 0 },
  });
  clients.push(client);
  return {
    clock,
    transport,
    client,
    drained: () => transport.frames.at(-1)!.drainedRevision,
    open: (options: Partial<IngestSessionOptions> = {}): Promise<IngestSession> =>
      clock.run(client.openIngestSession({ nodeId: 'ingest-1', ...options })),
  };
}

/** An upload that a test ends by hand. */
function upload(session: IngestSession, target = WEB) {
  let end: { resolve: (value: string) => void; reject: (error: unknown) => void };
  let signal: AbortSignal | undefined;
  let context: UploadContext | undefined;
  const result = session.guard(target, (given, about) => {
    signal = given;
    context = about;
    return new Promise<string>((resolve, reject) => (end = { resolve, reject }));
  });
  result.catch(() => undefined);
  return {
    result,
    resolve: async (value = 'done') => {
      end.resolve(value);
      await settle();
    },
    reject: async (error: unknown = new Error('socket hang up')) => {
      end.reject(error);
      await settle();
    },
    get stoppedFor(): unknown {
      return signal?.aborted === true ? (signal.reason as SextonError).reason : undefined;
    },
    get signal(): AbortSignal {
      return signal!;
    },
    get context(): UploadContext {
      return context!;
    },
  };
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof SextonError ? error.reason : String(error)),
  );
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('opening', () => {
  it('resolves when the view has reached the revision at which the session opened, and uploads may begin', async () => {
    const { clock, transport, client } = cluster();
    transport.openedRevision = 12;
    const opening = client.openIngestSession({ nodeId: 'ingest-1', ttlMs: 20_000, uploadDeadlineMs: 5_000 });
    let opened = false;
    void opening.then(() => (opened = true));
    await clock.advance(5_000);
    expect(opened).toBe(false);
    transport.event(wireStream({ name: 'other', incarnation: 12 }), 12);
    const session = await clock.run(opening);
    expect(transport.requests('OpenSession')[0]).toMatchObject({
      nodeId: 'ingest-1',
      ttl: { seconds: 20, nanos: 0 },
      uploadDeadline: { seconds: 5, nanos: 0 },
    });
    expect(session).toMatchObject({ sessionId: '9', openedRevision: 12, uploadDeadlineMs: 60_000 });
    expect(session.status()).toMatchObject({ viewRevision: 12, drainedRevision: 12, activeStreams: 2 });
    expect(await session.guard(WEB, async (_, { stream }) => stream.prefix)).toBe('app/7/');
  });

  it('counts the lease from when the request was sent, not from the answer', async () => {
    const { clock, transport, client } = cluster();
    transport.onFrame = () => undefined;
    transport.openDelay = new Promise((resolve) => clock.setTimer(1_500, resolve));
    const session = await clock.run(client.openIngestSession({ nodeId: 'n' }));
    expect(session.status().leaseRemainingMs).toBe(LEASE_MS - 1_500);
  });

  it('keeps the lease while the first listing is long, and gives up in time', async () => {
    const { clock, transport, client } = cluster();
    transport.listGate = never();
    const opening = reasonOf(client.openIngestSession({ nodeId: 'n', openTimeoutMs: 50_000 }));
    expect(await clock.run(opening)).toBe('DEADLINE_EXCEEDED');
    expect(clock.monotonicMs()).toBe(50_000);
    expect(transport.frames.length).toBeGreaterThan(4);
    await clock.advance(1);
    expect(transport.requests('CloseSession')).toEqual([
      expect.objectContaining({ sessionId: '9', settled: true }),
    ]);
  });

  it('ends with the caller’s signal, and leaves no session behind', async () => {
    const { clock, transport, client } = cluster();
    transport.listGate = never();
    const aborter = new AbortController();
    const opening = client.openIngestSession({ nodeId: 'n', signal: aborter.signal });
    await clock.advance(100);
    aborter.abort(new Error('no more'));
    await expect(clock.run(opening)).rejects.toThrow('no more');
    expect(transport.requests('CloseSession')).toHaveLength(1);
    expect(transport.link.closed).toBe(true);
  });

  it.each([
    [{ nodeId: '' }, 'nodeId'],
    [{ nodeId: 'ö'.repeat(128) }, 'nodeId'],
    [{ ttlMs: 4_999 }, 'ttlMs'],
    [{ uploadDeadlineMs: 999 }, 'uploadDeadlineMs'],
    [{ uploadDeadlineMs: 2_000, uploadTimeoutMs: 2_001 }, 'uploadTimeoutMs'],
    [{ maxUploads: 0 }, 'maxUploads'],
  ])('refuses %j and names the option', async (options, field) => {
    const { client } = cluster();
    const opening = client.openIngestSession({ nodeId: 'n', ...options });
    await expect(opening).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT', violations: [{ field }] });
  });
});

describe('guard', () => {
  it('refuses what is not ACTIVE in its view, by incarnation', async () => {
    const { open } = cluster();
    const session = await open();
    let called = 0;
    const count = async (): Promise<number> => called++;
    expect(await reasonOf(session.guard({ name: 'nope', incarnation: 3 }, count))).toBe('STREAM_NOT_FOUND');
    const other = session.guard({ name: 'web', incarnation: 3 }, count);
    expect(await reasonOf(other)).toBe('INCARNATION_MISMATCH');
    await expect(other).rejects.toMatchObject({ metadata: { incarnation: '7' } });
    expect(called).toBe(0);
    expect(session.stream({ name: 'web' })?.incarnation).toBe(7);
    expect(session.stream({ name: 'nope' })).toBeUndefined();
  });

  it('stops an upload at the tombstone, and reports it once its deadline has passed', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const running = upload(session);
    await clock.advance(5_000);
    transport.event(DEAD, 11);
    await clock.advance(FRAME_GAP_MS);
    expect(running.stoppedFor).toBe('STREAM_NOT_FOUND');
    expect(await reasonOf(session.guard(WEB, never))).toBe('STREAM_NOT_FOUND');
    await running.reject();
    expect(await reasonOf(running.result)).toBe('STREAM_NOT_FOUND');
    await clock.advance(DEADLINE_MS - 5_000 - FRAME_GAP_MS - 1);
    expect(drained()).toBe(10);
    expect(session.status()).toMatchObject({ viewRevision: 11, drainedRevision: 10 });
    await clock.advance(1);
    expect(drained()).toBe(11);
    expect(transport.frames.at(-1)!.atMs).toBe(DEADLINE_MS); // At once, not with the next frame.
  });

  it.each(['success', 'nothing applied'])('reports at once what ended in %s', async (how) => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const running = upload(session);
    transport.event(DEAD, 11);
    transport.event(DRAINING, 12);
    await clock.advance(1_000);
    expect(drained()).toBe(10);
    const refused = new UploadNotApplied('403 from the store');
    if (how === 'success') await running.resolve();
    else await running.reject(refused);
    expect(drained()).toBe(12);
    if (how === 'success') expect(await running.result).toBe('done');
    else await expect(running.result).rejects.toBe(refused);
  });

  it('reports nothing at once in the grace period, when no purge waits yet', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const running = upload(session);
    transport.event(DEAD, 11);
    await running.resolve();
    const { length } = transport.frames;
    await clock.advance(1_000);
    expect([transport.frames.length, drained()]).toEqual([length, 10]);
    transport.event(DRAINING, 12);
    await clock.advance(1_000);
    expect(drained()).toBe(12);
  });

  it('remembers an unknown outcome until its deadline, should the stream be deleted later', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const running = upload(session);
    await running.reject();
    expect(await reasonOf(running.result)).toBe('Error: socket hang up');
    await clock.advance(30_000);
    transport.event(DEAD, 11);
    await clock.advance(29_999);
    expect(drained()).toBe(10);
    await clock.advance(1);
    expect(drained()).toBe(11);
  });

  it('is not held up by what a stream that came back does', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    await upload(session).reject();
    transport.event(DEAD, 11);
    transport.event(ACTIVE, 12);
    await clock.advance(100);
    for (let second = 0; second < 59; second++) {
      await upload(session).reject();
      await clock.advance(1_000);
    }
    expect(drained()).toBe(10);
    await clock.advance(1_000);
    expect(session.status().drainedRevision).toBe(12);
  });

  it('stops an upload at its timeout, and rejects at the deadline when it does not listen', async () => {
    const { clock, open } = cluster();
    const session = await open({ uploadTimeoutMs: 20_000 });
    const long = upload(session);
    const longer = session.guard(WEB, never, { timeoutMs: 30_000 });
    longer.catch(() => undefined);
    await clock.advance(19_999);
    expect(long.stoppedFor).toBeUndefined();
    expect(long.context.expiresInMs()).toBe(DEADLINE_MS * (31 / 32) - 19_999);
    await clock.advance(1);
    expect(long.stoppedFor).toBe('OUTCOME_UNKNOWN');
    let deaf: string | undefined;
    void reasonOf(longer).then((reason) => (deaf = reason));
    await clock.advance(DEADLINE_MS - 20_000 - 1);
    expect(deaf).toBeUndefined();
    await clock.advance(1);
    expect(deaf).toBe('OUTCOME_UNKNOWN');
    expect(session.status().uploadsInFlight).toBe(2); // They are, until they end.
  });

  it('aborts for three quarters of the deadline by default', async () => {
    const { clock, open } = cluster();
    const running = upload(await open());
    await clock.advance(44_999);
    expect(running.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(running.signal.aborted).toBe(true);
  });

  it('takes no more than so many at once', async () => {
    const { open } = cluster();
    const session = await open({ maxUploads: 2 });
    const first = upload(session);
    upload(session);
    expect(await reasonOf(session.guard(WEB, never))).toBe('TOO_MANY_REQUESTS');
    await first.resolve();
    upload(session);
    expect(session.status().uploadsInFlight).toBe(2);
  });

  it('ends with the caller’s signal, and an upload that throws at once is a rejection', async () => {
    const { open } = cluster();
    const session = await open();
    const aborter = new AbortController();
    let seen: AbortSignal | undefined;
    const running = session.guard(
      WEB,
      (signal) =>
        new Promise((_, reject) => {
          seen = signal;
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
      { signal: aborter.signal },
    );
    aborter.abort(new Error('changed my mind'));
    await expect(running).rejects.toThrow('changed my mind');
    expect(seen?.aborted).toBe(true);
    await expect(session.guard(WEB, never, { signal: aborter.signal })).rejects.toThrow('changed my mind');
    const thrown = session.guard(WEB, () => {
      throw new TypeError('a bug');
    });
    await expect(thrown).rejects.toThrow('a bug');
    expect(await reasonOf(session.guard(WEB, never, { timeoutMs: 60_001 }))).toBe('INVALID_ARGUMENT');
  });
});

describe('the lease', () => {
  it('is refused and stopped when it is not sure, and goes on when it is again', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const answering = transport.onFrame;
    transport.onFrame = () => undefined; // Partitioned off, after the first answer.
    const running = upload(session);
    const sentMs = transport.frames.at(-1)!.atMs;
    await clock.advance(sentMs + LEASE_MS - 1 - clock.monotonicMs());
    expect(running.stoppedFor).toBeUndefined();
    await clock.advance(1);
    expect(running.stoppedFor).toBe('SESSION_NOT_READY');
    expect(await reasonOf(session.guard(WEB, never))).toBe('SESSION_NOT_READY');
    expect(session.status().leaseRemainingMs).toBe(0);
    transport.onFrame = answering;
    await clock.advance(3_000);
    expect(await session.guard(WEB, async () => 'again')).toBe('again');
    // What was in flight may still be applied.
    await running.reject();
    transport.event(DEAD, 11);
    await clock.advance(10);
    expect(drained()).toBe(10);
  });

  it('is taken for gone when the cluster says so: everything stops, nobody opens another one', async () => {
    const { clock, transport, open } = cluster();
    const session = await open();
    const running = upload(session);
    transport.link.end(new SextonError('SESSION_EXPIRED', 'the lease ran out'));
    await settle();
    expect(running.stoppedFor).toBe('SESSION_EXPIRED');
    expect(await session.ended).toMatchObject({ reason: 'EXPIRED', error: { reason: 'SESSION_EXPIRED' } });
    expect(await reasonOf(session.guard(WEB, never))).toBe('SESSION_EXPIRED');
    expect(await session.close()).toEqual({ settled: false });
    await running.resolve();
    await clock.advance(300_000);
    expect(transport.requests('OpenSession')).toHaveLength(1);
    expect(transport.requests('CloseSession')).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('reports a purge that waits, also for a stream outside what the session follows', async () => {
    const { clock, transport, drained, open } = cluster();
    await open({ namePrefix: 'w' });
    transport.revision = 20;
    transport.onFrame = (link, { sequence = 0 }) => {
      queueMicrotask(() => link.answer({ sequence: Number(sequence), awaitedRevision: 15 }));
    };
    transport.event(wireStream({ name: 'wx', incarnation: 16 }), 16);
    await clock.advance(10_000);
    expect(drained()).toBe(16);
    transport.event(wireStream({ name: 'wy', incarnation: 17 }), 17);
    await clock.advance(1_000);
    expect(drained()).toBe(16); // Nobody waits for more: with the next frame.
  });
});

describe('the view', () => {
  it('lists again after a gap, and takes what is no longer there for tombstoned', async () => {
    const { clock, transport, drained, open } = cluster();
    const session = await open();
    const running = upload(session);
    transport.streams = [wireStream({ name: 'new', incarnation: 40, revision: 40 })];
    transport.revision = 50;
    transport.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.advance(1_000);
    expect(running.stoppedFor).toBe('STREAM_NOT_FOUND');
    expect(session.stream({ name: 'new' })?.incarnation).toBe(40);
    expect(session.status()).toMatchObject({ viewRevision: 50, drainedRevision: 10 });
    await running.resolve();
    await clock.advance(1_000);
    expect(drained()).toBe(50);
  });

  it('ends the session when the cluster is another one', async () => {
    const { clock, transport, open } = cluster();
    const session = await open();
    transport.clusterId = 'c2';
    transport.breakWatch(new SextonError('NODE_STOPPING', 'bye'));
    await clock.advance(1_000);
    expect(await session.ended).toMatchObject({ reason: 'FAILED', error: { reason: 'REVISION_COMPACTED' } });
    expect(await reasonOf(session.guard(WEB, never))).toBe('SESSION_EXPIRED');
  });

  it('ends the session when the cluster’s history went back', async () => {
    const { clock, transport, open } = cluster();
    const session = await open();
    transport.revision = 4;
    transport.breakWatch(new SextonError('REVISION_COMPACTED', 'too old'));
    await clock.advance(1_000);
    expect(await session.ended).toMatchObject({ reason: 'FAILED', error: { reason: 'INTERNAL' } });
  });
});

describe('closing', () => {
  it('waits for what is in flight, lets nothing begin, and says settled', async () => {
    const { clock, transport, open } = cluster();
    const session = await open();
    const running = upload(session);
    const closed = session.close({ waitMs: 30_000 });
    expect(await reasonOf(session.guard(WEB, never))).toBe('CANCELLED');
    await clock.advance(25_000);
    expect(running.signal.aborted).toBe(false);
    expect(transport.frames.length).toBeGreaterThan(2); // Kept alive all the while.
    await running.resolve();
    expect(await closed).toEqual({ settled: true });
    expect(transport.requests('CloseSession')).toEqual([
      expect.objectContaining({ sessionId: '9', settled: true }),
    ]);
    expect(await session.ended).toEqual({ reason: 'CLOSED' });
    expect(await session.close()).toEqual({ settled: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('says not settled of an upload that it had to stop', async () => {
    const { clock, transport, open } = cluster();
    const session = await open();
    const running = upload(session);
    const closed = session.close();
    await clock.advance(9_999);
    expect(running.stoppedFor).toBeUndefined();
    await clock.advance(1);
    expect(running.stoppedFor).toBe('CANCELLED');
    expect(await closed).toEqual({ settled: false });
    expect(transport.requests('CloseSession')).toEqual([expect.objectContaining({ settled: false })]);
  });

  it('says not settled of an unknown outcome, of any stream, unless its deadline has passed', async () => {
    const { clock, open } = cluster();
    const session = await open();
    await upload(session).reject();
    expect(await clock.run(session.close({ waitMs: 59_999 }))).toEqual({ settled: false });
    const patient = cluster();
    const other = await patient.open();
    await upload(other).reject();
    expect(await patient.clock.run(other.close({ waitMs: 60_000 }))).toEqual({ settled: true });
    expect(patient.clock.monotonicMs()).toBe(60_000);
  });

  it('ends with the client: uploads stop, nobody is told', async () => {
    const { clock, transport, client, open } = cluster();
    const session = await open();
    const running = upload(session);
    client.close();
    await settle();
    expect(running.stoppedFor).toBe('CANCELLED');
    expect(await session.ended).toEqual({ reason: 'CLOSED' });
    expect(await reasonOf(session.guard(WEB, never))).toBe('CANCELLED');
    expect(transport.requests('CloseSession')).toHaveLength(0);
    await running.reject();
    await clock.advance(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
