/**
 * The HTTP listener, for what does not speak gRPC: Prometheus, kubelets, people with curl.
 *
 *   /livez     200 while the process answers at all
 *   /readyz    200 when a linearizable read works within its bound, else 503 and why
 *   /metrics   Prometheus text
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeApi } from '../node/node-api.js';
import { type Clock, systemClock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { FatalError } from '../shared/fatal.js';
import { bindError } from './bind-error.js';
import { SERVER_LIMITS } from './limits.js';
import type { Metrics } from './metrics.js';
import { ReadProbe } from './read-probe.js';

export interface HttpServerOptions {
  readonly node: NodeApi;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Default 2 s. */
  readonly readProbeTimeoutMs?: number;
}

export interface HttpServer {
  /** `host:port`, `[v6]:port` or `:port`; port 0 = any free one. Resolves to the port. Rejects with FatalError. */
  listen(address: string): Promise<number>;
  /** From now on /readyz says no; requests under way may finish. Idempotent. */
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { node, metrics, logger, clock = systemClock } = options;
  const timeoutMs = options.readProbeTimeoutMs ?? SERVER_LIMITS.readProbeTimeoutMs;
  const probe = new ReadProbe({ node, clock, timeoutMs });
  let isStopping = false;

  const answer = async (path: string): Promise<Answer> => {
    switch (path) {
      case '/livez':
        return { status: 200, type: TEXT, body: 'ok\n' };
      case '/readyz': {
        if (isStopping) return { status: 503, type: TEXT, body: 'not ready: this node is stopping\n' };
        const readiness = await probe.check();
        return readiness.ready
          ? { status: 200, type: TEXT, body: 'ok\n' }
          : { status: 503, type: TEXT, body: `not ready: ${readiness.cause}\n` };
      }
      case '/metrics':
        return { status: 200, type: metrics.contentType, body: await metrics.render() };
      default:
        return { status: 404, type: TEXT, body: 'not found; there is /livez, /readyz and /metrics\n' };
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    request.resume();
    const send = ({ status, type, body }: Answer): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send({ status: 405, type: TEXT, body: 'only GET and HEAD\n' });
      return;
    }
    try {
      send(await answer((request.url ?? '/').split('?', 1)[0] ?? '/'));
    } catch (err) {
      logger.error({ err, url: request.url }, 'an HTTP request failed for a reason that is none of its own');
      send({ status: 500, type: TEXT, body: 'internal error, see the log\n' });
    }
  };

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    void handle(request, response);
  });
  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        const target = parseAddress(address);
        server.once('error', (error) => reject(bindError('HTTP', '--http-listen', address, error)));
        server.listen(target, () => resolve((server.address() as AddressInfo).port));
      }),
    stop: () =>
      new Promise((resolve) => {
        isStopping = true;
        // Keep-alive connections that nobody uses would hold the process open.
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function parseAddress(address: string): { host?: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new FatalError(
      'CONFIG',
      `--http-listen: '${address}' is not host:port, like 127.0.0.1:7411 or [::1]:7411`,
    );
  }
  const host = match[1] ?? match[2] ?? '';
  return host === '' ? { port } : { host, port };
}
