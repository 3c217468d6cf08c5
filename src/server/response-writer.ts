/**
 * Writes the answers of a streaming call no faster than its receiver takes them. gRPC would buffer
 * without end; here a write waits for room, and a receiver that takes nothing for too long is told to
 * resume instead of holding on to this node's memory.
 */
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';

/** The writing side of a streaming call. */
export interface Sink<Response> {
  /** False: it is buffered, and 'drain' will tell when there is room. */
  write(response: Response): boolean;
  on(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
}

export interface WriterOptions {
  readonly clock: Clock;
  readonly stalledReceiverMs: number;
  /** Fires when the caller is gone: ends waiting writes with its reason. */
  readonly signal: AbortSignal;
}

export class ResponseWriter<Response> {
  readonly #stream: Sink<Response>;
  readonly #options: WriterOptions;

  constructor(stream: Sink<Response>, options: WriterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * Resolves when there is room for another. Rejects TOO_MANY_REQUESTS when there is none for too long.
   * `signal` ends the waiting for other reasons than a caller that is gone.
   */
  async write(response: Response, signal = this.#options.signal): Promise<void> {
    signal.throwIfAborted();
    if (this.#stream.write(response)) return;
    await this.#drained(signal);
  }

  #drained(signal: AbortSignal): Promise<void> {
    const { clock, stalledReceiverMs } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        timer.cancel();
        this.#stream.removeListener('drain', onDrain);
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onDrain = (): void => settle(resolve);
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const timer = clock.setTimer(stalledReceiverMs, () => {
        const text = `the receiver has taken nothing for ${stalledReceiverMs} ms; reconnect and go on from the last answer received`;
        settle(() => reject(new SextonError('TOO_MANY_REQUESTS', text, { retryAfterMs: 1000 })));
      });
      this.#stream.on('drain', onDrain);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
