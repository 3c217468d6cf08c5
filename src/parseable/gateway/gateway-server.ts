/**
 * The listener: what comes in is routed, decided on and carried out. The thinking is in route.ts and decide.ts; what may
 * take a while is in forward.ts, delete-stream.ts and create-stream.ts.
 *
 * Stopping is orderly and bounded: no connection is taken, requests under way may finish, and what is left then is cut.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { delay, type Clock } from '../../shared/clock.js';
import { FatalError } from '../../shared/fatal.js';
import type { Logger } from '../../shared/logger.js';
import type { CatalogLink } from './catalog-link.js';
import { createStream, takeBack, type CreateStreamDeps } from './create-stream.js';
import { decide, nameOf, type Decision, type Knowledge, type Rules } from './decide.js';
import { deletedBody, deleteStream, type DeleteStreamDeps } from './delete-stream.js';
import { Forwarder, type Forwarded, type WholeAnswer } from './forward.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { addForwarded, prepareRequestHeaders } from './headers.js';
import type { HttpAnswer } from '../http-call.js';
import { withoutDead } from './list-filter.js';
import {
  checkedListen,
  LIST_BYTES_MAX,
  OWN_CHANGE_WAIT_MS,
  type GatewaySettings,
  type Pools,
} from './options.js';
import { refusalBody, refusalHeaders, type Refusal } from './refusal.js';
import { routeOf, type Route, type StreamKey } from './route.js';
import { upgradeOf } from './upgrade.js';

export interface GatewayServerDeps {
  readonly settings: GatewaySettings;
  readonly pools: Pools;
  readonly link: CatalogLink;
  readonly deletes: DeleteStreamDeps;
  readonly creates: CreateStreamDeps;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One request that was let in. */
interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: Route;
  readonly expectsContinue: boolean;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

const CREATE_ANSWER_BYTES_MAX = 1_048_576;
const HEADERS_TIMEOUT_MS = 30_000;
/** Longer than load balancers keep theirs, so that they close first. */
const KEEP_ALIVE_MS = 65_000;

export class GatewayServer {
  readonly #deps: GatewayServerDeps;
  readonly #rules: Rules;
  readonly #forwarder: Forwarder;
  readonly #server: Server;
  readonly #upgraded = new Set<Duplex>();
  #inFlight = 0;
  #isStopping = false;

  constructor(deps: GatewayServerDeps) {
    this.#deps = deps;
    const { settings, clock, metrics, logger } = deps;
    const { unknownStreams, trustsTenantHeader, connectTimeoutMs, idleTimeoutMs } = settings;
    this.#rules = { unknownStreams, trustsTenantHeader };
    this.#forwarder = new Forwarder({
      clock,
      connectTimeoutMs,
      idleTimeoutMs,
      onUnreachable: (node, error) => {
        metrics.unreachable(node);
        const err =
          error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
        logger.warn({ node, err }, 'node cannot be reached');
      },
      onFailure: (node, problem) => logger.warn({ node, problem }, 'node did not answer'),
    });
    this.#server = createServer({
      maxHeaderSize: settings.headerBytesMax,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // An upload may take as long as it moves; what does not move is cut by the idle timeout.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAlive: true,
      noDelay: true,
    });
    this.#server.timeout = idleTimeoutMs + HEADERS_TIMEOUT_MS;
    this.#server.maxConnections = settings.requestsMax * 2;
    this.#server.on('request', (req: IncomingMessage, res: ServerResponse) => this.#take(req, res, false));
    this.#server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) =>
      this.#take(req, res, true),
    );
    this.#server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(req, socket, head),
    );
  }

  get requestsInFlight(): number {
    return this.#inFlight;
  }

  /** Resolves to the port. Rejects with FatalError. */
  listen(): Promise<number> {
    const { listen } = this.#deps.settings;
    const { host, port } = checkedListen(listen);
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) =>
        reject(
          new FatalError('CONFIG', `cannot listen on ${listen} (--listen): ${cause.message}`, { cause }),
        ),
      );
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Idempotent in its effect. */
  async stop(): Promise<void> {
    const { clock, settings } = this.#deps;
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const drained = new AbortController();
    const patience = delay(clock, settings.drainTimeoutMs, drained.signal).catch(() => undefined);
    await Promise.race([closed, patience]);
    drained.abort(new Error('drained'));
    for (const socket of this.#upgraded) socket.destroy();
    this.#server.closeAllConnections();
    await closed;
  }

  // ------------------------------------------------------------------------------------- requests

  #take(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const { clock, metrics, logger } = this.#deps;
    const startMs = clock.monotonicMs();
    prepareRequestHeaders(req.headers, { remoteAddress: req.socket.remoteAddress, isTls: false });
    const { method = '', url: target = '', headers } = req;
    const route = routeOf({ method, target, headers });
    const gone = new AbortController();
    this.#inFlight += 1;
    res.once('close', () => {
      this.#inFlight -= 1;
      gone.abort(new Error('the client is gone'));
      metrics.answered(route.kind, res.writableFinished ? res.statusCode : 0, clock.monotonicMs() - startMs);
    });
    const exchange = { req, res, route, expectsContinue, signal: gone.signal };
    this.#carryOut(exchange).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      logger.error({ err: error, method, target }, 'unexpected error in a request');
      this.#refuse(exchange, {
        status: 500,
        reason: 'INTERNAL',
        error: 'internal error, see the log of the gateway',
      });
    });
  }

  async #carryOut(exchange: Exchange): Promise<void> {
    const { route } = exchange;
    const decision = this.#decide(route);
    // An operator asks how it is just when there is too much of it.
    if (decision.kind === 'own') {
      await this.#own(exchange, decision.path);
      return;
    }
    const { requestsMax } = this.#deps.settings;
    if (this.#isStopping) {
      const error = 'the gateway is stopping; another one takes over';
      this.#refuse(exchange, { status: 503, reason: 'STOPPING', error, retryAfterMs: 1_000 });
    } else if (this.#inFlight > requestsMax) {
      const error = `${requestsMax} requests are under way`;
      this.#refuse(exchange, { status: 503, reason: 'TOO_MANY_REQUESTS', error, retryAfterMs: 1_000 });
    } else if (decision.kind === 'refuse') this.#refuse(exchange, decision.refusal);
    else if (decision.kind === 'forward') await this.#forward(exchange, decision);
    else if (decision.kind === 'list') await this.#list(exchange);
    else if (decision.kind === 'delete') await this.#delete(exchange, decision.stream);
    else await this.#create(exchange, decision.stream);
  }

  #decide(route: Route): Decision {
    return decide(route, this.#knowledge(), this.#rules);
  }

  #knowledge(): Knowledge {
    const { link, clock } = this.#deps;
    return {
      unknownBecause: link.unknownBecause(),
      stateOf: (stream) => link.states.get(stream),
      hasDead: link.states.size > 0,
      nowWallMs: clock.wallMs(),
    };
  }

  // --------------------------------------------------------------------------------------- events

  async #forward(exchange: Exchange, { to, counts }: Extract<Decision, { kind: 'forward' }>): Promise<void> {
    const { pools, settings } = this.#deps;
    const pool = pools[to];
    const isWrite = counts.length > 0;
    const limits = isWrite ? { totalTimeoutMs: settings.writeTimeoutMs } : {};
    const result = await this.#counted(exchange, counts, (onSettled) =>
      this.#forwarder.forward(exchange.req, exchange.res, {
        pool,
        expectsContinue: exchange.expectsContinue,
        onSettled,
        ...limits,
      }),
    );
    if (result?.kind === 'failed') this.#refuse(exchange, result.refusal);
  }

  /** Runs a forward that purges wait for. Undefined: refused. */
  async #counted(
    exchange: Exchange,
    counts: readonly StreamKey[],
    run: (onSettled: (outcome: 'answered' | 'broken') => void) => Promise<Forwarded>,
  ): Promise<Forwarded | undefined> {
    const { link } = this.#deps;
    const write = link.begin(counts);
    if (write === undefined) {
      const error = 'writes to too many streams are under way';
      this.#refuse(exchange, { status: 503, reason: 'TOO_MANY_REQUESTS', error, retryAfterMs: 1_000 });
      return undefined;
    }
    try {
      return await run((outcome) => link.end(write, outcome));
    } catch (error) {
      link.end(write, 'broken');
      throw error;
    }
  }

  // ------------------------------------------------------------------------------ the catalog's calls

  async #delete(exchange: Exchange, stream: StreamKey): Promise<void> {
    const { deletes, link, logger } = this.#deps;
    const outcome = await deleteStream(deletes, stream, exchange.req.headers, exchange.signal);
    if (outcome.kind === 'denied') this.#relay(exchange, outcome.answer);
    else if (outcome.kind === 'refused') this.#refuse(exchange, outcome.refusal);
    else {
      const { incarnation, revision, purgeAfterMs } = outcome.stream;
      if (outcome.isNew)
        logger.info({ stream: nameOf(stream), incarnation, purgeAfterMs }, 'stream deleted in the catalog');
      await link.reached(revision, OWN_CHANGE_WAIT_MS);
      exchange.res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(deletedBody(stream));
    }
  }

  async #create(exchange: Exchange, stream: StreamKey): Promise<void> {
    const { creates, link, pools, settings } = this.#deps;
    const { req, res, signal, expectsContinue } = exchange;
    const outcome = await createStream(creates, stream, req.headers, signal);
    if (outcome.kind === 'denied') {
      this.#relay(exchange, outcome.answer);
      return;
    }
    if (outcome.kind === 'refused') {
      this.#refuse(exchange, outcome.refusal);
      return;
    }
    await link.reached(outcome.stream.revision, OWN_CHANGE_WAIT_MS);
    // It may have been deleted in between, or the catalog be out of sight.
    const change = this.#decide({ kind: 'detail', stream, writes: true });
    if (change.kind === 'refuse') {
      this.#refuse(exchange, change.refusal);
      return;
    }
    const result = await this.#counted(exchange, [stream], (onSettled) =>
      this.#forwarder.forward(req, res, {
        pool: pools.query,
        totalTimeoutMs: settings.writeTimeoutMs,
        expectsContinue,
        onSettled,
        answerBytesMax: CREATE_ANSWER_BYTES_MAX,
      }),
    );
    if (result?.kind === 'failed') {
      const kept = { facts: { catalog_state: 'ACTIVE' } };
      const error = `${result.refusal.error}. The stream is ACTIVE in the catalog; repeat the request to create it in Parseable too`;
      this.#refuse(exchange, { ...result.refusal, ...kept, error, stream });
    } else if (result?.kind === 'whole') {
      // Parseable says 500 as well for what the client got wrong. The client may go away; what was created for it must not stay.
      const mustTakeBack = outcome.createdHere && result.status >= 400;
      const lasting = new AbortController().signal;
      const state = mustTakeBack
        ? await takeBack(creates, stream, outcome.stream, req.headers, lasting)
        : 'ACTIVE';
      this.#sendWhole(exchange, result, { 'x-sexton-stream-state': state });
    }
  }

  async #list(exchange: Exchange): Promise<void> {
    const { link, pools } = this.#deps;
    const { req, res, expectsContinue } = exchange;
    // Compressed it could not be read.
    req.headers['accept-encoding'] = 'identity';
    const result = await this.#forwarder.forward(req, res, {
      pool: pools.query,
      expectsContinue,
      answerBytesMax: LIST_BYTES_MAX,
    });
    if (result.kind === 'failed') this.#refuse(exchange, result.refusal);
    if (result.kind !== 'whole') return;
    const tenant = typeof req.headers['x-p-tenant'] === 'string' ? req.headers['x-p-tenant'] : '';
    const isDead = (name: string): boolean => {
      const state = link.states.get({ tenant, name })?.state;
      return state === 'DELETED' || state === 'PURGING';
    };
    const filtered = result.status === 200 ? withoutDead(result.body.toString('utf8'), isDead) : undefined;
    this.#sendWhole(
      exchange,
      filtered === undefined ? result : { ...result, body: Buffer.from(filtered) },
      {},
    );
  }

  // -------------------------------------------------------------------------------------- answers

  #sendWhole(
    { res }: Exchange,
    { status, headers, body }: WholeAnswer,
    more: Readonly<Record<string, string>>,
  ): void {
    const { 'transfer-encoding': _framing, ...rest } = headers;
    res.writeHead(status, { ...rest, ...more, 'content-length': body.length }).end(body);
  }

  /** Parseable's refusal of the caller, as it was. */
  #relay({ res }: Exchange, { status, body }: HttpAnswer): void {
    this.#deps.metrics.refused('NOT_PERMITTED');
    res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
  }

  #refuse({ req, res }: Exchange, refusal: Refusal): void {
    this.#deps.metrics.refused(refusal.reason);
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const body = refusalBody(refusal);
    res.writeHead(refusal.status, { ...refusalHeaders(refusal), 'content-length': Buffer.byteLength(body) });
    res.end(req.method === 'HEAD' ? undefined : body);
  }

  async #own({ req, res }: Exchange, path: string): Promise<void> {
    const { metrics, link } = this.#deps;
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      res.end(req.method === 'HEAD' ? undefined : body);
    };
    if (req.method !== 'GET' && req.method !== 'HEAD') answer(405, 'only GET and HEAD\n');
    else if (path === '/livez') answer(200, 'ok\n');
    else if (path === '/readyz') {
      const problem = this.#isStopping ? 'the gateway is stopping' : link.unknownBecause();
      if (problem === undefined) answer(200, 'ok\n');
      else answer(503, `not ready: ${problem}\n`);
    } else if (path === '/metrics') answer(200, await metrics.render(), metrics.contentType);
    else answer(404, 'not found; there is /sexton/livez, /sexton/readyz and /sexton/metrics\n');
  }

  // ------------------------------------------------------------------------------------- upgrades

  #upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const upgrade = upgradeOf(req);
    if (upgrade.kind === 'ignore') {
      // The answer to an offer that is not taken is one without it: the same request again, to the same server.
      socket.unshift(Buffer.concat([upgrade.head, head]));
      this.#server.emit('connection', socket);
      return;
    }
    const { pools, settings, metrics } = this.#deps;
    addForwarded(req.headers, { remoteAddress: socket.remoteAddress, isTls: false });
    const { method = '', url: target = '', headers } = req;
    const decision = this.#decide(routeOf({ method, target, headers }));
    const mayPass = decision.kind === 'forward' && decision.counts.length === 0;
    if (!mayPass || this.#isStopping || this.#inFlight >= settings.requestsMax) {
      metrics.refused(mayPass ? 'TOO_MANY_REQUESTS' : 'AMBIGUOUS_PATH');
      socket.end(
        `HTTP/1.1 ${mayPass ? '503 Service Unavailable' : '400 Bad Request'}\r\nconnection: close\r\n\r\n`,
      );
      return;
    }
    this.#inFlight += 1;
    this.#upgraded.add(socket);
    socket.once('close', () => {
      this.#inFlight -= 1;
      this.#upgraded.delete(socket);
    });
    if (!this.#forwarder.upgrade(req, socket, head, pools.query)) socket.destroy();
  }
}
