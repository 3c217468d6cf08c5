/** Runs the command line in this process and keeps what it printed. */
import { runCli } from '../../src/cli/run-cli.js';
import type { CliIo } from '../../src/cli/io.js';

export interface CliRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(args: readonly string[], overrides: Partial<CliIo> = {}): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const status = await runCli(args, {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    drained: () => Promise.resolve(),
    env: {},
    isTerminal: false,
    columns: 80,
    interrupt: new AbortController().signal,
    ...overrides,
  });
  return { status, stdout, stderr };
}
