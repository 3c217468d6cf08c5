/**
 * P8's own lane: sweeps purged prefixes when they are due, and forgets streams after their last sweep. One at a
 * time, and one request at a time, so that purges never wait for more than one request of it; what cannot be swept is put off and
 * holds up nobody (P5).
 *
 * Which sweep is due lies in the log (`sweep.nextTimeMs`), in a queue of the catalog: a new leader goes on where the
 * last one ended, and memory does not grow with the number of purged streams. Lost with the term: what a failed try
 * had counted, and until when a stream was put off.
 */
import { sweepTimeOf } from '../catalog/sweep-commands.js';
import type { Incarnation, StreamRecord } from '../catalog/types.js';
import { AssertionError, assertDefined } from '../shared/assert.js';
import { backoffMs } from '../shared/backoff.js';
import { propose, type PurgeEnvironment } from './environment.js';
import { cutText, errorText, isUnrecoverable, PurgeStopped } from './failure.js';
import type { RetryingSweep } from './purge-status.js';
import type { StoreReadiness } from './store-readiness.js';
import { SweepAttempt } from './sweep-attempt.js';
import { NOTHING_FOUND, runSweep, type SweepFindings, type SweepOutcome } from './sweep-job.js';
import { untilAborted } from './until-aborted.js';
import { Wakeup } from './wakeup.js';

/** While nothing may be swept, and after a scan that failed. */
const LOOK_AGAIN_MS = 1_000;
/** Scans even if nothing called for it, so that a clock that was set costs a minute. */
const IDLE_SCAN_MS = 60_000;
/** Streams put off at once; beyond, the oldest is forgotten, hence tried early. */
const PUT_OFF_MAX = 1_024;
const BACKOFF = { initialMs: 5_000, maxMs: 600_000 };

interface PutOff {
  /** Monotonic. */
  readonly untilMs: number;
  readonly failures: number;
  readonly findings: SweepFindings;
  /** Undefined: it was only stopped. */
  readonly failure: Omit<RetryingSweep, 'incarnation'> | undefined;
}

export class SweepLane {
  readonly #env: PurgeEnvironment;
  readonly #readiness: StoreReadiness;
  readonly #onUnrecoverable: (error: unknown) => void;
  readonly #wakeup: Wakeup;
  readonly #putOff = new Map<Incarnation, PutOff>();
  #attempt: SweepAttempt | undefined;
  /** Wall clock; Infinity = none known. */
  #nextDueMs = Infinity;

  /** `onUnrecoverable` must abort `env.leading`. */
  constructor(env: PurgeEnvironment, readiness: StoreReadiness, onUnrecoverable: (error: unknown) => void) {
    this.#env = env;
    this.#readiness = readiness;
    this.#onUnrecoverable = onUnrecoverable;
    this.#wakeup = new Wakeup(env.clock);
  }

  /** Runs until `leading` aborts. Bugs go to `onUnrecoverable`. */
  async run(): Promise<void> {
    const { cluster, leading } = this.#env;
    const unsubscribe = cluster.onStreamChanged((stream) => {
      this.#onStreamChanged(stream);
    });
    const onOver = (): void => this.#attempt?.stop('leadership');
    leading.addEventListener('abort', onOver, { once: true });
    try {
      while (!leading.aborted) {
        await this.#wakeup.wait(await this.#round(), leading);
      }
    } catch (error) {
      if (isUnrecoverable(error)) this.#onUnrecoverable(error);
      else if (!leading.aborted)
        this.#onUnrecoverable(
          new AssertionError(`the sweep lane failed: ${errorText(error)}`, { cause: error }),
        );
    } finally {
      leading.removeEventListener('abort', onOver);
      unsubscribe();
    }
  }

  /** Of this leader alone; a new one tries again at once. */
  get retrying(): readonly RetryingSweep[] {
    return Array.from(this.#putOff).flatMap(([incarnation, { failure }]) =>
      failure === undefined ? [] : [{ incarnation, ...failure }],
    );
  }

  #onStreamChanged(stream: StreamRecord | undefined): void {
    if (stream === undefined) {
      if (this.#env.cluster.summary().purgesPaused) this.#attempt?.stop('paused');
      this.#wakeup.ring();
      return;
    }
    if (stream.purge.paused && this.#attempt?.stream.incarnation === stream.incarnation)
      this.#attempt.stop('paused');
    if ((sweepTimeOf(stream) ?? Infinity) < this.#nextDueMs) this.#wakeup.ring();
  }

  #mayWork(): boolean {
    const { cluster, leading } = this.#env;
    return !leading.aborted && this.#readiness.trouble === '' && !cluster.summary().purgesPaused;
  }

  /** Works on everything that is due; how long to wait then. */
  async #round(): Promise<number> {
    const { clock, cluster, leading, logger } = this.#env;
    this.#nextDueMs = Infinity;
    let againMs = IDLE_SCAN_MS;
    const iterator = cluster.pendingSweeps()[Symbol.asyncIterator]();
    try {
      for (;;) {
        if (!this.#mayWork()) return LOOK_AGAIN_MS;
        const next = await untilAborted(iterator.next(), leading);
        if (next.done === true) break;
        const stream = next.value;
        const dueMs = sweepTimeOf(stream);
        if (dueMs === undefined) continue;
        if (dueMs > clock.wallMs()) {
          this.#nextDueMs = dueMs; // The queue is in this order.
          break;
        }
        if (stream.purge.paused) continue;
        const waitMs = (this.#putOff.get(stream.incarnation)?.untilMs ?? 0) - clock.monotonicMs();
        if (waitMs > 0) againMs = Math.min(againMs, waitMs);
        else if (!(await this.#work(stream))) againMs = Math.min(againMs, LOOK_AGAIN_MS);
      }
    } catch (error) {
      if (isUnrecoverable(error) || leading.aborted) throw error;
      logger.error({ err: error }, `scan for due sweeps failed, it is tried again: ${errorText(error)}`);
      againMs = LOOK_AGAIN_MS;
    } finally {
      await iterator.return?.();
    }
    return Math.max(0, Math.min(againMs, this.#nextDueMs - clock.wallMs()));
  }

  /** False: it is due again soon. */
  #work(stream: StreamRecord): Promise<boolean> {
    return stream.sweep.nextTimeMs === 0 ? this.#forget(stream) : this.#sweep(stream);
  }

  async #forget({ incarnation, tenant, name }: StreamRecord): Promise<boolean> {
    try {
      const result = await propose(this.#env, { kind: 'forgetStream', incarnation });
      if (result.ok) {
        this.#putOff.delete(incarnation);
        this.#env.logger.debug(
          { incarnation, tenant, stream: name },
          'stream forgotten after its last sweep',
        );
        return true;
      }
      this.#failed(incarnation, `forgetStream was refused: ${result.refusal.message}`, NOTHING_FOUND);
    } catch (error) {
      if (isUnrecoverable(error) || this.#env.leading.aborted) throw error;
      if (!(error instanceof PurgeStopped)) this.#failed(incarnation, errorText(error), NOTHING_FOUND);
    }
    return false;
  }

  async #sweep(stream: StreamRecord): Promise<boolean> {
    const { incarnation } = stream;
    const before = this.#putOff.get(incarnation);
    const attempt = new SweepAttempt(this.#env, stream);
    this.#attempt = attempt;
    try {
      const outcome = await runSweep(attempt, before?.findings ?? NOTHING_FOUND);
      switch (outcome.kind) {
        case 'recorded':
          this.#env.metrics.sweepFinished('recorded');
          this.#env.reborn.settled(incarnation);
          this.#putOff.delete(incarnation);
          return true;
        case 'reborn':
          return await this.#reborn(stream, outcome);
        case 'stopped':
          this.#env.metrics.sweepFinished('stopped');
          this.#keep(incarnation, {
            untilMs: 0,
            failures: before?.failures ?? 0,
            findings: outcome.findings,
            failure: before?.failure,
          });
          return false;
        case 'failed':
          if (outcome.isUnclear) this.#env.reborn.held(stream, undefined, outcome.message);
          this.#failed(incarnation, outcome.message, outcome.findings);
          if (outcome.storeWide)
            this.#readiness.doubt('storage: a sweep met an error that concerns the whole bucket');
          return false;
      }
    } finally {
      this.#attempt = undefined;
      attempt.dispose();
    }
  }

  /** P12: nothing below the prefix is deleted. False: the purged life is looked at again soon. */
  async #reborn(
    purged: StreamRecord,
    { createdMs, key, findings }: Extract<SweepOutcome, { kind: 'reborn' }>,
  ): Promise<boolean> {
    const { logger, metrics, reborn } = this.#env;
    const { incarnation, tenant, name, prefix } = purged;
    metrics.sweepFinished('reborn');
    const facts = { incarnation, tenant, stream: name, prefix, newLife: key };
    const adopted = await this.#adopt(purged);
    if (adopted === undefined) return false;
    if (typeof adopted === 'string') {
      logger.warn(
        facts,
        `a new life was found below a purged prefix; nothing is deleted there, and ${adopted}`,
      );
      reborn.held(purged, createdMs, adopted);
      this.#deferred(incarnation, `a new life of the stream is below its prefix: ${adopted}`, findings);
      return false;
    }
    logger.warn({ ...facts, adoptedAs: adopted }, 'a new life was found below a purged prefix, and adopted');
    reborn.adopted(purged, createdMs, adopted);
    this.#putOff.delete(incarnation);
    return false;
  }

  /** The incarnation of the new life, else why it is not in the catalog. Undefined: leadership may be over. */
  async #adopt({ tenant, name, prefix }: StreamRecord): Promise<Incarnation | string | undefined> {
    if (this.#env.rebornPolicy === 'alarm')
      return `it is not adopted, as --reborn-streams says: do so with 'sexton adopt', or delete it where it lives`;
    const adoption = { kind: 'adoptStream', tenant, name, prefix, labels: [] } as const;
    try {
      const result = await propose(this.#env, { ...adoption, state: 'ACTIVE', gracePeriodMs: 0 });
      if (!result.ok) return `it could not be adopted: ${result.refusal.message}`;
      return assertDefined(result.stream, 'an adoption without a stream').incarnation;
    } catch (error) {
      if (isUnrecoverable(error) || this.#env.leading.aborted) throw error;
      // P5: an exception here would end the round, and with it the sweeps behind this one.
      return error instanceof PurgeStopped ? undefined : `it could not be adopted: ${errorText(error)}`;
    }
  }

  #failed(incarnation: Incarnation, message: string, findings: SweepFindings): void {
    this.#env.metrics.sweepFinished('failed');
    this.#deferred(incarnation, message, findings);
  }

  #deferred(incarnation: Incarnation, message: string, findings: SweepFindings): void {
    const { clock, logger, random } = this.#env;
    const failures = (this.#putOff.get(incarnation)?.failures ?? 0) + 1;
    const waitMs = backoffMs(BACKOFF, failures, random);
    logger.warn({ incarnation, err: message, failures, waitMs }, 'sweep failed, it is tried again');
    const failedTimeMs = Math.ceil(clock.wallMs());
    const nextTryTimeMs = Math.ceil(failedTimeMs + waitMs);
    const failure = { lastError: cutText(message), failedTimeMs, nextTryTimeMs };
    this.#keep(incarnation, { untilMs: clock.monotonicMs() + waitMs, failures, findings, failure });
  }

  #keep(incarnation: Incarnation, putOff: PutOff): void {
    this.#putOff.delete(incarnation);
    this.#putOff.set(incarnation, putOff);
    if (this.#putOff.size <= PUT_OFF_MAX) return;
    for (const oldest of this.#putOff.keys()) {
      this.#putOff.delete(oldest);
      return;
    }
  }
}
