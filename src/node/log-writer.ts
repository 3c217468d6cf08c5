/**
 * The durable half of the driver: takes what each drain wants written, in order, and writes as much of
 * it as has gathered with one synced batch. While one batch is on its way to the disk the next one
 * fills: that is the group commit, and it needs no timer.
 *
 * Order kept (raft/types.ts, `Effects`): drains are written in the order drained, and a drain's
 * `sendAfterPersist` leaves only once its batch and all before it are durable (thesis §3.8, S2).
 * A failed write is final: the node stops (S5).
 */
import type { Entry, HardState, LogIndex, Message, Term } from '../raft/types.js';
import type { LogBatch, NodeStorage } from '../storage/node-storage.js';
import type { Clock } from '../shared/clock.js';
import { deferred, type Deferred } from '../shared/deferred.js';

export interface WriteJob {
  readonly hardState: HardState | undefined;
  readonly truncateFrom: LogIndex | undefined;
  readonly entries: readonly Entry[];
  readonly sendAfterPersist: readonly Message[];
}

export interface LogWriterDeps {
  readonly storage: Pick<NodeStorage, 'appendLog' | 'compactLog'>;
  readonly clock: Clock;
  readonly send: (messages: readonly Message[]) => void;
  /** The last entry of a finished batch. */
  readonly persisted: (index: LogIndex, term: Term) => void;
  readonly compacted: (upTo: LogIndex) => void;
  readonly observeSync: (durationMs: number) => void;
  readonly fatal: (error: unknown) => void;
}

/** Joins the writes of several drains into what the disk must end up with. */
export function mergeJobs(jobs: readonly WriteJob[]): LogBatch {
  let hardState: HardState | undefined;
  let truncateFrom: LogIndex | undefined;
  let entries: Entry[] = [];
  for (const job of jobs) {
    hardState = job.hardState ?? hardState;
    if (job.truncateFrom !== undefined) {
      const from = job.truncateFrom;
      truncateFrom = truncateFrom === undefined ? from : Math.min(truncateFrom, from);
      const last = entries[entries.length - 1];
      if (last !== undefined && last.index >= from) {
        entries = entries.filter((entry) => entry.index < from);
      }
    }
    for (const entry of job.entries) entries.push(entry);
  }
  return { hardState, truncateFrom, entries };
}

export class LogWriter {
  readonly #deps: LogWriterDeps;
  #queue: WriteJob[] = [];
  #compactUpTo: LogIndex = 0;
  #running = false;
  #stopped = false;
  #startedAtMs: number | undefined;
  #idle: Deferred<void>[] = [];

  constructor(deps: LogWriterDeps) {
    this.#deps = deps;
  }

  enqueue(job: WriteJob): void {
    this.#queue.push(job);
    this.#kick();
  }

  /** Drops the log up to here between two batches: the log has one writer. */
  requestCompaction(upTo: LogIndex): void {
    this.#compactUpTo = Math.max(this.#compactUpTo, upTo);
    this.#kick();
  }

  /** Milliseconds that the batch now on its way to the disk has taken; 0 when there is none. */
  get inFlightMs(): number {
    return this.#startedAtMs === undefined ? 0 : this.#deps.clock.monotonicMs() - this.#startedAtMs;
  }

  /** Resolves once everything enqueued so far is durable. */
  idle(): Promise<void> {
    if (!this.#running && this.#queue.length === 0) return Promise.resolve();
    const waiter = deferred<void>();
    this.#idle.push(waiter);
    return waiter.promise;
  }

  /** Finishes the batch in flight, writes nothing more. */
  async stop(): Promise<void> {
    await this.idle();
    this.#stopped = true;
  }

  #kick(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#run().catch((error: unknown) => {
      // Stays `running`: nothing may be written after a failed write (S5).
      this.#stopped = true;
      for (const waiter of this.#idle) waiter.reject(error);
      this.#idle = [];
      this.#deps.fatal(error);
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#queue.length > 0) await this.#writeBatch();
      else if (this.#compactUpTo > 0) await this.#compact();
      else break;
    }
    this.#running = false;
    const waiters = this.#idle;
    this.#idle = [];
    for (const waiter of waiters) waiter.resolve();
  }

  async #writeBatch(): Promise<void> {
    const jobs = this.#queue;
    this.#queue = [];
    const batch = mergeJobs(jobs);
    const last = batch.entries[batch.entries.length - 1];
    if (batch.hardState !== undefined || batch.truncateFrom !== undefined || last !== undefined) {
      this.#startedAtMs = this.#deps.clock.monotonicMs();
      await this.#deps.storage.appendLog(batch);
      this.#deps.observeSync(this.#deps.clock.monotonicMs() - this.#startedAtMs);
      this.#startedAtMs = undefined;
    }
    for (const job of jobs) this.#deps.send(job.sendAfterPersist);
    if (last !== undefined) this.#deps.persisted(last.index, last.term);
  }

  async #compact(): Promise<void> {
    const upTo = this.#compactUpTo;
    this.#compactUpTo = 0;
    await this.#deps.storage.compactLog(upTo);
    this.#deps.compacted(upTo);
  }
}
