/**
 * Options of every command that calls a cluster, and the client made from them. The client and gRPC below
 * it are loaded when a command needs them: help, bad flags and `serve` do not pay for them.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SextonClient } from '../client/index.js';
import { parseEndpoints } from '../client/options.js';
import { SextonError } from '../shared/errors.js';
import { EXIT_STATUS } from '../shared/fatal.js';
import { parseDuration } from './duration.js';
import { EXIT_STATUS_HELP, exitStatusOf } from './exit-status.js';
import type { CliIo } from './io.js';
import { printable } from './table.js';

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
        .default(DEFAULT_ENDPOINTS)
        .argParser(checkedEndpoints),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'),
    )
    .addOption(
      new Option('--timeout <duration>', 'for each call, all its tries included')
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

/**
 * Runs `act` with a client; a failed call is printed on stderr and becomes the exit status. An interrupt
 * ends what is under way, and the status says so whatever the call made of it.
 */
export async function withClient(
  io: CliIo,
  flags: ClientFlags,
  act: (client: SextonClient) => Promise<number | void>,
): Promise<number> {
  const loaded = await import('../client/index.js');
  const client = new loaded.SextonClient({ endpoints: flags.endpoints, requestTimeoutMs: flags.timeout });
  const onInterrupt = (): void => client.close();
  io.interrupt.addEventListener('abort', onInterrupt, { once: true });
  if (io.interrupt.aborted) client.close();
  try {
    const status = await act(client);
    return io.interrupt.aborted ? EXIT_STATUS.INTERRUPTED : (status ?? EXIT_STATUS.OK);
  } catch (error) {
    if (!io.interrupt.aborted) return reportError(io, error, flags.output);
    // A write that was cut off is worth a word; anything else was asked for.
    if (error instanceof SextonError && error.reason === 'OUTCOME_UNKNOWN')
      reportError(io, error, flags.output);
    return EXIT_STATUS.INTERRUPTED;
  } finally {
    io.interrupt.removeEventListener('abort', onInterrupt);
    client.close();
  }
}

/** On stderr, whatever the output format, with the reason first. JSON: one object on one line. */
export function reportError(io: CliIo, error: unknown, output: OutputFormat = 'table'): number {
  const status = exitStatusOf(error);
  if (output === 'json') {
    io.stderr(`${JSON.stringify({ error: describeError(error) })}\n`);
    return status;
  }
  const text = error instanceof Error ? error.message : String(error);
  io.stderr(`error: ${printable(text)}\n`);
  if (!(error instanceof SextonError)) return status;
  for (const { field, description } of error.violations) {
    if (!text.includes(description)) io.stderr(`  ${printable(field)}: ${printable(description)}\n`);
  }
  const requestId = error.metadata['request_id'];
  if (requestId !== undefined)
    io.stderr(`to find out, repeat the command with --request-id ${printable(requestId)}\n`);
  return status;
}

function describeError(error: unknown): object {
  if (!(error instanceof SextonError))
    return { message: error instanceof Error ? error.message : String(error) };
  const { reason, rawMessage: message, metadata, violations, retryAfterMs } = error;
  return { reason, message, metadata, violations, retryAfterMs };
}
