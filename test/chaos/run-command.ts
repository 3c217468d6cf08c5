/** Runs a program to its end. */
import { spawn, spawnSync } from 'node:child_process';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 60_000;

/** Rejects only when the program cannot be run at all. One that takes longer than a minute is killed. */
export function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}

/** Rejects when it does not end with 0. */
export async function mustRun(command: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(command, args);
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${String(status)}: ${stderr.trim()}`);
}

/** For a process that is about to end. Whatever comes of it. */
export function runNow(command: string, args: readonly string[]): void {
  spawnSync(command, args);
}
