/**
 * The gateway between real Sexton nodes (consensus, purger, gRPC on loopback) and a node of Parseable on loopback: what a
 * client does through the front door ends in the catalog, and no purge overtakes a write.
 */
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SextonClient } from '../../../src/client/index.js';
import { createParseableGateway, type Gateway } from '../../../src/parseable/gateway/create.js';
import { startPurger } from '../../../src/purge/purger.js';
import { createGrpcServer, type GrpcServer } from '../../../src/server/grpc-server.js';
import { systemClock } from '../../../src/shared/clock.js';
import { silentLogger } from '../../../src/shared/logger.js';
import { systemRandom } from '../../../src/shared/random.js';
import { MemoryObjectStore } from '../../support/memory-object-store.js';
import { NodeCluster } from '../../support/node-cluster.js';
import { OLD_STREAM_JSON } from '../support.js';
import { EDITOR, FakeNode } from './fake-node.js';
import { call, SETTINGS } from './world.js';

let cluster: NodeCluster;
let store: MemoryObjectStore;
let client: SextonClient;
let node: FakeNode;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  store = new MemoryObjectStore({ clock: systemClock });
  // One member: what a leader's loss does to sessions and watches is the client's and the node's own business.
  cluster = await NodeCluster.start(1, {}, (id) => ({
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
  ends.push(() => cluster.stop());
  await cluster.leader();
  const server: GrpcServer = createGrpcServer({
    node: cluster.node(1),
    logger: silentLogger,
    metrics: { requestFinished: () => undefined },
    audits: {
      store: store.as('audits'),
      random: systemRandom,
      metrics: { auditFinished: () => undefined },
    },
  });
  ends.push(() => server.stop(0));
  client = new SextonClient({ endpoints: `127.0.0.1:${await server.listen('127.0.0.1:0')}` });
  ends.push(() => client.close());
  node = await FakeNode.start();
  ends.push(() => node.stop());
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Running {
  readonly gateway: Gateway;
  readonly port: number;
  stop(): Promise<void>;
}

async function start(settings: Partial<typeof SETTINGS> = {}): Promise<Running> {
  const all = { ...SETTINGS, node: node.url, staleAfterMs: 10_000, gracePeriodMs: 0, ...settings };
  const gateway = createParseableGateway(client, all, () => undefined);
  const port = await gateway.listen();
  const stopping = new AbortController();
  const done = gateway.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stop'));
    await done;
  };
  ends.push(stop);
  await cluster.until(() => (gateway.status().problem === '' ? true : undefined));
  return { gateway, port, stop };
}

const headers = { authorization: EDITOR };
const change = (port: number, method: 'DELETE' | 'PUT', name = 'web') =>
  call(port, method, `/api/v1/logstream/${name}`, { headers });
const post = (port: number, name = 'web') =>
  call(port, 'POST', '/api/v1/ingest', { headers: { ...headers, 'x-p-stream': name }, body: '{}' });
const stateOf = async (name = 'web') => (await client.getStream({ name })).stream.state;

/** As Parseable lays a stream out. */
function fill(name = 'web'): void {
  node.streams.add(name);
  store.put(`${name}/.stream/.stream.json`, OLD_STREAM_JSON);
  store.put(`${name}/date=2026-01-01/1.parquet`);
}

describe('sexton parseable gateway', () => {
  it('creates, deletes and undeletes by the catalog, and sees its own changes at once', async () => {
    const { port } = await start({ gracePeriodMs: 3_600_000 });
    expect(await change(port, 'PUT')).toMatchObject({ status: 200 });
    expect((await client.getStream({ name: 'web' })).stream).toMatchObject({
      state: 'ACTIVE',
      prefix: 'web/',
    });
    expect(await post(port)).toMatchObject({ status: 200 });
    expect(await change(port, 'DELETE')).toMatchObject({ status: 200, body: 'log stream web deleted' });
    expect(await post(port)).toMatchObject({ status: 410 });
    expect(await change(port, 'DELETE')).toMatchObject({ status: 200 });
    expect(await change(port, 'PUT')).toMatchObject({ status: 409 });
    expect(node.streams.has('web')).toBe(true);
    await client.undeleteStream({ name: 'web' });
    await cluster.until(async () => ((await post(port)).status === 200 ? true : undefined));
  });

  it('adopts a stream that only Parseable knows, and empties its prefix', async () => {
    const { port } = await start();
    fill();
    fill('other');
    expect(await change(port, 'DELETE')).toMatchObject({ status: 200 });
    await cluster.until(async () => ((await stateOf()) === 'PURGED' ? true : undefined));
    expect(store.keys('web/')).toEqual([]);
    expect(store.keys('other/')).toHaveLength(2);
    expect(await change(port, 'DELETE', 'nothing')).toMatchObject({ status: 404 });
    await expect(client.getStream({ name: 'nothing' })).rejects.toMatchObject({ reason: 'STREAM_NOT_FOUND' });
  });

  it('takes back what Parseable refused, and leaves what was there before', async () => {
    const { port } = await start();
    node.handler = (request, response) => {
      if (request.method !== 'PUT') return false;
      response.writeHead(400).end('no');
      return true;
    };
    expect(await change(port, 'PUT', 'new')).toMatchObject({ status: 400, body: 'no' });
    expect(await stateOf('new')).not.toBe('ACTIVE');
    store.put('foreign/backup.tar');
    expect(await change(port, 'PUT', 'foreign')).toMatchObject({ status: 400 });
    expect(await stateOf('foreign')).toBe('ACTIVE');
    expect(store.keys('foreign/')).toEqual(['foreign/backup.tar']);
  });

  it('lets no purge overtake a write that it let through', async () => {
    const { port, gateway } = await start();
    fill();
    expect(await change(port, 'PUT')).toMatchObject({ status: 400 }); // It exists, and is adopted by that.
    const waiting: http.ServerResponse[] = [];
    node.handler = (request, response) => {
      if (request.method !== 'POST') return false;
      request.resume();
      return waiting.push(response) > 0;
    };
    const written = post(port);
    await cluster.until(() => (waiting.length === 1 ? true : undefined));
    expect(gateway.status().writesInFlight).toBe(1);
    expect(await change(port, 'DELETE')).toMatchObject({ status: 200 });
    // The purge is due, and waits for this session.
    await cluster.until(async () => {
      for await (const purge of client.listPurges())
        if (purge.stream.purge?.waitingSessions === 1) return true;
      return undefined;
    });
    expect(store.keys('web/')).toHaveLength(2);
    waiting[0]?.end();
    expect(await written).toMatchObject({ status: 200 });
    await cluster.until(async () => ((await stateOf()) === 'PURGED' ? true : undefined));
    expect(store.keys('web/')).toEqual([]);
  });

  it('leaves no session behind', async () => {
    const { stop } = await start();
    const sessions = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { nodeId, state } of client.sessions.list()) found.push(`${nodeId} ${state}`);
      return found;
    };
    expect(await sessions()).toEqual(['gateway-1 OPEN']);
    await stop();
    expect(await sessions()).toEqual([]);
  });
});
