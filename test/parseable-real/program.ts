/** The built program: run to its end, or kept in the background with its output in a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { deferred } from '../../src/shared/deferred.js';

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js');
const RUN_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 15_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One that does not end by itself is killed. */
export function runProgram(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return collect(process.execPath, [PROGRAM, ...args], env);
}

/** Throws what the command printed unless it ends with 0. */
export async function runShell(command: string): Promise<void> {
  const { code, stdout, stderr } = await collect('/bin/sh', ['-c', command], process.env);
  if (code !== 0) throw new Error(`'${command}' ended with ${code}: ${stdout}${stderr}`);
}

function collect(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      timeout: RUN_TIMEOUT_MS,
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

/** A process of the built program that can be killed and started again with the same arguments. */
export class Background {
  readonly logFile: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(args: readonly string[], env: NodeJS.ProcessEnv, logFile: string) {
    this.logFile = logFile;
    this.#args = args;
    this.#env = env;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(process.execPath, [PROGRAM, ...this.#args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#env,
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const exited = deferred<void>();
    const end = (): void => {
      if (this.#child === child) this.#child = undefined;
      log.end();
      exited.resolve();
    };
    child.once('close', end);
    child.once('error', end);
    this.#child = child;
    this.#exited = exited.promise;
  }

  /** As a crash: nothing is put in order. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    child?.kill('SIGTERM');
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
  }
}
