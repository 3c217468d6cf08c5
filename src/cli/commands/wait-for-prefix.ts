/**
 * `--wait`: tries again while the prefix of a former life is on its way to be free, until a limit. The server says
 * until when it is fenced, by the leader's clock; a prefix whose purge is not over has no such time, and is asked
 * for at intervals. Each try is a request of its own: a refusal is remembered under its request id.
 */
import { InvalidArgumentError, Option } from 'commander';
import { type Clock, delay, systemClock } from '../../shared/clock.js';
import { SextonError } from '../../shared/errors.js';
import { formatDuration, parseDuration } from '../duration.js';
import type { CliIo } from '../io.js';
import { time } from '../render.js';
import { printable } from '../table.js';

const LIMIT = { minMs: 1_000, maxMs: 24 * 3_600_000 };
const DEFAULT_LIMIT = '5m';
/** A clock here that is ahead of the leader's must not make a hot loop, one behind no long wait. */
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 10_000;
/** Between two looks at a purge that says no time. */
const PURGE_PAUSE_MS = 2_000;

export function waitOption(): Option {
  return new Option(
    '--wait [duration]',
    `wait so long for a prefix that is not free yet after its purge; ${DEFAULT_LIMIT} when no duration is given`,
  )
    .preset(DEFAULT_LIMIT)
    .argParser(limitFlag);
}

function limitFlag(text: string): number {
  try {
    return parseDuration(text, LIMIT);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    // An optional value takes whatever follows.
    throw new InvalidArgumentError(`${error.message} Name streams before it, or write --wait=5m.`);
  }
}

/** '' or why the flags do not go together. */
export function waitProblem(flags: { readonly wait?: number; readonly requestId?: string }): string {
  return flags.wait !== undefined && flags.requestId !== undefined
    ? '--request-id: is not for --wait, which makes a new request for each try'
    : '';
}

/**
 * What `attempt` resolves to. Rejects with its last PURGE_PENDING when the prefix is not free within `limitMs`
 * (undefined = no waiting at all), at once where the fence ends later than that; with anything else as it comes;
 * and with the interrupt's reason.
 */
export async function whenPrefixIsFree<T>(
  io: Pick<CliIo, 'stderr' | 'interrupt'>,
  limitMs: number | undefined,
  attempt: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  if (limitMs === undefined) return attempt();
  const endMs = clock.monotonicMs() + limitMs;
  let said = '';
  for (;;) {
    let refusal: SextonError;
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SextonError) || error.reason !== 'PURGE_PENDING') throw error;
      refusal = error;
    }
    const leftMs = endMs - clock.monotonicMs();
    const freeAtMs = freeTimeOf(refusal);
    const fenceMs = freeAtMs === undefined ? undefined : freeAtMs - clock.wallMs();
    if (leftMs <= 0 || (fenceMs !== undefined && fenceMs > leftMs)) throw refusal;
    const text =
      freeAtMs === undefined
        ? `waiting, for at most ${formatDuration(limitMs)}: ${refusal.rawMessage}`
        : `waiting until ${time(freeAtMs)}, when the prefix is free`;
    const cause = `${freeAtMs ?? refusal.rawMessage}`;
    if (cause !== said) io.stderr(`${printable(text)}\n`);
    said = cause;
    const pauseMs = fenceMs === undefined ? PURGE_PAUSE_MS : fenceMs;
    const boundMs = Math.min(Math.max(pauseMs, PAUSE_MS_MIN), PAUSE_MS_MAX, Math.max(leftMs, PAUSE_MS_MIN));
    await delay(clock, boundMs, io.interrupt);
  }
}

function freeTimeOf({ metadata }: SextonError): number | undefined {
  const text = metadata['reusable_after_ms'];
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}
