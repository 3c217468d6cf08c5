/**
 * One sweep of a purged prefix (P8): the state that the steps of `delete-all.ts` work on, under the same rules as a
 * purge, and two of its own. Before each delete the prefix must still be nobody else's; and since a chosen prefix may be owned
 * again by now, a fence is raised in the log before the first delete and kept ahead of every request (P11): a new
 * owner of the prefix is refused until the last of them has died.
 *
 * Commits no progress: what a sweep found is told once, at its end.
 */
import { DELETE_EXPIRY_MS } from '../objectstore/limits.js';
import { propose } from './environment.js';
import { PurgeFailure, PurgeStopped } from './failure.js';
import { PurgeAttempt } from './purge-attempt.js';

/** How far a fence is raised beyond what the request at hand needs: one log entry for so much of a sweep. */
const FENCE_SPAN_MS = 120_000;

export class SweepAttempt extends PurgeAttempt {
  /** By the store's clock; 0 = nothing found. */
  newestWriteMs = 0;
  #raising: Promise<void> | undefined;

  /** One request at a time: a sweep is in no hurry, and must not hold up purges. */
  override get parallelRequests(): number {
    return 1;
  }

  override sawWritten(writtenMs: number): void {
    this.newestWriteMs = Math.max(this.newestWriteMs, writtenMs);
  }

  /** Deleted by this sweep: objects, versions, markers and uploads. */
  get objectsFound(): number {
    return this.progress.removalsThisTry;
  }

  get bytesFound(): number {
    return this.progress.bytes - this.stream.purge.bytesDeleted;
  }

  override mustGoOn(requestDiesMs = 0): void {
    this.going.throwIfAborted();
    const { cluster } = this.env;
    const record = cluster.stream(this.stream.incarnation);
    // P1: PURGED is applied here, and this sweep is the one that is due.
    if (record?.state !== 'PURGED' || record.sweep.nextTimeMs !== this.stream.sweep.nextTimeMs)
      throw new PurgeStopped('gone');
    if (record.purge.paused || cluster.summary().purgesPaused) throw new PurgeStopped('paused');
    if (!cluster.maySweep(record)) throw new PurgeStopped('gone');
    this.mustOwnBucket();
    if (requestDiesMs !== 0 && this.#fenceFor(requestDiesMs) > record.reusableAfterMs) {
      throw new PurgeFailure('retrying', 'the fence of the prefix ends before the request would die');
    }
  }

  /** P11. Throws PurgeStopped when the prefix is owned again. */
  override async coverRequests(): Promise<void> {
    const neededMs = this.#fenceFor(this.env.clock.wallMs() + DELETE_EXPIRY_MS);
    const record = this.env.cluster.stream(this.stream.incarnation);
    if (record !== undefined && record.reusableAfterMs >= neededMs) return;
    this.#raising ??= this.#raise(neededMs + FENCE_SPAN_MS).finally(() => {
      this.#raising = undefined;
    });
    await this.#raising;
  }

  async #raise(reusableAfterMs: number): Promise<void> {
    const { incarnation } = this.stream;
    const result = await propose(this.env, { kind: 'beginSweep', incarnation, reusableAfterMs });
    if (result.ok) return;
    const { reason, message } = result.refusal;
    this.env.logger.info({ incarnation, reason }, `sweep not begun: ${message}`);
    throw new PurgeStopped('gone');
  }

  protected override get commitsProgress(): boolean {
    return false;
  }

  #fenceFor(requestDiesMs: number): number {
    const { env } = this;
    const offsetMs = Math.abs(env.capabilities().clockOffsetMs ?? 0);
    return Math.ceil(requestDiesMs + offsetMs + env.options.clockMarginMs);
  }
}
