/**
 * What the gateway adds to a small POST: `npm run bench:gateway`. The same request directly to a node, through the proxy
 * library alone, and through the gateway, in turns within one run. Node, proxies and load are three processes on
 * this machine. Figures to compare within one run; no assertion rests on them.
 *
 *   BENCH_REQUESTS=2000 (a turn) BENCH_TURNS=10 BENCH_DEAD_STREAMS=100000
 */
import { fork, type ChildProcess } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createProxyServer } from 'httpxy';
import { streamOf } from '../parseable/support.js';

const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 2_000);
const TURNS = Number(process.env['BENCH_TURNS'] ?? 10);
const DEAD_STREAMS = Number(process.env['BENCH_DEAD_STREAMS'] ?? 100_000);
const BODY = JSON.stringify([{ level: 'info', message: 'x'.repeat(200) }]);

interface Ports {
  readonly [name: string]: number;
}

/** A node that takes an event and says so. */
async function serveNode(): Promise<Ports> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end());
  });
  return { node: await listen(server) };
}

async function serveProxies(nodePort: number): Promise<Ports> {
  const { assembleGateway } = await import('../parseable/gateway/assemble.js');
  const target = { protocol: 'http:', hostname: '127.0.0.1', port: nodePort, pathname: '/' };
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 256, timeout: 4_000 });
  const proxy = createProxyServer();
  const plain = http.createServer((request, response) => {
    proxy.web(request, response, { target, agent }).catch(() => response.destroy());
  });
  const { link, port } = await assembleGateway({ node: `http://127.0.0.1:${nodePort}` }, (catalog) => {
    for (let at = 0; at < DEAD_STREAMS; at++) {
      const name = `dead-${at}`;
      catalog.streams.set(`/${name}`, streamOf({ name, state: 'DELETED', tombstoneRevision: 1 }));
    }
  });
  while (link.unknownBecause() !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  return { library: await listen(plain), gateway: port };
}

function listen(server: http.Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

interface Child {
  readonly process: ChildProcess;
  readonly ports: Ports;
}

function start(...args: readonly string[]): Promise<Child> {
  const child = fork(fileURLToPath(import.meta.url), args);
  return new Promise((resolve, reject) => {
    child.once('message', (ports) => resolve({ process: child, ports: ports as Ports }));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a process of the bench ended with status ${code}`)));
  });
}

/** In milliseconds, of `count` requests by `clients` at once, each on a connection that stays. */
async function load(port: number, count: number, clients: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const startMs = performance.now();
      const headers = {
        'x-p-stream': 'web',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(BODY),
      };
      const sent = http.request(
        { port, host: '127.0.0.1', method: 'POST', path: '/api/v1/ingest', headers, agent },
        (response) => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
          response.resume();
          response.on('end', () => {
            times.push(performance.now() - startMs);
            resolve();
          });
        },
      );
      sent.on('error', reject);
      sent.end(BODY);
    });
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return times;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

async function measure(targets: Ports, clients: number): Promise<void> {
  const names = Object.keys(targets);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const elapsedMs = new Map<string, number>(names.map((name) => [name, 0]));
  for (const name of names) await load(targets[name] ?? 0, REQUESTS, clients); // Warm.
  for (let turn = 0; turn < TURNS; turn++) {
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + turn) % names.length] ?? '';
      const startMs = performance.now();
      const taken = await load(targets[name] ?? 0, REQUESTS, clients);
      elapsedMs.set(name, (elapsedMs.get(name) ?? 0) + performance.now() - startMs);
      times.get(name)?.push(...taken);
    }
  }
  console.log(`\n${clients} at once, ${TURNS} turns of ${REQUESTS} requests each`);
  console.log('              p50 ms   p99 ms   requests/s');
  for (const name of names) {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    const rate = (1_000 * sorted.length) / (elapsedMs.get(name) ?? NaN);
    const cells = [quantile(sorted, 0.5).toFixed(3), quantile(sorted, 0.99).toFixed(3), rate.toFixed(0)];
    console.log(`${name.padEnd(12)}${cells.map((cell) => cell.padStart(9)).join('')}`);
  }
}

const [role, port = '0'] = process.argv.slice(2);
if (role === undefined) {
  const node = await start('node');
  const proxies = await start('proxies', String(node.ports['node'] ?? 0));
  const targets: Ports = { direct: node.ports['node'] ?? 0, ...proxies.ports };
  console.log(`a POST of ${Buffer.byteLength(BODY)} bytes; ${DEAD_STREAMS} names in the gateway's view`);
  await measure(targets, 1);
  await measure(targets, 32);
  for (const child of [node, proxies]) {
    child.process.removeAllListeners('exit');
    child.process.kill();
  }
} else {
  process.send?.(role === 'node' ? await serveNode() : await serveProxies(Number(port)));
}
