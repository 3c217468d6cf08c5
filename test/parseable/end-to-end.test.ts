/**
 * The helper between real Sexton nodes (consensus, purger, gRPC on loopback) and Parseable nodes on loopback: nothing
 * dies before every ingest node has let go of it, and everything is gone in the end.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  SextonClient,
  type ClientTransport,
  type Session,
  type TrySettings,
} from '../../src/client/index.js';
import type { UnaryCalls, UnaryMethod } from '../../src/client/transport.js';
import { GrpcTransport } from '../../src/client/grpc-transport.js';
import { createParseableSync } from '../../src/parseable/create.js';
import type { ParseableSync } from '../../src/parseable/parseable-sync.js';
import { startPurger } from '../../src/purge/purger.js';
import { createGrpcServer, type GrpcServer } from '../../src/server/grpc-server.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { run as runCommand } from '../cli/run.js';
import { MemoryObjectStore } from '../support/memory-object-store.js';
import { NodeCluster } from '../support/node-cluster.js';
import { FakeParseable, USER, type Mode } from './fake-parseable.js';
import { OLD_STREAM_JSON } from './support.js';

const OBJECTS = 50;

let cluster: NodeCluster;
let store: MemoryObjectStore;
let client: SextonClient;
const servers = new Map<string, { readonly server: GrpcServer; readonly address: string }>();
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  store = new MemoryObjectStore({ clock: systemClock });
  cluster = await NodeCluster.start(3, {}, (id) => ({
    startService: (purgeCluster, signal) =>
      startPurger({
        cluster: purgeCluster,
        store: store.as(String(id)),
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        options: {},
        signal,
      }),
  }));
  for (const [id, node] of cluster.nodes) {
    const metrics = { requestFinished: () => undefined };
    const audits = {
      store: store.as(`audit-${id}`),
      random: systemRandom,
      metrics: { auditFinished: () => undefined },
    };
    const server = createGrpcServer({ node, logger: silentLogger, metrics, audits });
    servers.set(`host-${id}:7401`, { server, address: `127.0.0.1:${await server.listen('127.0.0.1:0')}` });
  }
  client = newClient();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  for (const { server } of servers.values()) await server.stop(0);
  servers.clear();
  await cluster.stop();
});

const at = (endpoint: string): string => servers.get(endpoint)?.address ?? endpoint;

/** The members' names lead to wherever their servers listen. */
class NamedTransport extends GrpcTransport {
  override unary<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    settings: TrySettings,
  ): Promise<UnaryCalls[Method]['response']> {
    return super.unary(at(endpoint), method, request, settings);
  }

  override watchStreams(endpoint: string, ...rest: Rest<'watchStreams'>) {
    return super.watchStreams(at(endpoint), ...rest);
  }

  override auditStorage(endpoint: string, ...rest: Rest<'auditStorage'>) {
    return super.auditStorage(at(endpoint), ...rest);
  }

  override openKeepAlive(endpoint: string, ...rest: Rest<'openKeepAlive'>) {
    return super.openKeepAlive(at(endpoint), ...rest);
  }
}

type Rest<Name extends 'watchStreams' | 'auditStorage' | 'openKeepAlive'> =
  Parameters<NonNullable<ClientTransport[Name]>> extends [string, ...infer Others] ? Others : never;

function newClient(): SextonClient {
  const made = new SextonClient({
    endpoints: [...servers.keys()],
    transport: new NamedTransport(),
    perTryTimeoutMs: 500,
  });
  ends.push(() => made.close());
  return made;
}

async function node(mode: Mode = 'Distributed (Ingest)'): Promise<FakeParseable> {
  const fake = await FakeParseable.start(mode);
  ends.push(() => fake.stop());
  fake.streams.add('web');
  return fake;
}

interface Helper {
  readonly sync: ParseableSync;
  stop(): Promise<void>;
}

function help(
  ingest: readonly FakeParseable[],
  query: readonly FakeParseable[] = [],
  sessionTtlMs = 3_600_000,
  standalone: readonly FakeParseable[] = [],
): Helper {
  const own = newClient();
  const sync = createParseableSync(
    own,
    {
      ingestNodes: ingest.map(({ url }) => url),
      queryNodes: query.map(({ url }) => url),
      standaloneNodes: standalone.map(({ url }) => url),
      discover: '',
      credentials: USER,
      deploymentId: '',
      sessionTtlMs,
      uploadDeadlineMs: 1_000,
      callTimeoutMs: 1_000,
    },
    () => undefined,
  );
  const stopping = new AbortController();
  const done = sync.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stop'));
    await done;
    own.close();
  };
  ends.push(stop);
  return { sync, stop };
}

/** A stream in Parseable's own layout, with objects. */
async function createWeb(): Promise<void> {
  const { prefix } = await client.createStream({ name: 'web', prefix: 'web/' });
  for (let at = 0; at < OBJECTS; at++) store.put(`${prefix}date=2026-01-01/${at}.parquet`);
  store.put(`${prefix}.stream/.stream.json`, OLD_STREAM_JSON);
}

const until = <T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> => cluster.until(probe);

async function sessionsOf(fake: FakeParseable): Promise<readonly Session[]> {
  const found: Session[] = [];
  for await (const session of client.sessions.list({ nodeId: fake.url })) found.push(session);
  return found;
}

const untilHeld = (fakes: readonly FakeParseable[]): Promise<true> =>
  until(async () => {
    const held = await Promise.all(fakes.map(sessionsOf));
    return held.every(([session]) => session?.state === 'OPEN') ? true : undefined;
  });

const untilPurged = (name = 'web'): Promise<true> =>
  until(async () => ((await client.getStream({ name })).stream.state === 'PURGED' ? true : undefined));

describe('sexton parseable sync', () => {
  it('lets nothing be purged before every ingest node has let go, through a failover', async () => {
    const [up, down, query] = [await node(), await node(), await node('Distributed (Query)')];
    await down.stop();
    const { sync } = help([up, down], [query]);
    await untilHeld([up, down]);
    await createWeb();
    await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await until(() => (up.streams.size === 0 ? true : undefined));
    const leader = await cluster.leader();
    await servers.get(`host-${leader.memberId}:7401`)?.server.stop(0);
    await cluster.stopNode(leader.memberId);
    // The node that has let go is settled, as the new leader has confirmed; the other one is not.
    const settled = (url: string) =>
      sync.status().nodes.find(({ node: each }) => each === url)?.drainedRevision ?? 0;
    const { stream } = await client.getStream({ name: 'web' });
    const drainRevision = stream.drainRevision ?? Infinity;
    await until(() => (settled(up.url) >= drainRevision ? true : undefined));
    expect(settled(down.url)).toBeLessThan(drainRevision);
    expect((await client.getStream({ name: 'web' })).stream.purge).toMatchObject({ beginTimeMs: undefined });
    expect(store.keys('web/')).toHaveLength(OBJECTS + 1);
    expect(query.deletes).toEqual([]);

    await down.listen();
    await until(() => (down.streams.size === 0 ? true : undefined));
    await untilPurged();
    expect(store.keys('web/')).toEqual([]);
    await until(() => (query.streams.size === 0 ? true : undefined));
    expect(query.deletes).toEqual(['/api/v1/logstream/web']);
  });

  it('adopts, forgets and purges a stream whose name Parseable encodes in its keys', async () => {
    const [ingest, query] = [await node(), await node('Distributed (Query)')];
    for (const each of [ingest, query]) each.streams.add('Größe');
    help([ingest], [query]);
    await untilHeld([ingest]);
    store.put('Gr%C3%B6%C3%9Fe/.stream/.stream.json', OLD_STREAM_JSON);
    store.put('Gr%C3%B6%C3%9Fe/date=2026-01-01/manifest.json');
    const found = [];
    for await (const item of client.auditStorage({})) if (item.kind === 'finding') found.push(item);
    expect(found).toMatchObject([{ finding: 'UNKNOWN_STREAM', name: 'Größe', adoptable: true }]);
    const adopted = await client.adoptStream({ name: 'Größe', as: 'ACTIVE', execute: true });
    expect(adopted).toMatchObject({ executed: true, stream: { prefix: 'Gr%C3%B6%C3%9Fe/' } });
    await client.deleteStream({ name: 'Größe', gracePeriodMs: 0 });
    await untilPurged('Größe');
    expect(store.keys('Gr')).toEqual([]);
    expect(ingest.streams.has('Größe')).toBe(false);
    await until(() => (query.streams.has('Größe') ? undefined : true));
  });

  it('takes over the session that an earlier run has left, and asks again', async () => {
    const [ingest, down] = [await node(), await node()];
    await down.stop();
    const first = help([ingest, down]);
    await untilHeld([ingest, down]);
    await createWeb();
    await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
    await until(() => (ingest.streams.size === 0 ? true : undefined));
    const [before] = await sessionsOf(ingest);
    await first.stop();
    expect(await sessionsOf(ingest)).toMatchObject([{ state: 'OPEN', sessionId: before?.sessionId }]);
    const asked = ingest.deletes.length;
    const { sync } = help([ingest, down]);
    await until(() => (ingest.deletes.length > asked ? true : undefined));
    await until(() => (sync.status().nodes[0]?.session === 'OPEN' ? true : undefined));
    expect(await sessionsOf(ingest)).toMatchObject([{ state: 'OPEN', sessionId: before?.sessionId }]);
    await down.listen();
    await untilPurged();
  });

  it('hears nothing in the grace period, so that an undelete finds everything on every node', async () => {
    const fakes = [await node(), await node(), await node()];
    const bucket = new Map<string, string>();
    for (const fake of fakes) {
      fake.bucket = bucket;
      fake.streams.clear();
      fake.post('web');
      fake.upload('web');
    }
    const { sync } = help(fakes);
    await untilHeld(fakes);
    await createWeb();
    await client.deleteStream({ name: 'web', gracePeriodMs: 3_600_000 });
    const undeleted = await client.undeleteStream({ name: 'web' });
    await until(() => ((sync.status().revision ?? 0) >= undeleted.revision ? true : undefined));
    for (const fake of fakes) {
      expect(fake.deletes).toEqual([]);
      fake.post('web');
      fake.upload('web');
    }
    expect(fakes[0]?.visibleEvents('web')).toBe(6);
    expect(store.keys('web/')).toHaveLength(OBJECTS + 1);
  });

  it('has the purge say that clients still send, and wait until they stop', async () => {
    const startedMs = Date.now();
    const ingest = await node();
    help([ingest]);
    await untilHeld([ingest]);
    await createWeb();
    await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
    const sending = await until(async () => {
      ingest.post('web');
      const { purges } = await client.listPurgesPage();
      return purges.find(({ stream }) => stream.purge?.drainWait === 'CLIENTS_STILL_SENDING');
    });
    expect(sending).toMatchObject({
      stream: { name: 'web', state: 'PURGING', purge: { phase: 'DRAINING', beginTimeMs: undefined } },
      takenUp: [{ nodeId: ingest.url }],
    });
    expect(sending.takenUp[0]?.lastSeenTimeMs).toBeGreaterThanOrEqual(startedMs);
    expect(store.keys('web/')).toHaveLength(OBJECTS + 1);
    // They stop.
    await untilPurged();
    expect(store.keys('web/')).toEqual([]);
  });

  it('waits no longer for a node that an operator has released', async () => {
    const gone = await node();
    await gone.stop();
    const { sync } = help([gone], [], 5_000);
    await untilHeld([gone]);
    await createWeb();
    await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
    const leader = servers.get(`host-${(await cluster.leader()).memberId}:7401`)?.address ?? '';
    const released = await runCommand(['parseable', 'release', gone.url, '--endpoints', leader]);
    expect(released).toMatchObject({ status: 0, stdout: `${gone.url} is released\n` });
    await untilPurged();
    await until(() => (sync.status().nodes[0]?.session === 'RELEASED' ? true : undefined));
    expect(sync.status().nodes[0]?.state).toBe('DOWN');
    const again = await runCommand(['parseable', 'release', gone.url, '--endpoints', leader]);
    expect(again.status).toBe(4);
    expect(again.stderr).toContain('no open session has the node id');
  });
});
