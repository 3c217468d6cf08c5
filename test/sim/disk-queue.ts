/**
 * The operations that a disk has in flight: each takes effect at one moment, when its latency is over,
 * whatever its process does by then; the answer reaches the process through its scope. Operations in
 * flight together take effect in the order of their latencies, not in that of their calls.
 */
import type { Change } from './disk-database.js';
import type { DiskCounts, DiskFaults } from './disk-faults.js';
import type { Prng } from './prng.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

export type CrashKind = 'process' | 'power';

/** What a crash finds of an operation in flight. */
export type Unfinished =
  | { readonly kind: 'batch'; readonly changes: readonly Change[] }
  | { readonly kind: 'file'; readonly crash: (kind: CrashKind) => void }
  | { readonly kind: 'read' };

export interface DiskOperation<T> {
  readonly latencyMs: number;
  readonly unfinished: Unfinished;
  /** The effect. Throws a {@link DiskFailure} for an error that the process is told. */
  readonly perform: () => T;
}

/** The operation failed; with `mayTakeEffect`, the next crash decides whether it has happened all the same. */
export class DiskFailure extends Error {
  readonly error: Error;
  readonly mayTakeEffect: boolean;

  constructor(error: Error, mayTakeEffect: boolean) {
    super(error.message);
    this.error = error;
    this.mayTakeEffect = mayTakeEffect;
  }
}

interface Flight {
  readonly unfinished: Unfinished;
}

export interface DiskQueueOptions {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: DiskFaults;
  readonly counts: DiskCounts;
}

export class DiskQueue {
  readonly #options: DiskQueueOptions;
  /** In the order of the calls, which JavaScript's sets keep. */
  #inFlight = new Set<Flight>();
  #stalledUntilMs = 0;

  constructor(options: DiskQueueOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get isStalled(): boolean {
    return this.#options.scheduler.nowMs < this.#stalledUntilMs;
  }

  stall(forMs: number): void {
    const { scheduler, counts } = this.#options;
    counts.stalls += 1;
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, scheduler.nowMs + forMs);
  }

  endStall(): void {
    this.#stalledUntilMs = 0;
  }

  /** Never settles for a process that has died. */
  run<T>(scope: ProcessScope, operation: DiskOperation<T>): Promise<T> {
    const { scheduler, random, faults } = this.#options;
    if (!scope.isAlive) return new Promise(() => undefined);
    if (faults.stallProbability > 0 && random.chance(faults.stallProbability)) {
      this.stall(random.between(1, faults.stallMaxMs));
    }
    const flight: Flight = { unfinished: operation.unfinished };
    this.#inFlight.add(flight);
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        if (!this.#inFlight.has(flight)) return;
        if (scheduler.nowMs < this.#stalledUntilMs) {
          scheduler.after(this.#stalledUntilMs - scheduler.nowMs + operation.latencyMs, finish);
          return;
        }
        let value: T;
        try {
          value = operation.perform();
        } catch (error) {
          const failure = error instanceof DiskFailure ? error : undefined;
          // One that may still take effect stays, until the crash that must follow (S5).
          if (failure?.mayTakeEffect !== true) this.#inFlight.delete(flight);
          scope.enter(() => reject(failure?.error ?? (error as Error)));
          return;
        }
        this.#inFlight.delete(flight);
        scope.enter(() => resolve(value));
      };
      scheduler.after(operation.latencyMs, finish);
    });
  }

  /** Stops everything in flight, and hands it over for the crash to decide about. */
  abandon(): Unfinished[] {
    const abandoned = [...this.#inFlight].map(({ unfinished }) => unfinished);
    this.#inFlight = new Set();
    return abandoned;
  }
}
