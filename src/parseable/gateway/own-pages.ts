/**
 * What the gateway answers about itself, below `/sexton`:
 *
 *   /livez     200 while the process answers at all
 *   /readyz    200 while writes pass, else 503 and why
 *   /metrics   Prometheus text
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayMetrics } from './gateway-metrics.js';

export interface OwnPagesDeps {
  readonly metrics: GatewayMetrics;
  readonly notReady: () => string | undefined;
}

/** `path`: without `/sexton`. */
export type OwnPages = (req: IncomingMessage, res: ServerResponse, path: string) => Promise<void>;

const TEXT = 'text/plain; charset=utf-8';

export function ownPages({ metrics, notReady }: OwnPagesDeps): OwnPages {
  return async ({ method }, res, path) => {
    const answer = (status: number, body: string, type = TEXT): void => {
      res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      res.end(method === 'HEAD' ? undefined : body);
    };
    if (method !== 'GET' && method !== 'HEAD') answer(405, 'only GET and HEAD\n');
    else if (path === '/livez') answer(200, 'ok\n');
    else if (path === '/metrics') answer(200, await metrics.render(), metrics.contentType);
    else if (path === '/readyz') {
      const problem = notReady();
      if (problem === undefined) answer(200, 'ok\n');
      else answer(503, `not ready: ${problem}\n`);
    } else answer(404, 'not found; there is /sexton/livez, /sexton/readyz and /sexton/metrics\n');
  };
}
