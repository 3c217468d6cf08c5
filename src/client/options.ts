/**
 * The client's options, and their defaults applied and checked once: everything behind this file sees
 * {@link ResolvedOptions} only.
 */
import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../shared/clock.js';
import { invalidArgument } from '../shared/errors.js';
import { silentLogger, type Logger } from '../shared/logger.js';
import { systemRandom, type Random } from '../shared/random.js';
import type { RetryLimits } from './retry.js';
import type { ClientTransport } from './transport.js';

export interface SextonClientOptions {
  /**
   * `host:port` of some or all nodes, as a list or as `'a:7401,b:7401'`. Any node takes any call; name
   * them all, so that the client has somewhere to go when one is down. 1 to 32.
   */
  readonly endpoints: string | readonly string[];
  /** For a whole call, all its tries and waits included. Default 10 s. 1 ms to 10 minutes. */
  readonly requestTimeoutMs?: number;
  /**
   * For one try against one node: how long a node that hangs can hold a call up before another one is
   * asked. Default 2 s. 1 ms to 10 minutes. Writes are repeated under the same request id.
   */
  readonly perTryTimeoutMs?: number;
  /** All tries of one call together. Default 10 for each second of `requestTimeoutMs`, at least 100. 1 to 10,000. */
  readonly maxTries?: number;
  /** The wait after the first round of endpoints without success; doubles, with jitter. Default 25 ms. */
  readonly initialBackoffMs?: number;
  /** The longest such wait. Default 1 s. */
  readonly maxBackoffMs?: number;
  /** Default: none. Debug lines for retries and moved leaders, warnings for broken watches. */
  readonly logger?: Logger;
  /** Default: the machine's, with timers that keep the process alive while a call is under way. */
  readonly clock?: Clock;
  readonly random?: Random;
  /** Makes the request ids of writes; UUIDs. Default `crypto.randomUUID`. */
  readonly newRequestId?: () => string;
  /** Default: gRPC. */
  readonly transport?: ClientTransport;
}

export interface ResolvedOptions {
  readonly endpoints: readonly string[];
  readonly requestTimeoutMs: number;
  readonly perTryTimeoutMs: number;
  readonly limits: RetryLimits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly newRequestId: () => string;
}

const ENDPOINTS_MAX = 32;
const TIMEOUT_MAX_MS = 600_000;

/**
 * Like `systemClock`, but its timers keep the process alive: a program whose only business is a call
 * that waits for its next try must not end in the middle of it.
 */
const callClock: Clock = {
  ...systemClock,
  setTimer(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** Throws INVALID_ARGUMENT that names the option. */
export function resolveOptions(options: SextonClientOptions): ResolvedOptions {
  const initialMs = within('initialBackoffMs', options.initialBackoffMs ?? 25, 1, TIMEOUT_MAX_MS);
  const maxMs = within(
    'maxBackoffMs',
    options.maxBackoffMs ?? Math.max(1_000, initialMs),
    initialMs,
    TIMEOUT_MAX_MS,
  );
  const requestTimeoutMs = within('requestTimeoutMs', options.requestTimeoutMs ?? 10_000, 1, TIMEOUT_MAX_MS);
  // A call that waits out an election of minutes needs more tries than one that has ten seconds.
  const maxTries = within('maxTries', options.maxTries ?? Math.max(100, requestTimeoutMs / 100), 1, 10_000);
  return {
    endpoints: parseEndpoints(options.endpoints, 'endpoints'),
    requestTimeoutMs,
    perTryTimeoutMs: within('perTryTimeoutMs', options.perTryTimeoutMs ?? 2_000, 1, TIMEOUT_MAX_MS),
    limits: { maxTries, backoff: { initialMs, maxMs } },
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? callClock,
    random: options.random ?? systemRandom,
    newRequestId: options.newRequestId ?? randomUUID,
  };
}

/**
 * `host:port` addresses, IPv6 as `[::1]:7401`. Repetitions are dropped. `field` is what the error
 * calls them: the option here, a flag on the command line.
 */
export function parseEndpoints(value: string | readonly string[], field: string): string[] {
  const texts = (typeof value === 'string' ? value.split(',') : value).map((text) => text.trim());
  const endpoints = [...new Set(texts.filter((text) => text !== ''))];
  if (endpoints.length === 0)
    throw invalidArgument(field, 'names no node; expected host:port, for example db1:7401');
  if (endpoints.length > ENDPOINTS_MAX)
    throw invalidArgument(field, `names more than ${ENDPOINTS_MAX} nodes`);
  for (const endpoint of endpoints) {
    const match = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(endpoint);
    const port = Number(match?.[1] ?? 0);
    if (port < 1 || port > 65_535) {
      throw invalidArgument(field, `"${endpoint}" is not host:port, for example db1:7401 or [::1]:7401`);
    }
  }
  return endpoints;
}

/** Returns the number when it is finite and within the bounds, both included. */
export function within(field: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw invalidArgument(field, `${value} is not a number from ${min} to ${max}`);
}
