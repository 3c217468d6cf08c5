/**
 * A gateway on loopback between a catalog that the test moves and nodes that it scripts. The catalog and its sessions are
 * in memory; connections, bodies and aborts are real.
 */
import http from 'node:http';
import net from 'node:net';
import { afterEach } from 'vitest';
import { SextonError, type Stream } from '../../../src/client/index.js';
import type { CatalogClient } from '../../../src/parseable/gateway/catalog-calls.js';
import { Caller } from '../../../src/parseable/gateway/caller.js';
import { CatalogLink } from '../../../src/parseable/gateway/catalog-link.js';
import { GatewayMetrics } from '../../../src/parseable/gateway/gateway-metrics.js';
import { GatewayServer } from '../../../src/parseable/gateway/gateway-server.js';
import { poolsOf, type GatewaySettings } from '../../../src/parseable/gateway/options.js';
import { HttpCaller } from '../../../src/parseable/http-call.js';
import { systemClock } from '../../../src/shared/clock.js';
import { silentLogger } from '../../../src/shared/logger.js';
import { systemRandom } from '../../../src/shared/random.js';
import { FakeCatalog, FakeSessions } from '../fake-cluster.js';
import { FakeNode } from './fake-node.js';

export const NODE_ID = 'gateway-1';

const ends: (() => unknown)[] = [];

/** Once a file. */
export function useGatewayWorld(): void {
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}

export async function fakeNode(): Promise<FakeNode> {
  const node = await FakeNode.start();
  ends.push(() => node.stop());
  return node;
}

export interface World {
  readonly catalog: FakeCatalog;
  readonly sessions: FakeSessions;
  readonly link: CatalogLink;
  readonly server: GatewayServer;
  readonly port: number;
  /** What the gateway asks of the catalog; each test brings what it needs. */
  readonly calls: Partial<CatalogClient>;
}

export const SETTINGS: GatewaySettings = {
  listen: '127.0.0.1:0',
  ingest: [],
  query: '',
  node: '',
  gracePeriodMs: 3_600_000,
  staleAfterMs: 600_000,
  unknownStreams: 'pass',
  trustsTenantHeader: false,
  nodeId: NODE_ID,
  writeTimeoutMs: 60_000,
  brokenWriteMs: 60_000,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  requestsMax: 1_000,
  headerBytesMax: 32_768,
  drainTimeoutMs: 10_000,
};

/** Ready: the catalog is listed, and a session is held. */
export async function gateway(
  settings: Partial<GatewaySettings>,
  prepare: (catalog: FakeCatalog, sessions: FakeSessions) => void = () => undefined,
): Promise<World> {
  const all = { ...SETTINGS, ...settings };
  const catalog = new FakeCatalog();
  const sessions = new FakeSessions();
  prepare(catalog, sessions);
  const calls: { -readonly [Name in keyof CatalogClient]?: CatalogClient[Name] } = {};
  const absent = (name: string) => () => Promise.reject(new Error(`${name} was not expected`));
  const client: CatalogClient = {
    getStream: (...args) => (calls.getStream ?? absent('getStream'))(...args),
    createStream: (...args) => (calls.createStream ?? absent('createStream'))(...args),
    deleteStream: (...args) => (calls.deleteStream ?? absent('deleteStream'))(...args),
    adoptStream: (...args) => (calls.adoptStream ?? absent('adoptStream'))(...args),
  };
  const pools = poolsOf(all);
  const http = new HttpCaller({ clock: systemClock });
  const link = new CatalogLink(
    {
      nodeId: NODE_ID,
      staleAfterMs: all.staleAfterMs,
      brokenWriteMs: all.brokenWriteMs,
      entriesMax: 1_000,
      namesMax: 1_000,
      keepsActive: all.unknownStreams === 'refuse',
      backoff: { initialMs: 1, maxMs: 10 },
    },
    {
      client: catalog.client,
      sessions,
      closeSession: async () => undefined,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    },
  );
  const caller = new Caller({
    http,
    pool: pools.query,
    clock: systemClock,
    logger: silentLogger,
    timeoutMs: 10_000,
  });
  const shared = { client, caller, adoptTimeoutMs: 10_000 };
  const server: GatewayServer = new GatewayServer({
    settings: all,
    pools,
    link,
    deletes: { ...shared, gracePeriodMs: all.gracePeriodMs },
    creates: { ...shared, nowWallMs: () => Date.now(), logger: silentLogger },
    metrics: new GatewayMetrics(() => ({
      requestsInFlight: server.requestsInFlight,
      writesInFlight: link.writesInFlight,
      knownNames: link.states.size,
      catalogAgeMs: link.ageMs(),
      isReady: link.unknownBecause() === undefined,
    })),
    clock: systemClock,
    logger: silentLogger,
  });
  const ending = new AbortController();
  const following = link.run(ending.signal);
  const port = await server.listen();
  ends.push(async () => {
    await server.stop();
    ending.abort(new Error('the test is over'));
    await following;
    await link.close();
    http.close();
    pools.ingest.close();
    pools.query.close();
  });
  return { catalog, sessions, link, server, port, calls };
}

export const untilReady = (world: World): Promise<void> =>
  until(() => world.link.unknownBecause() === undefined);

/** Turns of the event loop until it holds; a test that never comes to it ends by its own time limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request over a connection of its own. The target goes as it is. */
export function call(
  port: number,
  method: string,
  target: string,
  options: { readonly headers?: http.OutgoingHttpHeaders; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { headers = {}, body } = options;
    const sent = http.request({ port, host: '127.0.0.1', method, path: target, headers, agent: false });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.end(body);
  });
}

/** Bytes as they are, and everything that comes back until the other side closes. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

export const notFound = (): Promise<never> =>
  Promise.reject(new SextonError('STREAM_NOT_FOUND', 'no such stream'));

export const answerOf = (stream: Stream) => Promise.resolve({ stream, revision: stream.revision });

/** Of an answer that the gateway gave itself. */
export function reasonOf({ body }: Answer): unknown {
  return (JSON.parse(body) as { readonly reason?: unknown }).reason;
}
