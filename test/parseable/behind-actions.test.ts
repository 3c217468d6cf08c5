/** What has to be certain before one stream is adopted, or deleted in the catalog. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleteMissing, obstacleOf, type ComparedNode } from '../../src/parseable/behind-actions.js';
import { ParseableNode, type NodeKind } from '../../src/parseable/parseable-node.js';
import type { NodeState } from '../../src/parseable/status.js';
import { SextonError } from '../../src/shared/errors.js';
import { FakeCatalog } from './fake-cluster.js';
import { memoryHttp, USER, type FakeParseable, type Mode } from './fake-parseable.js';
import { findingOf, streamOf } from './support.js';
import { clock, node, useSyncWorld } from './sync-world.js';

useSyncWorld();

const { signal } = new AbortController();
const KINDS: Readonly<Record<Mode, NodeKind>> = {
  'Distributed (Ingest)': 'ingest',
  'Distributed (Query)': 'query',
  Standalone: 'standalone',
};

function worker(fake: FakeParseable, state: NodeState = 'UP'): ComparedNode {
  const settings = { credentials: USER, callTimeoutMs: 1_000, deploymentId: '' };
  return { node: new ParseableNode(fake.url, KINDS[fake.mode], settings, memoryHttp([fake], clock)), state };
}

describe('a stream that every node is asked about', () => {
  const WEB = { tenant: '', name: 'web' };

  it('is absent when each says so, and query nodes, which list the bucket for it, are asked last', async () => {
    const [query, ingest] = [await node('Distributed (Query)'), await node()];
    query.streams.add('web');
    ingest.streams.add('web');
    const workers = [worker(query), worker(ingest)];
    expect(await obstacleOf(workers, WEB, signal)).toBe(`${ingest.url} holds it`);
    expect(query.requests).toEqual([]);
    ingest.streams.clear();
    expect(await obstacleOf(workers, WEB, signal)).toBe(`${query.url} holds it`);
    query.streams.clear();
    expect(await obstacleOf(workers, WEB, signal)).toBe('');
  });

  it.each<NodeState>(['DOWN', 'UNKNOWN'])(
    'is not absent while a node is %s: nobody is asked',
    async (state) => {
      const [up, away] = [await node(), await node()];
      const workers = [worker(up), worker(away, state)];
      expect(await obstacleOf(workers, WEB, signal)).toBe(`${away.url} is ${state}, and may hold it`);
      expect(up.requests).toEqual([]);
    },
  );

  it('is not absent by the word of who is no such node any more: every server says 404', async () => {
    const ingest = await node();
    const workers = [worker(ingest)];
    ingest.mode = 'Distributed (Query)';
    expect(await obstacleOf(workers, WEB, signal)).toMatch(/is not a node of the kind 'ingest'/);
  });
});

describe('a missing stream', () => {
  const APP = { tenant: '', name: 'app', prefix: 'app/', incarnation: 7, wasListed: true };
  const HOUR_MS = 3_600_000;
  let catalog: FakeCatalog;

  beforeEach(() => {
    catalog = new FakeCatalog();
    catalog.streams.set('/app', streamOf({ name: 'app', etag: 'as seen' }));
    catalog.findings.set('app/', findingOf('MISSING_METADATA', 'app'));
  });

  it.each([
    ['was listed before', true, HOUR_MS],
    ['was never listed, and may be about to be created', false, 24 * HOUR_MS],
  ])('that %s has to be of an age in the catalog', async (_what, wasListed, minimumAgeMs) => {
    expect(await deleteMissing(catalog.client, { ...APP, wasListed }, signal)).toBe('');
    expect(catalog.audits).toEqual([{ prefix: 'app/', minimumAgeMs }]);
    expect(catalog.deletions).toEqual([{ tenant: '', name: 'app', incarnation: 7, etag: 'as seen' }]);
  });

  it.each<[string, () => unknown]>([
    ['another life', () => catalog.streams.set('/app', streamOf({ name: 'app', incarnation: 8 }))],
    ['a tombstone', () => catalog.streams.set('/app', streamOf({ name: 'app', state: 'DELETED' }))],
    ['no record', () => catalog.streams.clear()],
  ])('is left alone when the catalog has %s of it by now', async (_what, happens) => {
    happens();
    expect(await deleteMissing(catalog.client, APP, signal)).toBe('the catalog has no such life any more');
    expect(catalog.deletions).toEqual([]);
  });

  it('that the cluster refuses to delete is no failure of the cluster', async () => {
    const refusal = new SextonError('ETAG_MISMATCH', 'it has changed');
    const client = { ...catalog.client, deleteStream: () => Promise.reject(refusal) };
    expect(await deleteMissing(client, APP, signal)).toBe(refusal.message);
  });

  it('that the cluster cannot be asked about says so as such', async () => {
    const client = {
      ...catalog.client,
      getStream: () => Promise.reject(new SextonError('NO_LEADER', 'none')),
    };
    await expect(deleteMissing(client, APP, signal)).rejects.toThrow(/^the cluster cannot be asked/);
  });
});
