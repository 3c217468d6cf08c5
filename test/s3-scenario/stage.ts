/**
 * What a scenario plays on: a bucket of its own on the real server, clusters of real `serve` processes, the built
 * command line, waits with an end, and words for what is wrong. Everything that it started is ended and removed
 * afterwards; of a scenario that failed the nodes' logs are kept, and said where.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SextonClient, SextonError, type Stream } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';
import { countText, ScratchBucket, type Counted } from './bucket.js';
import type { BucketKind, Settings } from './settings.js';

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js');
const PROGRAM_TIMEOUT_MS = 120_000;
const WAIT_MS = 120_000;
const POLL_MS = 100;
const WRITES_AT_ONCE = 64;
const START_MS = Date.UTC(2026, 0, 1);

/** One concept of the purge protocol, shown on a real server. */
export interface Scenario {
  readonly name: string;
  /** What it shows, in a line. */
  readonly about: string;
  /** It wants the machine for itself. */
  readonly alone?: boolean;
  /** Throws what is wrong. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** Thrown by a scenario that this server cannot play; counts as skipped, not as passed. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

export interface ClusterOptions {
  readonly clusterId?: string;
  readonly members?: number;
  readonly serveArguments?: readonly string[];
  /** Where the nodes reach the server; default: where we do. */
  readonly endpoint?: string;
  /** Read at each start of a node. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface StageCluster {
  readonly cluster: LocalCluster;
  readonly client: SextonClient;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Stage {
  readonly settings: Settings;
  readonly bucket: ScratchBucket;
  readonly isVersioned: boolean;
  readonly #title: string;
  readonly #directory: string;
  readonly #cleanups: (() => Promise<void>)[] = [];
  #clusters = 0;

  private constructor(settings: Settings, kind: BucketKind, scenario: string, directory: string) {
    this.settings = settings;
    this.isVersioned = kind === 'versioned';
    this.#title = `${kind} ${scenario}`;
    this.#directory = directory;
    const name = `sexton-${scenario}-${process.pid}-${kind.charAt(0)}`;
    this.bucket = new ScratchBucket(name, settings.endpoint, settings.region);
  }

  /** Throws Skipped for versions on a server without them. */
  static async open(settings: Settings, kind: BucketKind, scenario: string): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), 'sexton-s3-'));
    const stage = new Stage(settings, kind, scenario, directory);
    await stage.bucket.create();
    stage.defer(() => stage.bucket.destroy());
    if (stage.isVersioned) {
      try {
        await stage.bucket.enableVersioning();
      } catch (error) {
        await stage.close(true);
        throw new Skipped(`the server has no versioning: ${(error as Error).message}`);
      }
    }
    return stage;
  }

  /** Started, and with a leader. */
  async cluster(options: ClusterOptions = {}): Promise<StageCluster> {
    const { endpoint, region } = this.settings;
    const at = encodeURIComponent(options.endpoint ?? endpoint);
    const cluster = await LocalCluster.create({
      clusterId: options.clusterId ?? `s3-scenario-${process.pid}`,
      directory: join(this.#directory, `cluster-${++this.#clusters}`),
      members: options.members ?? 3,
      basePort: 0,
      objectStore: `s3://${this.bucket.name}?endpoint=${at}&region=${region}&path-style=true`,
      serveArguments: options.serveArguments ?? [],
      program: PROGRAM,
      env: options.env ?? process.env,
    });
    const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: 60_000 });
    this.defer(async () => {
      client.close();
      await cluster.stop();
    });
    cluster.start();
    await this.untilLed({ cluster, client });
    return { cluster, client };
  }

  /** A first start waits for every member: one that has ended is told at once, with its last words. */
  async untilLed({ cluster, client }: StageCluster): Promise<void> {
    await this.until('the cluster has a leader', async () => {
      for (const member of cluster.members) {
        if (member.isRunning) continue;
        const log = await readFile(member.options.logFile, 'utf8');
        const words = log.trim().split('\n').at(-1) ?? '';
        throw new Error(`WRONG: node ${member.id} has ended: ${words}`);
      }
      return client.leaderStatus({ timeoutMs: 5_000 }).catch((error: unknown) => {
        if (error instanceof SextonError) return undefined;
        throw error;
      });
    });
  }

  /** Runs the built command line to its end; one that goes on when it should have ended is killed. */
  async program(args: readonly string[]): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: PROGRAM_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  defer(cleanup: () => Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  say(text: string): void {
    say(`${this.#title}: ${text}`);
  }

  // ----------------------------------------------------------------------------------------- judging

  must(condition: boolean, what: string): asserts condition {
    if (!condition) throw new Error(`WRONG: ${what}`);
  }

  async mustHold(prefix: string, expected: Partial<Counted>, when: string): Promise<void> {
    const found = await this.bucket.count(prefix);
    const isRight = Object.entries(expected).every(([name, count]) => found[name as keyof Counted] === count);
    this.must(
      isRight,
      `${prefix} holds ${countText(found)} ${when}; it must hold ${JSON.stringify(expected)}`,
    );
  }

  mustBeEmpty(prefix: string, when: string): Promise<void> {
    return this.mustHold(prefix, { versions: 0, markers: 0, uploads: 0 }, when);
  }

  /** Polls; the last answer but undefined and false is the result. */
  async until<T>(
    what: string,
    ask: () => Promise<T | undefined | false> | T | undefined | false,
    withinMs = WAIT_MS,
  ): Promise<T> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      if (performance.now() >= untilMs)
        throw new Error(`WRONG: not within ${Math.round(withinMs / 1_000)} s: ${what}`);
      await sleep(POLL_MS);
    }
  }

  /** Asks again and again for `forMs`; throws as soon as the condition does not hold. */
  async throughout(forMs: number, what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const untilMs = performance.now() + forMs;
    do {
      this.must(await condition(), `it must stay so for ${forMs} ms: ${what}`);
      await sleep(POLL_MS);
    } while (performance.now() < untilMs);
  }

  untilPurged(client: SextonClient, name: string, withinMs = WAIT_MS): Promise<Stream> {
    return this.until(
      `${name} is PURGED`,
      async () => {
        const { stream } = await client.getStream({ name });
        return stream.state === 'PURGED' && stream;
      },
      withinMs,
    );
  }

  /** The reason with which a call is refused. */
  async refusal(what: string, call: Promise<unknown>): Promise<SextonError> {
    try {
      await call;
    } catch (error) {
      if (error instanceof SextonError) return error;
      throw error;
    }
    throw new Error(`WRONG: ${what} must be refused, and was not`);
  }

  // ----------------------------------------------------------------------------------------- filling

  /**
   * Objects below a prefix as Parseable names them; on a versioned bucket also older versions and delete markers.
   * Returns what it then holds.
   */
  async fill(prefix: string, objects: number): Promise<Counted> {
    const layout = [...parseableObjects(prefix.slice(0, -1), objects, START_MS)];
    await inParallel(layout, ({ key, body }) => this.bucket.put(key, body));
    if (this.isVersioned) {
      const some = layout.filter((_, at) => at % 20 === 0);
      // Metadata keeps what it says: it is what tells the lives of a stream apart.
      const again = (key: string, body: string): string =>
        key.endsWith('.json') ? body : 'a second version';
      await inParallel(some, ({ key, body }) => this.bucket.put(key, again(key, body)));
      await inParallel(
        some.filter((_, at) => at % 2 === 0),
        ({ key }) => this.bucket.delete(key),
      );
    }
    return this.bucket.count(prefix);
  }

  /** Ends and removes everything. Says what could not be, and throws nothing: the verdict stands. */
  async close(good: boolean): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        this.say(`cleaning up: ${(error as Error).message}`);
      }
    }
    if (good) await rm(this.#directory, { recursive: true, force: true });
    else this.say(`the nodes' logs are kept in ${this.#directory}`);
  }
}

export async function inParallel<T>(items: Iterable<T>, act: (item: T) => Promise<unknown>): Promise<void> {
  const source = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: WRITES_AT_ONCE }, async () => {
      for (let next = source.next(); next.done !== true; next = source.next()) await act(next.value);
    }),
  );
}

export function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}
