/** Options of every command that calls a cluster, and the client made from them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseEndpoints, SextonClient, SextonError } from '../client/index.js';
import { parseDuration } from './duration.js';
import { EXIT_STATUS_HELP, exitStatusOf } from './exit-status.js';
import type { CliIo } from './io.js';

export type OutputFormat = 'table' | 'json';

export interface ClientFlags {
  readonly endpoints: string;
  readonly output: OutputFormat;
  readonly timeout: number;
}

const DEFAULT_ENDPOINTS = '127.0.0.1:7401,127.0.0.1:7402,127.0.0.1:7403';
const TIMEOUT = { minMs: 1, maxMs: 600_000 };

export function addClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--endpoints <list>', 'host:port of some or all nodes, comma-separated')
        .env('SEXTON_ENDPOINTS')
        .default(DEFAULT_ENDPOINTS)
        .argParser(checkedEndpoints),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).env('SEXTON_OUTPUT').default('table'),
    )
    .addOption(
      new Option('--timeout <duration>', 'for the whole command, all tries included')
        .env('SEXTON_TIMEOUT')
        .default(10_000, '10s')
        .argParser((text) => parseDuration(text, TIMEOUT)),
    )
    .addHelpText('after', EXIT_STATUS_HELP);
}

function checkedEndpoints(text: string): string {
  try {
    parseEndpoints(text, '--endpoints');
    return text;
  } catch (error) {
    if (error instanceof SextonError) throw new InvalidArgumentError(error.rawMessage);
    throw error;
  }
}

/** Runs `act` with a client; a failed call is printed on stderr and becomes the exit status. */
export async function withClient(
  io: CliIo,
  flags: ClientFlags,
  act: (client: SextonClient) => Promise<number | void>,
): Promise<number> {
  const client = new SextonClient({ endpoints: flags.endpoints, requestTimeoutMs: flags.timeout });
  const onInterrupt = (): void => { client.close(); };
  io.interrupt.addEventListener('abort', onInterrupt, { once: true });
  try {
    return (await act(client)) ?? 0;
  } catch (error) {
    return reportError(io, error);
  } finally {
    io.interrupt.removeEventListener('abort', onInterrupt);
    client.close();
  }
}

/** One line on stderr, whatever the output format, with the reason first. */
export function reportError(io: CliIo, error: unknown): number {
  const text = error instanceof Error ? error.message : String(error);
  io.stderr(`error: ${text}\n`);
  return exitStatusOf(error);
}
