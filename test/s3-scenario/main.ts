/**
 * The demo's scenario against a real S3 server: `npm run test:s3`. Needs SEXTON_TEST_S3_ENDPOINT and the
 * usual AWS_* credentials; says so and counts as skipped without them. Makes and removes buckets of its own.
 *
 *   SEXTON_TEST_S3_ENDPOINT=http://127.0.0.1:9000 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npm run test:s3
 *   SEXTON_TEST_S3_OBJECTS=100000     objects over all streams (default)
 *   SEXTON_TEST_S3_CASES=plain,versioned
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';
import { ScratchBucket } from './bucket.js';

const WRITES_AT_ONCE = 64;
const UPLOADS = 25;
const LIVE = ['web', 'audit'] as const;
const DOOMED = 'traces';
const TIMEOUT_MS = 30 * 60_000;

interface Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly objects: number;
  readonly cases: readonly string[];
}

function settings(): Settings | undefined {
  const endpoint = process.env['SEXTON_TEST_S3_ENDPOINT'];
  if (endpoint === undefined || endpoint === '') return undefined;
  return {
    endpoint,
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    objects: Number(process.env['SEXTON_TEST_S3_OBJECTS'] ?? 100_000),
    cases: (process.env['SEXTON_TEST_S3_CASES'] ?? 'plain,versioned').split(','),
  };
}

function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}

async function inParallel<T>(items: Iterable<T>, act: (item: T) => Promise<void>): Promise<void> {
  const source = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: WRITES_AT_ONCE }, async () => {
      for (let next = source.next(); next.done !== true; next = source.next()) await act(next.value);
    }),
  );
}

/** Objects; on a versioned bucket also older versions, delete markers; and unfinished uploads. */
async function fill(bucket: ScratchBucket, stream: string, count: number, versioned: boolean): Promise<void> {
  const objects = [...parseableObjects(stream, count, Date.UTC(2026, 0, 1))];
  await inParallel(objects, ({ key, body }) => bucket.put(key, body));
  if (!versioned) return;
  const some = objects.filter((_, at) => at % 20 === 0);
  await inParallel(some, ({ key }) => bucket.put(key, 'a second version'));
  await inParallel(
    some.filter((_, at) => at % 2 === 0),
    ({ key }) => bucket.delete(key),
  );
  await inParallel(objects.slice(0, UPLOADS), ({ key }) => bucket.leaveUpload(`${key}.part`));
}

async function runCase({ endpoint, region, objects }: Settings, versioned: boolean): Promise<boolean> {
  const bucket = new ScratchBucket(
    `sexton-scenario-${process.pid}-${versioned ? 'v' : 'p'}`,
    endpoint,
    region,
  );
  const directory = await mkdtemp(join(tmpdir(), 'sexton-s3-'));
  await bucket.create(versioned);
  const cluster = await LocalCluster.create({
    clusterId: `s3-scenario-${process.pid}`,
    directory,
    members: 3,
    basePort: 0,
    objectStore: `s3://${bucket.name}?endpoint=${encodeURIComponent(endpoint)}&region=${region}&path-style=true`,
    serveArguments: [],
    program: join(import.meta.dirname, '../../dist/cli/main.js'),
  });
  const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: 60_000 });
  try {
    cluster.start();
    const live = Math.floor(objects / 10);
    const counts = new Map<string, number>([
      ...LIVE.map((name) => [name, live] as const),
      [DOOMED, objects - live * LIVE.length],
    ]);
    for (const [name, count] of counts) {
      await client.createStream({ name, prefix: `${name}/` });
      await fill(bucket, name, count, versioned);
      say(`${name}: ${JSON.stringify(await bucket.count(`${name}/`))}`);
    }
    const before = new Map<string, string>();
    for (const name of LIVE) before.set(name, JSON.stringify(await bucket.count(`${name}/`)));

    const startedMs = performance.now();
    await client.deleteStream({ name: DOOMED, gracePeriodMs: 0 });
    const killed = await killLeaderInTheMiddle(client, cluster, (counts.get(DOOMED) ?? 0) / 4);
    await awaitPurged(client);
    const seconds = (performance.now() - startedMs) / 1_000;
    const { stream } = await client.getStream({ name: DOOMED });
    const gone = stream.purge?.objectsDeleted ?? 0;
    say(
      `PURGED ${seconds.toFixed(1)} s after the delete, node ${killed} killed on the way; ${gone} deletions, ${Math.round(gone / seconds)} a second`,
    );
    return await judge(bucket, before);
  } finally {
    client.close();
    await cluster.stop();
    await bucket.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}

async function killLeaderInTheMiddle(
  client: SextonClient,
  cluster: LocalCluster,
  after: number,
): Promise<number> {
  for (;;) {
    let deleted = 0;
    for await (const { stream } of client.listPurges()) {
      if (stream.name === DOOMED) deleted = stream.purge?.objectsDeleted ?? 0;
    }
    if (deleted >= after) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { leader } = await client.leaderStatus();
  await cluster.member(leader.memberId).kill();
  return leader.memberId;
}

async function awaitPurged(client: SextonClient): Promise<void> {
  const untilMs = performance.now() + TIMEOUT_MS;
  while (performance.now() < untilMs) {
    const { stream } = await client.getStream({ name: DOOMED });
    if (stream.state === 'PURGED') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${DOOMED} was not purged in ${TIMEOUT_MS / 60_000} minutes`);
}

async function judge(bucket: ScratchBucket, before: ReadonlyMap<string, string>): Promise<boolean> {
  const left = await bucket.count(`${DOOMED}/`);
  let good = left.versions + left.markers + left.uploads === 0;
  say(`${DOOMED}: ${JSON.stringify(left)} left ${good ? 'ok' : 'WRONG'}`);
  for (const [name, was] of before) {
    const now = JSON.stringify(await bucket.count(`${name}/`));
    say(`${name}: ${now} ${now === was ? 'untouched, ok' : `WRONG, was ${was}`}`);
    good &&= now === was;
  }
  return good;
}

const given = settings();
if (given === undefined) {
  process.stdout.write(
    'SKIPPED: set SEXTON_TEST_S3_ENDPOINT and AWS_* credentials to run this against a real S3 server\n',
  );
} else {
  let failed = 0;
  for (const name of given.cases) {
    say(`case ${name}: ${given.objects} objects at ${given.endpoint}`);
    if (!(await runCase(given, name === 'versioned'))) failed++;
  }
  process.stdout.write(`${given.cases.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
