/**
 * A Parseable node as its clients see it, behind the gateway: streams with their events, roles, and the answers of
 * Parseable 2.9. A test may take over the answer to any request.
 */
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Who may delete and create, and who may not. */
export const EDITOR = `Basic ${Buffer.from('editor:secret').toString('base64')}`;
export const WRITER = `Basic ${Buffer.from('writer:secret').toString('base64')}`;

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => boolean;

export class FakeNode {
  /** In the bucket: what GET /logstream lists. */
  readonly streams = new Set<string>();
  readonly events: { readonly stream: string; readonly body: string }[] = [];
  readonly seen: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  /** True: it has answered. */
  handler: Handler = () => false;
  onUpgrade: (socket: Socket, head: Buffer) => void = (socket) => socket.destroy();
  #server: http.Server | undefined;
  #port = 0;

  static async start(): Promise<FakeNode> {
    const node = new FakeNode();
    await node.listen();
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What came for these methods, as `METHOD target`. */
  calls(...methods: readonly string[]): readonly string[] {
    return this.seen
      .filter(({ method }) => methods.length === 0 || methods.includes(method))
      .map(({ method, target }) => `${method} ${target}`);
  }

  /** On the same port as before, when there was one. */
  async listen(): Promise<void> {
    const server = http.createServer((request, response) => {
      if (this.handler(request, response)) return;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request, response, Buffer.concat(chunks).toString('utf8')));
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('upgrade', (_request, socket: Socket, head: Buffer) => {
      socket.on('error', () => undefined);
      this.onUpgrade(socket, head);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** As a killed process. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse, body: string): void {
    const { method = '', url: target = '', headers } = request;
    this.seen.push({ method, target, headers: { ...headers }, body });
    const { status, text, type = 'text/plain; charset=utf-8' } = this.#judge(method, target, headers, body);
    response.writeHead(status, { 'content-type': type, 'x-served-by': this.url }).end(text);
  }

  #judge(method: string, target: string, headers: http.IncomingHttpHeaders, body: string): Said {
    const { pathname } = new URL(target, this.url);
    const changesStreams =
      /^\/api\/v1\/logstream\/[^/]+$/.test(pathname) && ['PUT', 'DELETE'].includes(method);
    if (headers.authorization === undefined) return said(401, 'Unauthorized');
    if (changesStreams && headers.authorization !== EDITOR) return said(403, 'You do not have permission');
    if (method === 'POST' && (pathname === '/api/v1/ingest' || pathname.startsWith('/v1/'))) {
      const stream = String(headers['x-p-stream']);
      this.streams.add(stream);
      this.events.push({ stream, body });
      return said(200, '');
    }
    if (method === 'GET' && pathname === '/api/v1/logstream') {
      const names = [...this.streams].map((name) => ({ name }));
      return said(200, JSON.stringify(names), 'application/json');
    }
    const [, encoded = '', below] = /^\/api\/v1\/logstream\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
    const name = decodeURIComponent(encoded);
    if (name === '') return said(200, `served ${method} ${target}`);
    if (method === 'PUT' && below === undefined) {
      if (this.streams.has(name)) return said(400, `Logstream ${name} already exists`);
      if (headers['x-p-custom-partition'] === 'bad') return said(400, 'invalid partition');
      this.streams.add(name);
      return said(200, 'Log stream created');
    }
    if (!this.streams.has(name)) return said(404, `Stream ${name} not found`);
    if (method === 'POST' && below === undefined) {
      this.events.push({ stream: name, body });
      return said(200, '');
    }
    if (method === 'DELETE' && below === undefined) {
      this.streams.delete(name);
      return said(200, `log stream ${name} deleted`);
    }
    return said(200, JSON.stringify({ name, below }), 'application/json');
  }
}

interface Said {
  readonly status: number;
  readonly text: string;
  readonly type?: string | undefined;
}

function said(status: number, text: string, type?: string): Said {
  return { status, text, type };
}
