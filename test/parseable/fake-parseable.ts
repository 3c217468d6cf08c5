/**
 * One Parseable node, as far as its HTTP port and its bucket show: which streams it holds in memory, what it does
 * with events, and what its answers are. Behaves as the nodes of Parseable 2.9 do; misbehaves on order.
 *
 * An event for a stream that the node does not hold makes it load the stream from the bucket, or create it there. Either
 * way it writes its own metadata with an empty list of manifests: what it had uploaded before is not found any more.
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
  /** Objects by key; of metadata, the number of events in its manifests. */
  bucket = new Map<string, string>();
  /** By stream: events acknowledged and not uploaded. */
  readonly staged = new Map<string, number>();
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

  /** A client sends one event; 200 in any case. */
  post(stream: string): void {
    if (!this.streams.has(stream)) {
      this.streams.add(stream);
      this.bucket.set(this.#metadataKey(stream), '0');
    }
    this.staged.set(stream, (this.staged.get(stream) ?? 0) + 1);
  }

  /** What is staged goes to the bucket: data first, then the metadata that makes it visible, where there is any. */
  upload(stream: string): void {
    const events = this.staged.get(stream) ?? 0;
    if (events === 0) return;
    this.staged.delete(stream);
    this.bucket.set(`${stream}/date=2026-01-01/${this.#port}.${this.bucket.size}.parquet`, String(events));
    const before = this.bucket.get(this.#metadataKey(stream));
    if (before !== undefined) this.bucket.set(this.#metadataKey(stream), String(Number(before) + events));
  }

  /** What a query counts: the events in the manifests of all nodes. */
  visibleEvents(stream: string): number {
    let events = 0;
    for (const [key, value] of this.bucket) if (isMetadataOf(stream, key)) events += Number(value);
    return events;
  }

  #metadataKey(stream: string): string {
    return `${stream}/.stream/.ingestor.${this.#port}.stream.json`;
  }

  #isInBucket(stream: string): boolean {
    return [...this.bucket.keys()].some((key) => isMetadataOf(stream, key));
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
    const isIngest = this.mode === 'Distributed (Ingest)';
    if (method === 'GET' && path === '/api/v1/logstream' && !isIngest) return this.#list(tenant);
    const info = /^\/api\/v1\/logstream\/([^/]+)\/info$/.exec(path)?.[1];
    if (method === 'GET' && info !== undefined) {
      const named = streamOf(tenant, decodeURIComponent(info));
      if (this.mode === 'Distributed (Query)' && this.#isInBucket(named)) this.streams.add(named);
      return this.streams.has(named) ? { status: 200, body: '{}' } : { status: 404, body: 'not found' };
    }
    const form = isIngest ? /^\/api\/v1\/logstream\/([^/]+)\/sync$/ : /^\/api\/v1\/logstream\/([^/]+)$/;
    const name = decodeURIComponent(form.exec(path)?.[1] ?? '');
    if (method !== 'DELETE' || name === '') return { status: 404, body: '' };
    if (this.poisoned.has(name)) return { status: 500, body: `cannot remove ${name}` };
    const stream = streamOf(tenant, name);
    let isKnown = this.streams.delete(stream);
    if (isKnown) this.staged.delete(stream);
    if (!isIngest) {
      isKnown ||= this.#isInBucket(stream);
      const isBelow = (key: string): boolean => isKnown && key.startsWith(`${stream}/`);
      for (const key of [...this.bucket.keys()].filter(isBelow)) this.bucket.delete(key);
    }
    return isKnown
      ? { status: 200, body: `log stream ${name} deleted` }
      : { status: 404, body: `Stream ${name} not found` };
  }

  /** The streams of a tenant that have metadata in the bucket, whatever the node holds in memory. */
  #list(tenant: string): { readonly status: number; readonly body: string } {
    const names = new Set<string>();
    for (const key of this.bucket.keys()) {
      const parts = key.split('/');
      const name = tenant === '' ? parts[0] : parts[0] === tenant ? parts[1] : undefined;
      if (name !== undefined && isMetadataOf(streamOf(tenant, name), key)) names.add(name);
    }
    return { status: 200, body: JSON.stringify(Array.from(names, (name) => ({ name }))) };
  }
}

function streamOf(tenant: string, name: string): string {
  return tenant === '' ? name : `${tenant}/${name}`;
}

function isMetadataOf(stream: string, key: string): boolean {
  return key.startsWith(`${stream}/.stream/`) && key.endsWith('stream.json');
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
