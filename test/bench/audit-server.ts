/**
 * The audit of a real node (`serve`, its catalog in LevelDB) over a bucket on a real S3 server, beside `rclone size` over
 * the same bucket, both several times in turn; at a quarter of the objects first and then at all of them, so that
 * memory that grows with the bucket is seen. Linux: resident memory is read from /proc.
 *
 *   BENCH_S3_ENDPOINT=http://127.0.0.1:7070 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npm run bench:audit
 *   BENCH_OBJECTS=1000000 BENCH_STREAMS=1000     default 100,000 in 200; a quarter of the streams must be 50 at least
 *   BENCH_S3_DIRECTORY=/path                     where the server keeps buckets as folders of files (versitygw posix)
 *   BENCH_RCLONE=rclone                          the program to compare with
 *   BENCH_ROUNDS=2                               of each measurement at each size
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SextonClient, SextonError, type Mutation } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';
import { fillStreams, judge, plantLeftovers, saidOf, type Owners, type Planted } from './audit-planted.js';
import { ServerBucket } from './audit-server-bucket.js';

const OBJECTS = Number(process.env['BENCH_OBJECTS'] ?? 100_000);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 200);
const OF_EACH_KIND = Number(process.env['BENCH_LEFTOVERS'] ?? 50);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
const RCLONE = process.env['BENCH_RCLONE'] ?? 'rclone';
const REGION = process.env['AWS_REGION'] ?? 'us-east-1';
const POLL_MS = 200;
const SAMPLE_MS = 25;
/** A purge, its sweeps, and the time that a prefix is fenced: 75 s and some. */
const FORGOTTEN_WITHIN_MS = 240_000;
const GRACE_MS = 365 * 24 * 3_600_000;
const LATER_MS = 5_000;

export function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}

/** Of a process that runs; 0 when it does not any more. */
function residentMiB(pid: number | undefined): number {
  try {
    const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  } catch {
    return 0;
  }
}

async function peakMiBDuring(pid: number | undefined, work: () => Promise<void>): Promise<number> {
  let peak = residentMiB(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

class Bench implements Owners {
  readonly #endpoint: string;
  readonly #bucket: ServerBucket;
  readonly #planted: Planted = { expected: [], objects: 0 };
  readonly #env: NodeJS.ProcessEnv;
  readonly #cluster: LocalCluster;
  readonly #client: SextonClient;
  isRight = true;

  static async open(endpoint: string, directory: string): Promise<Bench> {
    const bucket = new ServerBucket(
      `sexton-bench-${process.pid}`,
      endpoint,
      REGION,
      process.env['BENCH_S3_DIRECTORY'],
    );
    await bucket.create();
    const env: NodeJS.ProcessEnv = { ...process.env };
    const cluster = await LocalCluster.create({
      clusterId: 'bench',
      directory,
      members: 1,
      basePort: 0,
      objectStore: `s3://${bucket.name}?endpoint=${encodeURIComponent(endpoint)}&region=${REGION}&path-style=true`,
      serveArguments: ['--log-level=warn'],
      program: join(import.meta.dirname, '../../dist/cli/main.js'),
      env,
    });
    return new Bench(endpoint, bucket, cluster, env);
  }

  private constructor(endpoint: string, bucket: ServerBucket, cluster: LocalCluster, env: NodeJS.ProcessEnv) {
    this.#endpoint = endpoint;
    this.#bucket = bucket;
    this.#cluster = cluster;
    this.#env = env;
    this.#client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: 120_000 });
  }

  async run(): Promise<void> {
    this.#cluster.start();
    await plantLeftovers(this.#bucket, this, OF_EACH_KIND, this.#planted);
    say(`${OF_EACH_KIND} leftovers of every kind are planted`);
    let from = 0;
    for (const to of [Math.floor(STREAMS / 4), STREAMS]) {
      const objects = Math.floor(OBJECTS / STREAMS);
      await fillStreams(this.#bucket, this, { from, to, objects, ofEachKind: OF_EACH_KIND }, this.#planted);
      await this.#bucket.settle();
      from = to;
      say(`${this.#planted.objects} objects in ${to} streams`);
      // A new process, so that its memory is that of this size.
      await this.#restart();
      for (let round = 1; round <= ROUNDS; round++) {
        await this.#audit(false);
        await this.#rclone();
        await this.#audit(true);
      }
    }
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#cluster.kill();
    await this.#bucket.destroy();
  }

  // ---------------------------------------------------------------------------------- the catalog

  async create(names: readonly string[]): Promise<void> {
    await this.#mutate(names.map((name) => ({ kind: 'create', name, prefix: `${name}/` })));
  }

  async tombstone(names: readonly string[]): Promise<number> {
    await this.create(names);
    await this.#mutate(names.map((name) => ({ kind: 'delete', name, gracePeriodMs: GRACE_MS })));
    await sleep(LATER_MS);
    return Date.now();
  }

  async purge(names: readonly string[]): Promise<readonly string[]> {
    const kept = names.slice(0, Math.ceil(names.length / 2));
    const forgotten = names.slice(kept.length);
    await this.#restart('1s');
    const forgottenPrefixes = await this.#purged(forgotten);
    await this.#untilAll(forgotten, (state) => state === undefined);
    await this.#restart('1h');
    return [...(await this.#purged(kept)), ...forgottenPrefixes];
  }

  async #purged(names: readonly string[]): Promise<string[]> {
    const prefixes: string[] = [];
    for (const name of names) prefixes.push((await this.#client.createStream({ name })).prefix);
    await this.#mutate(names.map((name) => ({ kind: 'delete', name, gracePeriodMs: 0 })));
    await this.#untilAll(names, (state) => state === undefined || state === 'PURGED');
    return prefixes;
  }

  async #mutate(mutations: Mutation[]): Promise<void> {
    for await (const result of this.#client.mutateStreams(mutations)) if (!result.ok) throw result.error;
  }

  /** `state`: undefined when the stream is forgotten. */
  async #untilAll(names: readonly string[], isSo: (state: string | undefined) => boolean): Promise<void> {
    const untilMs = performance.now() + FORGOTTEN_WITHIN_MS;
    for (const name of names) {
      while (!isSo(await this.#stateOf(name))) {
        if (performance.now() > untilMs) throw new Error(`${name} is not purged, or forgotten, in time`);
        await sleep(POLL_MS);
      }
    }
  }

  async #stateOf(name: string): Promise<string | undefined> {
    try {
      return (await this.#client.getStream({ name })).stream.state;
    } catch (error) {
      if (error instanceof SextonError && error.reason === 'STREAM_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #restart(sweepAfter = '1h'): Promise<void> {
    this.#env['SEXTON_SWEEP_AFTER'] = sweepAfter;
    await this.#cluster.stop();
    this.#cluster.start();
    await this.#client.leaderStatus();
  }

  // ---------------------------------------------------------------------------------- measurements

  async #audit(includeUsage: boolean): Promise<void> {
    const { pid } = this.#cluster.member(1);
    const beforeMiB = residentMiB(pid);
    const said: string[] = [];
    let requests = 0;
    let result = '';
    const startMs = performance.now();
    const peakMiB = await peakMiBDuring(pid, async () => {
      for await (const item of this.#client.auditStorage({ includeUsage })) {
        if (item.kind === 'finding') {
          const line = saidOf({ kind: item.finding, prefix: item.prefix });
          if (line !== undefined) said.push(line);
        }
        if (item.kind === 'progress') requests = item.requestsMade;
        if (item.kind === 'summary') {
          result = `${item.objectsListed} objects listed, ${requests} requests, complete: ${item.complete}`;
          this.isRight &&= item.complete;
        }
      }
    });
    say(
      `audit${includeUsage ? ' --include-usage' : ''}: ${seconds(startMs)} s, ${result}; ` +
        `RSS of the node ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at its highest`,
    );
    this.isRight = judge(said, this.#planted, say) && this.isRight;
  }

  async #rclone(): Promise<void> {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...{ RCLONE_S3_PROVIDER: 'Other', RCLONE_S3_ENV_AUTH: 'true', RCLONE_S3_FORCE_PATH_STYLE: 'true' },
      ...{ RCLONE_S3_ENDPOINT: this.#endpoint, RCLONE_S3_REGION: REGION },
    };
    // Old ones of them refuse to start with it, also where nothing is encrypted.
    delete env['AWS_CA_BUNDLE'];
    const startMs = performance.now();
    const child = spawn(RCLONE, ['size', '--json', `:s3:${this.#bucket.name}`], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const peakMiB = await peakMiBDuring(
      child.pid,
      () =>
        new Promise((resolve, reject) => {
          child.once('error', reject);
          child.once('close', () => resolve());
        }),
    );
    const { count } = JSON.parse(output) as { readonly count: number };
    say(`rclone size: ${seconds(startMs)} s, ${count} objects; RSS ${peakMiB.toFixed(0)} MiB at its highest`);
  }
}

function seconds(startMs: number): string {
  return ((performance.now() - startMs) / 1_000).toFixed(1);
}

/** True when everything planted was found each time, and nothing else accused. */
export async function auditOnServer(endpoint: string): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'sexton-bench-'));
  const bench = await Bench.open(endpoint, directory);
  try {
    await bench.run();
    return bench.isRight;
  } finally {
    await bench.close();
    await rm(directory, { recursive: true, force: true });
  }
}
