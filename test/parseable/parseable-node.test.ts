/** The calls to one node and what is made of its answers, against a server that misbehaves on order. */
import { afterEach, describe, expect, it } from 'vitest';
import { HttpCaller } from '../../src/parseable/http-call.js';
import {
  NodeProblem,
  ParseableNode,
  StreamProblem,
  type NodeKind,
} from '../../src/parseable/parseable-node.js';
import { systemClock } from '../../src/shared/clock.js';
import { FakeParseable, USER, type Fault, type Mode } from './fake-parseable.js';

const never = new AbortController().signal;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start(mode: Mode = 'Distributed (Ingest)'): Promise<FakeParseable> {
  const fake = await FakeParseable.start(mode);
  ends.push(() => fake.stop());
  return fake;
}

function nodeOf(fake: FakeParseable, kind: NodeKind = 'ingest', settings = {}): ParseableNode {
  const all = { credentials: USER, callTimeoutMs: 5_000, deploymentId: '', ...settings };
  const node = new ParseableNode(fake.url, kind, all, new HttpCaller({ clock: systemClock }));
  ends.push(() => node.close());
  return node;
}

describe('forgetting', () => {
  it('is acknowledged by 200, and by 404 where the node does not hold the stream', async () => {
    const fake = await start();
    const node = nodeOf(fake);
    fake.streams.add('web').add('acme/web');
    expect(await node.forget({ tenant: '', name: 'web' }, never)).toBe(true);
    expect(await node.forget({ tenant: '', name: 'web' }, never)).toBe(false);
    expect(await node.forget({ tenant: 'acme', name: 'web' }, never)).toBe(true);
    expect(fake.requests.at(-1)).toMatchObject({ method: 'DELETE', tenant: 'acme' });
    expect(fake.deletes).toEqual(Array(3).fill('/api/v1/logstream/web/sync'));
  });

  it('on a query node is the delete that its users call', async () => {
    const fake = await start('Distributed (Query)');
    fake.streams.add('größe_1');
    expect(await nodeOf(fake, 'query').forget({ tenant: '', name: 'größe_1' }, never)).toBe(true);
    expect(fake.deletes).toEqual(['/api/v1/logstream/gr%C3%B6%C3%9Fe_1']);
  });

  it('of one stream may fail, and that is not the node’s failure', async () => {
    const fake = await start();
    fake.poisoned.add('web');
    const forgetting = nodeOf(fake).forget({ tenant: '', name: 'web' }, never);
    await expect(forgetting).rejects.toThrow(new StreamProblem('answered 500: cannot remove web'));
  });

  it.each([400, 405, 409, 410, 418, 500, 502, 504])('is not acknowledged by status %d', async (status) => {
    const fake = await start();
    fake.fault = { kind: 'status', status, body: '<html>no</html>' };
    const forgetting = nodeOf(fake).forget({ tenant: '', name: 'web' }, never);
    await expect(forgetting).rejects.toThrow(new StreamProblem(`answered ${status}: <html>no</html>`));
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect (%d), whoever answers there', async (status) => {
    const [fake, elsewhere] = [await start(), await start()];
    fake.fault = { kind: 'status', status, location: `${elsewhere.url}/api/v1/logstream/web/sync` };
    await expect(nodeOf(fake).forget({ tenant: '', name: 'web' }, never)).rejects.toThrow(NodeProblem);
    expect(elsewhere.requests).toEqual([]);
  });

  const broken: readonly [string, Fault, RegExp][] = [
    [
      'a connection that breaks after the effect',
      { kind: 'reset-after-effect' },
      /ECONNRESET|socket hang up/,
    ],
    ['half an answer', { kind: 'half-answer' }, /broke off|aborted/],
    ['an answer without end', { kind: 'flood' }, /larger than 65536 bytes/],
    ['refused credentials', { kind: 'status', status: 401 }, /refuses the credentials \(401\)/],
    [
      'a node that shuts down',
      { kind: 'status', status: 503, body: 'Server is shutting down' },
      /503: Server is/,
    ],
  ];
  it.each(broken)('is not acknowledged by %s', async (_what, fault, message) => {
    const fake = await start();
    const node = nodeOf(fake);
    fake.streams.add('web');
    fake.fault = fault;
    const error: unknown = await node
      .forget({ tenant: '', name: 'web' }, never)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NodeProblem);
    expect((error as Error).message).toMatch(message);
  });

  it('is made up for by asking again when the answer was lost', async () => {
    const fake = await start();
    const node = nodeOf(fake);
    fake.streams.add('web');
    fake.fault = { kind: 'reset-after-effect' };
    await expect(node.forget({ tenant: '', name: 'web' }, never)).rejects.toThrow(NodeProblem);
    fake.fault = { kind: 'none' };
    expect(await node.forget({ tenant: '', name: 'web' }, never)).toBe(false);
  });

  it('does not wait longer than it is told to', async () => {
    const fake = await start();
    fake.fault = { kind: 'hang' };
    const node = nodeOf(fake, 'ingest', { callTimeoutMs: 50 });
    await expect(node.forget({ tenant: '', name: 'web' }, never)).rejects.toThrow('no answer in 50 ms');
  });

  it('ends with its signal', async () => {
    const fake = await start();
    fake.fault = { kind: 'hang' };
    const stop = new AbortController();
    const forgetting = nodeOf(fake).forget({ tenant: '', name: 'web' }, stop.signal);
    stop.abort(new Error('enough'));
    await expect(forgetting).rejects.toThrow('enough');
  });

  it('sends the credentials nowhere else', async () => {
    const [fake, other] = [await start(), await start()];
    fake.fault = { kind: 'status', status: 307, location: `${other.url}/api/v1/logstream/web/sync` };
    await expect(nodeOf(fake).forget({ tenant: '', name: 'web' }, never)).rejects.toThrow(
      /redirects to http/,
    );
    expect(other.requests).toEqual([]);
  });

  it('repeats no credentials that a node sent back', async () => {
    const fake = await start();
    const token = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
    fake.fault = { kind: 'status', status: 500, body: `you said Basic ${token} (${USER.password})` };
    const error: unknown = await nodeOf(fake)
      .forget({ tenant: '', name: 'web' }, never)
      .catch((reason: unknown) => reason);
    expect((error as Error).message).toBe('answered 500: you said Basic *** (***)');
  });
});

describe('what a node holds', () => {
  it('it says by its info, which makes a query node load what the bucket has, and no other', async () => {
    const [ingest, query] = [await start(), await start('Distributed (Query)')];
    ingest.streams.add('web');
    for (const fake of [ingest, query]) fake.bucket.set('app/.stream/.stream.json', '0');
    const web = { tenant: '', name: 'web' };
    const app = { tenant: '', name: 'app' };
    expect(await nodeOf(ingest).holds(web, never)).toBe(true);
    expect(await nodeOf(ingest).holds(app, never)).toBe(false);
    expect(await nodeOf(query, 'query').holds(app, never)).toBe(true);
    expect(await nodeOf(query, 'query').holds(web, never)).toBe(false);
    query.aboutFault = { kind: 'status', status: 500, body: 'no' };
    await expect(nodeOf(query, 'query').holds(app, never)).rejects.toThrow(
      new StreamProblem('answered 500: no when asked for its info'),
    );
  });

  it('in the bucket a query node lists, by tenant', async () => {
    const fake = await start('Distributed (Query)');
    const node = nodeOf(fake, 'query');
    fake.streams.add('stale');
    for (const key of [
      'web/.stream/.ingestor.1.stream.json',
      'acme/app/.stream/.stream.json',
      'late/a.parquet',
    ])
      fake.bucket.set(key, '0');
    expect(await node.listStreams('', never)).toEqual(['web']);
    expect(await node.listStreams('acme', never)).toEqual(['app']);
  });

  it.each<readonly [string, Fault]>([
    ['something else', { kind: 'status', status: 200, body: '{"name":"web"}' }],
    ['a stream without a name', { kind: 'status', status: 200, body: '[{"name":"web"},{}]' }],
    ['nothing', { kind: 'status', status: 404 }],
  ])('is not known from a list of %s', async (_what, fault) => {
    const fake = await start('Distributed (Query)');
    fake.aboutFault = fault;
    await expect(nodeOf(fake, 'query').listStreams('', never)).rejects.toThrow(NodeProblem);
  });
});

describe('who a node is', () => {
  it('it says itself', async () => {
    const fake = await start();
    expect(await nodeOf(fake).identify(never)).toEqual({
      mode: 'Distributed (Ingest)',
      deploymentId: fake.deploymentId,
      version: 'v2.9.5',
    });
  });

  it.each<readonly [NodeKind, Mode, string]>([
    ['ingest', 'Distributed (Query)', '--query-node'],
    ['ingest', 'Standalone', '--standalone-node'],
    ['query', 'Standalone', '--standalone-node'],
    ['query', 'Distributed (Ingest)', '--ingest-node'],
    ['standalone', 'Distributed (Query)', '--query-node'],
  ])('must be of the kind that is asked as %s: %s is not', async (kind, mode, flag) => {
    const fake = await start(mode);
    await expect(nodeOf(fake, kind).identify(never)).rejects.toThrow(
      `is not a node of the kind '${kind}': it says that its mode is ${mode}; name it in ${flag}`,
    );
  });

  it('must be of the deployment that was named', async () => {
    const fake = await start();
    const node = nodeOf(fake, 'ingest', { deploymentId: '01BX5ZZKBKACTAV9WEVGEMMVS0' });
    await expect(node.identify(never)).rejects.toThrow(/belongs to deployment 01ARZ3.*, not 01BX5/);
  });

  it.each<readonly [string, Fault]>([
    ['a page of something else', { kind: 'status', status: 200, body: '<html>welcome</html>' }],
    ['json of something else', { kind: 'status', status: 200, body: '[1]' }],
    ['a server that does not know the path', { kind: 'status', status: 404, body: 'not found' }],
  ])('is not told by %s', async (_what, fault) => {
    const fake = await start();
    fake.aboutFault = fault;
    await expect(nodeOf(fake).identify(never)).rejects.toThrow(NodeProblem);
  });

  it('a query node says of all the others', async () => {
    const fake = await start('Distributed (Query)');
    fake.clusterInfo = [
      { domain_name: 'http://ingest-1:8000/', reachable: true, node_type: 'ingestor' },
      { node_type: 'ingestor' },
      'nonsense',
    ];
    expect(await nodeOf(fake, 'query').listNodes(never)).toEqual([
      { address: 'http://ingest-1:8000/', type: 'ingestor' },
      // Whoever asks must see that there is a node that it cannot know.
      { address: '', type: 'ingestor' },
      { address: '', type: '' },
    ]);
    fake.clusterInfo = { error: 'no' };
    await expect(nodeOf(fake, 'query').listNodes(never)).rejects.toThrow(NodeProblem);
  });
});
