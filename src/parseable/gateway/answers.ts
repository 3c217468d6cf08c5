/** Answers that are not a node's own bytes passed on. Refusals are counted by their reason. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer } from '../http-call.js';
import type { WholeAnswer } from './forward.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { refusalBody, refusalHeaders, type Refusal } from './refusal.js';

export class Answers {
  readonly #metrics: GatewayMetrics;

  constructor(metrics: GatewayMetrics) {
    this.#metrics = metrics;
  }

  /** A node's answer that was looked at, with `more` headers. */
  pass(res: ServerResponse, answer: WholeAnswer, more: Readonly<Record<string, string>>): void {
    const { status, headers, body } = answer;
    const { 'transfer-encoding': _framing, ...rest } = headers;
    res.writeHead(status, { ...rest, ...more, 'content-length': body.length }).end(body);
  }

  /** Parseable's refusal of the caller, as it was. */
  deny(res: ServerResponse, { status, body }: HttpAnswer): void {
    this.#metrics.refused('NOT_PERMITTED');
    res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
  }

  refuse({ method }: IncomingMessage, res: ServerResponse, refusal: Refusal): void {
    this.#metrics.refused(refusal.reason);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const body = refusalBody(refusal);
    res.writeHead(refusal.status, { ...refusalHeaders(refusal), 'content-length': Buffer.byteLength(body) });
    res.end(method === 'HEAD' ? undefined : body);
  }
}
