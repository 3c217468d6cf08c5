/**
 * One try at one stream: what it knows, whether it may go on, and what it tells the log. The sequence of
 * steps is `purge-job.ts`; this is the state that the steps share and that status reads.
 */
import { setMaxListeners } from 'node:events';
import type { BlockedReason, RecordPurgeProgress, StreamRecord } from '../catalog/types.js';
import { lifeStateOf } from '../catalog/lifecycle.js';
import { assert } from '../shared/assert.js';
import { propose, type PurgeEnvironment } from './environment.js';
import { RemainderEstimate } from './estimate.js';
import { cutText, isUnrecoverable, PurgeFailure, PurgeStopped, type StopReason } from './failure.js';
import { LifeCheck } from './life-check.js';
import { ProgressCount } from './progress.js';
import type { ActivePurge } from './purge-status.js';
import { ReuseFence, sendsConditions } from './reuse-fence.js';

export class PurgeAttempt {
  readonly env: PurgeEnvironment;
  /** As it was when the try began. */
  readonly stream: StreamRecord;
  readonly progress: ProgressCount;
  readonly estimate: RemainderEstimate;
  readonly fence = new ReuseFence();
  /** P12. */
  readonly life: LifeCheck;
  /** P11: delete only what still is what was listed. */
  readonly conditional: boolean;
  /** P12: the same of keys whose names recur, where it costs one request a key too. */
  readonly recurringConditional: boolean;
  readonly startedMs: number;
  step: ActivePurge['step'] = 'data';
  readonly #going = new AbortController();
  readonly #onLeadershipOver = (): void => {
    this.stop('leadership');
  };
  #committing: Promise<void> | undefined;
  #commitError: { readonly error: unknown } | undefined;

  constructor(env: PurgeEnvironment, stream: StreamRecord) {
    assertPurgeablePrefix(stream.prefix);
    setMaxListeners(0, this.#going.signal); // One a request that waits: bounded by the throttle's limit.
    this.env = env;
    this.stream = stream;
    this.life = new LifeCheck(env, stream);
    this.conditional = stream.prefixReusable && sendsConditions(env.capabilities());
    this.recurringConditional = stream.prefixReusable && env.capabilities().conditionalDelete;
    this.startedMs = env.clock.monotonicMs();
    this.estimate = new RemainderEstimate(stream.prefix);
    this.progress = new ProgressCount(stream.purge, env.clock, {
      intervalMs: env.options.progressIntervalMs,
      everyObjects: env.options.progressObjects,
    });
    if (env.leading.aborted) this.stop('leadership');
    else env.leading.addEventListener('abort', this.#onLeadershipOver, { once: true });
  }

  /** Fires when no new request may leave: paused, nothing left to do, or leadership over. */
  get going(): AbortSignal {
    return this.#going.signal;
  }

  /** Requests in flight come to their end, unless leadership is over. Idempotent; the first reason stays. */
  stop(because: StopReason): void {
    if (!this.#going.signal.aborted) this.#going.abort(new PurgeStopped(because));
  }

  /**
   * The last look before a request with an effect leaves. P1: PURGING is applied here. Paused streams and a
   * paused cluster are respected at once. Throws PurgeStopped. `_requestDiesMs`: the expiry of the delete at hand,
   * wall clock; a purge needs no more than it, since its prefix is its own.
   */
  mustGoOn(_requestDiesMs = 0): void {
    this.going.throwIfAborted();
    const record = this.env.cluster.stream(this.stream.incarnation);
    if (record === undefined || lifeStateOf(record) !== 'PURGING') throw new PurgeStopped('gone');
    if (record.purge.paused || this.env.cluster.summary().purgesPaused) throw new PurgeStopped('paused');
    this.mustOwnBucket();
  }

  /** Batches and aborts in hand at once: one more than may be in flight, so that the next one is at hand. */
  get parallelRequests(): number {
    return this.env.gate.throttle.limit + 1;
  }

  /** Before a delete is prepared. A sweep must have made sure of the prefix first. */
  coverRequests(): Promise<void> {
    return Promise.resolve();
  }

  /** Something was found that was written then, by the store's clock. Sweeps tell when (P8). */
  sawWritten(_writtenMs: number): void {
    // Of no interest to a purge: everything below its prefix is doomed.
  }

  /** P9. Throws PurgeFailure. */
  protected mustOwnBucket(): void {
    const { obstacle } = this.env.ownership;
    if (obstacle !== '') throw new PurgeFailure('FOREIGN_MARKER', obstacle, { storeWide: true });
  }

  /** Counts what is confirmed gone, and commits the totals when it is time. Never waits for the commit. */
  removed(objects: number, bytes: number): void {
    this.progress.add(objects, bytes);
    this.#commitIfDue();
  }

  /** The same of one unfinished upload. */
  uploadAborted(): void {
    this.progress.addUpload();
    this.#commitIfDue();
  }

  protected get commitsProgress(): boolean {
    return true;
  }

  #commitIfDue(): void {
    if (!this.commitsProgress) return;
    if (!this.progress.commitIsDue || this.#committing !== undefined || this.going.aborted) return;
    this.#committing = this.record({ phase: 'RUNNING' })
      .then(() => undefined)
      .catch((error: unknown) => {
        this.#commitError = { error };
        this.stop('leadership');
      })
      .finally(() => {
        this.#committing = undefined;
      });
  }

  /** Commits the totals with a phase. True: applied; false: the catalog refused, so the stream has moved on. */
  async record(
    change:
      | { readonly phase: 'RUNNING' }
      | {
          readonly phase: 'RETRYING' | 'BLOCKED';
          readonly blockedReason: BlockedReason;
          readonly lastError: string;
          readonly nextAttemptTimeMs: number;
        },
  ): Promise<boolean> {
    const { objects, bytes, uploads, removals } = this.progress;
    const running = change.phase === 'RUNNING';
    const command: RecordPurgeProgress = {
      kind: 'recordPurgeProgress',
      incarnation: this.stream.incarnation,
      phase: change.phase,
      objectsDeleted: objects,
      bytesDeleted: bytes,
      uploadsAborted: uploads,
      blockedReason: running ? 'NONE' : change.blockedReason,
      attempts: this.stream.purge.attempts + (running ? 0 : 1),
      lastError: running ? '' : cutText(change.lastError),
      nextAttemptTimeMs: running ? 0 : change.nextAttemptTimeMs,
    };
    const result = await propose(this.env, command);
    if (result.ok) {
      this.progress.committed(removals);
    } else {
      const { reason, message } = result.refusal;
      this.env.logger.warn(
        { incarnation: command.incarnation, reason },
        `purge progress refused: ${message}`,
      );
    }
    return result.ok;
  }

  /**
   * Waits for a commit under way, so that commits reach the log in the order of their totals. Throws what a
   * background commit threw, whatever else ended the try: nothing is swallowed.
   */
  async commitsSettled(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
    if (this.#commitError === undefined) return;
    const { error } = this.#commitError;
    this.#commitError = undefined;
    if (isUnrecoverable(error) || !(error instanceof PurgeStopped)) throw error;
  }

  /** Releases the listener on leadership. The attempt is of no use afterwards. */
  dispose(): void {
    this.env.leading.removeEventListener('abort', this.#onLeadershipOver);
  }

  describe(): ActivePurge {
    return {
      incarnation: this.stream.incarnation,
      step: this.step,
      objectsDeleted: this.progress.objects,
      bytesDeleted: this.progress.bytes,
      uploadsAborted: this.progress.uploads,
      objectsPerSecond: this.progress.objectsPerSecond(),
      bytesPerSecond: this.progress.bytesPerSecond(),
      estimate: this.estimate.current(),
    };
  }
}

/**
 * C6 once more, at the last place before keys are deleted: the catalog never lets such a prefix in, and if
 * one is here all the same, deleting below it would be the worst thing this program can do.
 */
function assertPurgeablePrefix(prefix: string): void {
  const segments = prefix.split('/');
  const closed = segments.pop() === '';
  const proper =
    segments.length > 0 && segments.every((part) => part !== '' && part !== '.' && part !== '..');
  assert(
    closed && proper && !prefix.startsWith('.'),
    () => `not a prefix that may be purged: ${JSON.stringify(prefix)}`,
  );
}
