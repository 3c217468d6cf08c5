/** Deletes and creates through the gateway: what is asked of the catalog, of Parseable, and what the client hears. */
import { describe, expect, it } from 'vitest';
import { SextonError, type AdoptAnswer, type DeleteStreamInput } from '../../../src/client/index.js';
import { streamOf } from '../support.js';
import { EDITOR, WRITER, type FakeNode } from './fake-node.js';
import {
  answerOf,
  call,
  fakeNode,
  gateway,
  notFound,
  reasonOf,
  untilReady,
  useGatewayWorld,
  type World,
} from './world.js';

useGatewayWorld();

const PROBE = 'DELETE /api/v1/logstream/sexton.permission.probe';
const ACTIVE = streamOf({ name: 'web', incarnation: 7, revision: 100 });
const DELETED = streamOf({ ...ACTIVE, state: 'DELETED', purgeAfterMs: 2_000_000_000_000 });

async function world(
  settings: Parameters<typeof gateway>[0] = {},
): Promise<{ node: FakeNode; world: World }> {
  const node = await fakeNode();
  const made = await gateway({ node: node.url, ...settings });
  await untilReady(made);
  return { node, world: made };
}

const change = (at: World, method: 'DELETE' | 'PUT', headers: Record<string, string> = {}) =>
  call(at.port, method, '/api/v1/logstream/web', { headers: { authorization: EDITOR, ...headers } });

const adopted = (): Promise<AdoptAnswer> =>
  Promise.resolve({
    stream: ACTIVE,
    executed: true,
    objectCount: 3,
    byteCount: 9,
    newestWriteTimeMs: undefined,
  });

const refuses = (reason: ConstructorParameters<typeof SextonError>[0]) => () =>
  Promise.reject(new SextonError(reason, 'as ordered'));

describe('DELETE /api/v1/logstream/NAME', () => {
  it('is done by the catalog, with the grace period, and answered in Parseable’s words', async () => {
    const { node, world: at } = await world();
    node.streams.add('web');
    const asked: DeleteStreamInput[] = [];
    Object.assign(at.calls, {
      getStream: () => answerOf(ACTIVE),
      deleteStream: (input: DeleteStreamInput) => {
        asked.push(input);
        return Promise.resolve(DELETED);
      },
    });
    expect(await change(at, 'DELETE')).toMatchObject({ status: 200, body: 'log stream web deleted' });
    expect(asked).toEqual([{ tenant: '', name: 'web', incarnation: 7, gracePeriodMs: 3_600_000 }]);
    expect(node.calls()).toEqual([PROBE]);
    expect(node.streams.has('web')).toBe(true);
  });

  it('does nothing for whom Parseable would not let delete', async () => {
    const { node, world: at } = await world();
    expect(await change(at, 'DELETE', { authorization: WRITER })).toMatchObject({
      status: 403,
      body: 'You do not have permission',
    });
    const anonymous = await call(at.port, 'DELETE', '/api/v1/logstream/web');
    expect(anonymous.status).toBe(401);
    node.handler = (_request, response) => {
      response.writeHead(200).end('anything');
      return true;
    };
    const odd = await change(at, 'DELETE');
    expect([odd.status, reasonOf(odd)]).toEqual([502, 'NODE_ANSWER_UNUSABLE']);
  });

  it('changes nothing when it is repeated', async () => {
    const { world: at } = await world();
    for (const state of ['DELETED', 'PURGING'] as const) {
      Object.assign(at.calls, { getStream: () => answerOf({ ...DELETED, state }) });
      expect(await change(at, 'DELETE')).toMatchObject({ status: 200, body: 'log stream web deleted' });
    }
  });

  it('adopts what only Parseable knows, and then deletes it', async () => {
    const { node, world: at } = await world();
    node.streams.add('web');
    const done: unknown[] = [];
    Object.assign(at.calls, {
      getStream: notFound,
      adoptStream: (input: unknown) => {
        done.push(input);
        return adopted();
      },
      deleteStream: () => {
        done.push('delete');
        return Promise.resolve(DELETED);
      },
    });
    expect((await change(at, 'DELETE')).status).toBe(200);
    expect(done).toEqual([
      { tenant: '', name: 'web', prefix: 'web/', as: 'ACTIVE', execute: true },
      'delete',
    ]);
    expect(node.calls('DELETE')).toEqual([PROBE]);
  });

  it('touches nothing that neither of them knows', async () => {
    const { world: at } = await world();
    Object.assign(at.calls, { getStream: notFound });
    const answer = await change(at, 'DELETE');
    expect([answer.status, reasonOf(answer)]).toEqual([404, 'STREAM_NOT_FOUND']);
    Object.assign(at.calls, { getStream: () => answerOf({ ...ACTIVE, state: 'PURGED' }) });
    expect((await change(at, 'DELETE')).status).toBe(404);
  });

  it('says why it cannot be adopted or deleted, and forwards nothing', async () => {
    const { node, world: at } = await world();
    node.streams.add('web');
    Object.assign(at.calls, { getStream: notFound, adoptStream: refuses('PREFIX_OVERLAP') });
    const conflict = await change(at, 'DELETE');
    expect([conflict.status, JSON.parse(conflict.body)]).toMatchObject([
      409,
      {
        reason: 'CONFLICT',
        catalog_reason: 'PREFIX_OVERLAP',
        error: 'stream web is not deleted: as ordered',
      },
    ]);
    Object.assign(at.calls, { getStream: refuses('NO_LEADER') });
    const away = await change(at, 'DELETE');
    expect([away.status, reasonOf(away), away.headers['retry-after']]).toEqual([
      503,
      'CATALOG_UNAVAILABLE',
      '5',
    ]);
    Object.assign(at.calls, { getStream: () => answerOf({ ...ACTIVE, prefix: 'web/7/' }) });
    const elsewhere = await change(at, 'DELETE');
    expect([elsewhere.status, elsewhere.body]).toEqual([
      409,
      expect.stringContaining("owns 'web/7/' and not 'web/'"),
    ]);
    expect(node.streams.has('web')).toBe(true);
  });

  it('believes no tenant that a client names itself', async () => {
    const { node, world: at } = await world();
    const refused = await change(at, 'DELETE', { 'x-p-tenant': 'other' });
    expect([refused.status, reasonOf(refused)]).toEqual([400, 'TENANT_UNPROVED']);
    expect(node.calls()).toEqual([]);
    const { world: trusting } = await world({ trustsTenantHeader: true });
    const asked: DeleteStreamInput[] = [];
    Object.assign(trusting.calls, {
      getStream: () => answerOf({ ...ACTIVE, tenant: 'acme', prefix: 'acme/web/' }),
      deleteStream: (input: DeleteStreamInput) => {
        asked.push(input);
        return Promise.resolve(DELETED);
      },
    });
    expect((await change(trusting, 'DELETE', { 'x-p-tenant': 'acme' })).status).toBe(200);
    expect(asked[0]).toMatchObject({ tenant: 'acme', name: 'web' });
  });
});

describe('PUT /api/v1/logstream/NAME', () => {
  it('creates in the catalog at the prefix that Parseable uses, and then there', async () => {
    const { node, world: at } = await world();
    const created: unknown[] = [];
    Object.assign(at.calls, {
      getStream: notFound,
      adoptStream: refuses('PREFIX_EMPTY'),
      createStream: (input: unknown) => {
        expect(node.streams.has('web')).toBe(false);
        created.push(input);
        return Promise.resolve(ACTIVE);
      },
    });
    const answer = await change(at, 'PUT', { 'x-p-log-source': 'json' });
    expect(answer).toMatchObject({
      status: 200,
      body: 'Log stream created',
      headers: { 'x-sexton-stream-state': 'ACTIVE' },
    });
    expect(created).toEqual([{ tenant: '', name: 'web', prefix: 'web/' }]);
    expect(node.calls()).toEqual([PROBE, 'PUT /api/v1/logstream/web']);
    expect(node.seen[1]?.headers['x-p-log-source']).toBe('json');
  });

  it('only forwards what is ACTIVE already, and updates', async () => {
    const { node, world: at } = await world();
    Object.assign(at.calls, { getStream: () => answerOf(ACTIVE) });
    expect((await change(at, 'PUT')).status).toBe(200);
    expect(await change(at, 'PUT', { 'x-p-update-stream': 'true' })).toMatchObject({ status: 400 });
    expect(node.calls()).toEqual(['PUT /api/v1/logstream/web', 'PUT /api/v1/logstream/web']);
  });

  it('takes a stream that exists already under the catalog, and never back', async () => {
    const { node, world: at } = await world();
    node.streams.add('web');
    Object.assign(at.calls, { getStream: notFound, adoptStream: adopted });
    const answer = await change(at, 'PUT');
    expect(answer).toMatchObject({ status: 400, body: 'Logstream web already exists' });
    expect(answer.headers['x-sexton-stream-state']).toBe('ACTIVE');
  });

  it('takes back what it created when Parseable refuses', async () => {
    const { world: at } = await world();
    const deleted: DeleteStreamInput[] = [];
    Object.assign(at.calls, {
      getStream: notFound,
      adoptStream: refuses('PREFIX_EMPTY'),
      createStream: () => Promise.resolve(ACTIVE),
      deleteStream: (input: DeleteStreamInput) => {
        deleted.push(input);
        return Promise.resolve(DELETED);
      },
    });
    const answer = await change(at, 'PUT', { 'x-p-custom-partition': 'bad' });
    expect(answer).toMatchObject({ status: 400, body: 'invalid partition' });
    expect(answer.headers['x-sexton-stream-state']).toBe('DELETED');
    expect(deleted).toEqual([{ tenant: '', name: 'web', incarnation: 7, gracePeriodMs: 0 }]);
  });

  it('takes nothing back when Parseable has the stream after all', async () => {
    const { node, world: at } = await world();
    Object.assign(at.calls, {
      getStream: notFound,
      adoptStream: refuses('PREFIX_EMPTY'),
      // An event creates it in between.
      createStream: () => {
        node.streams.add('web');
        return Promise.resolve(ACTIVE);
      },
    });
    const answer = await change(at, 'PUT');
    expect([answer.status, answer.headers['x-sexton-stream-state']]).toEqual([400, 'ACTIVE']);
  });

  it('leaves it in the catalog when Parseable breaks off, and says so', async () => {
    const { node, world: at } = await world();
    Object.assign(at.calls, {
      getStream: notFound,
      adoptStream: refuses('PREFIX_EMPTY'),
      createStream: () => Promise.resolve(ACTIVE),
    });
    node.handler = (request) => {
      if (request.method !== 'PUT') return false;
      request.socket.resetAndDestroy();
      return true;
    };
    const answer = await change(at, 'PUT');
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      502,
      { stream: 'web', catalog_state: 'ACTIVE', error: expect.stringContaining('repeat the request') },
    ]);
  });

  it('refuses names that are dead or fenced, and creates nothing for whom Parseable would not let', async () => {
    const { node, world: at } = await world();
    Object.assign(at.calls, { getStream: () => answerOf(DELETED) });
    const dead = await change(at, 'PUT');
    expect([dead.status, reasonOf(dead)]).toEqual([409, 'STREAM_DELETED']);
    const fenced = { ...ACTIVE, state: 'PURGED', reusableAfterMs: Date.now() + 3_600_000 } as const;
    Object.assign(at.calls, { getStream: () => answerOf(fenced) });
    const waits = await change(at, 'PUT');
    expect([waits.status, reasonOf(waits), Number(waits.headers['retry-after'])]).toEqual([
      409,
      'STREAM_FENCED',
      expect.closeTo(3_600, -2),
    ]);
    Object.assign(at.calls, { getStream: notFound });
    expect((await change(at, 'PUT', { authorization: WRITER })).status).toBe(403);
    expect(node.calls('PUT')).toEqual([]);
  });
});
