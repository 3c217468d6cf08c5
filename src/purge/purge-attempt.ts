/**
 * One try at one stream: what it knows, whether it may go on, and what it tells the log. The sequence of
 * steps is `purge-job.ts`; this is the state that the steps share and that status reads.
 */
import { setMaxListeners } from 'node:events';
import type { RecordPurgeProgress, StreamRecord } from '../catalog/types.js';
import { assert } from '../shared/assert.js';
import { propose, type PurgeEnvironment } from './environment.js';
import { cutText, isUnrecoverable, PurgeStopped, type StopReason } from './failure.js';
import { ProgressCount } from './progress.js';
import type { ActivePurge } from './purge-status.js';
import { ReuseFence } from './reuse-fence.js';

export class PurgeAttempt {
  readonly env: PurgeEnvironment;
  /** As it was when the try began. */
  readonly stream: StreamRecord;
  readonly progress: ProgressCount;
  readonly fence = new ReuseFence();
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
    this.startedMs = env.clock.monotonicMs();
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
   * paused cluster are respected at once. Throws PurgeStopped.
   */
  mustGoOn(): void {
    this.going.throwIfAborted();
    const record = this.env.cluster.stream(this.stream.incarnation);
    if (record?.state !== 'PURGING') throw new PurgeStopped('gone');
    if (record.purge.paused || this.env.cluster.summary().purgesPaused) throw new PurgeStopped('paused');
  }

  /** Counts what is confirmed gone, and commits the totals when it is time. Never waits for the commit. */
  removed(objects: number, bytes: number): void {
    this.progress.add(objects, bytes);
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
          readonly lastError: string;
          readonly nextAttemptTimeMs: number;
        },
  ): Promise<boolean> {
    const { objects, bytes } = this.progress;
    const running = change.phase === 'RUNNING';
    const command: RecordPurgeProgress = {
      kind: 'recordPurgeProgress',
      incarnation: this.stream.incarnation,
      phase: change.phase,
      objectsDeleted: objects,
      bytesDeleted: bytes,
      attempts: this.stream.purge.attempts + (running ? 0 : 1),
      lastError: running ? '' : cutText(change.lastError),
      nextAttemptTimeMs: running ? 0 : change.nextAttemptTimeMs,
    };
    const result = await propose(this.env, command);
    if (result.ok) {
      this.progress.committed(objects);
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
      objectsPerSecond: this.progress.objectsPerSecond(),
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
