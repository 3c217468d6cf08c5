/** The audit over the real stores: a directory, and S3 spoken with an endpoint in this process, plain and versioned. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.js';
import type { AuditItem } from '../../src/audit/findings.js';
import { LocalStore } from '../../src/objectstore/local-store.js';
import type { ObjectStore } from '../../src/objectstore/object-store.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import { openObjectStore } from '../../src/objectstore/open-object-store.js';
import { nodeCatalog } from '../../src/server/audit-catalog.js';
import { systemClock, type Clock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { FakeNode } from '../support/fake-node-api.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import {
  answerOf,
  dataKey,
  DAY_MS,
  DEPLOYMENT,
  HOUR_MS,
  manifestKey,
  NODE_A,
  request,
  STREAM_JSON,
  type Answer,
} from './world.js';

/** The objects are written now: tombstones lie in the past, and the audit looks back from the future. */
const past: Clock = { ...systemClock, wallMs: () => Date.now() - HOUR_MS };
const future: Clock = { ...systemClock, wallMs: () => Date.now() + 30 * DAY_MS };
const call = { signal: new AbortController().signal };
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function scenario(store: ObjectStore): Promise<FakeNode> {
  const node = new FakeNode({ clock: past });
  const put = (key: string, body = 'x'): Promise<void> => store.putObject(key, Buffer.from(body), {}, call);
  const create = (name: string, prefix = '') =>
    node.apply({ kind: 'createStream', tenant: '', name, prefix, labels: [] }).stream!;
  const rest = { tenant: '', incarnation: 0, gracePeriodMs: 0, ifRevision: 0, allowMissing: false };
  await put('.parseable/.parseable.json', DEPLOYMENT);
  await put(`.parseable/ingestor.${NODE_A}.json`, '{}');
  for (const name of ['web', 'mine']) {
    await put(`${name}/.stream/.stream.json`, STREAM_JSON);
    await put(dataKey(name));
  }
  create('mine', 'mine/');
  for (let nth = 0; nth < 3; nth++) await put(dataKey('gone', `2026-05-0${nth + 1}`));
  await put(manifestKey('gone'));
  // Neighbours of `gone/` in the order of keys, and letters that travel encoded.
  await put(dataKey('gone-2'));
  await put(dataKey('größe'));
  await put('lake/a b+c.txt');
  await put(dataKey(create('late').prefix.slice(0, -1)));
  node.apply({ kind: 'markDeleted', name: 'late', ...rest });
  return node;
}

const FOUND = [
  'FOREIGN lake/',
  'LATE_OBJECTS late/2/',
  'RESIDUE gone-2/',
  'RESIDUE gone/',
  'RESIDUE größe/',
  'UNKNOWN_STREAM web/',
];

async function audited(store: ObjectStore, node: FakeNode): Promise<Answer> {
  const deps = {
    store,
    catalog: nodeCatalog(node, future),
    clusterId: node.clusterId,
    clock: future,
    random: systemRandom,
  };
  const items: AuditItem[] = [];
  for await (const item of audit(deps, request(), call.signal)) items.push(item);
  return answerOf(items);
}

describe('a directory', () => {
  it('is audited', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sexton-audit-'));
    const store = new LocalStore({ directory, clock: systemClock, durable: false });
    cleanups.push(
      () => rm(directory, { recursive: true, force: true }),
      () => store.close(),
    );
    const answer = await audited(store, await scenario(store));
    expect(answer.said).toEqual(FOUND);
    // Without the late one: its stream waits for its purge.
    expect(answer.summary).toMatchObject({ complete: true, leftoverObjects: 6 });
  });
});

describe.each(['', 'Enabled'] as const)('S3, versioning %j', (versioning) => {
  async function open() {
    const endpoint = await S3Endpoint.start();
    const bucket = endpoint.createBucket('audit', versioning);
    const url = `s3://audit?endpoint=${encodeURIComponent(endpoint.url)}&region=us-east-1&path-style=true`;
    const config = resolveObjectStoreConfig(parseObjectStoreUrl(url), endpoint.environment);
    const store = await openObjectStore(config, { clock: systemClock, logger: silentLogger });
    cleanups.push(
      () => endpoint.stop(),
      () => store.close(),
    );
    return { bucket, store };
  }

  it('is audited, unfinished uploads and older versions included', async () => {
    const { bucket, store } = await open();
    const node = await scenario(store);
    bucket.uploads.set('u', {
      key: dataKey('gone'),
      uploadId: 'u',
      initiatedMs: Date.now(),
      parts: new Map(),
    });
    if (versioning === 'Enabled') {
      await store.putObject('ghost/.stream/.stream.json', Buffer.from(STREAM_JSON), {}, call);
      await store.deleteObject('ghost/.stream/.stream.json', call);
    }
    const answer = await audited(store, node);
    const ghost = versioning === 'Enabled' ? ['RESIDUE ghost/'] : [];
    expect(answer.said).toEqual([...FOUND, ...ghost, 'UNFINISHED_UPLOAD gone/'].sort());
    expect(answer.summary?.complete).toBe(true);
    if (versioning === 'Enabled')
      expect(answer.findings.find(({ prefix }) => prefix === 'ghost/')).toMatchObject({ objects: 2 });
  });
});
