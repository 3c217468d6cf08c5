/** The S3 store against a server that misbehaves, one way a test (P4, P6, P11). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ListOptions, ObjectStore } from '../../src/objectstore/object-store.js';
import { S3Store } from '../../src/objectstore/s3-store.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { Bucket } from '../support/s3-endpoint/bucket.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import type { Operation } from '../support/s3-endpoint/exchange.js';
import type { Action } from '../support/s3-endpoint/faults.js';
import { s3Config } from './s3-subject.js';
import { SkewedClock } from './skewed-clock.js';

describe('the S3 store, when the server', () => {
  let endpoint: S3Endpoint;
  let bucket: Bucket;
  let clock: SkewedClock;
  let store: ObjectStore;
  /** What the server's clock is ahead of the machine's. */
  let serverShiftMs: number;
  /** Runs when the server looks at its clock. */
  let onServerClock: () => void;
  const call = { signal: new AbortController().signal };

  beforeEach(async () => {
    serverShiftMs = 0;
    onServerClock = () => undefined;
    endpoint = await S3Endpoint.start({
      now: () => {
        onServerClock();
        return Date.now() + serverShiftMs;
      },
    });
    bucket = endpoint.createBucket('faults');
    for (const key of ['a/1', 'a/2', 'a/3']) bucket.put(key, Buffer.from('x'));
    clock = new SkewedClock();
    store = open(1000);
    // As the probe does before any delete: the server must have told its time.
    await list();
    endpoint.requestCount = 0;
  });
  afterEach(async () => {
    await store.close();
    await endpoint.stop();
  });

  const open = (deadlineMs: number, secret?: string): ObjectStore =>
    new S3Store(
      s3Config(endpoint.storeUrl('faults'), {
        ...endpoint.environment,
        ...(secret === undefined ? {} : { AWS_SECRET_ACCESS_KEY: secret }),
      }),
      { clock, logger: silentLogger, deadlineMs, userAgent: 'sexton n1' },
    );
  const caught = async (promise: Promise<unknown>): Promise<Error> => {
    try {
      await promise;
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('it did not fail');
  };
  const on = (operation: Operation, action: Action): void => {
    endpoint.onRequest = (request) => (request.operation === operation ? action : undefined);
  };
  const remove = async (...keys: string[]): Promise<string[]> => {
    const prepared = await store.prepareDelete(
      keys.map((key) => ({ key })),
      call,
    );
    return (await prepared.send(call)).map((outcome) =>
      outcome.kind === 'failed' ? `${outcome.error.kind} ${outcome.error.code}` : outcome.kind,
    );
  };
  const list = async (options: Partial<ListOptions> = {}): Promise<string[]> =>
    (await store.listObjects({ prefix: 'a/', ...options }, call)).items.map((item) => item.key);

  it('encodes the keys of uploads without saying so, the very upload that is listed is aborted', async () => {
    endpoint.quirks = { hideUploadEncoding: true };
    bucket.uploads.set('u1', {
      key: 'a/date=2026-01-01/x',
      uploadId: 'u1',
      initiatedMs: 0,
      parts: new Map(),
    });
    const { items } = await store.listUploads({ prefix: 'a/' }, call);
    expect(items.map(({ key }) => key)).toEqual(['a/date=2026-01-01/x']);
    for (const upload of items) await store.abortUpload(upload, call);
    expect(bucket.uploads.size).toBe(0);
  });

  describe('throttles', () => {
    it.each([
      [503, 'SlowDown'],
      [503, 'ServiceUnavailable'],
      [429, 'TooManyRequests'],
      [400, 'RequestLimitExceeded'],
    ])('with %i %s', async (status, code) => {
      on('DeleteObjects', { kind: 'error', status, code });
      await expect(remove('a/1')).rejects.toMatchObject({ kind: 'THROTTLED', code });
      expect(bucket.keys()).toHaveLength(3);
    });

    it('with SlowDown inside a 200', async () => {
      on('DeleteObjects', { kind: 'error-in-200', code: 'SlowDown' });
      await expect(remove('a/1')).rejects.toMatchObject({ kind: 'THROTTLED' });
      on('ListObjectsV2', { kind: 'error-in-200', code: 'SlowDown' });
      await expect(list()).rejects.toMatchObject({ kind: 'THROTTLED' });
    });

    it('single keys of a batch', async () => {
      on('DeleteObjects', {
        kind: 'key-errors',
        errorOf: (key) => (key === 'a/2' ? { code: 'SlowDown' } : undefined),
      });
      expect(await remove('a/1', 'a/2', 'a/3')).toEqual(['deleted', 'THROTTLED SlowDown', 'deleted']);
      expect(bucket.keys()).toEqual(['a/2']);
    });
  });

  it('refuses single keys: each is told apart', async () => {
    const codes: Record<string, { code: string; message?: string }> = {
      'a/1': { code: 'AccessDenied', message: 'Access Denied because object protected by object lock.' },
      'a/2': { code: 'AccessDenied' },
      'a/3': { code: 'InternalError' },
    };
    on('DeleteObjects', { kind: 'key-errors', errorOf: (key) => codes[key] });
    expect(await remove('a/1', 'a/2', 'a/3')).toEqual([
      'OBJECT_LOCKED AccessDenied',
      'ACCESS_DENIED AccessDenied',
      'TRANSIENT InternalError',
    ]);
  });

  it('forgets keys in its answer: they are unaccounted, not deleted', async () => {
    on('DeleteObjects', { kind: 'omit-keys', omits: (key) => key !== 'a/2' });
    expect(await remove('a/1', 'a/2', 'a/3')).toEqual(['unaccounted', 'deleted', 'unaccounted']);
    expect(bucket.keys()).toEqual([]);
  });

  it('applies a delete and never answers: the request failed, the keys are unknown', async () => {
    store = open(150);
    await list();
    on('DeleteObjects', { kind: 'apply-then-silence' });
    await expect(remove('a/1')).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'DeadlineExceeded' });
    expect(bucket.keys()).toEqual(['a/2', 'a/3']);
  });

  it.each(['before', 'after', 'mid-body'] as const)('cuts the connection %s', async (when) => {
    on('DeleteObjects', { kind: 'cut', when });
    await expect(remove('a/1')).rejects.toMatchObject({ kind: 'TRANSIENT' });
    on('ListObjectsV2', { kind: 'cut', when });
    await expect(list()).rejects.toMatchObject({ kind: 'TRANSIENT' });
  });

  it('is silent: an abort ends the wait with its own reason', async () => {
    on('ListObjectsV2', { kind: 'silence' });
    const controller = new AbortController();
    const waiting = store.listObjects({ prefix: '' }, { signal: controller.signal });
    const reason = new Error('leadership ended');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  describe('answers a listing with', () => {
    const answer = (body: string, status = 200): void => {
      on('ListObjectsV2', { kind: 'answer', status, body });
    };
    const result = (inner: string): string =>
      `<ListBucketResult><EncodingType>url</EncodingType>${inner}</ListBucketResult>`;

    it.each([
      ['nothing', ''],
      ['a page of HTML', '<html><body>It works!</body></html>'],
      ['half an answer', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a/1</Key>'],
      ['no word on truncation', result('')],
      ['more to come but not where', result('<IsTruncated>true</IsTruncated>')],
      ['another kind of result', '<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>'],
      [
        'a key that is not percent-encoded',
        result('<IsTruncated>false</IsTruncated><Contents><Key>a/%</Key></Contents>'),
      ],
    ])('%s: never taken for an empty prefix', async (_name, body) => {
      answer(body);
      await expect(list()).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'MalformedAnswer' });
    });

    it('an empty page that has more to come', async () => {
      on('ListObjectsV2', { kind: 'empty-page' });
      const page = await store.listObjects({ prefix: 'a/' }, call);
      expect(page.items).toEqual([]);
      expect(page.next).toBeDefined();
      endpoint.onRequest = undefined;
      expect(await list(page.next === undefined ? {} : { page: page.next })).toEqual(['a/1', 'a/2', 'a/3']);
    });

    it('the same place to go on again and again', async () => {
      answer(result('<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'));
      await expect(list({ page: 't' })).rejects.toThrow(/does not get ahead/);
    });

    it('keys outside the prefix: nothing of it is believed', async () => {
      bucket.put('b/live', Buffer.from('x'));
      endpoint.quirks = { ignorePrefix: true };
      await expect(list()).rejects.toThrow(/not under the prefix/);
    });
  });

  it('wants Content-MD5: the first refusal says so, the next request has it', async () => {
    endpoint.quirks = { requireMd5: true };
    await expect(remove('a/1')).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'MissingContentMD5' });
    expect(await remove('a/1')).toEqual(['deleted']);
  });

  it('knows no batches: requests go key by key before long', async () => {
    endpoint.quirks = { refuseBatches: true };
    // The code does not say which header it means: the checksum is changed first, then batches are given up.
    await expect(remove('a/1')).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'NotImplemented' });
    await expect(remove('a/1')).rejects.toMatchObject({ kind: 'TRANSIENT', code: 'NotImplemented' });
    expect(await remove('a/1', 'a/2', 'absent')).toEqual(['deleted', 'deleted', 'deleted']);
    expect(endpoint.deletes.at(-1)?.expiresAtMs).toBeDefined();
  });

  it('has no such bucket', async () => {
    endpoint.buckets.delete('faults');
    await expect(store.probe(call)).rejects.toMatchObject({ kind: 'NO_SUCH_BUCKET', code: 'NoSuchBucket' });
  });

  it('does not know the key, or finds the signature wrong', async () => {
    store = open(1000, 'another-secret');
    const error = await caught(store.probe(call));
    expect(error).toMatchObject({ kind: 'BAD_CREDENTIALS', code: 'SignatureDoesNotMatch' });
    expect(error.message).not.toContain('another-secret');
  });

  it('is not there', async () => {
    const url = endpoint.url;
    store = open(1000);
    await endpoint.stop();
    const error = await caught(store.listObjects({ prefix: '' }, call));
    expect(error).toMatchObject({ kind: 'TRANSIENT', code: 'ECONNREFUSED' });
    expect(error.message).toContain(url);
    endpoint = await S3Endpoint.start();
  });

  describe('enforces the expiry of a prepared delete:', () => {
    it('a late request is EXPIRED by its own age, and never leaves', async () => {
      const prepared = await store.prepareDelete([{ key: 'a/1' }], call);
      clock.shiftMs = 60_000;
      await expect(prepared.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
      expect(endpoint.deletes).toEqual([]);
    });

    it('a wall clock that is set back does not make it young again', async () => {
      const steps = { monotonicMs: 0 };
      const stepped = Object.assign(new SkewedClock(), { monotonicMs: () => steps.monotonicMs });
      store = new S3Store(s3Config(endpoint.storeUrl('faults'), endpoint.environment), {
        clock: stepped,
        logger: silentLogger,
      });
      await list();
      const prepared = await store.prepareDelete([{ key: 'a/1' }], call);
      stepped.shiftMs = -3_600_000;
      steps.monotonicMs = 60_000;
      await expect(prepared.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
    });

    it('one whose sender was paused on the way is refused there, and EXPIRED by its own age', async () => {
      const prepared = await store.prepareDelete([{ key: 'a/1' }], call);
      // Between our own check and the wire both clocks go on by two minutes.
      onServerClock = () => {
        serverShiftMs = 120_000;
        clock.shiftMs = 120_000;
      };
      await expect(prepared.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
      expect(bucket.keys()).toHaveLength(3);
    });

    it.each([
      ['ahead by two minutes', 120_000, 'the request had expired'],
      ['back by half an hour', -1_800_000, "the store's clock was set back"],
    ])('a clock of the store that is set %s is followed at the next try', async (_name, shiftMs, said) => {
      const prepared = await store.prepareDelete([{ key: 'a/1' }], call);
      serverShiftMs = shiftMs;
      const error = await caught(prepared.send(call));
      expect(error).toMatchObject({ kind: 'EXPIRED' });
      expect(error.message).toContain(said);
      expect(bucket.keys()).toHaveLength(3);
      expect(await remove('a/1')).toEqual(['deleted']);
    });

    it.each([
      ['ahead', 14 * 60_000],
      ['behind', -14 * 60_000],
      ['ahead, further than any server forgives', 20 * 60_000],
      ['behind, further than any server forgives', -20 * 60_000],
    ])('it ends by the clock of the store when ours is %s', async (_name, aheadMs) => {
      clock.shiftMs = aheadMs;
      store = open(1000);
      await list();
      const prepared = await store.prepareDelete([{ key: 'a/1' }], call);
      // Never later than by ours, and hardly sooner: Date and X-Amz-Date leave out up to a second each.
      expect(prepared.expiresAtMs - clock.wallMs()).toBeLessThanOrEqual(60_000);
      await prepared.send(call);
      const [{ receivedMs, expiresAtMs } = { receivedMs: 0, expiresAtMs: 0 }] = endpoint.deletes;
      expect((expiresAtMs ?? 0) - receivedMs).toBeLessThanOrEqual(60_000);
      expect((expiresAtMs ?? 0) - receivedMs).toBeGreaterThan(50_000);
    });

    it('one that was to live for ten seconds says so in its signature, and is refused after eleven', async () => {
      const brief = { ...call, expiryMs: 10_000 };
      const prepared = await store.prepareDelete([{ key: 'a/1' }], brief);
      await prepared.send(call);
      const [{ receivedMs, expiresAtMs } = { receivedMs: 0, expiresAtMs: 0 }] = endpoint.deletes;
      expect((expiresAtMs ?? 0) - receivedMs).toBeLessThanOrEqual(10_000);
      expect((expiresAtMs ?? 0) - receivedMs).toBeGreaterThan(5_000);
      const late = await store.prepareDelete([{ key: 'a/2' }], brief);
      onServerClock = () => {
        serverShiftMs = 11_000;
        clock.shiftMs = 11_000;
      };
      await expect(late.send(call)).rejects.toMatchObject({ kind: 'EXPIRED' });
      expect(bucket.keys()).toContain('a/2');
    });

    it('nothing is prepared before the store has told its time', async () => {
      store = open(1000);
      await expect(store.prepareDelete([{ key: 'a/1' }], call)).rejects.toThrow(/P11.*told its time/);
    });

    it('a young request that is forbidden is ACCESS_DENIED', async () => {
      on('DeleteObjects', { kind: 'error', status: 403, code: 'AccessDenied', message: '' });
      await expect(remove('a/1')).rejects.toMatchObject({ kind: 'ACCESS_DENIED' });
    });
  });

  it('sees exactly the bytes that were signed, from whom, and until when', async () => {
    await store.listObjects({ prefix: '' }, call);
    expect(await remove('a/1', 'a/2')).toEqual(['deleted', 'deleted']);
    const [record] = endpoint.deletes;
    expect(record).toMatchObject({
      source: 'sexton n1',
      bucket: 'faults',
      applied: ['a/1', 'a/2'],
      status: 200,
    });
    expect((record?.expiresAtMs ?? 0) - (record?.receivedMs ?? 0)).toBeGreaterThan(50_000);
    expect((record?.expiresAtMs ?? 0) - (record?.receivedMs ?? 0)).toBeLessThanOrEqual(60_000);
  });

  it('has a clock of its own: the difference is measured', async () => {
    serverShiftMs = 300_000;
    store = open(1000);
    expect((await store.probe(call)).clockOffsetMs).toBeGreaterThan(298_000);
    serverShiftMs = -20_000;
    store = open(1000);
    const { clockOffsetMs } = await store.probe(call);
    expect(clockOffsetMs).toBeGreaterThan(-22_000);
    expect(clockOffsetMs).toBeLessThan(-18_000);
  });

  it.each([3_600_000, -3_600_000])(
    'is an hour off, %i ms: asked once more by its own time',
    async (shiftMs) => {
      serverShiftMs = shiftMs;
      expect(await list()).toEqual(['a/1', 'a/2', 'a/3']);
      expect(endpoint.requestCount).toBe(2);
      await list();
      expect(endpoint.requestCount).toBe(3);
    },
  );

  it('finds the date wrong for ever: asked once more, and then the message speaks of the clocks', async () => {
    on('ListObjectsV2', { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' });
    await expect(list()).rejects.toThrow(/RequestTimeTooSkewed.*its own clocks differ/);
    expect(endpoint.requestCount).toBe(2);
  });

  it('is an hour off and does not tell its time: the message speaks of the clock', async () => {
    endpoint.quirks = { omitDate: true };
    store = open(1000);
    clock.shiftMs = 3_600_000;
    await expect(list()).rejects.toThrow(/RequestTimeTooSkewed.*clock of this machine is wrong/);
    expect(endpoint.requestCount).toBe(1);
  });
});
