#!/usr/bin/env node
/** The `sexton` program: runs the command line in this process. */
import { EXIT_STATUS } from '../shared/fatal.js';
import { runCli } from './run-cli.js';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second one ends the process at once: whoever asks twice means it.
    if (interrupt.signal.aborted) process.exit(EXIT_STATUS.INTERRUPTED);
    interrupt.abort(new Error(`received ${signal}`));
  });
}
// A reader that went away (`sexton stream list | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT_STATUS.OK : EXIT_STATUS.ERROR);
});

const status = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  drained: () =>
    process.stdout.writableNeedDrain
      ? new Promise((resolve) => process.stdout.once('drain', resolve))
      : Promise.resolve(),
  env: process.env,
  isTerminal: process.stdout.isTTY,
  columns: process.stdout.columns,
  interrupt: interrupt.signal,
});
process.exitCode = status;
// What is still open after the command has ended must not keep a finished program alive.
if (process.argv[2] === 'serve') process.exit(status);
