/**
 * The whole barrier (P3): the client's session over real gRPC, a real node with its log on disk, its purger and a store.
 * A purge begins only when what `guard` let through has settled, or when a dead node's lease and deadline are over.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient, UploadNotApplied, type IngestSession, type Stream } from '../../src/client/index.js';
import { startPurger } from '../../src/purge/purger.js';
import { createGrpcServer, type GrpcServer } from '../../src/server/grpc-server.js';
import { systemClock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { MemoryObjectStore } from '../support/memory-object-store.js';
import { NodeCluster } from '../support/node-cluster.js';

let nodes: NodeCluster;
/** Two listeners over one node: what a session meets when a node goes and another takes the call. */
let servers: readonly GrpcServer[];
const clients: SextonClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers) await server.stop(0);
  await nodes.stop();
});

interface Fixture {
  readonly store: MemoryObjectStore;
  readonly operator: SextonClient;
  readonly ingest: SextonClient;
  /** With one object below its prefix. */
  readonly stream: Stream;
  readonly session: IngestSession;
}

async function start(times: { readonly ttlMs: number; readonly uploadDeadlineMs: number }): Promise<Fixture> {
  const store = new MemoryObjectStore({ clock: systemClock });
  nodes = await NodeCluster.start(1, {}, () => ({
    startService: (cluster, signal) =>
      startPurger({
        cluster,
        store: store.as('1'),
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        options: {},
        signal,
      }),
  }));
  const metrics = { requestFinished: () => undefined };
  servers = [1, 2].map(() => createGrpcServer({ node: nodes.node(1), logger: silentLogger, metrics }));
  const ports = await Promise.all(servers.map((server) => server.listen('127.0.0.1:0')));
  const endpoints = ports.map((port) => `127.0.0.1:${port}`);
  const operator = new SextonClient({ endpoints });
  const ingest = new SextonClient({ endpoints, requestTimeoutMs: 2_000 });
  clients.push(operator, ingest);
  const stream = await operator.createStream({ name: 'web' });
  const session = await ingest.openIngestSession({ nodeId: 'ingest-1', ...times });
  store.put(`${stream.prefix}first.parquet`);
  return { store, operator, ingest, stream, session };
}

/** An upload that goes on until the test ends it; `stopped` resolves when its signal is aborted. */
function hold(session: IngestSession, stream: Stream) {
  let end: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  let stop: (reason: unknown) => void;
  const stopped = new Promise((resolve) => (stop = resolve));
  const result = session.guard(stream, (signal) => {
    signal.addEventListener('abort', () => stop(signal.reason));
    return new Promise<void>((resolve, reject) => (end = { resolve, reject }));
  });
  result.catch(() => undefined);
  return { stopped, result, resolve: () => end.resolve(), reject: (error: unknown) => end.reject(error) };
}

const stateOf = async ({ operator, stream }: Fixture): Promise<string> =>
  (await operator.getStream(stream)).stream.state;

const untilPurged = (fixture: Fixture): Promise<true> =>
  nodes.until(async () => ((await stateOf(fixture)) === 'PURGED' ? true : undefined));

const untilWaiting = (): Promise<true> =>
  nodes.until(() => (nodes.node(1).sessions()?.totals().waitingPurges === 1 ? true : undefined));

describe('a purge', () => {
  it('begins only after a guarded upload has settled, and takes what that upload still wrote', async () => {
    const fixture = await start({ ttlMs: 5_000, uploadDeadlineMs: 60_000 });
    const { store, operator, stream, session } = fixture;
    const upload = hold(session, stream);
    await operator.deleteStream({ name: 'web', gracePeriodMs: 0 });
    expect(await upload.stopped).toMatchObject({ reason: 'STREAM_NOT_FOUND' });
    await untilWaiting();
    expect(await stateOf(fixture)).toBe('PURGING');
    expect(store.requestsOf('delete')).toEqual([]);
    store.put(`${stream.prefix}late.parquet`);
    upload.resolve();
    await untilPurged(fixture);
    expect(store.residue(stream.prefix)).toBe(0);
    expect(session.status()).toMatchObject({ uploadsInFlight: 0, activeStreams: 0 });
    expect(await session.close()).toEqual({ settled: true });
  });

  it('waits for nobody once the outcome is certain, and not for a session that closed settled', async () => {
    const fixture = await start({ ttlMs: 3_600_000, uploadDeadlineMs: 3_600_000 });
    const { operator, stream, session } = fixture;
    const upload = hold(session, stream);
    await operator.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await upload.stopped;
    upload.reject(new UploadNotApplied('never sent'));
    await untilPurged(fixture);
    const next = await operator.createStream({ name: 'next' });
    await nodes.until(() => session.stream({ name: 'next' }));
    expect(await session.guard(next, async (_, { stream: { prefix } }) => prefix)).toBe(next.prefix);
    expect(await session.close()).toEqual({ settled: true });
    await operator.deleteStream({ name: 'next', gracePeriodMs: 0 });
    await untilPurged({ ...fixture, stream: next });
  });

  it('hears of a session whose node was stopped through another one', async () => {
    const fixture = await start({ ttlMs: 3_600_000, uploadDeadlineMs: 3_600_000 });
    const { operator, stream, session } = fixture;
    const upload = hold(session, stream);
    await servers[0]!.stop(0);
    await operator.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await upload.stopped;
    upload.resolve();
    await untilPurged(fixture);
    const next = await operator.createStream({ name: 'next' });
    await nodes.until(() => session.stream({ name: 'next' }));
    await servers[1]!.stop(0);
    // Nobody is left to tell; the session goes on as long as its lease.
    expect(await session.guard(next, async () => 'still')).toBe('still');
    await expect(session.close()).rejects.toBeInstanceOf(SextonError);
    await expect(session.guard(next, async () => 'more')).rejects.toMatchObject({ reason: 'CANCELLED' });
  });

  it('waits out the deadline of an upload whose outcome is unknown', async () => {
    const fixture = await start({ ttlMs: 60_000, uploadDeadlineMs: 2_000 });
    const { store, operator, stream, session } = fixture;
    const beganMs = performance.now();
    const upload = hold(session, stream);
    await operator.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await upload.stopped;
    upload.reject(new Error('socket hang up'));
    await expect(upload.result).rejects.toMatchObject({ reason: 'STREAM_NOT_FOUND' });
    await untilWaiting();
    store.put(`${stream.prefix}applied-after-all.parquet`);
    await untilPurged(fixture);
    expect(performance.now() - beganMs).toBeGreaterThan(2_000 - 1);
    expect(store.residue(stream.prefix)).toBe(0);
  });

  it('waits for a node that died for its lease and its upload deadline, and no longer', async () => {
    const fixture = await start({ ttlMs: 5_000, uploadDeadlineMs: 1_000 });
    const { ingest, operator, stream, session } = fixture;
    const upload = hold(session, stream);
    const leaseMs = session.status().leaseRemainingMs;
    const diedMs = performance.now();
    ingest.close(); // Nobody is told.
    expect(await upload.stopped).toBeInstanceOf(SextonError);
    await operator.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await untilWaiting();
    await untilPurged(fixture);
    const waitedMs = performance.now() - diedMs;
    expect(waitedMs).toBeGreaterThan(leaseMs + 1_000);
    // The rest of a lease and a deadline, and what the machine takes to notice.
    expect(waitedMs).toBeLessThan(5_000 + 1_000 + 15_000);
  });
});
