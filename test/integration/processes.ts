/** Clusters of real processes for one test: built program, own directory, free ports, cleaned up after. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { SextonClient } from '../../src/client/index.js';
import { LocalCluster, type LocalClusterOptions } from '../../src/demo/local-cluster.js';

export const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface TestCluster {
  readonly cluster: LocalCluster;
  readonly client: SextonClient;
  readonly directory: string;
  log(id: number): Promise<string>;
  close(): Promise<void>;
}

export async function scratchDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sexton-it-'));
}

/** Not started yet. */
export async function testCluster(options: Partial<LocalClusterOptions> = {}): Promise<TestCluster> {
  const directory = await scratchDirectory();
  const cluster = await LocalCluster.create({
    clusterId: 'integration',
    directory,
    members: 3,
    basePort: 0,
    objectStore: `local:${join(directory, 'bucket')}`,
    serveArguments: [],
    program: PROGRAM,
    ...options,
  });
  const client = new SextonClient({
    endpoints: cluster.endpoints,
    requestTimeoutMs: 60_000,
  });
  return {
    cluster,
    client,
    directory,
    log: (id) => readFile(cluster.member(id).options.logFile, 'utf8'),
    close: async () => {
      client.close();
      await cluster.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const RUN_TIMEOUT_MS = 90_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end; one that goes on when it should have ended is killed. */
export function runProgram(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: RUN_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
