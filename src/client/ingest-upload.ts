/**
 * One upload under `guard`: its signal, its time, and how its end is judged. The default judgement is the careful one:
 * whatever rejects may still be applied by the store, until the upload deadline.
 */
import type { Clock, Timer } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Lifetime, Scope } from './lifetime.js';
import type { Stream } from './types.js';

/**
 * To be thrown by an upload that certainly changed nothing and never will: the request was not sent, or the store
 * refused it. It settles the upload at once, so that no purge waits for its deadline. Only where that holds for every
 * try that was made: a first try that timed out may still be applied after a second one was refused.
 */
export class UploadNotApplied extends Error {
  override readonly name = 'UploadNotApplied';
}

/** What an upload is told. */
export interface UploadContext {
  /** As last seen: `prefix` is where its objects go. */
  readonly stream: Stream;
  /**
   * How long from now the store may still apply the upload, 0 or more. Where requests are signed, sign with an expiry
   * not beyond it: then the store keeps the deadline even when this process is stopped in the middle.
   */
  expiresInMs(): number;
}

/** Makes one upload; see `IngestSession.guard` for what it owes. */
export type Upload<T> = (signal: AbortSignal, context: UploadContext) => Promise<T>;

/** What is known of the store's side once an upload has ended. */
export type UploadOutcome = 'known' | 'unknown';

export interface RunningUploadDeps {
  readonly clock: Clock;
  readonly lifetime: Lifetime;
  readonly stream: Stream;
  /** When it is aborted, and from when it counts as over: durations from now. */
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** The caller's own. */
  readonly signal: AbortSignal | undefined;
  /** Its signal is aborted, for whatever reason. */
  readonly onStopped: () => void;
  /** Called once, when the upload itself has ended. */
  readonly onFinished: (outcome: UploadOutcome) => void;
}

/** A clock that runs a little fast must not let a signature outlive the deadline that the cluster counts. */
const EXPIRY_MARGIN = 1 / 32;

export class RunningUpload {
  readonly #deps: RunningUploadDeps;
  readonly #scope: Scope;
  readonly #startMs: number;

  constructor(deps: RunningUploadDeps) {
    this.#deps = deps;
    this.#startMs = deps.clock.monotonicMs();
    this.#scope = deps.lifetime.begin(deps.signal);
    this.#scope.signal.addEventListener('abort', deps.onStopped, { once: true });
  }

  abort(reason: SextonError): void {
    this.#scope.abort(reason);
  }

  /** Settles with the upload, or rejects at its deadline if it is deaf to its signal. */
  run<T>(upload: Upload<T>): Promise<T> {
    const { clock, timeoutMs, deadlineMs, stream } = this.#deps;
    return new Promise((resolve, reject) => {
      const timers: Timer[] = [];
      const end = (outcome: UploadOutcome): void => {
        for (const timer of timers) timer.cancel();
        this.#scope.signal.removeEventListener('abort', this.#deps.onStopped);
        this.#scope.end();
        this.#deps.onFinished(outcome);
      };
      timers.push(
        clock.setTimer(timeoutMs, () => this.abort(tookTooLong(stream, timeoutMs))),
        clock.setTimer(deadlineMs, () => reject(tookTooLong(stream, deadlineMs))),
      );
      const { signal } = this.#scope;
      const context: UploadContext = {
        stream,
        expiresInMs: () =>
          Math.max(0, this.#startMs + deadlineMs * (1 - EXPIRY_MARGIN) - clock.monotonicMs()),
      };
      // In an async function, so that what `upload` throws at once is a rejection like any other.
      (async () => upload(signal, context))().then(
        (value) => {
          end('known');
          resolve(value);
        },
        (error: unknown) => {
          const notApplied = error instanceof UploadNotApplied;
          end(notApplied ? 'known' : 'unknown');
          // Why it was stopped says more than that it was.
          reject(signal.aborted && !notApplied ? signal.reason : error);
        },
      );
    });
  }
}

function tookTooLong({ name, incarnation }: Stream, afterMs: number): SextonError {
  return new SextonError(
    'OUTCOME_UNKNOWN',
    `the upload to ${name} (incarnation ${incarnation}) did not end within ${afterMs} ms; the store may have applied it`,
  );
}
