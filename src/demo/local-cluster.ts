/**
 * A cluster of real node processes on this machine: `sexton serve` once per member, each with its own
 * data directory and ports. What `dev` and `demo` run, and the integration tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertDefined } from '../shared/assert.js';
import { deferred } from '../shared/deferred.js';

export interface MemberProcessOptions {
  readonly id: number;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly dataDirectory: string;
  readonly logFile: string;
}

export interface LocalClusterOptions {
  readonly clusterId: string;
  /** Everything of the cluster lies below: `node-1`, `node-2`, ..., logs beside. */
  readonly directory: string;
  readonly members: number;
  /** First gRPC port; HTTP ports are 10 above. 0 = any free ports. */
  readonly basePort: number;
  readonly objectStore: string;
  /** Further arguments of `serve`, the same for each member. */
  readonly serveArguments: readonly string[];
  /** The program to run: default this package's own built `cli/main.js`. */
  readonly program?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** How long an orderly stop may take before the process is killed. */
const STOP_TIMEOUT_MS = 15_000;

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One member's process; can be started again after it ended. */
export class MemberProcess {
  readonly options: MemberProcessOptions;
  readonly #arguments: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #exited: Promise<ExitInfo> | undefined;

  constructor(options: MemberProcessOptions, processArguments: readonly string[], env: NodeJS.ProcessEnv) {
    this.options = options;
    this.#arguments = processArguments;
    this.#env = env;
  }

  get id(): number {
    return this.options.id;
  }

  get endpoint(): string {
    return `${this.options.host}:${this.options.grpcPort}`;
  }

  get httpUrl(): string {
    return `http://${this.options.host}:${this.options.httpPort}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process that runs now has ended. */
  get exited(): Promise<ExitInfo> {
    return this.#exited ?? Promise.resolve({ code: null, signal: null });
  }

  start(): void {
    if (this.#child !== undefined) return;
    const log: WriteStream = createWriteStream(this.options.logFile, { flags: 'a' });
    const child = spawn(process.execPath, [...this.#arguments], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#env,
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const exited = deferred<ExitInfo>();
    child.once('close', (code, signal) => {
      this.#child = undefined;
      log.end();
      exited.resolve({ code, signal });
    });
    child.once('error', () => {
      this.#child = undefined;
      log.end();
      exited.resolve({ code: null, signal: null });
    });
    this.#child = child;
    this.#exited = exited.promise;
  }

  /** Sends a signal to this member's own process, by its id. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** SIGKILL, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Orderly stop; killed when it takes too long. */
  async stop(): Promise<ExitInfo> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => {
      this.signal('SIGKILL');
    }, STOP_TIMEOUT_MS);
    const info = await this.exited;
    clearTimeout(timer);
    return info;
  }
}

export class LocalCluster {
  readonly members: readonly MemberProcess[];

  private constructor(members: readonly MemberProcess[]) {
    this.members = members;
  }

  /** Makes the directories and picks the ports; starts nothing yet. */
  static async create(options: LocalClusterOptions): Promise<LocalCluster> {
    const host = '127.0.0.1';
    const ports = await pickPorts(host, options.members, options.basePort);
    const list = ports.map(({ grpcPort }, at) => `${at + 1}=${host}:${grpcPort}`).join(',');
    const program = options.program ?? fileURLToPath(new URL('../cli/main.js', import.meta.url));
    const members: MemberProcess[] = [];
    for (const [at, { grpcPort, httpPort }] of ports.entries()) {
      const id = at + 1;
      const dataDirectory = join(options.directory, `node-${id}`);
      await mkdir(dataDirectory, { recursive: true });
      const logFile = join(options.directory, `node-${id}.log`);
      members.push(
        new MemberProcess(
          { id, host, grpcPort, httpPort, dataDirectory, logFile },
          [
            program,
            'serve',
            `--cluster-id=${options.clusterId}`,
            `--member-id=${id}`,
            `--data-dir=${dataDirectory}`,
            `--listen=${host}:${grpcPort}`,
            `--advertise=${host}:${grpcPort}`,
            `--http-listen=${host}:${httpPort}`,
            `--members=${list}`,
            `--object-store=${options.objectStore}`,
            '--log-format=json',
            ...options.serveArguments,
          ],
          options.env ?? process.env,
        ),
      );
    }
    return new LocalCluster(members);
  }

  get endpoints(): string[] {
    return this.members.map((member) => member.endpoint);
  }

  member(id: number): MemberProcess {
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new Error(`there is no member ${id} in this cluster`);
    return member;
  }

  start(): void {
    for (const member of this.members) member.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
  }
}

async function pickPorts(
  host: string,
  count: number,
  basePort: number,
): Promise<readonly { readonly grpcPort: number; readonly httpPort: number }[]> {
  if (basePort !== 0) {
    return Array.from({ length: count }, (_, at) => ({
      grpcPort: basePort + at,
      httpPort: basePort + 10 + at,
    }));
  }
  const free = await freePorts(host, 2 * count);
  return Array.from({ length: count }, (_, at) => ({
    grpcPort: assertDefined(free[2 * at], 'a port for each member'),
    httpPort: assertDefined(free[2 * at + 1], 'a port for each member'),
  }));
}

/**
 * Below those that the kernel gives to outgoing connections (from 32768 on Linux, from 49152 elsewhere): one of these
 * could have a member's port while the member is down, if only because a peer tries to reach it there.
 */
const FREE_PORT_MIN = 10_000;
const FREE_PORT_MAX = 32_000;

/** Ports that were free a moment ago, all different: held together until all are known. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(FREE_PORT_MIN, FREE_PORT_MAX);
    const server = held.has(port) ? undefined : await hold(host, port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
}

/** Undefined: the port is in use. */
function hold(host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(port, host, () => {
      resolve(server);
    });
  });
}
