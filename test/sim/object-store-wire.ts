/**
 * The way to a simulated bucket and back. A request arrives after a while and is served there at one
 * moment; the answer takes its time too. Meanwhile the caller may abort, run into its deadline, be
 * paused or die: what was sent is served all the same, and much later if the faults say so.
 */
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import type { StoreErrorKind } from '../../src/objectstore/object-store.js';
import type { BucketCounts, BucketFaults } from './object-store-faults.js';
import type { Prng } from './prng.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

export interface Caller {
  readonly scope: ProcessScope;
  readonly label: string;
}

export interface WireRequest<T> {
  readonly caller: Caller;
  readonly signal: AbortSignal | undefined;
  /** For messages: what it does. */
  readonly doing: string;
  /** Its body is on its way for so long, whether its caller waits or not. Default 0. */
  readonly takesMs?: number;
  /** Changes something: may land late. */
  readonly isMutation: boolean;
  /** Changes nothing more the second time: a proxy may repeat it. Default false. */
  readonly isRepeatable?: boolean;
  /** At the bucket. What it throws is the answer. */
  readonly serve: () => T;
  /** The caller was answered or gave up. Not called for one that has died. */
  readonly onSettled?: () => void;
}

export interface WireOptions {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: BucketFaults;
  readonly counts: BucketCounts;
  readonly deadlineMs: number;
}

type Answer<T> = { readonly value: T } | { readonly error: Error };

export class Wire {
  readonly #options: WireOptions;
  #inFlight = 0;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Requests on their way, being late or being answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Rejects with the signal's reason, or an ObjectStoreError. Never settles for a caller that has died. */
  call<T>(request: WireRequest<T>): Promise<T> {
    const { scheduler, counts, deadlineMs } = this.#options;
    const { caller, signal } = request;
    if (!caller.scope.isAlive) return new Promise(() => undefined);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    counts.requests += 1;
    return new Promise((resolve, reject) => {
      let isOpen = true;
      const settle = (answer: Answer<T>): void => {
        if (!isOpen) return;
        isOpen = false;
        deadline.cancel();
        signal?.removeEventListener('abort', onAbort);
        request.onSettled?.();
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value);
      };
      const giveUp = (error: Error): void => {
        if (isOpen) counts.givenUp += 1;
        settle({ error });
      };
      const onAbort = (): void => giveUp(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      const deadline = scheduler.after(deadlineMs, () => {
        caller.scope.enter(() =>
          giveUp(failure('TRANSIENT', 'TimeoutError', `${request.doing}: no answer in time`)),
        );
      });
      this.#send(
        request,
        () => isOpen && caller.scope.isAlive,
        (answer) => caller.scope.enter(() => settle(answer)),
      );
    });
  }

  #send<T>(request: WireRequest<T>, isAwaited: () => boolean, tell: (answer: Answer<T>) => void): void {
    const { random, faults, counts } = this.#options;
    const { doing, isMutation } = request;
    const broken = (): void => {
      // A reset is seen at once; silence lasts until the caller's deadline.
      if (random.chance(0.5))
        this.#later(this.#oneWayMs(), () =>
          tell({ error: failure('TRANSIENT', 'ECONNRESET', `${doing}: the connection broke`) }),
        );
    };
    if (faults.unreachableFrom.has(request.caller.label)) {
      counts.unreachable += 1;
      broken();
      return;
    }
    if (random.chance(faults.lostRequestProbability)) {
      counts.lostRequests += 1;
      broken();
      return;
    }
    const arrive = (isFirst: boolean): void => {
      const wasAwaited = isAwaited();
      const { answer, isLost } = this.#serve(request);
      if (!wasAwaited && isMutation && 'value' in answer) counts.appliedAfterGivenUp += 1;
      if (!isFirst) return;
      if (isLost) {
        counts.lostAnswers += 1;
        broken();
        return;
      }
      this.#later(this.#oneWayMs(), () => {
        // Cut off while the answer was on its way.
        if (faults.unreachableFrom.has(request.caller.label)) counts.lostAnswers += 1;
        else tell(answer);
      });
    };
    let delayMs = this.#oneWayMs() + (request.takesMs ?? 0);
    if (isMutation && random.chance(faults.lateLandingProbability)) {
      counts.lateLandings += 1;
      delayMs += random.between(0, faults.lateLandingMaxMs);
    }
    this.#later(delayMs, () => arrive(true));
    if (request.isRepeatable === true && random.chance(faults.duplicateProbability)) {
      counts.duplicates += 1;
      this.#later(delayMs + random.between(1, faults.lateLandingMaxMs), () => arrive(false));
    }
  }

  #serve<T>(request: WireRequest<T>): { readonly answer: Answer<T>; readonly isLost: boolean } {
    const { random, faults, counts } = this.#options;
    const refused = (kind: StoreErrorKind, code: string): { answer: Answer<T>; isLost: boolean } => ({
      answer: { error: failure(kind, code, `${request.doing}: ${code}`) },
      isLost: false,
    });
    if (faults.isDown) {
      counts.refusedWhileDown += 1;
      return refused('THROTTLED', 'ServiceUnavailable');
    }
    if (random.chance(faults.throttleProbability)) {
      counts.throttled += 1;
      return refused('THROTTLED', 'SlowDown');
    }
    if (random.chance(faults.errorBeforeProbability)) {
      counts.errorsBefore += 1;
      return refused('TRANSIENT', 'InternalError');
    }
    let answer: Answer<T>;
    try {
      answer = { value: request.serve() };
    } catch (error) {
      // Anything else is the simulation's own: an oracle's verdict, a bug.
      if (!(error instanceof ObjectStoreError)) throw error;
      return { answer: { error }, isLost: false };
    }
    if (random.chance(faults.errorAfterProbability)) {
      counts.errorsAfter += 1;
      return refused('TRANSIENT', 'InternalError');
    }
    return { answer, isLost: random.chance(faults.lostAnswerProbability) };
  }

  #later(delayMs: number, callback: () => void): void {
    this.#inFlight += 1;
    this.#options.scheduler.after(delayMs, () => {
      this.#inFlight -= 1;
      callback();
    });
  }

  #oneWayMs(): number {
    const { random, faults, counts } = this.#options;
    if (!random.chance(faults.spikeProbability)) return random.latencyMs(faults.latencyMs);
    counts.spikes += 1;
    return random.between(1, faults.spikeMaxMs);
  }
}

export function failure(kind: StoreErrorKind, code: string, message: string): ObjectStoreError {
  return new ObjectStoreError(kind, code, message);
}
