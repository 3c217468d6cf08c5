/**
 * Time as an argument. Everything that waits or stamps takes a {@link Clock}, so that one seed can
 * drive a whole cluster's time in the simulator.
 */
export interface Timer {
  /** Idempotent; the callback will not run afterwards. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds that never run backwards; for timeouts, leases and measurements. */
  monotonicMs(): number;
  /** Milliseconds since the epoch; for stamps that people read. Never for ordering. */
  wallMs(): number;
  /** Runs `callback` once, `delayMs` from now or later. Does not keep a process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts.
 * Leaves no timer and no listener behind either way.
 */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
