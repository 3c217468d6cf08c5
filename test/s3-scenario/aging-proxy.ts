/**
 * Stands before the real server and makes what it lists look older. An audit and an adoption leave alone what was
 * written within the hour, and a real server's objects are always new: this is an hour that nobody has to wait.
 *
 * Changes nothing but the times in listings, so that signatures, conditions and errors stay the server's own. Host
 * headers pass through: a server that looks for the bucket's name there must be asked directly.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

const ITEMS = /<(Contents|Version|DeleteMarker|Upload)>.*?<\/\1>/gs;
const TIMES = /(<(?:LastModified|Initiated)>)([^<]+)(<)/g;

export class AgingProxy {
  readonly url: string;
  readonly #close: () => Promise<void>;
  /** How much older things look, from now on. */
  agedMs = 0;
  /** Keys that begin so keep their times. */
  exceptPrefix = '';

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(endpoint: string): Promise<AgingProxy> {
    const server = createServer((incoming, outgoing) => proxy.#forward(endpoint, incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const proxy = new AgingProxy(
      `http://127.0.0.1:${port}`,
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return proxy;
  }

  close(): Promise<void> {
    return this.#close();
  }

  #forward(endpoint: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = new URL(endpoint);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const { method = 'GET', url: path = '/', headers } = incoming;
    const ask = send({ host: url.hostname, port: url.port, method, path, headers }, (answer) => {
      const isXml = answer.headers['content-type']?.includes('xml') === true;
      if (method !== 'GET' || !isXml || this.agedMs === 0) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.from(this.#aged(Buffer.concat(chunks).toString()));
        const rest = { ...answer.headers, 'content-length': String(body.length) };
        delete rest['transfer-encoding'];
        outgoing.writeHead(answer.statusCode ?? 502, rest);
        outgoing.end(body);
      });
      answer.on('error', () => outgoing.destroy());
    });
    ask.on('error', () => outgoing.destroy());
    incoming.pipe(ask);
  }

  #aged(xml: string): string {
    return xml.replace(ITEMS, (item) => {
      const key = decodeURIComponent(/<Key>([^<]*)</.exec(item)?.[1] ?? '');
      if (this.exceptPrefix !== '' && key.startsWith(this.exceptPrefix)) return item;
      return item.replace(
        TIMES,
        (_, open: string, time: string, close: string) =>
          `${open}${new Date(Date.parse(time) - this.agedMs).toISOString()}${close}`,
      );
    });
  }
}
