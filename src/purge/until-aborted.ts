/**
 * Waiting that ends with leadership. A port's promise may settle late or never once this node has been cut
 * off; nothing here may wait for it then. What the promise does afterwards concerns nobody: the callers
 * re-check the signal before every step with an effect.
 */

/** `promise`, or a rejection with the signal's reason as soon as it aborts. Leaves no listener behind. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
