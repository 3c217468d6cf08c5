/** The gateway over real connections: what passes unchanged, what is refused, and what happens when things break. */
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { SextonError } from '../../../src/client/index.js';
import { EDITOR, WRITER } from './fake-node.js';
import { call, fakeNode, gateway, raw, reasonOf, until, untilReady, useGatewayWorld } from './world.js';

useGatewayWorld();

const auth = { authorization: WRITER };
const PURGE_AFTER_MS = Date.UTC(2099, 0, 1);
const DELETED = { state: 'DELETED', purgeAfterMs: PURGE_AFTER_MS, tombstoneRevision: 90 } as const;

describe('what passes', () => {
  it('sends events to the ingest nodes in turn and everything else to the query node, unchanged', async () => {
    const [one, two, query] = [await fakeNode(), await fakeNode(), await fakeNode()];
    const world = await gateway({ ingest: [one.url, two.url], query: query.url });
    await untilReady(world);
    for (const body of ['a', 'b', 'c', 'd']) {
      const headers = { ...auth, 'x-p-stream': 'web', 'content-type': 'application/json' };
      expect(await call(world.port, 'POST', '/api/v1/ingest?x=1', { headers, body })).toMatchObject({
        status: 200,
      });
    }
    expect(one.events).toHaveLength(2);
    expect(two.events).toHaveLength(2);
    const target = '/api/v1/query?fields=true&%7Eodd=%2F';
    const asked = await call(world.port, 'POST', target, {
      headers: { ...auth, host: 'logs.example' },
      body: '{}',
    });
    expect(asked.headers['x-served-by']).toBe(query.url);
    expect(query.seen[0]).toMatchObject({
      target,
      body: '{}',
      headers: {
        host: 'logs.example',
        'x-forwarded-host': 'logs.example',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      },
    });
  });

  it('takes off what belongs to one connection, before it looks at the headers', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url }, (catalog) =>
      catalog.change('DELETED', { name: 'web', ...DELETED }),
    );
    await untilReady(world);
    const headers = {
      ...auth,
      'x-p-stream': 'web',
      connection: 'x-p-stream, close',
      te: 'trailers',
      'x-kept': 'yes',
    };
    await call(world.port, 'POST', '/api/v1/ingest', { headers, body: '{}' });
    expect(node.seen[0]?.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(node.seen[0]?.headers['x-p-stream']).toBeUndefined();
    expect(node.seen[0]?.headers['te']).toBeUndefined();
  });

  it('streams both ways without holding a body', async () => {
    const node = await fakeNode();
    const pieces: string[] = [];
    node.handler = (request, response) => {
      response.writeHead(200);
      request.on('data', (chunk: Buffer) => {
        pieces.push(chunk.toString());
        response.write(`got ${chunk.toString()};`);
      });
      request.on('end', () => response.end('end'));
      return true;
    };
    const world = await gateway({ node: node.url });
    const sent = http.request({ port: world.port, method: 'POST', path: '/api/v1/query', agent: false });
    const received: string[] = [];
    const over = new Promise<void>((resolve) =>
      sent.on('response', (response) => {
        response.on('data', (chunk: Buffer) => received.push(chunk.toString()));
        response.on('end', () => resolve());
      }),
    );
    sent.write('first');
    await until(() => received.join('').includes('got first;'));
    expect(pieces).toEqual(['first']);
    sent.end('second');
    await over;
    expect(received.join('')).toBe('got first;got second;end');
  });

  it('lets a slow node slow the client down', async () => {
    const node = await fakeNode();
    let taken = 0;
    let resume: (() => void) | undefined;
    node.handler = (request, response) => {
      request.pause();
      request.on('data', (chunk: Buffer) => (taken += chunk.length));
      request.pause();
      request.on('end', () => response.end(String(taken)));
      resume = () => request.resume();
      return true;
    };
    const world = await gateway({ node: node.url });
    await untilReady(world);
    const size = 256 * 1_048_576;
    const headers = { ...auth, 'x-p-stream': 'web', 'content-length': size };
    const sent = http.request({
      port: world.port,
      method: 'POST',
      path: '/api/v1/ingest',
      headers,
      agent: false,
    });
    const answered = new Promise<string>((resolve) =>
      sent.on('response', (response) => response.on('data', (chunk: Buffer) => resolve(chunk.toString()))),
    );
    const chunk = Buffer.alloc(1_048_576, 'x');
    let written = 0;
    let isFull = false;
    const pour = (): void => {
      isFull = false;
      while (written < size && !isFull) {
        written += chunk.length;
        isFull = !sent.write(chunk);
      }
      if (written >= size) sent.end();
      else sent.once('drain', pour);
    };
    const startBytes = process.memoryUsage().arrayBuffers;
    pour();
    // It stands: sockets and buffers between client and node are full.
    let before = -1;
    let quiet = 0;
    await until(() => {
      quiet = resume !== undefined && isFull && written === before ? quiet + 1 : 0;
      before = written;
      return quiet === 50;
    });
    expect(taken).toBe(0);
    expect(written).toBeLessThan(size);
    resume?.();
    expect(await answered).toBe(String(size));
    expect(process.memoryUsage().arrayBuffers - startBytes).toBeLessThan(64 * 1_048_576);
  });

  it('ends the request at the node when the client goes away', async () => {
    const node = await fakeNode();
    let ended = false;
    let begun = false;
    node.handler = (request) => {
      begun = true;
      request.on('error', () => undefined);
      request.socket.once('close', () => (ended = true));
      request.resume();
      return true;
    };
    const world = await gateway({ node: node.url });
    await untilReady(world);
    const headers = { ...auth, 'x-p-stream': 'web', 'transfer-encoding': 'chunked' };
    const sent = http.request({
      port: world.port,
      method: 'POST',
      path: '/api/v1/ingest',
      headers,
      agent: false,
    });
    sent.on('error', () => undefined);
    sent.write('some');
    await until(() => begun);
    expect(world.link.writesInFlight).toBe(1);
    sent.destroy();
    await until(() => ended);
    await until(() => world.link.writesInFlight === 0);
    // The node may be busy with it still: a purge of the stream waits.
    const revision = world.catalog.change('DELETED', { name: 'web', ...DELETED, tombstoneRevision: 101 });
    await until(() => world.link.states.revision === revision);
    expect(world.sessions.drained('gateway-1')).toBe(revision - 1);
  });

  it('passes WebSockets on, both ways', async () => {
    const node = await fakeNode();
    node.onUpgrade = (socket, head) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n');
      if (head.length > 0) socket.write(head);
      socket.pipe(socket);
    };
    const world = await gateway({ node: node.url });
    const socket = net.connect(world.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(
      'GET /api/v1/tail HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: k\r\n\r\n',
    );
    await until(() => received.includes('101 Switching'));
    socket.write('echo this');
    await until(() => received.endsWith('echo this'));
    socket.destroy();
    await until(() => node.sockets.size === 0);
  });

  it('serves a request that offers HTTP/2 as if it had not', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url });
    await untilReady(world);
    const answer = await raw(
      world.port,
      `POST /api/v1/ingest HTTP/1.1\r\nhost: x\r\nauthorization: ${WRITER}\r\nx-p-stream: web\r\n` +
        'connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\ncontent-length: 4\r\n\r\nbody',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(node.events).toEqual([{ stream: 'web', body: 'body' }]);
  });

  it('asks a client that waits for its body only when a node is there to take it', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url }, (catalog) =>
      catalog.change('DELETED', { name: 'dead', ...DELETED }),
    );
    await untilReady(world);
    const expecting = (name: string): Promise<readonly [boolean, number]> =>
      new Promise((resolve, reject) => {
        let asked = false;
        const headers = { ...auth, 'x-p-stream': name, expect: '100-continue', 'content-length': 4 };
        const sent = http.request({
          port: world.port,
          method: 'POST',
          path: '/api/v1/ingest',
          headers,
          agent: false,
        });
        sent.on('continue', () => {
          asked = true;
          sent.end('body');
        });
        sent.on('error', reject);
        sent.on('response', (response) => {
          response.resume();
          resolve([asked, response.statusCode ?? 0]);
          if (!asked) sent.destroy();
        });
        sent.flushHeaders();
      });
    expect(await expecting('web')).toEqual([true, 200]);
    expect(await expecting('dead')).toEqual([false, 410]);
  });
});

describe('what is refused', () => {
  it('refuses events for names that are dead, and says until when they can be undeleted', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url }, (catalog) => {
      catalog.change('DELETED', { name: 'dead', ...DELETED });
      catalog.change('PURGE_STARTED', { name: 'dying', state: 'PURGING', tombstoneRevision: 91 });
      catalog.change('CREATED', { name: 'web' });
    });
    await untilReady(world);
    const post = (name: string) =>
      call(world.port, 'POST', '/api/v1/ingest', { headers: { ...auth, 'x-p-stream': name }, body: '{}' });
    const refused = await post('dead');
    expect(refused).toMatchObject({ status: 410, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(refused.body)).toEqual({
      error:
        'stream dead is deleted; until 2099-01-01T00:00:00.000Z it can be undeleted: sexton stream undelete dead',
      reason: 'STREAM_DELETED',
      stream: 'dead',
      state: 'DELETED',
      undeletable_until: '2099-01-01T00:00:00.000Z',
    });
    expect(await post('dying')).toMatchObject({ status: 410 });
    expect(await post('web')).toMatchObject({ status: 200 });
    expect(await post('never-heard-of')).toMatchObject({ status: 200 });
    expect(
      await call(world.port, 'POST', '/v1/logs', { headers: { ...auth, 'x-p-stream': 'dead' } }),
    ).toMatchObject({
      status: 410,
    });
    expect(
      await call(world.port, 'POST', '/api/v1/logstream/dead', { headers: auth, body: '{}' }),
    ).toMatchObject({
      status: 410,
    });
    expect(node.events.map(({ stream }) => stream)).toEqual(['web', 'never-heard-of']);
    const info = await call(world.port, 'GET', '/api/v1/logstream/dead/info', { headers: auth });
    expect(info.status).toBe(404);
    expect(JSON.parse(info.body)).toMatchObject({ stream: 'dead', state: 'DELETED' });
    const metrics = await call(world.port, 'GET', '/sexton/metrics');
    expect(metrics.body).toContain('sexton_gateway_refusals_total{reason="STREAM_DELETED"} 4');
  });

  it('leaves dead names out of the list', async () => {
    const node = await fakeNode();
    for (const name of ['web', 'dead', 'other']) node.streams.add(name);
    const world = await gateway({ node: node.url });
    await untilReady(world);
    const list = async (): Promise<unknown> =>
      JSON.parse((await call(world.port, 'GET', '/api/v1/logstream', { headers: auth })).body);
    expect(await list()).toEqual([{ name: 'web' }, { name: 'dead' }, { name: 'other' }]);
    const revision = world.catalog.change('DELETED', { name: 'dead', ...DELETED, tombstoneRevision: 101 });
    await until(() => world.link.states.revision === revision);
    expect(await list()).toEqual([{ name: 'web' }, { name: 'other' }]);
  });

  it.each([
    ['DELETE', '/api/v1/logstream/web/sync', 403],
    ['PUT', '/api/v1/logstream/web/sync', 403],
    ['DELETE', '/api/v1//logstream/web', 400],
    ['DELETE', '/api/v1/logstream/x/../web', 400],
    ['DELETE', '/api/v1/logstream/we%2562', 400],
    ['DELETE', 'http://other/api/v1/logstream/web', 400],
  ])('lets no %s %s through', async (method, target, status) => {
    const node = await fakeNode();
    node.streams.add('web');
    const world = await gateway({ node: node.url });
    await untilReady(world);
    expect((await call(world.port, method, target, { headers: { authorization: EDITOR } })).status).toBe(
      status,
    );
    expect(node.calls()).toEqual([]);
  });

  it('refuses every write until the catalog was listed, and lets reads pass', async () => {
    const node = await fakeNode();
    let list = (): void => undefined;
    const world = await gateway({ node: node.url }, (catalog) => {
      catalog.listGate = new Promise((resolve) => (list = resolve));
    });
    const post = () =>
      call(world.port, 'POST', '/api/v1/ingest', { headers: { ...auth, 'x-p-stream': 'web' } });
    const refused = await post();
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(refused.body)).toMatchObject({ reason: 'STATE_UNKNOWN', stream: 'web' });
    for (const method of ['PUT', 'DELETE'])
      expect((await call(world.port, method, '/api/v1/logstream/web', { headers: auth })).status).toBe(503);
    expect((await call(world.port, 'GET', '/sexton/readyz')).status).toBe(503);
    expect((await call(world.port, 'GET', '/sexton/livez')).status).toBe(200);
    expect((await call(world.port, 'GET', '/api/v1/about', { headers: auth })).status).toBe(200);
    list();
    await untilReady(world);
    expect((await post()).status).toBe(200);
    expect((await call(world.port, 'GET', '/sexton/readyz')).status).toBe(200);
  });

  it('refuses writes when the catalog is silent for too long, and when no session is held', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url, staleAfterMs: 20 });
    const post = () =>
      call(world.port, 'POST', '/api/v1/ingest', { headers: { ...auth, 'x-p-stream': 'web' } });
    await until(() => world.link.unknownBecause()?.includes('could not be followed') === true);
    expect((await post()).status).toBe(503);
    const other = await gateway({ node: node.url });
    await untilReady(other);
    other.sessions.refuse = new SextonError('NO_LEADER', 'nobody leads');
    other.sessions.end('gateway-1');
    await until(() => other.link.unknownBecause()?.includes('no session') === true);
    other.sessions.refuse = undefined;
    await untilReady(other);
  });

  it('refuses names that the catalog does not know when it is told to', async () => {
    const node = await fakeNode();
    const world = await gateway({ node: node.url, unknownStreams: 'refuse' }, (catalog) =>
      catalog.change('CREATED', { name: 'web' }),
    );
    await untilReady(world);
    const post = (name: string) =>
      call(world.port, 'POST', '/api/v1/ingest', { headers: { ...auth, 'x-p-stream': name } });
    expect((await post('web')).status).toBe(200);
    const refused = await post('stray');
    expect(refused.status).toBe(404);
    expect(JSON.parse(refused.body)).toMatchObject({ reason: 'STREAM_UNKNOWN', stream: 'stray' });
  });

  it('refuses what is more than it can hold', async () => {
    const node = await fakeNode();
    const waiting: http.ServerResponse[] = [];
    node.handler = (_request, response) => waiting.push(response) > 0;
    const world = await gateway({ node: node.url, requestsMax: 1, headerBytesMax: 4_096 });
    const first = call(world.port, 'GET', '/api/v1/about');
    await until(() => waiting.length === 1);
    expect((await call(world.port, 'GET', '/api/v1/about')).status).toBe(503);
    waiting[0]?.end('done');
    expect((await first).body).toBe('done');
    const large = await call(world.port, 'GET', '/', { headers: { 'x-large': 'x'.repeat(5_000) } });
    expect(large.status).toBe(431);
  });
});

describe('when a node fails', () => {
  it('goes to another one as long as nothing was sent, and passes the dead one over', async () => {
    const [dead, alive] = [await fakeNode(), await fakeNode()];
    const world = await gateway({ ingest: [dead.url, alive.url], query: alive.url });
    await untilReady(world);
    await dead.stop();
    for (const body of ['a', 'b', 'c']) {
      const headers = { ...auth, 'x-p-stream': 'web' };
      expect((await call(world.port, 'POST', '/api/v1/ingest', { headers, body })).status).toBe(200);
    }
    expect(alive.events.map(({ body }) => body)).toEqual(['a', 'b', 'c']);
    const { body } = await call(world.port, 'GET', '/sexton/metrics');
    expect(body).toContain(`sexton_gateway_node_unreachable_total{node="${dead.url}"} 1`);
  });

  it('sends no body twice', async () => {
    const [broken, other] = [await fakeNode(), await fakeNode()];
    broken.handler = (request) => {
      request.once('data', () => request.socket.resetAndDestroy());
      return true;
    };
    const world = await gateway({ ingest: [broken.url, other.url], query: other.url });
    await untilReady(world);
    const headers = { ...auth, 'x-p-stream': 'web' };
    const answer = await call(world.port, 'POST', '/api/v1/ingest', { headers, body: 'once' });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'NODE_UNREACHABLE' });
    expect(other.events).toEqual([]);
  });

  it('answers 502 when no node is there, and 504 when one says nothing', async () => {
    const node = await fakeNode();
    node.handler = () => true;
    const world = await gateway({ node: node.url, idleTimeoutMs: 50 });
    const silent = await call(world.port, 'GET', '/api/v1/about');
    expect([silent.status, reasonOf(silent)]).toEqual([504, 'NODE_TIMEOUT']);
    await node.stop();
    const gone = await call(world.port, 'GET', '/api/v1/about');
    expect([gone.status, reasonOf(gone)]).toEqual([502, 'NODE_UNREACHABLE']);
  });

  it('lets no write take for ever, and holds purges back until it is over', async () => {
    const node = await fakeNode();
    const waiting: http.ServerResponse[] = [];
    node.handler = (request, response) => {
      request.resume();
      return waiting.push(response) > 0;
    };
    const world = await gateway({ node: node.url, writeTimeoutMs: 1_000, brokenWriteMs: 1 });
    await untilReady(world);
    const headers = { ...auth, 'x-p-stream': 'web' };
    const answer = call(world.port, 'POST', '/api/v1/ingest', { headers, body: '{}' });
    await until(() => waiting.length === 1);
    const revision = world.catalog.change('DELETED', { name: 'web', ...DELETED, tombstoneRevision: 101 });
    await until(() => world.link.states.revision === revision);
    expect(world.sessions.drained('gateway-1')).toBe(revision - 1);
    expect((await answer).status).toBe(504);
    await until(() => world.sessions.drained('gateway-1') === revision);
  });
});

describe('the end', () => {
  it('lets requests under way finish, and takes no more', async () => {
    const node = await fakeNode();
    const waiting: http.ServerResponse[] = [];
    node.handler = (_request, response) => waiting.push(response) > 0;
    const world = await gateway({ node: node.url });
    const answer = call(world.port, 'GET', '/api/v1/about');
    await until(() => waiting.length === 1);
    const stopped = world.server.stop();
    await expect(call(world.port, 'GET', '/api/v1/about')).rejects.toThrow('ECONNREFUSED');
    waiting[0]?.end('done');
    expect((await answer).body).toBe('done');
    await stopped;
  });
});
