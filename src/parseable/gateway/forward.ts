/**
 * One request, forwarded by the proxy library, which streams both bodies, keeps back-pressure and passes an abort on.
 * Here is what it leaves to its user: time limits, another node when one cannot be reached, and the news of when
 * a node may have got something and when it has answered.
 *
 * - F1 The body is touched only once a connection stands. Until then the request can go to another node; after that it
 *   goes nowhere else, since the first one may have acted on it.
 * - F2 Each request is settled once, as early as it is known: ANSWERED when the head of the answer is there, or nothing
 *   was sent; BROKEN when a node may have got some of it and has not answered.
 */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { createProxyServer, type ProxyServer } from 'httpxy';
import type { Clock, Timer } from '../../shared/clock.js';
import { removeHopByHop } from './headers.js';
import type { Refusal } from './refusal.js';
import type { Upstream, UpstreamAddress, UpstreamPool } from './upstreams.js';

export interface ForwarderOptions {
  readonly clock: Clock;
  /** Until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Without a byte in either direction. */
  readonly idleTimeoutMs: number;
  readonly onUnreachable: (node: string, error: Error) => void;
  /** After a connection stood; clients are not shown which node it was. */
  readonly onFailure: (node: string, problem: string) => void;
}

export interface ForwardOptions {
  readonly pool: UpstreamPool;
  /** From now to the answer's head, whatever moves meanwhile. */
  readonly totalTimeoutMs?: number;
  /** Hand the answer over instead of passing it on, up to so many bytes. */
  readonly answerBytesMax?: number;
  /** The client waits with its body until it is asked for it. */
  readonly expectsContinue: boolean;
  /** F2. Called once. */
  readonly onSettled?: (outcome: 'answered' | 'broken') => void;
}

export interface WholeAnswer {
  readonly kind: 'whole';
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Forwarded =
  /** The answer is on its way to the client. */
  | { readonly kind: 'passed'; readonly status: number; readonly node: string }
  | WholeAnswer
  /** The client has got nothing yet. */
  | { readonly kind: 'failed'; readonly refusal: Refusal; readonly sent: boolean }
  /** The client is gone. */
  | { readonly kind: 'aborted' };

/** One try at one node. */
interface Attempt {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly upstream: Upstream;
  readonly options: ForwardOptions;
  /** Undefined: the request has none. */
  readonly body: PassThrough | undefined;
  readonly timers: Timer[];
  /** Why the node could not be reached. */
  readonly onProblem: (error: Error) => void;
  proxyReq: ClientRequest | undefined;
  connected: boolean;
  answered: boolean;
  finish: (result: Forwarded | 'unreachable') => void;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #proxy: ProxyServer = createProxyServer({ xfwd: false });
  /** By what the library calls the target: an object made for each attempt. */
  readonly #attempts = new WeakMap<object, Attempt>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#proxy.on('proxyReq', (proxyReq, _req, _res, { target }) => {
      const attempt = this.#attemptFor(target);
      if (attempt !== undefined) this.#onSocket(attempt, proxyReq);
    });
    this.#proxy.on('proxyRes', (answer, _req, res) => {
      removeHopByHop(answer.headers);
      answer.headers.connection = res.shouldKeepAlive ? 'keep-alive' : 'close';
    });
    const onError = (error: Error, _req: unknown, res: unknown, target: unknown): void => {
      const attempt = this.#attemptFor(target);
      if (attempt !== undefined) this.#onError(attempt, error);
      // Of an upgrade: its only sign of life is the socket.
      else if (isSocket(res)) res.destroy();
    };
    this.#proxy.on('error', onError);
    this.#proxy.on('econnreset', onError);
  }

  async forward(req: IncomingMessage, res: ServerResponse, options: ForwardOptions): Promise<Forwarded> {
    const { clock, onUnreachable } = this.#options;
    const tried = new Set<Upstream>();
    let settled = false;
    const settle = (outcome: 'answered' | 'broken'): void => {
      if (settled) return;
      settled = true;
      options.onSettled?.(outcome);
    };
    const started = { ...options, onSettled: settle };
    let problem = new Error('there is no node');
    while (true) {
      const upstream = options.pool.next(clock.monotonicMs(), tried);
      if (upstream === undefined) {
        settle('answered');
        return { kind: 'failed', refusal: UNREACHABLE, sent: false };
      }
      const result = await this.#attempt(req, res, upstream, started, (error) => (problem = error));
      if (result !== 'unreachable') return result;
      upstream.unreachable(clock.monotonicMs());
      onUnreachable(upstream.url, problem);
      tried.add(upstream);
    }
  }

  /** Until the socket is closed. Nothing is tried twice: a WebSocket's client does so by itself. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, pool: UpstreamPool): boolean {
    const { clock, connectTimeoutMs } = this.#options;
    const upstream = pool.next(clock.monotonicMs(), new Set());
    if (upstream === undefined) return false;
    const target = { ...upstream.address, ...(upstream.ca === undefined ? {} : { ca: upstream.ca }) };
    const options = { target, upgradeTimeout: connectTimeoutMs };
    this.#proxy.ws(req, socket, options, head).catch(() => {
      socket.destroy();
    });
    return true;
  }

  #attemptFor(target: unknown): Attempt | undefined {
    return typeof target === 'object' && target !== null ? this.#attempts.get(target) : undefined;
  }

  #attempt(
    req: IncomingMessage,
    res: ServerResponse,
    upstream: Upstream,
    options: ForwardOptions,
    onProblem: (error: Error) => void,
  ): Promise<Forwarded | 'unreachable'> {
    const { clock, connectTimeoutMs } = this.#options;
    return new Promise((resolve) => {
      let isOver = false;
      const onClose = (): void => {
        if (attempt.answered) return;
        options.onSettled?.(attempt.connected ? 'broken' : 'answered');
        attempt.finish({ kind: 'aborted' });
      };
      const attempt: Attempt = {
        req,
        res,
        upstream,
        options,
        body: hasBody(req) ? new PassThrough() : undefined,
        timers: [],
        onProblem,
        proxyReq: undefined,
        connected: false,
        answered: false,
        finish: (result) => {
          if (isOver) return;
          isOver = true;
          res.off('close', onClose);
          for (const timer of attempt.timers) timer.cancel();
          resolve(result);
        },
      };
      const target: UpstreamAddress = { ...upstream.address };
      this.#attempts.set(target, attempt);
      res.once('close', onClose);
      attempt.timers.push(
        clock.setTimer(connectTimeoutMs, () => {
          if (!attempt.connected) fail(new Error(`no connection within ${connectTimeoutMs} ms`));
        }),
      );
      const { totalTimeoutMs } = options;
      if (totalTimeoutMs !== undefined) {
        attempt.timers.push(
          clock.setTimer(totalTimeoutMs, () => this.#timeOut(attempt, totalTimeoutMs, 'answer')),
        );
      }
      const fail = (error: Error): void => {
        onProblem(error);
        attempt.finish('unreachable');
        attempt.proxyReq?.destroy();
      };
      this.#proxy
        .web(req, res, {
          target,
          agent: upstream.agent,
          selfHandleResponse: options.answerBytesMax !== undefined,
          ...(attempt.body === undefined ? {} : { buffer: attempt.body }),
        })
        // Whatever goes wrong comes as an event as well.
        .catch(() => undefined);
    });
  }

  #onSocket(attempt: Attempt, proxyReq: ClientRequest): void {
    attempt.proxyReq = proxyReq;
    const { idleTimeoutMs } = this.#options;
    proxyReq.setTimeout(idleTimeoutMs, () => this.#timeOut(attempt, idleTimeoutMs, 'byte'));
    proxyReq.once('response', (answer) => this.#onAnswer(attempt, answer));
    const { socket } = proxyReq;
    if (socket?.connecting !== true) this.#onConnected(attempt);
    else {
      const isTls = attempt.upstream.address.protocol === 'https:';
      socket.once(isTls ? 'secureConnect' : 'connect', () => this.#onConnected(attempt));
    }
  }

  /** F1. */
  #onConnected(attempt: Attempt): void {
    if (attempt.connected || attempt.res.destroyed) return;
    attempt.connected = true;
    if (attempt.options.expectsContinue) attempt.res.writeContinue();
    if (attempt.body !== undefined) attempt.req.pipe(attempt.body);
  }

  #onAnswer(attempt: Attempt, answer: IncomingMessage): void {
    const { upstream, options } = attempt;
    attempt.answered = true;
    upstream.answered();
    options.onSettled?.('answered');
    const status = answer.statusCode ?? 0;
    const { answerBytesMax } = options;
    if (answerBytesMax === undefined) attempt.finish({ kind: 'passed', status, node: upstream.url });
    else takeWhole(attempt, answer, status, answerBytesMax);
  }

  #timeOut(attempt: Attempt, waitedMs: number, what: 'answer' | 'byte'): void {
    const { upstream, options, connected } = attempt;
    options.onSettled?.(connected ? 'broken' : 'answered');
    this.#options.onFailure(upstream.url, `sent no ${what} for ${waitedMs} ms`);
    const error = `the node of Parseable sent no ${what} for ${waitedMs} ms`;
    attempt.finish({
      kind: 'failed',
      refusal: { status: 504, reason: 'NODE_TIMEOUT', error },
      sent: connected,
    });
    stopBody(attempt);
    attempt.proxyReq?.destroy();
  }

  #onError(attempt: Attempt, error: Error): void {
    if (attempt.answered) return;
    if (!attempt.connected && !attempt.req.destroyed) {
      attempt.onProblem(error);
      attempt.finish('unreachable');
      return;
    }
    attempt.options.onSettled?.(attempt.connected ? 'broken' : 'answered');
    this.#options.onFailure(attempt.upstream.url, `broke off before it answered: ${error.message}`);
    const text = 'the node of Parseable broke off before it answered; it may have done what was asked';
    const refusal: Refusal = { status: 502, reason: 'NODE_UNREACHABLE', error: text };
    attempt.finish({ kind: 'failed', refusal, sent: attempt.connected });
    stopBody(attempt);
  }
}

function takeWhole(attempt: Attempt, answer: IncomingMessage, status: number, bytesMax: number): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const fail = (why: string): void => {
    const error = `the answer of the node of Parseable ${why}`;
    attempt.finish({
      kind: 'failed',
      refusal: { status: 502, reason: 'NODE_ANSWER_UNUSABLE', error },
      sent: true,
    });
  };
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else {
      fail(`is larger than ${bytesMax} bytes`);
      answer.destroy();
    }
  });
  answer.on('end', () => {
    if (answer.complete)
      attempt.finish({ kind: 'whole', status, headers: answer.headers, body: Buffer.concat(chunks) });
  });
  answer.on('close', () => fail('broke off'));
}

/** What the client still sends is read and dropped, so that it comes to read its answer. */
function stopBody({ req, body }: Attempt): void {
  if (body === undefined) return;
  req.unpipe(body);
  body.destroy();
  req.resume();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const UNREACHABLE: Refusal = {
  status: 502,
  reason: 'NODE_UNREACHABLE',
  error: 'no node of Parseable can be reached',
  retryAfterMs: 1_000,
};

function isSocket(value: unknown): value is Duplex {
  return typeof value === 'object' && value !== null && 'destroy' in value && !('statusCode' in value);
}
