/** A gateway with a catalog and sessions in memory, without a test around it: for tests and the bench. */
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

export const NODE_ID = 'gateway-1';

export interface World {
  readonly catalog: FakeCatalog;
  readonly sessions: FakeSessions;
  readonly link: CatalogLink;
  readonly server: GatewayServer;
  readonly port: number;
  stop(): Promise<void>;
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
export async function assembleGateway(
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
      entriesMax: 1_000_000,
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
  const stop = async (): Promise<void> => {
    await server.stop();
    ending.abort(new Error('the test is over'));
    await following;
    await link.close();
    http.close();
    pools.ingest.close();
    pools.query.close();
  };
  return { catalog, sessions, link, server, port, calls, stop };
}
