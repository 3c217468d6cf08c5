/**
 * What the scenarios of one deployment share: its Parseable nodes, which run already, and beside them three `serve`
 * processes on the same bucket, the helper, and before a distributed deployment the gateway. All of it is ended afterwards, and
 * what the scenarios left in Parseable is removed.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient, SextonError } from '../../src/client/index.js';
import { freePorts, LocalCluster } from '../../src/demo/local-cluster.js';
import { ParseableBucket } from './bucket.js';
import { ParseableNode } from './parseable-node.js';
import { Background, runProgram, type Ran } from './program.js';
import type { Deployment, Settings } from './settings.js';
import { say, untilTrue } from './waiting.js';

const HOST = '127.0.0.1';
/** The same for each run: the marker that a run which was cut off left on the bucket is then no foreign one. */
const CLUSTER_ID = 'sexton-parseable-test';
const MARKER_PREFIX = '.sexton/';
const START_WITHIN_MS = 60_000;
/** Of deletes through the gateway, which cannot say it themselves. */
const GATEWAY_GRACE = '30s';
/** The shortest that the helper takes. */
const MISSING_AFTER = '60s';

export class World {
  readonly settings: Settings;
  readonly deployment: Deployment;
  readonly query: ParseableNode;
  readonly ingest: readonly ParseableNode[];
  readonly bucket: ParseableBucket;
  readonly cluster: LocalCluster;
  readonly client: SextonClient;
  readonly helper: Background;
  /** Undefined: the deployment is a standalone one. */
  readonly gateway: { readonly process: Background; readonly node: ParseableNode } | undefined;
  readonly #directory: string;
  readonly #streams = new Set<string>();

  private constructor(
    settings: Settings,
    deployment: Deployment,
    parts: Pick<World, 'cluster' | 'helper' | 'gateway'>,
    directory: string,
  ) {
    const { credentials } = deployment;
    this.settings = settings;
    this.deployment = deployment;
    this.query = new ParseableNode(deployment.queryUrl, credentials);
    this.ingest = deployment.ingestUrls.map((url) => new ParseableNode(url, credentials));
    this.bucket = new ParseableBucket(deployment.store);
    this.cluster = parts.cluster;
    this.client = new SextonClient({ endpoints: parts.cluster.endpoints, requestTimeoutMs: 60_000 });
    this.helper = parts.helper;
    this.gateway = parts.gateway;
    this.#directory = directory;
  }

  /** With a leader, a helper that has its sessions and, where there is one, a gateway that lets writes through. */
  static async open(settings: Settings, deployment: Deployment): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), `sexton-parseable-${deployment.kind}-`));
    const cluster = await LocalCluster.create({
      clusterId: CLUSTER_ID,
      directory,
      members: 3,
      basePort: 0,
      objectStore: storeUrl(deployment),
      serveArguments: [`--sweep-after=${settings.sweepAfter}`],
      program: join(import.meta.dirname, '../../dist/cli/main.js'),
      env: process.env,
    });
    const endpoints = cluster.endpoints.join();
    const helper = helperOf(settings, deployment, endpoints, directory);
    const gateway = await gatewayOf(deployment, endpoints, directory);
    const world = new World(settings, deployment, { cluster, helper, gateway }, directory);
    try {
      await world.#start();
    } catch (error) {
      await world.close(false);
      throw error;
    }
    return world;
  }

  /** Where events and SQL go: every node of the deployment, each once. */
  get nodes(): readonly ParseableNode[] {
    return [...new Map([this.query, ...this.ingest].map((node) => [node.url, node])).values()];
  }

  /** Runs the command line against this cluster. */
  program(...args: readonly string[]): Promise<Ran> {
    return runProgram([...args, `--endpoints=${this.cluster.endpoints.join()}`], process.env);
  }

  /** Removed from Parseable and from the bucket when the world is closed. */
  willRemove(stream: string): void {
    this.#streams.add(stream);
  }

  /** Says what could not be ended or removed, and throws nothing: the verdicts stand. */
  async close(good: boolean): Promise<void> {
    const attempt = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      try {
        await act();
      } catch (error) {
        say(`${this.deployment.kind}: ${what}: ${(error as Error).message}`);
      }
    };
    await attempt('ending the gateway', async () => this.gateway?.process.stop());
    await attempt('ending the helper', () => this.helper.stop());
    this.client.close();
    await attempt('ending the cluster', () => this.cluster.stop());
    for (const stream of this.#streams) await attempt(`removing ${stream}`, () => this.#remove(stream));
    await attempt('removing the ownership marker', () => this.bucket.empty(MARKER_PREFIX));
    this.bucket.close();
    if (good) await rm(this.#directory, { recursive: true, force: true });
    else say(`${this.deployment.kind}: logs are kept in ${this.#directory}`);
  }

  async #start(): Promise<void> {
    for (const node of this.nodes) {
      const { version, mode } = await node.about();
      say(`${this.deployment.kind}: ${node.url} is Parseable ${version}, ${mode}`);
    }
    this.cluster.start();
    await untilTrue('the cluster has a leader', START_WITHIN_MS, async () => {
      for (const { id, isRunning, options } of this.cluster.members) {
        if (isRunning) continue;
        const words = (await readFile(options.logFile, 'utf8')).trim().split('\n').at(-1) ?? '';
        throw new Error(`node ${id} has ended: ${words}`);
      }
      return this.client.leaderStatus({ timeoutMs: 5_000 }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof SextonError) return false;
          throw error;
        },
      );
    });
    this.helper.start();
    await untilTrue('the helper has a session for each node that takes events in', START_WITHIN_MS, () =>
      this.#hasSessions(),
    );
    this.gateway?.process.start();
    const { gateway } = this;
    if (gateway !== undefined)
      await untilTrue('the gateway lets writes through', START_WITHIN_MS, () => isReady(gateway.node.url));
  }

  async #hasSessions(): Promise<boolean> {
    if (!this.helper.isRunning)
      throw new Error(`the helper has ended: ${await readFile(this.helper.logFile, 'utf8')}`);
    const open = new Set<string>();
    for await (const { nodeId, state } of this.client.sessions.list()) if (state === 'OPEN') open.add(nodeId);
    return this.ingest.every(({ url }) => open.has(url));
  }

  async #remove(stream: string): Promise<void> {
    await this.query.remove(stream);
    if (this.deployment.kind === 'distributed')
      await Promise.all(this.ingest.map((node) => node.forget(stream)));
    await this.bucket.empty(`${encodeURIComponent(stream)}/`);
  }
}

/** By the gateway's own page: what is below `/api` it passes on before that. */
async function isReady(gatewayUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${gatewayUrl}/sexton/readyz`)).ok;
  } catch {
    return false; // It does not listen yet.
  }
}

function storeUrl({ store }: Deployment): string {
  const parameters = new URLSearchParams({
    region: store.region,
    'path-style': String(store.pathStyle),
    'tls-skip-verify': String(store.tlsSkipVerify),
    ...(store.endpoint === undefined ? {} : { endpoint: store.endpoint }),
  });
  return `s3://${store.bucket}?${parameters.toString()}`;
}

function helperOf(
  { uploadDeadline }: Settings,
  { kind, queryUrl, ingestUrls, credentials }: Deployment,
  endpoints: string,
  directory: string,
): Background {
  const nodes =
    kind === 'standalone'
      ? [`--standalone-node=${queryUrl}`]
      : [`--ingest-node=${ingestUrls.join()}`, `--query-node=${queryUrl}`];
  const deadline = uploadDeadline === undefined ? [] : [`--upload-deadline=${uploadDeadline}`];
  return new Background(
    [
      ...['parseable', 'sync', `--endpoints=${endpoints}`, ...nodes, ...deadline, '--output=json'],
      `--missing-after=${MISSING_AFTER}`,
    ],
    withCredentials(credentials),
    join(directory, 'helper.log'),
  );
}

async function gatewayOf(
  { kind, queryUrl, ingestUrls, credentials }: Deployment,
  endpoints: string,
  directory: string,
): Promise<World['gateway']> {
  if (kind === 'standalone') return undefined;
  const [port] = await freePorts(HOST, 1);
  const background = new Background(
    [
      ...['parseable', 'gateway', `--endpoints=${endpoints}`, `--listen=${HOST}:${port}`],
      ...[`--ingest=${ingestUrls.join()}`, `--query=${queryUrl}`, `--grace-period=${GATEWAY_GRACE}`],
    ],
    withCredentials(credentials),
    join(directory, 'gateway.log'),
  );
  return { process: background, node: new ParseableNode(`http://${HOST}:${port}`, credentials) };
}

function withCredentials({ username, password }: Deployment['credentials']): NodeJS.ProcessEnv {
  return { ...process.env, P_USERNAME: username, P_PASSWORD: password };
}
