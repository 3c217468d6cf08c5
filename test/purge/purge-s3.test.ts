/**
 * The whole purger over the real S3 store against an endpoint that misbehaves on order: whatever it does, a stream
 * is PURGED only once nothing of it is left (P4), another's objects are never touched, and each purge comes to its
 * end by itself once the server behaves again, or in spite of it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../src/catalog/types.js';
import { S3Store } from '../../src/objectstore/s3-store.js';
import { OWNERSHIP_MARKER_KEY } from '../../src/purge/ownership-marker.js';
import { startPurger, type Purger } from '../../src/purge/purger.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { s3Config } from '../objectstore/s3-subject.js';
import type { Bucket } from '../support/s3-endpoint/bucket.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import type { EndpointRequest } from '../support/s3-endpoint/exchange.js';
import type { Action, Quirks } from '../support/s3-endpoint/faults.js';
import { FakeCatalog, FakeLeader } from './fake-cluster.js';

const OBJECTS = 40;

/** Every character of ASCII but NUL, XML's forbidden ones too, one in a key, and what else has tripped servers up. */
function oddKeys(): string[] {
  const points = [0x85, 0xa0, 0xad, 0x301, 0x200b, 0x202e, 0x2028, 0xd7ff, 0xe000, 0xfeff];
  for (let point = 0x01; point <= 0x7f; point++) points.push(point);
  points.push(0xfffd, 0x1f680, 0x10ffff);
  const around = points.map((point) => `a${String.fromCodePoint(point)}b`);
  return [
    ...around,
    ...points.filter((point) => point !== 0x2f).map((point) => String.fromCodePoint(point)),
    '%2e%2e',
    '%41',
    'a+b c',
    'a//b',
    '?versionId=null',
    '&amp;&#38;',
    ']]>',
    '日'.repeat(300),
  ];
}

describe('a purge over S3, when the server', () => {
  let endpoint: S3Endpoint;
  let bucket: Bucket;
  let catalog: FakeCatalog;
  let store: S3Store;
  let leader: FakeLeader;
  let purger: Purger | undefined;
  let stream: StreamRecord;

  beforeEach(async () => {
    endpoint = await S3Endpoint.start();
    bucket = endpoint.createBucket('purge');
    catalog = new FakeCatalog(systemClock);
    stream = catalog.create('app');
    bucket.put('application/live', Buffer.from('x'));
    // There already, so that no test waits for it to be written and read back (P9).
    bucket.put(OWNERSHIP_MARKER_KEY, Buffer.from(JSON.stringify({ cluster_id: 'test-cluster' })));
    bucket.put('app/live-beside-it', Buffer.from('x'));
  });
  afterEach(async () => {
    leader.depose();
    await purger?.done;
    await store.close();
    await endpoint.stop();
  });

  const fill = (keys: readonly string[]): void => {
    for (const key of keys) bucket.put(stream.prefix + key, Buffer.from('x'));
  };
  const parquets = Array.from(
    { length: OBJECTS },
    (_, at) => `date=2026-01-${10 + (at % 4)}/${String(at).padStart(3, '0')}.parquet`,
  );

  /** Purges, and looks at every step that PURGED is said only of what is empty. */
  async function purge(requestDeadlineMs = 20_000): Promise<void> {
    catalog.listeners.add((changed) => {
      if (changed?.state === 'PURGED') expect(bucket.keys(stream.prefix)).toEqual([]);
    });
    catalog.markDeleted('app');
    store = new S3Store(s3Config(endpoint.storeUrl('purge'), endpoint.environment), {
      clock: systemClock,
      logger: silentLogger,
      deadlineMs: requestDeadlineMs,
    });
    let sequence = 0;
    leader = new FakeLeader(catalog, () => sequence++);
    purger = startPurger({
      cluster: leader,
      store,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      signal: leader.signal,
      options: {
        quietInitialMs: 5,
        quietMaxMs: 20,
        transientBackoffInitialMs: 10,
        transientBackoffMaxMs: 50,
        blockedBackoffInitialMs: 20,
        blockedBackoffMaxMs: 50,
      },
    });
    const untilMs = Date.now() + 60_000;
    while (catalog.stream(stream.incarnation)?.state !== 'PURGED') {
      if (Date.now() > untilMs)
        throw new Error(`not purged: ${JSON.stringify(catalog.stream(stream.incarnation)?.purge)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(bucket.keys(stream.prefix)).toEqual([]);
    expect(bucket.uploads.size).toBe(0);
    expect(bucket.keys('app')).toEqual(['app/live-beside-it', 'application/live']);
  }

  /** The probe has a scratch folder of its own, and its own tests. */
  const onPurge = (action: (request: EndpointRequest) => Action | undefined): void => {
    endpoint.onRequest = (request) => (touchesStream(request) ? action(request) : undefined);
  };
  function touchesStream({ key, query, body }: EndpointRequest): boolean {
    return (
      key.startsWith(stream.prefix) ||
      (query.get('prefix') ?? '').startsWith(stream.prefix) ||
      Buffer.from(body).includes(stream.prefix)
    );
  }
  const first = (times: number, action: (request: EndpointRequest) => Action | undefined): void => {
    let left = times;
    onPurge((request) => {
      const acted = left > 0 ? action(request) : undefined;
      if (acted !== undefined) left--;
      return acted;
    });
  };
  const ofDeletes =
    (action: Action) =>
    ({ operation }: EndpointRequest): Action | undefined =>
      operation === 'DeleteObjects' ? action : undefined;
  const ofListings =
    (action: Action) =>
    ({ operation }: EndpointRequest): Action | undefined =>
      operation === 'ListObjectsV2' || operation === 'ListObjectVersions' ? action : undefined;

  it.each<[string, (request: EndpointRequest) => Action | undefined]>([
    ['throttles deletes', ofDeletes({ kind: 'error', status: 503, code: 'SlowDown' })],
    ['throttles deletes inside a 200', ofDeletes({ kind: 'error-in-200', code: 'SlowDown' })],
    ['throttles listings', ofListings({ kind: 'error', status: 503, code: 'SlowDown' })],
    ['throttles listings inside a 200', ofListings({ kind: 'error-in-200', code: 'SlowDown' })],
    [
      'throttles single keys',
      ofDeletes({
        kind: 'key-errors',
        errorOf: (key) => (key.includes('-11/') ? { code: 'SlowDown' } : undefined),
      }),
    ],
    [
      'fails single keys',
      ofDeletes({
        kind: 'key-errors',
        errorOf: (key) => (key.includes('-12/') ? { code: 'InternalError' } : undefined),
      }),
    ],
    [
      'denies single keys',
      ofDeletes({
        kind: 'key-errors',
        errorOf: (key) => (key.includes('-13/') ? { code: 'AccessDenied' } : undefined),
      }),
    ],
    [
      'leaves keys out of its answers',
      ofDeletes({ kind: 'omit-keys', omits: (key) => key.includes('-10/') }),
    ],
    ['applies deletes and does not answer', ofDeletes({ kind: 'apply-then-silence' })],
    ['cuts connections before it applies', ofDeletes({ kind: 'cut', when: 'before' })],
    ['cuts connections after it applied', ofDeletes({ kind: 'cut', when: 'after' })],
    ['cuts its answers to listings', ofListings({ kind: 'cut', when: 'mid-body' })],
    ['shows empty pages with more to come', ofListings({ kind: 'empty-page' })],
    ['answers listings with a page of HTML', ofListings({ kind: 'answer', status: 200, body: '<html/>' })],
  ])('%s', async (name, action) => {
    fill(['.stream/.stream.json', ...parquets]);
    bucket.uploads.set('u', { key: `${stream.prefix}part`, uploadId: 'u', initiatedMs: 0, parts: new Map() });
    first(3, action);
    // Only there a deadline is waited for; elsewhere it would end requests that are slow because the machine is.
    await purge(name.includes('does not answer') ? 1_000 : undefined);
    expect(catalog.stream(stream.incarnation)?.purge).toMatchObject({ uploadsAborted: 1, lastError: '' });
  });

  it.each<[string, Quirks]>([
    ['parses If-Match and ignores it', { ignoreConditions: true }],
    ['takes at most 7 keys a request', { batchMax: 7 }],
    ['knows no batches', { refuseBatches: true }],
    ['wants Content-MD5', { requireMd5: true }],
    ['never says what it deleted', { omitDeleted: true }],
    ['takes expired requests', { ignoreExpiry: true }],
    ['knows no versions', { refuseVersioning: true }],
    ['knows no multipart uploads', { refuseMultipart: true }],
    ['has no clock', { omitDate: true }],
  ])('%s, always', async (_name, quirks) => {
    endpoint.quirks = quirks;
    fill(['.stream/.stream.json', ...parquets]);
    await purge();
  });

  it('holds keys of every legal character', async () => {
    const keys = oddKeys();
    fill(keys);
    expect(bucket.keys(stream.prefix)).toHaveLength(new Set(keys).size);
    await purge();
    expect(catalog.stream(stream.incarnation)?.purge.objectsDeleted).toBe(new Set(keys).size);
  });

  it('holds keys of every legal character, and knows no batches', async () => {
    endpoint.quirks = { refuseBatches: true };
    fill(oddKeys());
    await purge();
  });
});
