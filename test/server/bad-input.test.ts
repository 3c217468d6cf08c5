/** What callers may get wrong, as a table: each refused with INVALID_ARGUMENT that names the field, before the node hears of it. */
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { streamServiceDefinition } from '../../src/rpc/proto.js';
import { FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

let node: FakeNode;
let grpc: GrpcFixture;
beforeAll(async () => {
  node = new FakeNode();
  grpc = await startGrpc(node);
});
afterAll(() => grpc.close());
afterEach(() => {
  node.seen.length = 0;
});

const METHODS = {
  create: (request: object) => unary(grpc.streams, grpc.streams.CreateStream, request),
  get: (request: object) => unary(grpc.streams, grpc.streams.GetStream, request),
  list: (request: object) => unary(grpc.streams, grpc.streams.ListStreams, request),
  delete: (request: object) => unary(grpc.streams, grpc.streams.DeleteStream, request),
  undelete: (request: object) => unary(grpc.streams, grpc.streams.UndeleteStream, request),
  listPurges: (request: object) => unary(grpc.storage, grpc.storage.ListPurges, request),
  retryPurge: (request: object) => unary(grpc.storage, grpc.storage.RetryPurge, request),
  pause: (request: object) => unary(grpc.storage, grpc.storage.PausePurges, request),
  resume: (request: object) => unary(grpc.storage, grpc.storage.ResumePurges, request),
} as const;

const LONG = 'x'.repeat(300);
const manyLabels = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`k${at}`, 'v']));
const TEN_YEARS_S = 3650 * 86_400;

type Case = readonly [name: string, method: keyof typeof METHODS, request: object, fields: readonly string[]];

const CASES: readonly Case[] = [
  ['no name', 'create', {}, ['name']],
  ['a name with a slash', 'create', { name: 'a/b' }, ['name']],
  ['a name with dots', 'create', { name: '..' }, ['name']],
  ['a name too long', 'create', { name: LONG }, ['name']],
  ['a bad tenant', 'create', { tenant: 'a b', name: 'a' }, ['tenant']],
  [
    'everything wrong, told at once',
    'create',
    { tenant: '/', name: '', prefix: '/', requestId: 'x' },
    ['request_id', 'tenant', 'name', 'prefix'],
  ],
  ['a prefix that does not end in /', 'create', { name: 'a', prefix: 'p' }, ['prefix']],
  ['a prefix that escapes', 'create', { name: 'a', prefix: 'a/../b/' }, ['prefix']],
  ['a prefix that is the root', 'create', { name: 'a', prefix: '/' }, ['prefix']],
  ['a hidden prefix', 'create', { name: 'a', prefix: '.stream/' }, ['prefix']],
  ['a prefix too long', 'create', { name: 'a', prefix: `${'p'.repeat(2000)}/` }, ['prefix']],
  ['too many labels', 'create', { name: 'a', labels: manyLabels }, ['labels']],
  [
    'a label key too long',
    'create',
    { name: 'a', labels: { [LONG]: 'v' } },
    [`labels["${'x'.repeat(63)}…"]`],
  ],
  ['a label value too long', 'create', { name: 'a', labels: { key: LONG } }, ['labels["key"]']],
  ['a request id that is no UUID', 'create', { name: 'a', requestId: '123' }, ['request_id']],
  [
    'a request id with braces',
    'create',
    { name: 'a', requestId: '{8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11}' },
    ['request_id'],
  ],

  ['no name', 'get', {}, ['name']],
  ['an incarnation of 2^53', 'get', { name: 'a', incarnation: '9007199254740992' }, ['incarnation']],
  ['an incarnation beyond 2^63', 'get', { name: 'a', incarnation: '18446744073709551615' }, ['incarnation']],
  ['an unknown consistency', 'get', { name: 'a', consistency: 9 }, ['consistency']],

  ['a negative grace period', 'delete', { name: 'a', gracePeriod: { seconds: -1 } }, ['grace_period']],
  [
    'a grace period negative by a nanosecond',
    'delete',
    { name: 'a', gracePeriod: { nanos: -1 } },
    ['grace_period'],
  ],
  [
    'a grace period of ten years and a millisecond',
    'delete',
    { name: 'a', gracePeriod: { seconds: TEN_YEARS_S, nanos: 1_000_000 } },
    ['grace_period'],
  ],
  [
    'a grace period beyond ten years',
    'delete',
    { name: 'a', gracePeriod: { seconds: TEN_YEARS_S + 1 } },
    ['grace_period'],
  ],
  [
    'a grace period of more than a second of nanos',
    'delete',
    { name: 'a', gracePeriod: { nanos: 1_000_000_000 } },
    ['grace_period'],
  ],
  [
    'a grace period of two signs',
    'delete',
    { name: 'a', gracePeriod: { seconds: 1, nanos: -1 } },
    ['grace_period'],
  ],
  [
    'a grace period finer than a millisecond',
    'delete',
    { name: 'a', gracePeriod: { nanos: 1 } },
    ['grace_period'],
  ],
  [
    'a grace period beyond every number',
    'delete',
    { name: 'a', gracePeriod: { seconds: '9223372036854775807' } },
    ['grace_period'],
  ],
  ['an etag that is none', 'delete', { name: 'a', etag: 'W/"7"' }, ['etag']],
  ['an etag with a leading zero', 'delete', { name: 'a', etag: '07' }, ['etag']],
  [
    'grace period, etag and request id',
    'delete',
    { name: 'a', gracePeriod: { seconds: -1 }, etag: '!', requestId: '!' },
    ['grace_period', 'etag', 'request_id'],
  ],
  ['an incarnation of 2^53', 'delete', { name: 'a', incarnation: '9007199254740993' }, ['incarnation']],
  ['no name', 'delete', { allowMissing: true }, ['name']],
  ['a bad name, also when only validating', 'delete', { name: 'a/', validateOnly: true }, ['name']],

  ['no name', 'undelete', {}, ['name']],
  ['an etag that is none', 'undelete', { name: 'a', etag: 'zzzzzzzzzzzzz' }, ['etag']],

  ['tenant and all_tenants', 'list', { tenant: 'a', allTenants: true }, ['tenant']],
  ['a negative page size', 'list', { pageSize: -1 }, ['page_size']],
  ['an unknown state', 'list', { states: ['STREAM_STATE_ACTIVE', 77] }, ['states[1]']],
  ['the state UNSPECIFIED', 'list', { states: [0] }, ['states[0]']],
  ['a name prefix that no name starts with', 'list', { namePrefix: 'a/' }, ['name_prefix']],
  ['a page token that is garbage', 'list', { pageToken: 'garbage' }, ['page_token']],
  ['a page token that is not base64url', 'list', { pageToken: '***' }, ['page_token']],
  ['a page token as long as a novel', 'list', { pageToken: 'A'.repeat(100_000) }, ['page_token']],
  [
    'several things at once',
    'list',
    { tenant: 'a', allTenants: true, pageSize: -5, pageToken: '?', consistency: 5 },
    ['tenant', 'consistency', 'page_size', 'page_token'],
  ],

  ['tenant and all_tenants', 'listPurges', { tenant: 'a', allTenants: true }, ['tenant']],
  ['an unknown phase', 'listPurges', { phases: [55] }, ['phases[0]']],
  ['a negative page size', 'listPurges', { pageSize: -1 }, ['page_size']],
  ['a page token that is garbage', 'listPurges', { pageToken: 'AAAA' }, ['page_token']],
  ['no name', 'retryPurge', {}, ['name']],
  ['a request id that is no UUID', 'retryPurge', { name: 'a', requestId: 'x' }, ['request_id']],
  ['an empty target, which must not mean the whole cluster', 'pause', { target: {} }, ['target.name']],
  ['a target with only a tenant', 'resume', { target: { tenant: 'acme' } }, ['target.name']],
  ['a request id that is no UUID', 'pause', { requestId: 'x' }, ['request_id']],
];

describe.each(CASES)('%s (%s)', (_name, method, request, fields) => {
  it(`names ${fields.join(', ')}`, async () => {
    const failed = await failure(METHODS[method](request));
    expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'INVALID_ARGUMENT' });
    expect([...failed.fields]).toEqual([...fields]);
    expect(node.appliedIndex(), 'nothing may change').toBe(0);
  });
});

describe('page tokens', () => {
  it('of another query, or changed in one character, are refused; of the same query they are not', async () => {
    const own = new FakeNode();
    const other = await startGrpc(own);
    try {
      for (const name of ['a', 'b', 'c'])
        own.apply({ kind: 'createStream', tenant: '', name, prefix: '', labels: [] });
      const list = (request: object) => unary(other.streams, other.streams.ListStreams, request);
      const { nextPageToken: token } = await list({ pageSize: 1, namePrefix: '' });
      expect((await list({ pageSize: 3, pageToken: token })).streams.map((stream) => stream.name)).toEqual([
        'b',
        'c',
      ]);
      for (const changed of [
        { namePrefix: 'b' },
        { showDeleted: true },
        { allTenants: true },
        { tenant: 'x' },
        { consistency: 'CONSISTENCY_LOCAL' as const },
      ]) {
        const failed = await failure(list({ pageSize: 1, pageToken: token, ...changed }));
        expect(failed).toMatchObject({ fields: ['page_token'] });
        expect(failed.message).toContain('another query');
      }
      const purges = (request: object) => unary(other.storage, other.storage.ListPurges, request);
      expect((await failure(purges({ pageToken: token }))).fields).toEqual(['page_token']);
      for (let at = 0; at < token.length; at++) {
        const flipped = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
        expect((await failure(list({ pageToken: flipped }))).fields, `character ${at}`).toEqual([
          'page_token',
        ]);
      }
    } finally {
      await other.close();
    }
  });
});

describe('requests that are no messages', () => {
  let raw: Client;
  beforeAll(() => {
    raw = new Client(grpc.address, credentials.createInsecure());
  });
  afterAll(() => {
    raw.close();
  });
  const send = (bytes: Buffer): Promise<unknown> =>
    new Promise((resolve, reject) => {
      raw.makeUnaryRequest(
        streamServiceDefinition.CreateStream.path,
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
        (error, value) => {
          if (error === null) resolve(value);
          else reject(error);
        },
      );
    });

  it('are refused when they do not decode', async () => {
    const failed = await failure(send(Buffer.from([0x0f])));
    expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, fields: ['request'] });
    expect(failed.message).toContain('does not decode');
  });

  it('are refused above the limit, with the limit in the error', async () => {
    const failed = await failure(send(Buffer.alloc(5 * 1024 * 1024)));
    expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, fields: ['request'] });
    expect(failed.message).toContain('is 5242880 bytes; at most 4194304 are allowed');
  });

  it('are refused by gRPC itself far above it', async () => {
    expect((await failure(send(Buffer.alloc(9 * 1024 * 1024)))).code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

describe('what a later version may bring', () => {
  it('is UNIMPLEMENTED, not wrong: services and methods that are defined and not served', async () => {
    const { AdoptStream } = grpc.storage;
    expect((await failure(unary(grpc.storage, AdoptStream, { name: 'a' }))).code).toBe(status.UNIMPLEMENTED);
  });
});
