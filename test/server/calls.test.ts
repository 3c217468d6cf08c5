/** Streaming calls: how they end, and that nothing is left of them. */
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import { EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Calls, type StreamScope } from '../../src/server/calls.js';
import type { Guarded } from '../../src/server/guarded-definition.js';
import { SERVER_LIMITS } from '../../src/server/limits.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import { ManualClock } from '../support/manual-clock.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The server's side of a call whose caller may leave. */
class FakeCall extends EventEmitter {
  readonly metadata = new Metadata();
  cancelled = false;
  ended = false;

  getDeadline(): number {
    return Infinity;
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.ended = true;
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled');
  }
}

function server(): { readonly calls: Calls; readonly stop: AbortController } {
  const stop = new AbortController();
  const calls = new Calls({
    clock: new ManualClock(),
    logger: silentLogger,
    limits: SERVER_LIMITS,
    metrics: { requestFinished: () => undefined },
    stopping: stop.signal,
  });
  return { calls, stop };
}

/** Resolves with the signal's reason. */
function given(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

/** Resolves with what the handler resolved with. */
function run<T>(
  calls: Calls,
  call: FakeCall,
  handle: (scope: StreamScope<unknown>) => Promise<T>,
): Promise<T> {
  return new Promise((resolve) => {
    calls.bidi<unknown, unknown>('Follow', async (_call, scope) => resolve(await handle(scope)))(
      call as unknown as ServerDuplexStream<Guarded<unknown>, unknown>,
    );
  });
}

describe('a streaming call', () => {
  it('ends when its caller leaves', async () => {
    const { calls } = server();
    const call = new FakeCall();
    const reason = run(calls, call, ({ signal }) => given(signal));
    call.cancel();
    expect(await reason).toBeInstanceOf(SextonError);
  });

  it('ends when the server stops, one that began after that too', async () => {
    const { calls, stop } = server();
    const before = run(calls, new FakeCall(), ({ signal }) => given(signal));
    const reason = new SextonError('NODE_STOPPING', 'the node is stopping');
    stop.abort(reason);
    expect(await before).toBe(reason);
    const after = run(calls, new FakeCall(), async ({ signal }) => signal.reason as unknown);
    expect(await after).toBe(reason);
  });

  it.each(['leaves', 'stays to the end'])('leaves nothing behind when its caller %s', async (manner) => {
    const { calls } = server();
    const signals: WeakRef<AbortSignal>[] = [];
    for (let count = 0; count < 10; count++) {
      const call = new FakeCall();
      const ended = run(calls, call, async ({ signal }) => {
        signals.push(new WeakRef(signal));
        // As handlers do: the listener goes with the call.
        if (manner === 'leaves') await given(signal);
        else void given(signal);
      });
      if (manner === 'leaves') call.cancel();
      await ended;
    }
    // A WeakRef holds on until the end of the turn in which it was made.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    // The last one may still be on the stack.
    expect(signals.filter((signal) => signal.deref() !== undefined).length).toBeLessThanOrEqual(1);
  });
});
