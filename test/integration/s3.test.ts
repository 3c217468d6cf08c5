/** Real nodes against an S3 endpoint that speaks the real protocol, in this process, with a record of every request. */
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT_STATUS } from '../../src/shared/fatal.js';
import { freePorts } from '../../src/demo/local-cluster.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import { testCluster, type TestCluster } from './processes.js';

const OBJECTS = 6_000;
const START_MS = Date.UTC(2026, 0, 1);

let endpoint: S3Endpoint | undefined;
let running: TestCluster | undefined;
afterEach(async () => {
  await running?.close();
  await endpoint?.stop();
  running = undefined;
  endpoint = undefined;
});

function clusterOn(
  objectStore: string,
  environment: Record<string, string>,
  members = 3,
): Promise<TestCluster> {
  return testCluster({
    members,
    objectStore,
    serveArguments: ['--purge-requests-per-second=20'],
    env: { ...process.env, AWS_REGION: 'us-east-1', ...environment },
  });
}

describe('a purge on S3', () => {
  it.each(['', 'Enabled'] as const)(
    "survives its leader's SIGKILL, versioning '%s': nothing left, nothing early, nothing else touched",
    async (versioning) => {
      const s3 = (endpoint = await S3Endpoint.start());
      const bucket = s3.createBucket('logs', versioning);
      const fill = (name: string, objects: number): void => {
        for (const { key, body } of parseableObjects(name, objects, START_MS))
          bucket.put(key, Buffer.from(body));
      };
      for (const name of ['web', 'traces']) fill(name, OBJECTS);
      fill('traces', 200);
      const { cluster, client } = (running = await clusterOn(s3.storeUrl('logs'), s3.environment));
      cluster.start();
      for (const name of ['web', 'traces']) await client.createStream({ name, prefix: `${name}/` });
      const ownDeletes = (): typeof s3.deletes =>
        s3.deletes.filter(({ targets }) => targets.some(({ key }) => !key.startsWith('.sexton/')));
      expect(ownDeletes()).toEqual([]);

      await client.deleteStream({ name: 'traces', gracePeriodMs: 0 });
      while (ownDeletes().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      const { leader } = await client.leaderStatus();
      await cluster.member(leader.memberId).kill();
      for (let state = ''; state !== 'PURGED';) {
        state = (await client.getStream({ name: 'traces' })).stream.state;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // Every key that has any version or marker left.
      const keys = [...bucket.objects.from(() => false)].map(([key]) => key);
      expect(keys.filter((key) => key.startsWith('traces/'))).toEqual([]);
      expect(keys.filter((key) => key.startsWith('web/'))).toHaveLength(OBJECTS);
      for (const { targets, expiresAtMs } of ownDeletes()) {
        expect(targets.filter(({ key }) => !key.startsWith('traces/'))).toEqual([]);
        expect(expiresAtMs).toBeDefined();
      }
    },
  );

  it('refuses to start with credentials that the store refuses, or without the bucket', async () => {
    const s3 = (endpoint = await S3Endpoint.start());
    s3.createBucket('logs');
    for (const [bucket, environment] of [
      ['logs', { ...s3.environment, AWS_SECRET_ACCESS_KEY: 'hunter2hunter2' }],
      ['missing', s3.environment],
    ] as const) {
      running = await clusterOn(s3.storeUrl(bucket), environment, 1);
      running.cluster.start();
      expect((await running.cluster.member(1).exited).code).toBe(EXIT_STATUS.OBJECT_STORE_UNUSABLE);
      const log = await running.log(1);
      expect(log).toContain(bucket);
      expect(log).not.toContain('hunter2');
      await running.close();
    }
    running = undefined;
  });

  it('starts while the store cannot be reached, says so, and purges once it can', async () => {
    const [port = 0] = await freePorts('127.0.0.1', 1);
    const s3 = await S3Endpoint.start({ port });
    const { cluster, client } = (running = await clusterOn(s3.storeUrl('logs'), s3.environment, 1));
    await s3.stop();
    cluster.start();
    await client.createStream({ name: 'web' });
    const { objectStore } = await client.leaderStatus();
    expect(objectStore.ready).toBe(false);
    await expect.poll(() => running?.log(1), { timeout: 60_000 }).toMatch(/does not answer/);
    endpoint = await S3Endpoint.start({ port });
    endpoint.createBucket('logs');
    await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
    for (let state = ''; state !== 'PURGED';) {
      state = (await client.getStream({ name: 'web' })).stream.state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
