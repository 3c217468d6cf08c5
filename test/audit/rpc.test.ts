/** AuditStorage and AdoptStream over real gRPC: on whichever node is asked, bounded, cancelled, and refused as the proto says. */
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditStorageResponse__Output } from '../../src/generated/sexton/v1/AuditStorageResponse.js';
import type { AuditMetrics } from '../../src/server/audit-storage.js';
import { createMetrics } from '../../src/server/metrics.js';
import { systemRandom } from '../../src/shared/random.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';
import { clock, dataKey, DAY_MS, HOUR_MS, NODE_A, NOW_MS, OLD_MS, ulidAt, World } from './world.js';

let world: World;
let grpc: GrpcFixture;
let finished: Parameters<AuditMetrics['auditFinished']>[0][];

beforeEach(async () => {
  world = new World();
  finished = [];
  const metrics: AuditMetrics = { auditFinished: (result) => void finished.push(result) };
  grpc = await startGrpc(world.node, {
    clock,
    audits: { store: world.bucket, random: systemRandom, metrics },
  });
});
afterEach(() => grpc.close());

async function audited(request: object = {}): Promise<AuditStorageResponse__Output[]> {
  const messages: AuditStorageResponse__Output[] = [];
  for await (const message of grpc.storage.AuditStorage(request))
    messages.push(message as AuditStorageResponse__Output);
  return messages;
}

const adopt = (request: object) => unary(grpc.storage, grpc.storage.AdoptStream, request);
const seconds = (ms: number): object => ({ seconds: ms / 1000, nanos: 0 });

describe('AuditStorage', () => {
  it('answers with a header, findings, and a summary', async () => {
    world.data('gone');
    world.create('web', 'web/');
    const [header, finding, ...rest] = await audited();
    expect(header).toMatchObject({
      content: 'header',
      header: {
        description: 'test bucket',
        revision: 1,
        parseableDeploymentId: '01J0000000000000000000000A',
        note: '',
      },
    });
    expect(finding).toMatchObject({
      content: 'finding',
      finding: {
        kind: 'AUDIT_FINDING_KIND_RESIDUE',
        prefix: 'gone/',
        name: 'gone',
        stream: null,
        objectCount: 2,
        byteCount: 110,
        newestWriteTime: seconds(OLD_MS),
        adoptable: true,
        tooYoung: false,
      },
    });
    expect(rest.at(-1)).toMatchObject({
      content: 'summary',
      summary: {
        complete: true,
        incompleteReason: '',
        findingCount: 1,
        leftoverObjects: 2,
        leftoverBytes: 110,
      },
    });
    expect(finished).toMatchObject([{ complete: true }]);
    expect(finished[0]?.byKind.get('RESIDUE')).toEqual({ objects: 2, bytes: 110 });
  });

  it('works on a node that does not lead, and without a leader waits for the next one', async () => {
    world.data('gone');
    world.node.setLeader({ id: 2, address: '127.0.0.1:1' });
    expect((await audited()).at(-1)).toMatchObject({ summary: { complete: true, findingCount: 1 } });
  });

  it.each([
    ['minimum_age', { minimumAge: seconds(60_000) }],
    ['prefix', { prefix: '.parseable/' }],
    ['resume_token', { resumeToken: 'nonsense' }],
  ])('refuses a wrong %s', async (field, request) => {
    const refused = await failure(audited(request));
    expect([refused.code, refused.fields]).toEqual([status.INVALID_ARGUMENT, [field]]);
  });

  it('refuses a bucket of another cluster', async () => {
    world.bucket.put('.sexton/owner.json', OLD_MS, '{"cluster_id":"other"}');
    expect(await failure(audited())).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'STORAGE_NOT_READY',
      message: expect.stringContaining("'other'"),
    });
  });

  it('runs two at a time, and stops the one whose caller is gone', async () => {
    world.data('gone');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => {
      let nth = 0;
      world.bucket.onRequest = ({ prefix }) => {
        if (prefix !== 'gone/.stream/') return undefined;
        if (++nth === 2) resolve();
        return held;
      };
    });
    const calls = [grpc.storage.AuditStorage({}), grpc.storage.AuditStorage({})];
    const ended = calls.map((call) =>
      failure(
        (async () => {
          for await (const _ of call);
        })(),
      ),
    );
    await reached;
    expect(await failure(audited())).toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 10_000 });
    for (const call of calls) call.cancel();
    await Promise.all(ended);
    release();
    world.bucket.onRequest = () => undefined;
    // Their places are free as soon as they have noticed.
    for (;;) {
      const next = await audited().catch((error: unknown) => error);
      if (Array.isArray(next)) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('shows the last complete audit of the whole bucket as metrics', async () => {
    const metrics = createMetrics({ version: 'test', processMetrics: false });
    const byKind = new Map([['RESIDUE', { objects: 3, bytes: 30 }] as const]);
    metrics.audit.auditFinished({ complete: true, elapsedMs: 1500, endMs: 9_000, byKind });
    metrics.audit.auditFinished({ complete: false, elapsedMs: 1, endMs: 10_000, byKind: new Map() });
    const text = await metrics.render();
    expect(text).toContain('sexton_audit_found_bytes{kind="residue"} 30');
    expect(text).toContain('sexton_audit_found_objects{kind="late_objects"} 0');
    expect(text).toContain('sexton_audit_last_complete_timestamp_seconds 9');
    expect(text).toContain('sexton_audits_total{complete="false"} 1');
    await audited({ prefix: 'web/' });
    expect(finished).toEqual([]);
  });
});

describe('AdoptStream', () => {
  const deleted = { adoptAs: 'ADOPT_AS_DELETED', gracePeriod: seconds(0) };

  it('tells what it would do, and does it when told to', async () => {
    world.live('web');
    const request = { name: 'web', adoptAs: 'ADOPT_AS_ACTIVE', labels: { team: 'core' } };
    expect(await adopt(request)).toMatchObject({
      executed: false,
      stream: {
        name: 'web',
        prefix: 'web/',
        state: 'STREAM_STATE_ACTIVE',
        incarnation: 0,
        labels: { team: 'core' },
      },
      objectCount: 5,
      newestWriteTime: seconds(OLD_MS),
    });
    expect(world.node.appliedIndex()).toBe(0);
    expect(await adopt({ ...request, execute: true })).toMatchObject({
      executed: true,
      stream: { incarnation: 1 },
    });
    expect((await world.audit()).said).toEqual([]);
    expect(await failure(adopt(request))).toMatchObject({
      code: status.ALREADY_EXISTS,
      reason: 'STREAM_EXISTS',
    });
  });

  it('finds a stream by a name that Parseable encodes in its keys', async () => {
    const prefix = 'Gr%C3%B6%C3%9Fe/';
    world.live('Gr%C3%B6%C3%9Fe');
    world.data('acme/%E6%97%A5%E5%BF%97');
    world.bucket.put('acme/.parseable.json', OLD_MS, '{}');
    const { findings } = await world.audit();
    expect(findings).toMatchObject([
      { kind: 'UNKNOWN_STREAM', prefix, tenant: '', name: 'Größe', adoptable: true, note: '' },
      { kind: 'RESIDUE', prefix: 'acme/%E6%97%A5%E5%BF%97/', tenant: 'acme', name: '日志', adoptable: true },
    ]);
    expect(await adopt({ name: 'Größe', adoptAs: 'ADOPT_AS_ACTIVE', execute: true })).toMatchObject({
      executed: true,
      stream: { name: 'Größe', prefix },
      objectCount: 5,
    });
    expect(await adopt({ tenant: 'acme', name: '日志', ...deleted, execute: true })).toMatchObject({
      stream: { prefix: 'acme/%E6%97%A5%E5%BF%97/' },
      objectCount: 2,
    });
    expect((await world.audit()).findings).toEqual([]);
  });

  it('takes residue as deleted, with a grace period', async () => {
    world.data('gone');
    const answer = await adopt({ name: 'gone', ...deleted, gracePeriod: seconds(DAY_MS), execute: true });
    expect(answer).toMatchObject({
      executed: true,
      stream: { state: 'STREAM_STATE_DELETED', purgeAfter: seconds(NOW_MS + DAY_MS) },
      objectCount: 2,
    });
  });

  it('takes residue that a node uploads again and again by the age in its names', async () => {
    const put = (madeMs: number): void =>
      world.bucket.put(dataKey('gone', undefined, NODE_A, undefined, ulidAt(madeMs)), NOW_MS - 60_000);
    put(NOW_MS - 2 * DAY_MS);
    expect((await world.audit()).findings).toMatchObject([
      { kind: 'RESIDUE', tooYoung: false, adoptable: true, newestWriteMs: NOW_MS - 60_000 },
    ]);
    expect(await adopt({ name: 'gone', ...deleted })).toMatchObject({ executed: false, objectCount: 1 });
    // One file that was made an hour ago makes all of it young, and so does one from the future.
    for (const madeMs of [NOW_MS - HOUR_MS, NOW_MS + DAY_MS]) {
      world.bucket.remove(dataKey('gone', undefined, NODE_A, undefined, ulidAt(NOW_MS - HOUR_MS)));
      put(madeMs);
      expect((await world.audit()).findings).toMatchObject([{ tooYoung: true, adoptable: false }]);
      expect(await failure(adopt({ name: 'gone', ...deleted, execute: true }))).toMatchObject({
        reason: 'PREFIX_TOO_YOUNG',
      });
    }
  });

  it('answers a repetition with what was done', async () => {
    world.data('gone');
    const request = {
      name: 'gone',
      ...deleted,
      execute: true,
      requestId: '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11',
    };
    const first = await adopt(request);
    const second = await adopt(request);
    expect(second?.stream).toMatchObject({ incarnation: first?.stream?.incarnation });
    expect(world.node.appliedIndex()).toBe(2);
  });

  it('takes a forgotten life by its prefix', async () => {
    const { prefix } = world.create('app');
    world.purge(world.remove('app'), { forget: true });
    world.data(prefix.slice(0, -1));
    expect(await adopt({ name: 'app', prefix, ...deleted, execute: true })).toMatchObject({ executed: true });
  });

  it.each([
    ['name', {}],
    ['adopt_as', { name: 'web' }],
    ['force', { name: 'web', adoptAs: 'ADOPT_AS_ACTIVE', force: true }],
    ['grace_period', { name: 'web', adoptAs: 'ADOPT_AS_ACTIVE', gracePeriod: seconds(1000) }],
    ['minimum_age', { name: 'web', adoptAs: 'ADOPT_AS_DELETED', minimumAge: seconds(1000) }],
    ['prefix', { name: 'web', adoptAs: 'ADOPT_AS_DELETED', prefix: '.users/' }],
  ])('refuses a wrong %s', async (field, request) => {
    const refused = await failure(adopt(request));
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    expect(refused.fields).toContain(field);
  });

  const refusals: [string, string, () => void, object][] = [
    ['PREFIX_EMPTY', 'nothing there', () => undefined, deleted],
    ['PREFIX_EMPTY', 'nothing there to live', () => undefined, { adoptAs: 'ADOPT_AS_ACTIVE' }],
    ['PREFIX_TOO_YOUNG', 'written an hour ago', () => world.data('web', NOW_MS - HOUR_MS), deleted],
    [
      'PREFIX_TOO_YOUNG',
      'young, by force',
      () => world.data('web', NOW_MS - HOUR_MS),
      { ...deleted, force: true },
    ],
    [
      'PREFIX_TOO_YOUNG',
      'an upload under way',
      () => world.bucket.putUpload(dataKey('web'), NOW_MS - 1000),
      deleted,
    ],
    ['PREFIX_NOT_RESIDUE', 'a complete stream', () => world.live('web'), deleted],
    ['PREFIX_NOT_RESIDUE', 'no log data', () => world.bucket.put('web/cat.jpg', OLD_MS), deleted],
    [
      'PREFIX_NOT_RESIDUE',
      'a folder of another program',
      () => world.bucket.put('web/.git/HEAD', OLD_MS),
      { ...deleted, force: true },
    ],
    ['PREFIX_NOT_RESIDUE', 'a tenant', () => world.live('web/app'), { ...deleted, force: true }],
    [
      'PREFIX_NOT_RESIDUE',
      'a dot folder',
      () => world.live('web'),
      { ...deleted, force: true, prefix: 'web/.stream/' },
    ],
    [
      'PREFIX_NOT_RESIDUE',
      'a day of a stream',
      () => world.live('web'),
      { ...deleted, force: true, prefix: 'web/date=2026-05-02/' },
    ],
    [
      'PREFIX_NOT_RESIDUE',
      'a day of a stream of the old layout',
      () => {
        world.data('web');
        world.bucket.put('web/.stream.json', OLD_MS, '{}');
      },
      { ...deleted, force: true, prefix: 'web/date=2026-05-02/' },
    ],
    [
      'PREFIX_NOT_RESIDUE',
      'a purged prefix with a stream below it that the catalog does not know',
      () => {
        world.create('web', 'web/');
        world.purge(world.remove('web'));
        world.live('web/app');
      },
      { ...deleted, force: true },
    ],
    [
      'PREFIX_NOT_RESIDUE',
      'a life that the catalog has not come to',
      () => world.data('web/9999'),
      { ...deleted, prefix: 'web/9999/' },
    ],
    ['PREFIX_OVERLAP', 'above another', () => world.create('other', 'web/other/'), deleted],
    [
      'STORAGE_NOT_READY',
      'a foreign bucket',
      () => world.bucket.put('.sexton/owner.json', OLD_MS, '{"cluster_id":"x"}'),
      deleted,
    ],
  ];
  it.each(refusals)('answers %s: %s', async (reason, _, plant, more) => {
    plant();
    const before = world.node.appliedIndex();
    expect(await failure(adopt({ name: 'web', ...more, execute: true }))).toMatchObject({ reason });
    expect(world.node.appliedIndex()).toBe(before);
    expect(world.bucket.changes).toEqual([]);
  });

  it('fails when the listing breaks off, whatever was seen', async () => {
    world.data('gone');
    const { ObjectStoreError } = await import('../../src/objectstore/object-store.js');
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'gone/date=2026-05-02/')
        throw new ObjectStoreError('ACCESS_DENIED', 'AccessDenied', 'told to');
    };
    expect(await failure(adopt({ name: 'gone', ...deleted, execute: true }))).toMatchObject({
      reason: 'STORAGE_NOT_READY',
    });
    expect(world.node.appliedIndex()).toBe(0);
  });

  it.each([
    ['a complete stream', () => world.live('web')],
    ['what is no log data', () => world.bucket.put('web/cat.jpg', OLD_MS)],
  ])('takes %s by force', async (_, plant) => {
    plant();
    expect(await adopt({ name: 'web', ...deleted, force: true, execute: true })).toMatchObject({
      executed: true,
    });
  });

  it('takes a prefix of which only unfinished uploads are left', async () => {
    world.bucket.putUpload(dataKey('web'), OLD_MS);
    expect(await adopt({ name: 'web', ...deleted, execute: true })).toMatchObject({
      executed: true,
      objectCount: 0,
    });
  });
});
