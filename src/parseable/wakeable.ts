/** Sleeping on the injected clock, until the time comes, somebody has news, or everything ends. */
import type { Clock } from '../shared/clock.js';

/** Remembers a notification that nobody waits for yet, so that none is lost between looking and sleeping. */
export class Wakeable {
  #news = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#news = true;
    this.#wake?.();
  }

  /** Resolves at once when there was news since the last time. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = (): void => {
        this.#wake = undefined;
        this.#news = false;
        resolve();
      };
      if (this.#news) this.#wake();
    });
  }

  /** Nobody sleeps any more. */
  forget(): void {
    this.#wake = undefined;
  }
}

/** Longer timers overflow in Node; whoever sleeps looks again anyway. */
const SLEEP_MAX_MS = 3_600_000;

/** Resolves after `delayMs`, at the next news, or when `signal` aborts, whichever is first. */
export async function sleep(
  clock: Clock,
  delayMs: number,
  news: Wakeable,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const timer = clock.setTimer(Math.min(delayMs, SLEEP_MAX_MS), end);
  signal.addEventListener('abort', end, { once: true });
  await Promise.race([ended, news.next()]);
  news.forget();
  timer.cancel();
  signal.removeEventListener('abort', end);
}
