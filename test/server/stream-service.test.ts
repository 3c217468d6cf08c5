/** StreamService over real gRPC: every unary method, every reason, deadlines, unexpected errors. */
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STATUS_CODE } from '../../src/rpc/status.js';
import { REASONS, SextonError } from '../../src/shared/errors.js';
import { type Logger, silentLogger } from '../../src/shared/logger.js';
import { FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

let node: FakeNode;
let grpc: GrpcFixture;
const logged: { fields: Record<string, unknown>; message: string }[] = [];
const logger: Logger = {
  ...silentLogger,
  error: (fields, message) => void logged.push({ fields: fields as Record<string, unknown>, message }),
  child: () => silentLogger,
};

beforeEach(async () => {
  logged.length = 0;
  node = new FakeNode();
  grpc = await startGrpc(node, { logger, defaultGracePeriodMs: 60_000 });
});
afterEach(() => grpc.close());

const create = (request: object) => unary(grpc.streams, grpc.streams.CreateStream, request);
const get = (request: object) => unary(grpc.streams, grpc.streams.GetStream, request);
const list = (request: object) => unary(grpc.streams, grpc.streams.ListStreams, request);
const remove = (request: object) => unary(grpc.streams, grpc.streams.DeleteStream, request);
const undelete = (request: object) => unary(grpc.streams, grpc.streams.UndeleteStream, request);

describe('CreateStream', () => {
  it('answers with the stream that was made', async () => {
    const { stream } = await create({ tenant: 'acme', name: 'app', labels: { team: 'x', env: 'prod' } });
    expect(stream).toMatchObject({
      tenant: 'acme',
      name: 'app',
      incarnation: 1,
      state: 'STREAM_STATE_ACTIVE',
      prefix: 'acme/app/1/',
      labels: { env: 'prod', team: 'x' },
      revision: 1,
      deleteTime: null,
      purgeAfter: null,
      purge: null,
    });
    expect(stream?.etag).not.toBe('');
    expect(Math.abs(Number(stream?.createTime?.seconds) - Date.now() / 1000)).toBeLessThan(10);
  });

  it('passes the request id on, and a repetition gets the first result', async () => {
    const requestId = '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11';
    const first = await create({ name: 'app', requestId });
    expect(await create({ name: 'app', requestId })).toEqual(first);
    expect(node.seen.filter((call) => call.method === 'propose').map((call) => call.requestId)).toEqual([
      requestId,
      requestId,
    ]);
  });

  it('with validate_only proposes nothing, and says what would be', async () => {
    const { stream } = await create({ name: 'app', validateOnly: true });
    expect(stream).toMatchObject({ name: 'app', incarnation: 0, revision: 0, etag: '', prefix: 'app/0/' });
    expect(node.seen.map((call) => call.method)).not.toContain('propose');
    await expect(failure(get({ name: 'app' }))).resolves.toMatchObject({ code: status.NOT_FOUND });
  });

  it('refuses a name that lives', async () => {
    await create({ name: 'app' });
    await expect(failure(create({ name: 'app' }))).resolves.toMatchObject({
      code: status.ALREADY_EXISTS,
      reason: 'STREAM_EXISTS',
    });
    await expect(failure(create({ name: 'app', validateOnly: true }))).resolves.toMatchObject({
      reason: 'STREAM_EXISTS',
    });
  });

  it('keeps a label of any allowed key, __proto__ too', async () => {
    const labels: Record<string, string> = {};
    Object.defineProperty(labels, '__proto__', {
      value: 'a',
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const { stream } = await create({ name: 'app', labels });
    expect(Object.entries(stream?.labels ?? {})).toEqual([['__proto__', 'a']]);
  });
});

describe('GetStream', () => {
  it('answers any life by its incarnation, linearizably unless asked otherwise', async () => {
    await create({ name: 'app' });
    await remove({ name: 'app' });
    const answer = await get({ name: 'app', incarnation: 1 });
    expect(answer.stream?.state).toBe('STREAM_STATE_DELETED');
    expect(answer.revision).toBe(2);
    await get({ name: 'app', consistency: 'CONSISTENCY_LOCAL' });
    expect(node.seen.filter((call) => call.method === 'getStream').map((call) => call.consistency)).toEqual([
      'linearizable',
      'local',
    ]);
  });

  it('tells a life that never was from a name that never was', async () => {
    await create({ name: 'app' });
    await expect(failure(get({ name: 'other' }))).resolves.toMatchObject({ code: status.NOT_FOUND });
    await expect(failure(get({ name: 'app', incarnation: 77 }))).resolves.toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'INCARNATION_MISMATCH',
    });
  });
});

describe('DeleteStream and UndeleteStream', () => {
  it('apply the server’s grace period only where the request names none', async () => {
    const grace = async (name: string, gracePeriod?: object): Promise<number> => {
      await create({ name });
      const { stream } = await remove({ name, ...(gracePeriod === undefined ? {} : { gracePeriod }) });
      const ms = (time: { seconds: number; nanos: number } | null | undefined): number =>
        time ? time.seconds * 1000 + time.nanos / 1e6 : NaN;
      expect(stream?.purge?.phase).toBe('PURGE_PHASE_WAITING');
      return ms(stream?.purgeAfter) - ms(stream?.deleteTime);
    };
    expect(await grace('a')).toBe(60_000);
    expect(await grace('b', { seconds: 0, nanos: 0 })).toBe(0);
    expect(await grace('c', { seconds: 1, nanos: 500_000_000 })).toBe(1500);
    expect(await grace('d', { seconds: 3650 * 86_400 })).toBe(3650 * 86_400_000);
  });

  it('go forth and back, and refuse what is too late', async () => {
    await create({ name: 'app' });
    const deleted = await remove({ name: 'app' });
    expect(deleted.stream?.tombstoneRevision).toBe(2);
    expect(await remove({ name: 'app' })).toEqual(deleted);
    const { stream } = await undelete({ name: 'app', etag: deleted.stream?.etag });
    expect(stream).toMatchObject({ state: 'STREAM_STATE_ACTIVE', purgeAfter: null, tombstoneRevision: 0 });
    await expect(failure(undelete({ name: 'app' }))).resolves.toMatchObject({ reason: 'STREAM_NOT_DELETED' });
    await remove({ name: 'app', gracePeriod: { seconds: 0 } });
    const drainRevision = node.apply({ kind: 'beginDrain', incarnation: 1 }).index;
    const { stream: draining } = await get({ name: 'app' });
    expect(draining).toMatchObject({ state: 'STREAM_STATE_PURGING', drainRevision });
    expect(draining?.purge).toMatchObject({ phase: 'PURGE_PHASE_DRAINING', beginTime: null });
    expect(draining?.purge?.drainTime).not.toBeNull();
    await expect(failure(undelete({ name: 'app' }))).resolves.toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'PURGE_STARTED',
    });
  });

  it('do nothing when the stream has changed since the etag was read', async () => {
    const { stream } = await create({ name: 'app' });
    await remove({ name: 'app', etag: stream?.etag });
    await undelete({ name: 'app' });
    await expect(failure(remove({ name: 'app', etag: stream?.etag }))).resolves.toMatchObject({
      code: status.ABORTED,
      reason: 'ETAG_MISMATCH',
    });
  });

  it('with allow_missing, what is not there is a success without a stream', async () => {
    expect(await remove({ name: 'never', allowMissing: true })).toEqual({ stream: null });
    await expect(failure(remove({ name: 'never' }))).resolves.toMatchObject({ reason: 'STREAM_NOT_FOUND' });
  });
});

describe('ListStreams', () => {
  beforeEach(() => {
    for (const tenant of ['', 'acme']) {
      for (const name of ['app', 'api', 'db', 'web'])
        node.apply({ kind: 'createStream', tenant, name, prefix: '', labels: [] });
    }
    node.apply({
      kind: 'markDeleted',
      tenant: '',
      name: 'db',
      incarnation: 0,
      gracePeriodMs: 0,
      ifRevision: 0,
      allowMissing: false,
    });
  });
  const names = (answer: { streams: { name: string }[] }): string[] =>
    answer.streams.map((stream) => stream.name);

  it('shows the ACTIVE ones of one tenant, and more only when asked', async () => {
    expect(names(await list({}))).toEqual(['api', 'app', 'web']);
    expect(names(await list({ showDeleted: true }))).toEqual(['api', 'app', 'db', 'web']);
    expect(names(await list({ states: ['STREAM_STATE_DELETED'] }))).toEqual(['db']);
    expect(names(await list({ namePrefix: 'ap' }))).toEqual(['api', 'app']);
    expect(names(await list({ tenant: 'acme' }))).toEqual(['api', 'app', 'db', 'web']);
    expect((await list({ allTenants: true })).streams).toHaveLength(7);
  });

  it('pages through everything once, with the first page’s revision on every page', async () => {
    const seen: string[] = [];
    let pageToken = '';
    const first = node.appliedIndex();
    do {
      const page = await list({ allTenants: true, pageSize: 2, pageToken });
      expect(page.revision).toBe(first);
      expect(page.streams.length).toBeLessThanOrEqual(2);
      seen.push(...page.streams.map((stream) => `${stream.tenant}/${stream.name}`));
      pageToken = page.nextPageToken;
      // What is made meanwhile does not move the revision that a watch starts from.
      node.apply({ kind: 'createStream', tenant: '', name: `aa${seen.length}`, prefix: '', labels: [] });
    } while (pageToken !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(['/api', '/app', '/web', 'acme/api', 'acme/app', 'acme/db', 'acme/web']);
  });

  it('cuts a page of heavy streams short instead of exceeding what clients can read', async () => {
    const labels = Array.from({ length: 30 }, (_, at) => [`key${at}`, 'v'.repeat(250)] as const);
    for (let at = 0; at < 12; at++)
      node.apply({ kind: 'createStream', tenant: 'big', name: `s${at}`, prefix: '', labels });
    await grpc.close();
    grpc = await startGrpc(node, { limits: { pageBytesMax: 100_000 } });
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await list({ tenant: 'big', pageToken });
      expect(page.streams.length).toBeLessThan(6);
      seen.push(...names(page));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toHaveLength(12);
  });
});

describe('errors', () => {
  it.each(REASONS)('%s arrives with its code and details', async (reason) => {
    node.failNext = new SextonError(reason, 'as the node said', {
      metadata: { leader_id: '2' },
      retryAfterMs: 150,
    });
    const failed = await failure(create({ name: 'app' }));
    expect(failed).toMatchObject({ code: STATUS_CODE[reason], reason });
    if (reason === 'INTERNAL') {
      expect(failed.message).toMatch(/^internal error [0-9a-f-]{36}; see this node's log$/);
    } else {
      expect(failed).toMatchObject({
        message: 'as the node said',
        metadata: { leader_id: '2' },
        retryAfterMs: 150,
      });
    }
  });

  it('that nobody expected are INTERNAL, and the log says more under the same id', async () => {
    const bug = new TypeError('secret detail');
    node.failNext = bug;
    const failed = await failure(get({ name: 'app' }));
    expect(failed).toMatchObject({ code: status.INTERNAL, reason: 'INTERNAL' });
    expect(failed.message).not.toContain('secret');
    expect(logged).toEqual([
      {
        fields: { method: 'StreamService/GetStream', errorId: failed.metadata['error_id'], err: bug },
        message: expect.any(String) as string,
      },
    ]);
  });

  it('are counted by method and code, with the time they took', async () => {
    await create({ name: 'app' });
    await failure(create({ name: 'app' }));
    await failure(create({ name: '' }));
    expect(grpc.requests.map(({ method, code }) => `${method} ${code}`)).toEqual([
      'StreamService/CreateStream OK',
      'StreamService/CreateStream ALREADY_EXISTS',
      'StreamService/CreateStream INVALID_ARGUMENT',
    ]);
    expect(grpc.requests.every(({ durationMs }) => durationMs >= 0 && durationMs < 5000)).toBe(true);
  });
});

describe('a caller’s deadline', () => {
  it('reaches the node, a little earlier than the caller gives up', async () => {
    await unary(grpc.streams, grpc.streams.CreateStream, { name: 'a' }, { deadline: Date.now() + 600_000 });
    await create({ name: 'b' });
    const [first, second] = node.seen.filter((call) => call.method === 'propose');
    expect(first?.deadlineMs).toBeGreaterThan(500_000);
    expect(first?.deadlineMs).toBeLessThanOrEqual(599_980);
    expect(second?.deadlineMs).toBe(Infinity);
  });

  it('ends a read that hangs, and fires its signal', async () => {
    node.readsHang = true;
    const failed = await failure(
      unary(grpc.streams, grpc.streams.GetStream, { name: 'a' }, { deadline: Date.now() + 2_000 }),
    );
    expect(failed.code).toBe(status.DEADLINE_EXCEEDED);
    await expectAborted(node.seen.find((call) => call.method === 'getStream')?.signal);
  });

  it('and a caller that hangs up fires the signal too', async () => {
    node.readsHang = true;
    const call = grpc.streams.GetStream({ name: 'a' }, () => undefined);
    while (!node.seen.some((each) => each.method === 'getStream')) await new Promise(setImmediate);
    call.cancel();
    await expectAborted(node.seen.find((each) => each.method === 'getStream')?.signal);
  });
});

function expectAborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) throw new Error('the node saw no signal');
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
