/**
 * A gateway on loopback between a catalog that the test moves and nodes that it scripts. The catalog and its sessions are
 * in memory; connections, bodies and aborts are real.
 */
import http from 'node:http';
import net from 'node:net';
import { afterEach } from 'vitest';
import { SextonError, type Stream } from '../../../src/client/index.js';
import type { GatewaySettings } from '../../../src/parseable/gateway/options.js';
import type { FakeCatalog, FakeSessions } from '../fake-cluster.js';
import { assembleGateway, type World } from './assemble.js';
import { FakeNode } from './fake-node.js';

export { NODE_ID, SETTINGS, type World } from './assemble.js';

const ends: (() => unknown)[] = [];

/** Once a file. */
export function useGatewayWorld(): void {
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}

export async function fakeNode(): Promise<FakeNode> {
  const node = await FakeNode.start();
  ends.push(() => node.stop());
  return node;
}

/** Ends with the test. */
export async function gateway(
  settings: Partial<GatewaySettings>,
  prepare?: (catalog: FakeCatalog, sessions: FakeSessions) => void,
): Promise<World> {
  const world = await assembleGateway(settings, prepare);
  ends.push(() => world.stop());
  return world;
}

export const untilReady = (world: World): Promise<void> =>
  until(() => world.link.unknownBecause() === undefined);

/** Turns of the event loop until it holds; a test that never comes to it ends by its own time limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request over a connection of its own. The target goes as it is. */
export function call(
  port: number,
  method: string,
  target: string,
  options: { readonly headers?: http.OutgoingHttpHeaders; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { headers = {}, body } = options;
    const sent = http.request({ port, host: '127.0.0.1', method, path: target, headers, agent: false });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.end(body);
  });
}

/** Bytes as they are, and everything that comes back until the other side closes. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

export const notFound = (): Promise<never> =>
  Promise.reject(new SextonError('STREAM_NOT_FOUND', 'no such stream'));

export const answerOf = (stream: Stream) => Promise.resolve({ stream, revision: stream.revision });

/** Of an answer that the gateway gave itself. */
export function reasonOf({ body }: Answer): unknown {
  return (JSON.parse(body) as { readonly reason?: unknown }).reason;
}
