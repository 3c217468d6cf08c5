/**
 * One connection that a node sends messages on, a watch or an audit, cut when the node falls silent. The clock
 * runs only while waiting for the node, never while the caller handles what came. Whom to ask next is the caller's business.
 */
import type { Clock } from '../shared/clock.js';
import type { Lifetime, Scope } from './lifetime.js';
import { TransportError } from './transport.js';

export interface NodeMessagesDeps {
  readonly lifetime: Lifetime;
  readonly clock: Clock;
}

/** Ends when the node does. Throws TransportError `timeout` after `patienceMs` of silence, asked for before each message. */
export async function* nodeMessages<T>(
  { lifetime, clock }: NodeMessagesDeps,
  endpoint: string,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<T>,
  patienceMs: () => number,
): AsyncGenerator<T, void, undefined> {
  const attempt = lifetime.begin(signal);
  let messages: AsyncIterator<T> | undefined;
  try {
    messages = open(attempt.signal)[Symbol.asyncIterator]();
    while (true) {
      const next = await withPatience(messages, patienceMs(), endpoint, attempt, clock);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    attempt.abort(undefined);
    attempt.end();
    await messages?.return?.();
  }
}

async function withPatience<T>(
  messages: AsyncIterator<T>,
  patienceMs: number,
  endpoint: string,
  attempt: Scope,
  clock: Clock,
): Promise<IteratorResult<T>> {
  let silent = false;
  const timer = clock.setTimer(patienceMs, () => {
    silent = true;
    attempt.abort(undefined);
  });
  try {
    return await messages.next();
  } catch (error) {
    if (!silent) throw error;
    throw new TransportError('timeout', endpoint, `silent for ${Math.round(patienceMs)} ms`, {
      cause: error,
    });
  } finally {
    timer.cancel();
  }
}
