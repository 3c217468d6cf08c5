/** `sexton dev`: a cluster on this machine for use by hand, until it is interrupted. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { SextonClient } from '../client/index.js';
import { EXIT_STATUS } from '../shared/fatal.js';
import { LocalCluster } from './local-cluster.js';
import { Narrator, type Output } from './narrator.js';

export interface DevOptions {
  readonly dataDirectory: string;
  readonly basePort: number;
  readonly nodes: number;
  /** '' = a directory beside the nodes' data. */
  readonly objectStore: string;
}

export interface DevHooks {
  readonly output: Output;
  readonly printStatus: (endpoints: readonly string[]) => Promise<void>;
  /** Fires at SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
}

const START_TIMEOUT_MS = 30_000;

export async function runDev(options: DevOptions, hooks: DevHooks): Promise<number> {
  const say = new Narrator(hooks.output);
  const directory = resolve(options.dataDirectory);
  await mkdir(directory, { recursive: true });
  const objectStore = options.objectStore === '' ? `local:${join(directory, 'bucket')}` : options.objectStore;
  const cluster = await LocalCluster.create({
    clusterId: await clusterIdOf(directory),
    directory,
    members: options.nodes,
    basePort: options.basePort,
    objectStore,
    serveArguments: [],
  });
  cluster.start();
  const died = Promise.race(
    cluster.members.map(async (member) => {
      const { code, signal } = await member.exited;
      return { member, code, signal };
    }),
  );
  const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: START_TIMEOUT_MS });
  try {
    const ready = await Promise.race([client.leaderStatus(), died]);
    if ('member' in ready) {
      say.line(
        `node ${ready.member.id} ended with status ${ready.code ?? ready.signal ?? 'unknown'}; the end of its log:`,
      );
      say.line(await lastLines(ready.member.options.logFile, 5));
      return ready.code ?? EXIT_STATUS.ERROR;
    }
    say.line(`Sexton is running: ${options.nodes} nodes, object store ${objectStore}`);
    say.line(`data and logs   ${directory}`);
    say.line(`endpoints       ${cluster.endpoints.join(',')}`);
    say.line(`metrics         ${cluster.members.map((member) => `${member.httpUrl}/metrics`).join('  ')}\n`);
    await hooks.printStatus(cluster.endpoints);
    say.line(`\nTry:  npx sexton stream create web --endpoints ${cluster.endpoints.join(',')}`);
    say.line('Stop with Ctrl-C; the next start goes on from the same data.');
    await interrupted(hooks.stop);
    say.line('\nstopping ...');
    return EXIT_STATUS.OK;
  } finally {
    client.close();
    await cluster.stop();
  }
}

/** The id is made once and kept beside the data: the same cluster comes back. */
async function clusterIdOf(directory: string): Promise<string> {
  const file = join(directory, 'cluster-id');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const id = `dev-${randomUUID().slice(0, 8)}`;
  await writeFile(file, `${id}\n`, { flag: 'wx' });
  return id;
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolvePromise();
        },
        { once: true },
      );
  });
}

async function lastLines(file: string, count: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
