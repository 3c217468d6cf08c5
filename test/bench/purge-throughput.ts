/**
 * How fast one stream is purged, and how much memory the leader takes meanwhile: `npm run bench:purge`.
 *
 *   BENCH_OBJECTS=1000000 npm run bench:purge            a local directory
 *   BENCH_STORE=memory BENCH_OBJECTS=1000000 npm run bench:purge   an S3 endpoint in this process, filled at once
 *   BENCH_S3_ENDPOINT=http://127.0.0.1:9000 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npm run bench:purge
 */
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';
import { fillStore } from '../../src/demo/store-contents.js';
import { LocalStore } from '../../src/objectstore/local-store.js';
import { systemClock } from '../../src/shared/clock.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';

const OBJECTS = Number(process.env['BENCH_OBJECTS'] ?? 100_000);
const STREAM = 'traces';
const PUTS_AT_ONCE = 64;
const MIB = 1024 * 1024;

function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}

/** Where the objects go: a server that is named, one in this process, or a local directory (undefined). */
const memory = process.env['BENCH_STORE'] === 'memory' ? await S3Endpoint.start() : undefined;
const ENDPOINT = memory?.url ?? process.env['BENCH_S3_ENDPOINT'];
Object.assign(process.env, memory?.environment);

async function fillBucket(endpoint: string, bucket: string): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const objects = parseableObjects(STREAM, OBJECTS, Date.UTC(2026, 0, 1));
  await Promise.all(
    Array.from({ length: PUTS_AT_ONCE }, async () => {
      for (let next = objects.next(); next.done !== true; next = objects.next()) {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: next.value.key, Body: next.value.body }),
        );
      }
    }),
  );
  client.destroy();
}

const directory = await mkdtemp(join(tmpdir(), 'sexton-bench-'));
const bucket = `sexton-bench-${process.pid}`;
const local = join(directory, 'bucket');
const cluster = await LocalCluster.create({
  clusterId: 'bench',
  directory,
  members: 3,
  basePort: 0,
  objectStore:
    ENDPOINT === undefined
      ? `local:${local}`
      : `s3://${bucket}?endpoint=${encodeURIComponent(ENDPOINT)}&region=us-east-1&path-style=true`,
  serveArguments: ['--log-level=warn'],
  program: join(import.meta.dirname, '../../dist/cli/main.js'),
});
const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: 60_000 });
try {
  const fillMs = performance.now();
  if (memory !== undefined) {
    const target = memory.createBucket(bucket);
    const data = Buffer.from('PAR1');
    // Read by the purge, so that they need an etag of their own.
    for (const { key, body } of parseableObjects(STREAM, OBJECTS, Date.UTC(2026, 0, 1))) {
      if (key.includes('/.stream/')) target.put(key, Buffer.from(body));
      else target.put(key, data, '"e"');
    }
  } else if (ENDPOINT === undefined) {
    const store = new LocalStore({ directory: local, clock: systemClock, durable: false });
    await fillStore(store, parseableObjects(STREAM, OBJECTS, Date.UTC(2026, 0, 1)), () => undefined);
    await store.close();
  } else {
    await fillBucket(ENDPOINT, bucket);
  }
  say(`${OBJECTS} objects written in ${((performance.now() - fillMs) / 1_000).toFixed(1)} s`);
  cluster.start();
  const { leader } = await client.leaderStatus();
  await client.createStream({ name: STREAM, prefix: `${STREAM}/` });
  const residentMiB = async (): Promise<number> =>
    (await client.nodeStatus(leader.address)).residentMemoryBytes / MIB;
  const { commitIndex } = await client.leaderStatus();
  say(`RSS of the leader before: ${(await residentMiB()).toFixed(0)} MiB`);
  const startedMs = performance.now();
  await client.deleteStream({ name: STREAM, gracePeriodMs: 0 });
  let peakMiB = 0;
  for (let ticks = 0; ; ticks++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { stream } = await client.getStream({ name: STREAM });
    const nowMiB = await residentMiB();
    peakMiB = Math.max(peakMiB, nowMiB);
    if (stream.state === 'PURGED') break;
    if (ticks % 20 === 0)
      say(`${stream.purge?.objectsDeleted ?? 0} objects gone, RSS ${nowMiB.toFixed(0)} MiB`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = await client.leaderStatus();
  say(`purged ${OBJECTS} objects in ${seconds.toFixed(1)} s: ${Math.round(OBJECTS / seconds)} a second`);
  say(
    `RSS of the leader at its highest: ${peakMiB.toFixed(0)} MiB, after: ${(await residentMiB()).toFixed(0)} MiB`,
  );
  say(`log entries: ${after.commitIndex - commitIndex}`);
} finally {
  client.close();
  await cluster.kill();
  await memory?.stop();
  await rm(directory, { recursive: true, force: true });
}
