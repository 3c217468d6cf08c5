/** The gateway as the program runs it: this machine's clock, the public client, and real connections. */
import type { SextonClient } from '../../client/index.js';
import { systemClock } from '../../shared/clock.js';
import { systemRandom } from '../../shared/random.js';
import { HttpCaller } from '../http-call.js';
import { loggerOf, type Log } from '../log.js';
import { BACKOFF } from '../options.js';
import { Caller } from './caller.js';
import { CatalogLink } from './catalog-link.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { GatewayServer } from './gateway-server.js';
import { GatewaySessions } from './gateway-sessions.js';
import {
  ADOPT_TIMEOUT_MS,
  CALL_TIMEOUT_MS,
  DEAD_NAMES_MAX,
  NAMES_WITH_WRITES_MAX,
  nodeIdOf,
  poolsOf,
  sessionTimesOf,
  type GatewaySettings,
} from './options.js';
import type { GatewayStatus } from './status.js';

export interface Gateway {
  /** Resolves to the port that it listens on. Rejects with FatalError. */
  listen(): Promise<number>;
  /** Until `signal` aborts, then for as long as requests under way need, up to the drain timeout. */
  run(signal: AbortSignal): Promise<void>;
  status(): GatewayStatus;
}

/** Throws INVALID_ARGUMENT that names the flag. The client stays the caller's to close. */
export function createParseableGateway(client: SextonClient, settings: GatewaySettings, log: Log): Gateway {
  const logger = loggerOf(log);
  const pools = poolsOf(settings);
  const nodeId = nodeIdOf(settings);
  const clock = systemClock;
  const http = new HttpCaller({ clock, ...(settings.ca === undefined ? {} : { ca: settings.ca }) });
  const { staleAfterMs, brokenWriteMs, unknownStreams, gracePeriodMs } = settings;
  const link = new CatalogLink(
    {
      nodeId,
      staleAfterMs,
      brokenWriteMs,
      entriesMax: DEAD_NAMES_MAX,
      namesMax: NAMES_WITH_WRITES_MAX,
      keepsActive: unknownStreams === 'refuse',
      backoff: BACKOFF,
    },
    {
      client,
      sessions: new GatewaySessions(client, sessionTimesOf(settings)),
      closeSession: (sessionId, settled) => client.sessions.close(sessionId, { settled }),
      clock,
      random: systemRandom,
      logger,
    },
  );
  const caller = new Caller({ http, pool: pools.query, clock, logger, timeoutMs: CALL_TIMEOUT_MS });
  const metrics: GatewayMetrics = new GatewayMetrics(() => ({
    requestsInFlight: server.requestsInFlight,
    writesInFlight: link.writesInFlight,
    knownNames: link.states.size,
    catalogAgeMs: link.ageMs(),
    isReady: link.unknownBecause() === undefined,
  }));
  const shared = { client, caller, adoptTimeoutMs: ADOPT_TIMEOUT_MS };
  const server: GatewayServer = new GatewayServer({
    settings,
    pools,
    link,
    deletes: { ...shared, gracePeriodMs },
    creates: { ...shared, nowWallMs: () => clock.wallMs(), logger },
    metrics,
    clock,
    logger,
  });
  return {
    listen: () => server.listen(),
    run: async (signal) => {
      // The session outlives the listener: purges wait for what is answered last.
      const ending = new AbortController();
      const following = link.run(ending.signal);
      // What ends the following by itself is fatal, and ends the listener too.
      following.catch(() => ending.abort());
      try {
        await untilAborted([signal, ending.signal]);
        await server.stop();
      } finally {
        ending.abort(new Error('the gateway ends'));
        await following.finally(async () => {
          await link.close();
          http.close();
          pools.ingest.close();
          pools.query.close();
        });
      }
    },
    status: () => ({
      revision: link.states.isListed ? link.states.revision : undefined,
      problem: [link.unknownBecause(), link.error]
        .filter((text) => text !== undefined && text !== '')
        .join(': '),
      sessionId: link.sessionId,
      drainedRevision: link.drainedRevision,
      knownNames: link.states.size,
      requestsInFlight: server.requestsInFlight,
      writesInFlight: link.writesInFlight,
      refusedTotal: metrics.refusedTotal,
      nodes: [...new Set([...pools.ingest.upstreams, ...pools.query.upstreams])].map(
        ({ url, downUntilMs }) => ({
          node: url,
          state: downUntilMs > clock.monotonicMs() ? 'DOWN' : 'UP',
        }),
      ),
    }),
  };
}

function untilAborted(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
