/**
 * One Parseable node, as far as its HTTP port shows: which streams it holds in memory, and what its answers
 * are. Behaves as the ingest and the query nodes of Parseable 2.9 do; misbehaves on order.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  HttpFailure,
  type HttpAnswer,
  type HttpPort,
  type HttpRequest,
} from '../../src/parseable/http-call.js';
import type { Clock } from '../../src/shared/clock.js';

export type Mode = 'Distributed (Ingest)' | 'Distributed (Query)' | 'Standalone';

/** What happens to the next calls. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'status'; readonly status: number; readonly body?: string; readonly location?: string }
  /** The call takes effect, and the connection breaks before the answer. */
  | { readonly kind: 'reset-after-effect' }
  /** The call takes effect, and half of the answer arrives. */
  | { readonly kind: 'half-answer' }
  /** The call is read and never answered. */
  | { readonly kind: 'hang' }
  /** An answer that does not end. */
  | { readonly kind: 'flood' };

export const NONE: Fault = { kind: 'none' };
export const USER = { username: 'admin', password: 'correct horse' };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly tenant: string;
}

export class FakeParseable {
  /** `tenant/name` or `name`, in memory. */
  readonly streams = new Set<string>();
  /** Keys. Which streams a query node lists, and what it removes when it is told to delete one. */
  readonly bucket = new Set<string>();
  readonly requests: SeenRequest[] = [];
  mode: Mode;
  deploymentId = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  /** For deletes; {@link aboutFault} for the rest. */
  fault: Fault = NONE;
  aboutFault: Fault = NONE;
  /** Deletes of these names alone are answered with 500. */
  readonly poisoned = new Set<string>();
  clusterInfo: unknown = [];
  #server: http.Server | undefined;
  #port = 0;

  private constructor(mode: Mode) {
    this.mode = mode;
  }

  static async start(mode: Mode = 'Distributed (Ingest)'): Promise<FakeParseable> {
    const node = new FakeParseable(mode);
    await node.listen();
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get deletes(): readonly string[] {
    return this.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
  }

  /** On the same port as before, when there was one. */
  async listen(): Promise<void> {
    const server = http.createServer((request, response) => this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  /** As a killed process: connections break, and the port refuses. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    const fault = method === 'DELETE' ? this.fault : this.aboutFault;
    const answer = this.#take({ ...headers }, method, path);
    if (fault.kind === 'hang') return;
    if (fault.kind === 'status') {
      const location = fault.location === undefined ? {} : { location: fault.location };
      response.writeHead(fault.status, location).end(fault.body ?? 'as ordered');
      return;
    }
    switch (fault.kind) {
      case 'none':
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
        return;
      case 'reset-after-effect':
        request.socket.resetAndDestroy();
        return;
      case 'half-answer':
        response.writeHead(answer.status, { 'content-length': 1_000 });
        response.write('half', () => request.socket.destroy());
        return;
      case 'flood': {
        response.writeHead(200);
        const pour = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      }
    }
  }

  /** The same node without a network: what it answers, it answers in the same turn of virtual time. */
  answerTo(request: HttpRequest): HttpAnswer | undefined {
    const { pathname } = new URL(request.url);
    const fault = request.method === 'DELETE' ? this.fault : this.aboutFault;
    if (this.#server === undefined) throw new HttpFailure('connect ECONNREFUSED');
    const answer = this.#take(request.headers, request.method, pathname);
    switch (fault.kind) {
      case 'none':
        return { ...answer, location: '' };
      case 'status':
        return { status: fault.status, body: fault.body ?? 'as ordered', location: fault.location ?? '' };
      case 'hang':
        return undefined;
      default:
        throw new HttpFailure(`as ordered: ${fault.kind}`);
    }
  }

  /** Remembers a request and does what it asks for, unless it is answered with a status as ordered. */
  #take(headers: Readonly<Record<string, string | string[] | undefined>>, method: string, path: string) {
    const tenant = String(headers['x-p-tenant'] ?? '');
    const authorization = String(headers['authorization'] ?? '');
    this.requests.push({ method, path, authorization, tenant });
    const fault = method === 'DELETE' ? this.fault : this.aboutFault;
    const expected = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
    if (fault.kind === 'status' || fault.kind === 'hang') return { status: 0, body: '' };
    return authorization === expected ? this.#answer(method, path, tenant) : { status: 401, body: '' };
  }

  /** The streams that have metadata in the bucket. */
  #listed(tenant: string): readonly string[] {
    const root = tenant === '' ? '' : `${tenant}/`;
    const names = [...this.bucket].map((key) => {
      const below = key.startsWith(root) ? key.slice(root.length) : '';
      return /^([^/]+)\/\.stream\/[^/]*stream\.json$/.exec(below)?.[1] ?? '';
    });
    return [...new Set(names)].filter((name) => name !== '');
  }

  #answer(method: string, path: string, tenant: string): { readonly status: number; readonly body: string } {
    if (method === 'GET' && path === '/api/v1/about') {
      const about = {
        version: 'v2.9.5',
        mode: this.mode,
        deploymentId: this.deploymentId,
        staging: '/staging',
      };
      return { status: 200, body: JSON.stringify(about) };
    }
    if (method === 'GET' && path === '/api/v1/cluster/info' && this.mode === 'Distributed (Query)') {
      return { status: 200, body: JSON.stringify(this.clusterInfo) };
    }
    if (method === 'GET' && path === '/api/v1/logstream' && this.mode !== 'Distributed (Ingest)') {
      return { status: 200, body: JSON.stringify(this.#listed(tenant).map((name) => ({ name }))) };
    }
    const info = /^\/api\/v1\/logstream\/([^/]+)\/info$/.exec(path)?.[1];
    if (method === 'GET' && info !== undefined) {
      const asked = decodeURIComponent(info);
      const holds =
        this.streams.has(tenant === '' ? asked : `${tenant}/${asked}`) ||
        (this.mode === 'Distributed (Query)' && this.#listed(tenant).includes(asked));
      return holds ? { status: 200, body: '{}' } : { status: 404, body: `Stream ${asked} not found` };
    }
    const form =
      this.mode === 'Distributed (Ingest)'
        ? /^\/api\/v1\/logstream\/([^/]+)\/sync$/
        : /^\/api\/v1\/logstream\/([^/]+)$/;
    const name = decodeURIComponent(form.exec(path)?.[1] ?? '');
    if (method !== 'DELETE' || name === '') return { status: 404, body: '' };
    if (this.poisoned.has(name)) return { status: 500, body: `cannot remove ${name}` };
    const stream = tenant === '' ? name : `${tenant}/${name}`;
    if (this.mode !== 'Distributed (Ingest)') {
      for (const key of this.bucket) if (key.startsWith(`${stream}/`)) this.bucket.delete(key);
    }
    return this.streams.delete(stream)
      ? { status: 200, body: `log stream ${name} deleted` }
      : { status: 404, body: `Stream ${name} not found` };
  }
}

/** Calls to these nodes without a network, on the test's clock. */
export function memoryHttp(fakes: readonly FakeParseable[], clock: Clock): HttpPort {
  return {
    call: (request, signal) =>
      new Promise((resolve, reject) => {
        const { origin } = new URL(request.url);
        const fake = fakes.find(({ url }) => url === origin);
        const answer = fake?.answerTo(request);
        if (answer !== undefined) {
          resolve(answer);
          return;
        }
        const late = new HttpFailure(`no answer in ${request.timeoutMs} ms`);
        const timer = clock.setTimer(request.timeoutMs, () => reject(late));
        signal.addEventListener(
          'abort',
          () => {
            timer.cancel();
            reject(signal.reason as Error);
          },
          { once: true },
        );
      }),
    close: () => undefined,
  };
}
