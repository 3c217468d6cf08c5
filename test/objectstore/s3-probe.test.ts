/** What the probe finds on servers that lack something, and that it cleans up after itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Capabilities } from '../../src/objectstore/object-store.js';
import { S3Store } from '../../src/objectstore/s3-store.js';
import { silentLogger } from '../../src/shared/logger.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import type { Quirks } from '../support/s3-endpoint/faults.js';
import type { Versioning } from '../support/s3-endpoint/bucket.js';
import { s3Config } from './s3-subject.js';
import { SkewedClock } from './skewed-clock.js';

const FULL = {
  versioning: 'never',
  conditionalDelete: true,
  conditionalBatches: true,
  conditionalCreate: true,
  requestExpiry: true,
  deleteBatchMax: 1000,
  multipartUploads: true,
} satisfies Partial<Capabilities>;

const NO_CONDITIONS = { conditionalDelete: false, conditionalBatches: false };

describe('the S3 probe', () => {
  let endpoint: S3Endpoint;
  let store: S3Store;
  const call = { signal: new AbortController().signal };

  beforeEach(async () => {
    endpoint = await S3Endpoint.start();
  });
  afterEach(async () => {
    await store.close();
    await endpoint.stop();
  });

  const probe = async (quirks: Quirks, versioning: Versioning = '', query = ''): Promise<Capabilities> => {
    endpoint.quirks = quirks;
    const bucket = endpoint.createBucket('probe', versioning);
    store = new S3Store(s3Config(`${endpoint.storeUrl('probe')}${query}`, endpoint.environment), {
      clock: new SkewedClock(),
      logger: silentLogger,
    });
    const capabilities = await store.probe(call);
    expect(bucket.objects.size).toBe(0);
    return capabilities;
  };

  it.each<[string, Quirks, Versioning, Partial<Capabilities>]>([
    ['everything', {}, '', {}],
    ['versions', {}, 'Enabled', { versioning: 'enabled' }],
    ['suspended versions', {}, 'Suspended', { versioning: 'suspended' }],
    [
      'versions, without leave to read the setting',
      { denyGetVersioning: true },
      'Enabled',
      { versioning: 'enabled' },
    ],
    [
      'suspended versions, without leave to read the setting',
      { denyGetVersioning: true },
      'Suspended',
      { versioning: 'suspended' },
    ],
    ['no versions, without leave to read the setting', { denyGetVersioning: true }, '', {}],
    ['no API for versions', { refuseVersioning: true }, '', {}],
    ['conditions that are parsed and ignored', { ignoreConditions: true }, '', NO_CONDITIONS],
    ['conditions on single deletes only', { ignoreBatchConditions: true }, '', { conditionalBatches: false }],
    [
      'writes that replace what they should only create',
      { ignoreCreateOnly: true },
      '',
      { conditionalCreate: false },
    ],
    ['no expiry', { ignoreExpiry: true }, '', { requestExpiry: false }],
    ['Content-MD5 only', { requireMd5: true }, '', {}],
    ['no batches', { refuseBatches: true }, '', { deleteBatchMax: 1, conditionalBatches: false }],
    ['batches of at most 100', { batchMax: 100 }, '', { deleteBatchMax: 100 }],
    ['batches of at most 7', { batchMax: 7 }, 'Enabled', { deleteBatchMax: 2, versioning: 'enabled' }],
    ['answers that leave out what was deleted', { omitDeleted: true }, '', {}],
    ['no multipart uploads', { refuseMultipart: true }, '', { multipartUploads: false }],
    ['no Date header', { omitDate: true }, '', { clockOffsetMs: undefined, requestExpiry: false }],
  ])('finds %s', async (_name, quirks, versioning, expected) => {
    expect(await probe(quirks, versioning)).toMatchObject({ ...FULL, ...expected });
  });

  it('tries no bigger batches than it is told to', async () => {
    expect(await probe({}, '', '&delete-batch-max=30')).toMatchObject({ deleteBatchMax: 30 });
    for (const record of endpoint.deletes) expect(record.targets.length).toBeLessThanOrEqual(30);
  });

  it('removes what a probe that was killed left behind, and touches nothing else', async () => {
    let shiftMs = -3_600_000;
    await endpoint.stop();
    endpoint = await S3Endpoint.start({ now: () => Date.now() + shiftMs });
    const bucket = endpoint.createBucket('probe');
    bucket.put('.sexton/probe/killed/first', Buffer.from('x'));
    bucket.put('.sexton/owner', Buffer.from('x'));
    shiftMs = 0;
    store = new S3Store(s3Config(endpoint.storeUrl('probe'), endpoint.environment), {
      clock: new SkewedClock(),
      logger: silentLogger,
    });
    await store.probe(call);
    expect(bucket.keys()).toEqual(['.sexton/owner']);
  });

  it('names what it may not do', async () => {
    endpoint.createBucket('probe');
    endpoint.onRequest = (request) =>
      request.operation === 'PutObject' ? { kind: 'error', status: 403, code: 'AccessDenied' } : undefined;
    store = new S3Store(s3Config(endpoint.storeUrl('probe'), endpoint.environment), {
      clock: new SkewedClock(),
      logger: silentLogger,
    });
    await expect(store.probe(call)).rejects.toThrow(/writing a scratch object.*AccessDenied/);
  });
});
